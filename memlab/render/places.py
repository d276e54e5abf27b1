"""Files as CI systems name them: from the folder of the checkout, with `/` between folders."""

from __future__ import annotations

import posixpath


def file_from(folder: str, file: str | None) -> str | None:
    """The file's path from the folder, such as `recipes/generators.py`.

    None where it lies elsewhere, as installed recipes do, and where its path can't be printed as it is: a system that
    gets another path would show something of another file.

    Args:
        folder: absolute.
        file: absolute, or from the folder.
    """
    if not file or not file.isprintable():
        return None
    base = posixpath.normpath(folder.replace("\\", "/")).rstrip("/") + "/"
    path = posixpath.normpath(posixpath.join(base, file.replace("\\", "/")))
    if file[1:2] == ":":
        path = posixpath.normpath(file.replace("\\", "/"))
    return path[len(base) :] if path.startswith(base) else None
