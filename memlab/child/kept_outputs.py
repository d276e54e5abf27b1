"""Keep a variant's output as files, for the process that holds outputs against each other.

An output lies in a folder named by its digest: `structure.json`, and beside it, numbered, an `.npy` file for each
array, image and long list of numbers. Nothing is pickled, and nothing is imported: numpy in a process that did
without it would be counted as memory that the variant has kept.

`structure.json` is `{"bgr": …, "output": node}`. A node is a JSON value for None, bool, str, whole numbers and
floats, and else an object of one of these forms:

    {"int": hexadecimal}                                       beyond 63 bits
    {"float": 16 hexadecimal digits}                           NaN
    {"complex": 32 hexadecimal digits}
    {"value": npy descr, "bytes": hexadecimal}                 a number of numpy's, or an array without axes
    {"array": file} or {"array": file, "mask": file}
    {"image": mode, "array": file, "palette": hexadecimal}     the palette, R G B A, for the modes P and PA
    {"sequence": class, "items": [node, …]}                    list, tuple, and classes derived from them
    {"sequence": class, "of": class, "array": file}            of many numbers of one class
    {"mapping": [[node, node], …]}
    {"set": [node, …]}                                         sorted by their JSON
    {"buffer": format, "shape": […], "bytes": hexadecimal}     or "array": file, its bytes
"""

from __future__ import annotations

import array
import json
import os
import struct
import sys
import time
import warnings
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from memlab.child.outputs import array_blocks, nature, palette, strips, unmasked

STRUCTURE = "structure.json"
MOST_BYTES = 1 << 30
MOST_SECONDS = 20.0
"""It is the trial's time that is used, and a full queue of writes to a disk can take minutes."""
_MOST_NODES = 100_000
_MOST_FILES = 10_000
_MOST_STRUCTURE_BYTES = 16 << 20
_LONG_SEQUENCE = 32
_LONG_BUFFER_BYTES = 1024
_ALIGNMENT = 64


class _NotKeptError(Exception):
    """The output is too large, or of a kind that no file can hold without pickling."""


def keep_output(value: object, digest: str, folder: str, known: Iterable[str]) -> bool:
    """Keep an output below a folder, whole or not at all.

    Whatever goes wrong is no error of the trial's: the digests say which outputs are the same, files only how much
    those differ that aren't.

    Args:
        value: what `describe_output` gave this digest to.
        known: digests of what lies there already.

    Returns:
        Whether it lies there. False when it is over 1 GiB or more than half of what is free, can't be written
        without pickling, or writing failed or took too long.
    """
    if digest in known:
        return True
    place = os.path.join(folder, digest)
    unfinished = f"{place}.{os.getpid()}.unfinished"
    try:
        os.mkdir(unfinished)
        try:
            _Writer(unfinished).write(value)
            os.rename(unfinished, place)
        except BaseException:
            _remove(unfinished)
            raise
    except Exception:
        return os.path.isdir(place)  # a trial beside this one may have been faster
    return True


def _remove(folder: str) -> None:
    with suppress(OSError):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


