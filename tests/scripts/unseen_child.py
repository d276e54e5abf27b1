"""A forked child with 30 MiB for a moment, which nobody can have looked at while it had them."""

import os

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def spikes(_paths):
    """30 MiB."""
    child = os.fork()
    if child == 0:
        block = bytearray(30 << 20)
        del block
        os._exit(0)
    os.waitpid(child, 0)
