"""40 MiB each, in ways that meters see differently."""

import ctypes
import mmap
import os
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from memlab import Recipe

MIB = 1 << 20
recipe = Recipe()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


@recipe.baseline
def array(_paths):
    """An array, held for half a second: all of them see it."""
    block = np.ones(40 * MIB, np.uint8)
    time.sleep(0.5)
    return int(block[0])


@recipe.technique
def picture(_paths):
    """Pixels that Pillow allocates, outside of Python."""
    image = Image.new("L", (8192, 5120), 1)
    return image.getpixel((0, 0))


def spike_after(seconds):
    time.sleep(seconds)
    block = b"1" * (40 * MIB)
    time.sleep(0.005)
    del block
    time.sleep(0.15)
    return 1


@recipe.technique
def spike(_paths):
    """Some milliseconds, between two samples unless chance will have it."""
    return spike_after(0.15)


@recipe.technique
def earlier_spike(_paths):
    """The same at another time."""
    return spike_after(0.12)


@recipe.technique
def later_spike(_paths):
    """The same once more."""
    return spike_after(0.18)


@recipe.technique
def untouched(_paths):
    """An array of zeros of which a tenth is written to."""
    block = np.zeros(400 * MIB, np.uint8)
    block[: 40 * MIB] = 1
    return int(block[0])


@recipe.technique
def fragmented(_paths):
    """Holes that nothing fits in: the heap's blocks are 26 MiB, the pages they lie on 40."""
    holes = [libc.malloc(1000) for _ in range(28_000)]
    for hole in holes:
        ctypes.memset(hole, 1, 1000)
    for hole in holes[::2]:
        libc.free(hole)
    larger = [libc.malloc(1500) for _ in range(9_000)]
    for block in larger:
        ctypes.memset(block, 1, 1500)
    for block in (*holes[1::2], *larger):
        libc.free(block)
    return 1


@recipe.technique
def file_mapped(_paths):
    """Pages of a file."""
    with tempfile.TemporaryFile(dir=os.environ.get("MEMLAB_TEST_FOLDER")) as file:
        for _ in range(40):
            file.write(b"\1" * MIB)
        file.flush()
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            largest = max(mapped[place] for place in range(0, len(mapped), 4096))
            time.sleep(0.05)
            return largest


@recipe.technique
def dies_under_memray(_paths):
    """Ends its process where memray is loaded."""
    if "memray" in sys.modules:
        os._exit(1)
    return int(np.ones(40 * MIB, np.uint8)[0])
