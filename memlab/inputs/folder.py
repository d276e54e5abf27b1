"""A user's folder of pictures (`--images DIR`): every file is used, or named with the reason why not."""

from __future__ import annotations

import os
from pathlib import Path

from memlab.errors import UsageError
from memlab.inputs.made import MadeInputs, Progress, is_utf8
from memlab.inputs.pictures import UnusableError, check_regular, opened
from memlab.inputs.twins import Twins, kind_of
from memlab.model.run import InputFile
from memlab.printable import printable


def read_folder(folder: str, *, count: int | None, scratch: Path, progress: Progress) -> MadeInputs:
    """Take the pictures of a folder: regular files, sorted by name, not those in folders below; hidden ones ignored.

    Each is decoded once, as only that shows whether it is whole; with a `count`, only until there are so many.

    Args:
        folder: as the user wrote it.
        count: the first so many usable pictures, or None for all of them.
        scratch: the run's own folder, where the twins are put.
        progress: told (files looked at or pictures found, how many of them there are to be).

    Raises:
        UsageError: no such folder, not readable, nothing usable in it, or fewer than `count`.
        MemlabError: the twins can't be written.
    """
    if count is not None and count < 1:
        raise UsageError(
            f"count={count} is not a number of pictures", hint="--set count=N takes the first N, from 1 on"
        )
    shown = printable(folder)
    whole, names = _list(folder, shown)
    total = len(names) if count is None else count
    files: list[InputFile] = []
    passed_over: list[tuple[str, str]] = []
    twins = Twins(scratch / "twins")
    for looked_at, name in enumerate(names, 1):
        try:
            files.append(_use(os.path.join(whole, name), twins))
        except UnusableError as reason:
            passed_over.append((printable(name, None), str(reason)))
        progress(looked_at if count is None else len(files), total)
        if len(files) == count:
            break
    if not files:
        raise UsageError(f"{shown} has no picture that can be used", hint=_what_was_there(passed_over))
    if count is not None and len(files) < count:
        raise UsageError(
            f"{shown} has only {len(files)} usable picture{'s' if len(files) > 1 else ''}, {count} asked",
            hint=f"--set count={len(files)} takes all there are",
        )
    return MadeInputs(
        files=tuple(files),
        twins=twins.paths(len(files)),
        description={"kind": "folder", "path": whole, "count": count},
        passed_over=tuple(passed_over),
        default=False,
    )


def _list(folder: str, shown: str) -> tuple[str, list[str]]:
    """The folder's absolute path and the names in it, sorted, without hidden ones."""
    hint = "--images takes a folder with pictures in it"
    if not is_utf8(folder):
        raise UsageError(f"the name of the folder {shown} is not valid UTF-8", hint="rename the folder")
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        return os.path.abspath(folder), names
    except (FileNotFoundError, ValueError):
        raise UsageError(f"there is no folder {shown or repr(folder)}", hint=hint) from None
    except NotADirectoryError:
        raise UsageError(f"{shown} is a file, not a folder", hint=hint) from None
    except OSError as error:
        raise UsageError(f"the folder {shown} can't be read: {error.strerror}", hint=hint) from None


def _use(path: str, twins: Twins) -> InputFile:
    """Look at one file, decode it, and see that its kind has a twin."""
    if not is_utf8(path):
        raise UnusableError("its name is not valid UTF-8")
    size_bytes = check_regular(path)
    with opened(path) as image:
        width, height = image.size
        mode = image.mode
        kind = kind_of(image, path)  # Before the pixels: decoding a TIFF turns it upright and drops its orientation.
        image.load()
        if kind not in twins:
            twins.add_picture(kind, image)
    return InputFile(path, size_bytes, width, height, mode)


def _what_was_there(passed_over: list[tuple[str, str]]) -> str:
    if not passed_over:
        return "it is empty, or has hidden files only; folders below it are not searched"
    named = ", ".join(f"{name} ({reason})" for name, reason in passed_over[:3])
    more = len(passed_over) - 3
    return f"passed over: {named}" + (f" and {more} more" if more > 0 else "")
