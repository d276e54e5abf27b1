"""Tiny twins of a user's pictures: what a variant is warmed up on, so that first uses of a codec aren't measured."""

from __future__ import annotations

import io
import itertools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memlab.errors import MemlabError
from memlab.printable import printable

if TYPE_CHECKING:
    from PIL import Image

Kind = tuple[Any, ...]

_SIZE = (64, 48)
_ORIENTATION = 0x0112
_TAKES_EXIF = ("JPEG", "MPO", "PNG", "TIFF", "WEBP")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def kind_of(image: Image.Image, path: str) -> Kind:
    """What decides the way a picture is decoded: format, mode, compression, progressive, frames, orientation.

    The file name's suffix is part of it, as there are readers that go by it.
    """
    return (
        image.format,
        image.mode,
        str(image.info.get("compression")),
        bool(image.info.get("progressive")),
        bool(getattr(image, "is_animated", False)),
        _orientation(image),
        _suffix(path),
    )


class Twins:
    """The twins of one set of inputs: one for each kind of file.

    Args:
        folder: where they are written; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._made: dict[Kind, tuple[str, bytes | None]] = {}
        self._written = 0

    def __contains__(self, kind: Kind) -> bool:
        return kind in self._made

    def add_picture(self, kind: Kind, image: Image.Image) -> None:
        """Make the twin of a picture whose pixels are loaded.

        Where Pillow reads the format and can't write it, the twin is a plain RGB picture.

        Raises:
            MemlabError: the twin can't be written to disk.
        """
        suffix = kind[-1]
        content = _tiny(image, kind)
        if content is None:
            suffix, content = ".png", _plain()
        self._made[kind] = (self._write(suffix, content), content)

    def add_file(self, kind: Kind, path: str) -> None:
        """Take a file as its own twin: nobody can make a tiny one of what isn't a picture."""
        self._made[kind] = (path, None)

    def paths(self, files: int) -> tuple[str, ...]:
        """One path a kind, and at least two where there are two files.

        Raises:
            MemlabError: a twin can't be written to disk.
        """
        paths = [path for path, _ in self._made.values()]
        for path, content in itertools.islice(self._made.values(), max(0, min(files, 2) - len(paths))):
            paths.append(path if content is None else self._write(os.path.splitext(path)[1], content))
        return tuple(paths)

    def _write(self, suffix: str, content: bytes) -> str:
        path = self._folder / f"twin-{self._written:02d}{suffix}"
        self._written += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise MemlabError(
                f"the pictures for the warm-up can't be written to {printable(str(self._folder))}: {error.strerror}",
                hint="free some space, or set TMPDIR to a folder that has room",
            ) from None
        return str(path)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or none that can be read."""
    # Of a PNG without EXIF in front, Pillow would decode the pixels to look behind them.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Damaged metadata raise anything, and do not keep the picture from being decoded.
        return 1
    return orientation if orientation in range(1, 9) else 1


def _suffix(path: str) -> str:
    suffix = os.path.splitext(path)[1]
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _tiny(image: Image.Image, kind: Kind) -> bytes | None:
    """The picture itself at 64×48, in its own format, mode and palette; None where Pillow can't write that."""
    from PIL import Image

    _, _, _, progressive, animated, orientation, _ = kind
    options: dict[str, Any] = {"format": image.format}
    if progressive:
        options["progressive"] = True
    if orientation != 1 and image.format in _TAKES_EXIF:
        options["exif"] = Image.Exif()
        options["exif"][_ORIENTATION] = orientation
    content = io.BytesIO()
    try:
        small = image.resize(_SIZE, Image.Resampling.NEAREST)
        if small.mode == "RGBA":
            small.putpixel((0, 0), (0, 0, 0, 0))  # WebP drops an alpha channel that says nothing.
        if animated:
            options |= {"save_all": True, "append_images": [small.transpose(Image.Transpose.FLIP_TOP_BOTTOM)]}
        small.save(content, **options)
    except Exception:  # Formats without a writer, modes without one, compressions that Pillow only reads.
        return None
    return content.getvalue()


def _plain() -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.merge("RGB", [Image.linear_gradient("L").resize(_SIZE)] * 3).save(content, format="PNG")
    return content.getvalue()
