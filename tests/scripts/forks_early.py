"""Forks while it is imported, prepared and warmed up, and comes back twice each time."""

import os

from memlab import Recipe

recipe = Recipe()


def split():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return child


split()


@recipe.prepare
def prepare(paths):
    """Twice."""
    split()
    return paths


@recipe.warm_up
def warm(_paths):
    """Twice."""
    split()


@recipe.output
def output(value):
    """Twice."""
    return value if split() else "the child's"


@recipe.baseline
def works(_paths):
    """16 MiB."""
    block = bytearray(16 << 20)
    return len(block)
