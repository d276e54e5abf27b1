"""Takes memory until there is no more."""

from memlab import Recipe

recipe = Recipe()
kept = []


@recipe.baseline
def in_large_pieces(_paths):
    """8 MiB at a time."""
    while True:
        kept.append(bytearray(8 << 20))


@recipe.technique
def in_small_pieces(_paths):
    """Small objects, until not one more fits."""
    last = None
    while True:
        last = (last,)


@recipe.technique
def in_a_forked_child(_paths):
    """A child that takes it."""
    import os

    child = os.fork()
    if child == 0:
        while True:
            kept.append(bytearray(8 << 20))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
