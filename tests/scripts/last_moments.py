"""100 MiB taken and given back just before the process ends."""

import ctypes
import os
import signal

from memlab import Recipe

recipe = Recipe()


def take():
    block = bytearray(100 << 20)
    del block


@recipe.baseline
def nothing(_paths):
    """Takes nothing."""


@recipe.technique
def exits(_paths):
    """Ends the process."""
    take()
    os._exit(7)


@recipe.technique
def is_killed(_paths):
    """Is killed."""
    take()
    os.kill(os.getpid(), signal.SIGKILL)


@recipe.technique
def crashes(_paths):
    """Reads from address 0."""
    take()
    ctypes.string_at(0)
