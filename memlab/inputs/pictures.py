"""Opening pictures of unknown origin with Pillow: a usable picture, or the reason in words why it isn't one."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memlab.errors import MemlabError
from memlab.printable import printable

if TYPE_CHECKING:
    from PIL import Image

_NO_IMAGE = "not an image that Pillow can read"


class UnusableError(Exception):
    """A file can't be used as a picture; its text is the reason."""


def check_regular(path: str) -> int:
    """The size in bytes of a regular file with something in it.

    Nothing is opened: opening a named pipe would wait for ever.

    Raises:
        UnusableError: a folder, a pipe, a socket, a device, a link to nowhere or to itself, an empty file.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        raise UnusableError(f"unreadable: {error.strerror}") from None
    for is_kind, kind in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe, not a file"),
        (stat.S_ISSOCK, "a socket, not a file"),
    ):
        if is_kind(found.st_mode):
            raise UnusableError(kind)
    if not stat.S_ISREG(found.st_mode):
        raise UnusableError("not a regular file")
    if found.st_size == 0:
        raise UnusableError("empty")
    return found.st_size


@contextmanager
def opened(path: str) -> Iterator[Image.Image]:
    """A picture with its header read. What goes wrong in the body, too, becomes a reason.

    Raises:
        UnusableError: Pillow doesn't know it, or can't read it by itself, or fails in the body.
    """
    from PIL import Image, ImageFile, UnidentifiedImageError

    with warnings.catch_warnings():
        # Of large pictures and odd metadata Pillow warns; memlab's user needs no word of it, and under
        # `python -W error` a usable picture would be refused.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path) as image:
                # The stubs name formats whose readers are installed apart, EPS is drawn by Ghostscript.
                if isinstance(image, ImageFile.StubImageFile) or image.format == "EPS":
                    raise UnusableError(_NO_IMAGE)
                yield image
        except (UnusableError, MemlabError):
            raise
        except UnidentifiedImageError:
            raise UnusableError(_NO_IMAGE) from None
        except Image.DecompressionBombError:
            raise UnusableError("so many pixels that Pillow takes it for a decompression bomb") from None
        except MemoryError:
            raise UnusableError("too large to be decoded in the memory there is") from None
        except Exception as error:  # Pillow's readers raise SyntaxError, struct.error, IndexError, zlib.error, ...
            raise UnusableError(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return f"unreadable: {error.strerror}"
    text = str(error).strip().partition("\n")[0]
    if "truncated" in text.lower():
        return "truncated"
    return f"damaged: {printable(text or type(error).__name__, 120)}"
