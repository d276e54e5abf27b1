"""`provide`: from a description to files on disk, whatever the description is."""

from __future__ import annotations

import glob
import os
import stat
from pathlib import Path

from memlab.errors import UsageError
from memlab.inputs.made import MadeInputs, Progress, is_utf8
from memlab.inputs.photos import provide_photos
from memlab.inputs.pictures import UnusableError, opened
from memlab.inputs.twins import Twins, kind_of
from memlab.model.run import InputFile
from memlab.printable import printable
from memlab.recipe.inputs import Files, Photos


def provide(
    description: Photos | Files | None, *, recipe_folder: Path, scratch: Path, default: bool, progress: Progress
) -> MadeInputs:
    """Make or find what a description describes.

    Args:
        description: None for a recipe without inputs.
        recipe_folder: what the patterns of `files(...)` are relative to.
        scratch: the run's own folder: twins, and generated pictures where there is no usable cache folder.
        default: the description is what the recipe says by itself; passed on.
        progress: told (done, total) while pictures are being made.

    Raises:
        UsageError: no file matches, or fewer than asked for.
        MemlabError: pictures can't be made, or there is no room for them.
    """
    if description is None:
        return MadeInputs((), (), None, (), default)
    if isinstance(description, Photos):
        return provide_photos(description, scratch=scratch, default=default, progress=progress)
    return _provide_files(description, recipe_folder, scratch, default)


def _provide_files(description: Files, recipe_folder: Path, scratch: Path, default: bool) -> MadeInputs:
    """Files of the author's own, pictures or not: all that match are used, and none is judged."""
    root = recipe_folder.absolute()
    files: list[InputFile] = []
    passed_over: list[tuple[str, str]] = []
    twins = Twins(scratch / "twins")
    for path in _matching(description.patterns, root):
        if len(files) == description.count:
            break
        try:
            found = os.stat(path)
        except OSError:
            continue
        if not stat.S_ISREG(found.st_mode):
            continue
        if is_utf8(path):
            files.append(_use(path, found.st_size, twins))
        else:
            passed_over.append((printable(os.path.basename(path), None), "its name is not valid UTF-8"))
    patterns = " or ".join(printable(pattern) for pattern in description.patterns)
    if not files:
        raise UsageError(
            f"no file matches {patterns} in {printable(str(root))}",
            hint="patterns of files() are relative to the folder of the recipe",
        )
    if description.count is not None and len(files) < description.count:
        raise UsageError(
            f"{patterns} in {printable(str(root))}: {len(files)} found, {description.count} asked",
            hint=f"--set count={len(files)} takes all there are",
        )
    return MadeInputs(tuple(files), twins.paths(len(files)), description.to_dict(), tuple(passed_over), default)


def _matching(patterns: tuple[str, ...], root: Path) -> list[str]:
    """Absolute paths, sorted, each once however it was reached."""
    found = {
        os.path.normpath(os.path.join(root, name))
        for pattern in patterns
        for name in glob.glob(pattern, root_dir=root, recursive=True)
    }
    return sorted(found)


def _use(path: str, size_bytes: int, twins: Twins) -> InputFile:
    """Describe one file and see that its kind has a twin; what is no picture is its own."""
    try:
        with opened(path) as image:
            width, height = image.size
            mode = image.mode
            kind = kind_of(image, path)
            if kind not in twins:
                image.load()
                twins.add_picture(kind, image)
    except UnusableError:
        kind = (os.path.splitext(path)[1],)
        if kind not in twins:
            twins.add_file(kind, path)
        return InputFile(path, size_bytes)
    return InputFile(path, size_bytes, width, height, mode)
