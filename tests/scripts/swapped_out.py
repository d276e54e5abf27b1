"""40 MiB, of which the kernel is asked to swap out all."""

import mmap
import time

from memlab import Recipe

MADV_PAGEOUT = 21
recipe = Recipe()


def take():
    block = mmap.mmap(-1, 40 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for place in range(0, len(block), mmap.PAGESIZE):
        block[place] = place % 251
    return block


@recipe.baseline
def stays(_paths):
    """All of it stays in memory."""
    return len(take())


@recipe.technique
def leaves(_paths):
    """All of it leaves."""
    block = take()
    block.madvise(MADV_PAGEOUT)
    time.sleep(0.1)
    return len(block)
