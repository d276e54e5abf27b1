"""Forks, and comes back from the variant twice: in itself and in the child."""

import os

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def returns(_paths):
    """Both return, the child at once and with another result."""
    block = bytearray(10 << 20)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return len(block) if child else "the child's"


@recipe.technique
def raises(_paths):
    """The child raises."""
    block = bytearray(10 << 20)
    child = os.fork()
    if not child:
        raise RuntimeError("in the child")
    os.waitpid(child, 0)
    return len(block)