class _Writer:
    """Writes one output into an empty folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        free = os.statvfs(folder)
        self._left_bytes = min(MOST_BYTES, free.f_bavail * free.f_frsize // 2)
        self._deadline = time.monotonic() + MOST_SECONDS
        self._nodes = self._files = 0

    def write(self, value: object) -> None:
        """Write all files.

        Raises:
            Exception: whatever speaks against it.
        """
        structure = {"bgr": _probably_bgr(), "output": self._node(value)}
        content = json.dumps(structure, separators=(",", ":")).encode("ascii")
        if len(content) > _MOST_STRUCTURE_BYTES:
            raise _NotKeptError
        self._spend(len(content))
        with open(os.path.join(self._folder, STRUCTURE), "xb") as file:
            file.write(content)

    def _node(self, value: Any, inline: bool = False) -> Any:
        """What stands for a value; `inline` where it has to be told from others by this alone, without files."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _NotKeptError
        match nature(value):
            case "scalar":
                return _scalar(value)
            case "array":
                return self._array(value, inline)
            case "image":
                return self._image(value, inline)
            case "sequence":
                return self._sequence(value, inline)
            case "mapping":
                return {"mapping": [[self._node(key, True), self._node(item, inline)] for key, item in value.items()]}
            case "set":
                return {"set": sorted((self._node(item, True) for item in value), key=json.dumps)}
            case _:
                return self._buffer(memoryview(value), inline)

    def _array(self, value: Any, inline: bool) -> dict[str, Any]:
        value, mask = unmasked(value)
        descr = _descr(value.dtype)
        if value.ndim == 0 and value.dtype.names is None and mask is None:
            return {"value": descr, "bytes": value.tobytes().hex()}
        if inline:
            raise _NotKeptError
        node = {"array": self._file(descr, value.shape, array_blocks(value), value.nbytes)}
        if mask is not None:
            node["mask"] = self._file(_descr(mask.dtype), mask.shape, array_blocks(mask), mask.nbytes)
        return node

    def _image(self, value: Any, inline: bool) -> dict[str, Any]:
        if inline:
            raise _NotKeptError
        colours = palette(value)
        width, height = value.size
        # Pillow's word to numpy on how an image is to be read, of an image that costs nothing.
        layout = value.crop((0, 0, min(width, 1), min(height, 1))).__array_interface__
        shape = (height, width, *layout["shape"][2:])

        def blocks() -> Iterable[bytes]:
            for strip in strips(value):
                content: bytes = strip.__array_interface__["data"]
                yield content.replace(b"\xff", b"\1") if value.mode == "1" else content

        size_bytes = len(layout["data"]) * width * height
        node = {"image": value.mode, "array": self._file(layout["typestr"], shape, blocks(), size_bytes)}
        return node if colours is None else node | {"palette": colours.hex()}

    def _sequence(self, value: Any, inline: bool) -> dict[str, Any]:
        name, items = type(value).__name__, list(value)
        if len(items) >= _LONG_SEQUENCE and not inline and all(type(item) is type(items[0]) for item in items):
            numbers = _numbers(items)
            if numbers is not None:
                descr, content = numbers
                number = self._file(descr, (len(items),), [content], len(content))
                return {"sequence": name, "of": type(items[0]).__name__, "array": number}
        return {"sequence": name, "items": [self._node(item, inline) for item in items]}

    def _buffer(self, view: memoryview, inline: bool) -> dict[str, Any]:
        node: dict[str, Any] = {"buffer": view.format, "shape": view.shape}
        if inline or view.nbytes <= _LONG_BUFFER_BYTES:
            self._spend(2 * view.nbytes)
            return node | {"bytes": view.tobytes().hex()}
        content = view if view.c_contiguous else view.tobytes()
        return node | {"array": self._file("|u1", (view.nbytes,), [content], view.nbytes)}

    def _file(self, descr: Any, shape: tuple[int, ...], blocks: Iterable[Any], size_bytes: int) -> int:
        """Write an `.npy` file, and return its number."""
        if self._files >= _MOST_FILES or size_bytes > self._left_bytes:
            raise _NotKeptError
        number = self._files
        self._files += 1
        with open(os.path.join(self._folder, f"{number}.npy"), "xb") as file:
            file.write(_header(descr, shape))
            for block in blocks:
                self._check_time()
                file.write(block)
        self._spend(size_bytes)
        return number

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise _NotKeptError

    def _spend(self, size_bytes: int) -> None:
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise _NotKeptError


def _probably_bgr() -> bool:
    """Whether a picture in an array is likely to be in OpenCV's order. Nobody can tell from the array.

    Where Pillow is loaded as well, somebody has turned the colours around so that the results can be compared.
    """
    return "cv2" in sys.modules and "PIL.Image" not in sys.modules


def _scalar(value: Any) -> Any:
    if type(value) is int and value.bit_length() > 63:
        return {"int": f"{value:x}"}
    if type(value) is float and value != value:
        return {"float": struct.pack("<d", value).hex()}
    if type(value) is complex:
        return {"complex": struct.pack("<dd", value.real, value.imag).hex()}
    return value


def _numbers(items: list[Any]) -> tuple[Any, bytes] | None:
    """Many numbers of one class as (npy descr, bytes); None where they are no numbers, or have no common size."""
    first = items[0]
    if type(first) in (int, float):
        code = "q" if type(first) is int else "d"
        try:
            content = array.array(code, items)
        except OverflowError:
            return None
        return ("<" if sys.byteorder == "little" else ">") + ("i8" if code == "q" else "f8"), content.tobytes()
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(first, numpy.generic) or first.dtype.names is not None:
        return None
    if any(item.dtype != first.dtype for item in items):
        return None
    return _descr(first.dtype), b"".join(item.tobytes() for item in items)


def _descr(dtype: Any) -> Any:
    """How `.npy` files name a dtype."""
    if dtype.hasobject:
        raise _NotKeptError
    from numpy.lib import format as npy  # which numpy itself has loaded

    with warnings.catch_warnings(action="ignore"):  # that a dtype's metadata are lost: they are no values
        descr = npy.dtype_to_descr(dtype)
    if npy.descr_to_dtype(descr) != dtype:
        raise _NotKeptError
    return descr


def _header(descr: Any, shape: tuple[int, ...]) -> bytes:
    """The head of an `.npy` file, format version 3.0 (numpy/lib/format.py): magic, version, length, a dict in text."""
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode("utf-8")
    start = b"\x93NUMPY\x03\x00"
    size = len(start) + 4 + len(text) + 1
    text += b" " * (-size % _ALIGNMENT) + b"\n"
    return start + struct.pack("<I", len(text)) + text
