"""Known amounts of memory, taken in different ways."""

import ctypes
import mmap
import os
import time

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20


def touch(block: mmap.mmap) -> None:
    for offset in range(0, len(block), mmap.PAGESIZE):
        block[offset] = 1


@recipe.baseline
def nothing(_paths):
    """Takes nothing."""


@recipe.technique
def held(_paths):
    """64 MiB, held until the end."""
    block = bytearray(64 * MIB)
    time.sleep(0.03)
    del block


@recipe.technique
def mapped(_paths):
    """64 MiB of anonymous mapping, given back before the end."""
    with mmap.mmap(-1, 64 * MIB) as block:
        touch(block)


@recipe.technique
def untouched(_paths):
    """512 MiB of address space, 3 MiB of memory."""
    with mmap.mmap(-1, 512 * MIB) as block:
        for offset in range(0, 3 * MIB, mmap.PAGESIZE):
            block[offset] = 1


@recipe.technique
def spike(_paths):
    """100 MiB for 5 ms, in the middle of 120 quiet ms."""
    time.sleep(0.06)
    block = bytearray(100 * MIB)
    time.sleep(0.005)
    del block
    time.sleep(0.06)


@recipe.technique
def holds_the_gil(_paths):
    """100 MiB filled by one C call that keeps the interpreter's lock, and given back."""
    size = 100 * MIB
    library = ctypes.PyDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    block = library.malloc(size)
    library.memset(block, 1, size)
    library.free(block)


@recipe.technique
def file_mapped(_paths):
    """24 MiB of a file's pages, mapped and read."""
    size = 24 * MIB
    name = f"pages-{os.getpid()}"
    with open(name, "w+b") as file:
        os.unlink(name)
        file.writelines(bytes(MIB) for _ in range(size // MIB))
        file.flush()
        with mmap.mmap(file.fileno(), size) as pages:
            total = sum(pages[offset] for offset in range(0, size, mmap.PAGESIZE))
            time.sleep(0.05)
    assert total == 0
