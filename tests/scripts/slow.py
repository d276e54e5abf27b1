"""Three variants of a tenth of a second each, each with a daemon that never ends."""

import os
import time

from memlab import Recipe

recipe = Recipe()


def work():
    block = bytearray(4 << 20)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while block:
                time.sleep(1)
        os._exit(0)
    os.wait()
    time.sleep(0.1)
    return len(block)


@recipe.baseline
def first(_paths):
    """One."""
    return work()


@recipe.technique
def second(_paths):
    """Two."""
    return work()


@recipe.technique
def third(_paths):
    """Three."""
    return work()
