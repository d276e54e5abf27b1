"""Work that does little but take fresh memory from the kernel, touch it, and give it back."""

import ctypes
import mmap

from memlab import Recipe

recipe = Recipe()
SIZE_BYTES = 32 << 20
ROUNDS = 14


@recipe.baseline
def fresh_pages(_paths: list[str]) -> int:
    """Map, fill and unmap 32 MiB again and again: 8192 page faults a round."""
    return sum(touch(SIZE_BYTES) for _ in range(ROUNDS))


@recipe.warm_up
def warm_up(_paths: list[str]) -> int:
    """Once with one page."""
    return touch(mmap.PAGESIZE)


def touch(size_bytes: int) -> int:
    """Fill fresh anonymous memory; returns how much."""
    with mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as block:
        view = ctypes.c_char.from_buffer(block)
        ctypes.memset(ctypes.addressof(view), 1, size_bytes)
        del view
    return size_bytes
