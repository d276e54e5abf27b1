"""Memory that stays: the pictures are gone, and the process is as large as before.

A program decodes four photographs one after the other, keeps a small copy of each and drops the rest. What is alive
at the end is 1.4 MiB of small pictures. The process has grown by 41 MiB and stays there: it holds 40 MiB that nobody
uses. This is no leak, and no garbage collector will find anything: every byte was freed, to the C library's
allocator, and it is the allocator that keeps it.

glibc's malloc has two places to take memory from. A large block gets a mapping of its own, which goes back to the
system as soon as the block is freed. Small blocks lie side by side in the heap, and the heap shrinks only from its
end: one small picture that lives there holds everything below it. What "large" means is learned. It begins at
128 KiB, and whenever a larger block is given back, up to 32 MiB, its size becomes the new limit. So the first
photograph's buffers of up to 16 MiB are mapped, those of the second go to the heap, and the small pictures that
live on end up between and above them.

When to mind it: in a process that lives long and has rare peaks, such as a server, a notebook or a worker that
shares its machine with others. When not: inside a loop over photographs. The next one goes where the last one was,
and giving memory back in between only means to ask for it again. That is also why what is kept doesn't grow with
the number of photographs (`--set count=16`). Memory that grows without end is a leak, which is something else.

What to look for in the figures:

* `trim_at_end` asks glibc once, when the work is done, to give back whatever is free, also from the middle of the
  heap. At such a moment that costs next to nothing, and nothing stays.
* `fixed_mmap_threshold` sets the limit to the 128 KiB that it has at the beginning. The value is not what counts:
  once it was set, glibc doesn't move it any more, and every large block goes back at once. The price is time, here
  a fifth, because each mapping has to be filled with fresh pages. `MALLOC_MMAP_THRESHOLD_=131072` in the environment
  does it for a program that can't be changed. `MALLOC_ARENA_MAX` does nothing about it.
* `trim_with_block_cache` has told Pillow to keep the blocks of its pictures for the next one, as `PILLOW_BLOCKS_MAX`
  does. For malloc a block in that cache is in use, and trimming leaves it where it is: 23 MiB, a whole photograph.
  `Image.core.clear_cache()` before the trim lets go of it.
* The photographs are progressive JPEGs, as many large ones are. Their decoder holds the frequencies of the whole
  picture, 17 MiB beside 23 MiB of pixels; with `--set progressive=false` there is that much less to keep.
* A block of more than 32 MiB always goes back. A photograph of 12 megapixels in a NumPy array is one.
* `gc.collect()` changes nothing here, and tracemalloc sees nothing of it: none of it was ever Python's.

Other allocators (macOS, Windows, musl, a preloaded jemalloc) have rules of their own; these variants need glibc.
"""

import ctypes
import os
from typing import Any

from PIL import Image

from memlab import Recipe, photos

M_MMAP_THRESHOLD = -3  # malloc.h's number for it.
Image.MAX_IMAGE_PIXELS = None  # The photographs are memlab's own, or the user's.

recipe = Recipe(
    inputs=photos(count=4, width=3000, height=2000, progressive=True),
    sweep={"count": (2, 4, 8, 16)},
    quick={"count": 2, "width": 2400, "height": 1600},
    headline="kept",
)


@recipe.baseline
def decode_and_drop(paths: list[str]) -> list[Image.Image]:
    """Make a small copy of each photograph and let go of the photograph."""
    return [small_copy(path) for path in paths]


@recipe.technique(promises=(20.0, 1.0))
def trim_at_end(paths: list[str]) -> list[Image.Image]:
    """The same, then ask the allocator to give back what is free."""
    copies = [small_copy(path) for path in paths]
    glibc().malloc_trim(0)
    return copies


@recipe.technique(promises=(20.0, 1.0))
def fixed_mmap_threshold(paths: list[str]) -> list[Image.Image]:
    """Before the work begins, say from which size on a block gets a mapping of its own."""
    if not glibc().mallopt(M_MMAP_THRESHOLD, 131_072):
        raise OSError("mallopt refuses a threshold of 128 KiB")
    return [small_copy(path) for path in paths]


@recipe.pitfall(
    against="trim_at_end", shows="costs", because="what Pillow keeps for the next picture is not free for malloc"
)
def trim_with_block_cache(paths: list[str]) -> list[Image.Image]:
    """Let Pillow keep the blocks of its pictures, to decode faster, and trim in the end."""
    Image.core.set_blocks_max(4)  # type: ignore[attr-defined]
    return trim_at_end(paths)


def small_copy(path: str) -> Image.Image:
    """The photograph at an eighth of its size; the photograph itself is gone when this returns."""
    with Image.open(path) as photograph:
        return photograph.reduce(8)


def glibc() -> Any:
    """The C library, which has `malloc_trim` and `mallopt` if it is glibc.

    Raises:
        OSError: it isn't glibc.
    """
    library = ctypes.CDLL(None) if os.name == "posix" else None
    if not hasattr(library, "malloc_trim"):
        raise OSError("malloc_trim and mallopt are glibc's, and this process runs with another C library")
    return library
