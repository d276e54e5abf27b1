"""Generated photographs on disk: made when they are first asked for, kept in the user's cache folder."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from memlab.errors import MemlabError
from memlab.inputs.kept import FULL, KeptFiles, cache_folder
from memlab.inputs.made import MadeInputs, Progress
from memlab.model.run import InputFile
from memlab.printable import printable
from memlab.recipe.inputs import Photos

# Cached pictures are never compared with what the generator would make today: whoever changes one byte of what
# memlab.inputs.photograph makes gives this folder the next number.
_VERSION = "photos-v1"
_SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "bmp": ".bmp"}
_TWIN_WIDTH, _TWIN_HEIGHT = 64, 48


def make_photos(description: Photos, *, cache: Path, progress: Progress) -> tuple[Path, ...]:
    """See that the described photographs are in a folder below `cache`.

    Pictures that are there already are used again, also those of a description with another `count`. Several
    processes may do this at once.

    Args:
        cache: an absolute path; made when missing.
        progress: told (pictures there, count) from the moment that one has to be made; never when all are there.

    Returns:
        The pictures' paths in the order of their index.

    Raises:
        MemlabError: the disk is full, or the pictures can't be made in this format, size or memory.
        OSError: the folder can't be used for another reason.
    """
    kept = KeptFiles(cache / _VERSION / _folder_name(description))
    names = [f"{index:04d}{_SUFFIXES[description.format]}" for index in range(description.count)]
    missing = [index for index, name in enumerate(names) if not kept.holds(name)]
    if missing:
        progress(len(names) - len(missing), len(names))
    for done, index in enumerate(missing, len(names) - len(missing) + 1):
        try:
            kept.keep(names[index], partial(_encode, description, index))
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise MemlabError(
                f"there is no room for the generated pictures in {printable(str(kept.folder))}: {error.strerror}",
                hint="free some space, or set MEMLAB_CACHE to a folder that has room",
            ) from None
        progress(done, len(names))
    return tuple(kept.folder / name for name in names)


def provide_photos(description: Photos, *, scratch: Path, default: bool, progress: Progress) -> MadeInputs:
    """Make the described photographs and their twins, in the user's cache folder or else in `scratch`.

    Raises:
        MemlabError: the disk is full, or the pictures can't be made.
    """
    twin = replace(description, count=min(description.count, 2), width=_TWIN_WIDTH, height=_TWIN_HEIGHT)
    paths = _keep_somewhere(description, scratch, progress)
    twins = _keep_somewhere(twin, scratch, lambda _done, _total: None)
    files = tuple(
        InputFile(str(path), os.stat(path).st_size, description.width, description.height, "RGB") for path in paths
    )
    return MadeInputs(files, tuple(map(str, twins)), description.to_dict(), (), default)


def _keep_somewhere(description: Photos, scratch: Path, progress: Progress) -> tuple[Path, ...]:
    """In the cache; where that is read-only, missing or otherwise of no use, in the run's own folder."""
    cache = cache_folder()
    if cache is not None:
        try:
            return make_photos(description, cache=cache, progress=progress)
        except OSError:
            pass
    try:
        return make_photos(description, cache=scratch.absolute(), progress=progress)
    except OSError as error:
        raise MemlabError(
            f"the generated pictures can't be kept in {printable(str(scratch))}: {error.strerror or error}",
            hint="set MEMLAB_CACHE or TMPDIR to a folder that can be written to",
        ) from None


def _folder_name(description: Photos) -> str:
    """All that decides a picture's bytes, but neither how many there are nor what its format ignores."""
    parts = [f"{description.width}x{description.height}", description.format]
    if description.progressive:
        parts.append("progressive")
    if description.format in ("jpeg", "webp"):
        parts.append(f"q{description.quality}")
    return "-".join([*parts, f"s{description.seed}"])


def _encode(description: Photos, index: int) -> bytes:
    from memlab.inputs.photograph import encode_photograph

    size = f"{description.width}×{description.height}"
    try:
        return encode_photograph(description, index)
    except MemoryError:
        raise MemlabError(f"there is not enough memory to make a picture of {size} pixels") from None
    except (KeyError, OSError, ValueError) as error:
        # A Pillow built without the codec, or a format that ends before this size (WebP at 16,383 pixels).
        raise MemlabError(
            f"Pillow can't write a {description.format} picture of {size} pixels: {error}",
            hint="choose another format or size",
        ) from None
