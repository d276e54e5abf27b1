"""Programs of known memory: each takes a known number of bytes in one way, and touches every page of them.

They are the variants of one recipe and run in the measured process like any other's, so that what is checked is
the way every figure of memlab comes about. `memlab.doctor.expectations` says how much each of them takes.

The recipe's one input file is what `file_mapping` maps. The warm-up, as every recipe's, runs a variant once before:
here without inputs, on few bytes, but through the same imports and the same calls.
"""

from __future__ import annotations

import ctypes
import itertools
import mmap
import operator
import os
import time
from dataclasses import dataclass
from typing import Any

from memlab.recipe import Recipe, files

SIZE_BYTES = 64 << 20
OBJECT_BYTES = 512
"""The largest object that Python's own allocator serves; 31 of them fill a pool."""
OBJECTS = 31 * 4000
SPIKE_SECONDS = 0.005
CALL_SECONDS = 0.030
CHILD_BYTES = 2 * SIZE_BYTES
"""More than the others take, because forking itself copies up to 1 MiB of what both processes write to."""
CHILD_SECONDS = 0.5
"""Long enough for what the processes share to be read also on a busy machine, for a tenth of the time."""
_WARM_UP_SHARE = 1024
_FILLER_SHARE = 16
_OPENCV_LEAST_BYTES = 4 << 20
_BLOCK_BYTES = 64 << 10
_PIXEL_BYTES = 4

_filler: list[object] = []

# A file beside the recipe: `memlab.workflow.doctor` makes it, and gives its path.
recipe = Recipe(inputs=files("mapped"))


@dataclass(frozen=True)
class Order:
    """How much to take, in bytes, and the file to map; None while warming up."""

    size_bytes: int
    file: str | None


@recipe.prepare
def order(paths: list[str]) -> Order:
    """All of it for the run, next to nothing for the warm-up."""
    return Order(SIZE_BYTES, paths[0]) if paths else Order(SIZE_BYTES // _WARM_UP_SHARE, None)


@recipe.output
def nothing(_held: object) -> None:
    """What is held is no result: there is nothing to compare."""


@recipe.baseline
def python_objects(order: Order) -> object:
    """A list of small objects, each too small to be anything but Python's own allocator's."""
    held: list[bytes | None] = [None] * (OBJECTS if order.file else OBJECTS // _FILLER_SHARE)
    # An empty bytes object is all header: in a free-threaded Python it is larger.
    payload = OBJECT_BYTES - b"".__sizeof__()
    for place in range(len(held)):
        held[place] = bytes(payload)
    if order.file is None:
        # What the import has freed in Python's arenas is filled up and stays so: else the run would begin there.
        _filler.append(held)
    return held


@recipe.technique(needs=("numpy",))
def numpy_array(order: Order) -> object:
    """An array of ones."""
    import numpy as np

    return np.ones(order.size_bytes, np.uint8)


@recipe.technique(needs=("PIL",))
def pillow_image(order: Order) -> object:
    """A picture of one colour; Pillow takes four bytes a pixel for RGB."""
    from PIL import Image

    side = int((order.size_bytes // _PIXEL_BYTES) ** 0.5)
    return Image.new("RGB", (side, side), (1, 2, 3))


@recipe.technique(needs=("cv2",))
def opencv_images(order: Order) -> object:
    """Half in an array that a function of OpenCV returns, half in a matrix that OpenCV keeps to itself."""
    import cv2
    import numpy as np

    if hasattr(cv2, "ocl"):
        cv2.ocl.setUseOpenCL(False)  # a graphics card's memory is not this process's
    # Not less in the warm-up either, or it wouldn't start the threads that OpenCV keeps.
    size_bytes = max(order.size_bytes, _OPENCV_LEAST_BYTES) // 2
    side = int(size_bytes**0.5)
    rows = size_bytes // side
    returned = cv2.resize(np.ones((2, 2), np.uint8), (side, rows), interpolation=cv2.INTER_NEAREST)
    return returned, cv2.UMat(rows, side, cv2.CV_8UC1, (7.0,))


@recipe.technique
def malloc(order: Order) -> object:
    """Blocks of 64 KiB from C's malloc, which come from its heap."""
    library = _library(ctypes.CDLL)
    held = []
    for _ in range(order.size_bytes // _BLOCK_BYTES):
        block = library.malloc(_BLOCK_BYTES)
        library.memset(block, 1, _BLOCK_BYTES)
        held.append(block)
    return held


@recipe.technique
def anonymous_mapping(order: Order) -> object:
    """A private mapping of no file."""
    return _touched(_private(order.size_bytes))


@recipe.technique
def file_mapping(order: Order) -> object:
    """A file, mapped and read."""
    if order.file is None:
        return None
    with open(order.file, "rb") as file:
        mapped = mmap.mmap(file.fileno(), order.size_bytes, access=mmap.ACCESS_READ)
    return mapped, sum(mapped[place] for place in range(0, order.size_bytes, mmap.PAGESIZE))


@recipe.technique
def shared_memory(order: Order) -> object:
    """A mapping of no file that forked processes would share."""
    return _touched(mmap.mmap(-1, order.size_bytes))


@recipe.technique
def call_holding_the_gil(order: Order) -> object:
    """Memory taken, touched, held and given back while no other thread of the process can run.

    `ctypes.PyDLL` keeps the lock during a call, and between the calls the interpreter is not reached: all three
    are made by one call of `list`.
    """
    library = _library(ctypes.PyDLL)
    block = library.malloc(order.size_bytes)
    calls: tuple[tuple[Any, ...], ...] = (
        (library.memset, block, 1, order.size_bytes),
        (library.usleep, int(CALL_SECONDS * 1e6) if order.file else 0),
        (library.free, block),
    )
    return len(list(itertools.starmap(operator.call, calls)))


@recipe.technique
def spike(order: Order) -> object:
    """Memory that is gone again after 5 ms."""
    block = _populated(order.size_bytes)
    time.sleep(SPIKE_SECONDS if order.file else 0)
    block.close()
    return None


@recipe.technique
def spike_before_exit(order: Order) -> object:
    """Memory taken at the very end: the process is gone before anybody can read anything."""
    block = _populated(order.size_bytes)
    if order.file:
        os._exit(0)
    block.close()
    return None


@recipe.technique
def child_process(order: Order) -> object:
    """Memory taken by a forked process."""
    if order.file is None:
        return None
    child = os.fork()
    if child == 0:
        held = None
        try:
            held = _touched(_private(CHILD_BYTES))
            time.sleep(CHILD_SECONDS)
        finally:
            os._exit(0 if held is not None else 1)
    _, status = os.waitpid(child, 0)
    if status:
        raise MemoryError("the forked process could not take its memory")
    return None


def _private(size_bytes: int, more_flags: int = 0) -> mmap.mmap:
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size_bytes)
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | more_flags)


def _populated(size_bytes: int) -> mmap.mmap:
    """The shortest way to so much memory: Linux fills the mapping as it makes it."""
    if hasattr(mmap, "MAP_POPULATE"):
        return _private(size_bytes, mmap.MAP_POPULATE)
    return _touched(_private(size_bytes))


def _touched(block: mmap.mmap) -> mmap.mmap:
    for place in range(0, len(block), mmap.PAGESIZE):
        block[place] = 1
    return block


def _library(kind: type[ctypes.CDLL]) -> Any:
    library = kind(None)
    library.malloc.argtypes, library.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    library.free.argtypes, library.free.restype = [ctypes.c_void_p], None
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.memset.restype = ctypes.c_void_p
    return library
