"""Read what `kept_outputs` has written, a piece at a time: outputs can be larger than what is free.

Only for the process that holds outputs against each other: this imports numpy.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterator
from typing import Any

import numpy

from memlab.child.kept_outputs import STRUCTURE

_LONGEST_HEADER = 1 << 20


class ArrayFile:
    """An `.npy` file that is read in pieces. A mapped one would count as memory wherever it was looked at.

    Attributes:
        dtype: of its elements.
        shape: of the array; its elements lie with the last axis fastest.

    Raises:
        OSError: it isn't there.
        ValueError: it is damaged, or shorter than its head says.
    """

    def __init__(self, path: str) -> None:
        mapped: Any = numpy.load(path, mmap_mode="r", max_header_size=_LONGEST_HEADER)
        self._path, self._offset = path, int(mapped.offset)
        self.dtype: numpy.dtype[Any] = mapped.dtype
        self.shape: tuple[int, ...] = mapped.shape

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def pieces(self, step: int, first: int = 0, count: int | None = None) -> Iterator[bytes]:
        """The bytes of `count` elements from `first` on (all, unless said), `step` elements at a time."""
        left = self.size - first if count is None else count
        if not self.dtype.itemsize:
            return
        with open(self._path, "rb") as file:
            file.seek(self._offset + first * self.dtype.itemsize)
            while left > 0:
                size = min(step, left) * self.dtype.itemsize
                piece = file.read(size)
                if len(piece) != size:
                    raise ValueError(f"{self._path} has become shorter")
                yield piece
                left -= step


class ArrayBytes:
    """A few bytes as an array, with what `ArrayFile` has.

    Raises:
        ValueError: the bytes are not those of this shape.
    """

    def __init__(self, dtype: numpy.dtype[Any], shape: tuple[int, ...], content: bytes) -> None:
        self.dtype, self.shape, self._content = dtype, shape, content
        if len(content) != self.size * dtype.itemsize:
            raise ValueError("a kept output is damaged")

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def pieces(self, step: int, first: int = 0, count: int | None = None) -> Iterator[bytes]:
        """As `ArrayFile.pieces`, in one piece."""
        del step
        end = None if count is None else (first + count) * self.dtype.itemsize
        yield self._content[first * self.dtype.itemsize : end]


Values = ArrayFile | ArrayBytes


class KeptOutput:
    """One output, as its folder holds it.

    Attributes:
        root: the node of the whole output; see `memlab.child.kept_outputs`.
        bgr: whether pictures in its arrays are taken to be in OpenCV's order.

    Raises:
        OSError: it isn't there.
        ValueError, KeyError, TypeError: it is damaged.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        with open(os.path.join(folder, STRUCTURE), encoding="ascii") as file:
            structure = json.load(file)
        self.root: Any = structure["output"]
        self.bgr = bool(structure["bgr"])

    def values(self, node: dict[str, Any], key: str = "array") -> Values:
        """The array of a node: of the forms `array`, `image`, `value`, `buffer`, or a sequence of many numbers."""
        if key in node:
            return ArrayFile(os.path.join(self._folder, f"{int(node[key])}.npy"))
        content = bytes.fromhex(node["bytes"])
        if "value" in node:
            return ArrayBytes(numpy.dtype(node["value"]), (), content)
        return ArrayBytes(numpy.dtype(numpy.uint8), (len(content),), content)

    def items(self, node: dict[str, Any]) -> list[Any]:
        """A sequence's nodes, also where they were written as one array."""
        if "items" in node:
            items: list[Any] = node["items"]
            return items
        values = self.values(node)
        content = b"".join(values.pieces(values.size))
        if node["of"] in ("int", "float"):
            found: list[Any] = numpy.frombuffer(content, values.dtype).tolist()
            return found
        descr, size = values.dtype.str, values.dtype.itemsize
        return [{"value": descr, "bytes": content[at : at + size].hex()} for at in range(0, len(content), size)]


def scalar(node: Any) -> Any:
    """The value of a scalar's node."""
    if not isinstance(node, dict):
        return node
    if "int" in node:
        return int(node["int"], 16)
    if "float" in node:
        return struct.unpack("<d", bytes.fromhex(node["float"]))[0]
    return complex(*struct.unpack("<dd", bytes.fromhex(node["complex"])))


def form(node: Any) -> str:
    """What a node stands for: array, image, sequence, mapping, set, buffer, or the class of a scalar."""
    if not isinstance(node, dict):
        return type(node).__name__
    first: str = next(iter(node))
    return "array" if first == "value" else first
