"""Makes itself non-dumpable while it is imported."""

import ctypes
import time

from memlab import Recipe

PR_SET_DUMPABLE = 4
ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
block = bytearray(80 << 20)
del block

recipe = Recipe()


@recipe.baseline
def takes(_paths):
    """32 MiB."""
    block = bytearray(32 << 20)
    time.sleep(0.05)
    return len(block)
