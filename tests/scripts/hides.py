"""Makes itself non-dumpable, so that its files in /proc can't be opened any more."""

import ctypes
import os
import time

from memlab import Recipe

PR_SET_DUMPABLE = 4

recipe = Recipe()


def hide():
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


@recipe.baseline
def stays(_paths):
    """32 MiB in the open."""
    block = bytearray(32 << 20)
    time.sleep(0.05)
    return len(block)


@recipe.technique
def hides_itself(_paths):
    """32 MiB in hiding."""
    hide()
    block = bytearray(32 << 20)
    time.sleep(0.05)
    return len(block)


@recipe.technique
def hides_a_child(_paths):
    """32 MiB in a child in hiding."""
    hide()
    child = os.fork()
    if child == 0:
        block = bytearray(32 << 20)
        time.sleep(0.1)
        del block
        os._exit(0)
    os.waitpid(child, 0)
    return 32 << 20
