"""40 MiB, and ways that are said to need less: some do, some don't."""

import os
import time

from memlab import Recipe

MIB = 1 << 20
recipe = Recipe()


def take(mib):
    block = b"1" * round(mib * MIB)
    time.sleep(0.03)
    return block[0]


@recipe.baseline
def takes(_paths):
    """40 MiB."""
    return take(40)


@recipe.technique(promises=(4.0, 0.2))
def keeps_its_promise(_paths):
    """A quarter, as said."""
    return take(10)


@recipe.technique(promises=(8.0, 0.5))
def promises_too_much(_paths):
    """A quarter, where an eighth was said."""
    return take(10)


@recipe.technique
def without_effect(_paths):
    """The same."""
    return take(40)


@recipe.technique
def costs(_paths):
    """Half as much again."""
    return take(60)


@recipe.technique
def slower(_paths):
    """A quarter, and ten times as long."""
    time.sleep(0.3)
    return take(10)


@recipe.technique
def tiny(_paths):
    """Too little to be told from nothing."""
    return take(0.25)


@recipe.technique
def gives_another_result(_paths):
    """A quarter of the work, and another result."""
    return take(10) + 1


@recipe.technique
def gives_always_another(_paths):
    """A result that no trial before had."""
    return [take(10), os.getpid(), time.monotonic_ns()]


@recipe.pitfall(against="keeps_its_promise", shows="costs", because="it takes four times as much")
def falls(_paths):
    """As said, more than what it is held against."""
    return take(40)


@recipe.pitfall(shows="no_saving", because="it is said to take as much")
def does_not_fall(_paths):
    """Said to save nothing, and saves."""
    return take(10)
