"""Variants that come to no good end, each in its own way, after taking 16 MiB."""

import ctypes
import os
import signal
import sys
import time

from memlab import Recipe

recipe = Recipe()


class OddError(Exception):
    """An exception whose text can't be made."""

    def __str__(self):
        raise ValueError("no text")


def take():
    block = bytearray(16 << 20)
    time.sleep(0.05)
    return block


@recipe.baseline
def fine(_paths):
    """Comes to its end."""
    return 1


@recipe.technique
def raises(_paths):
    """Raises an exception."""
    block = take()
    raise RuntimeError(f"gave up after {len(block) >> 20} MiB")


@recipe.technique
def raises_oddly(_paths):
    """Raises an exception that raises."""
    raise OddError


@recipe.technique
def interrupts(_paths):
    """Raises what Ctrl-C raises."""
    raise KeyboardInterrupt


@recipe.technique
def calls_exit(_paths):
    """sys.exit."""
    take()
    sys.exit("bye")


@recipe.technique
def ends(_paths):
    """os._exit with 0, as if nothing had happened."""
    block = take()
    os._exit(len(block) & 1)


@recipe.technique
def segfaults(_paths):
    """Reads from address 0."""
    block = take()
    ctypes.string_at(0)
    del block


@recipe.technique
def aborts(_paths):
    """abort(3)."""
    os.abort()


@recipe.technique
def is_killed(_paths):
    """SIGKILL."""
    block = take()
    os.kill(os.getpid(), signal.SIGKILL)
    del block


@recipe.technique
def kills_its_group(_paths):
    """SIGKILL to its process group, where nobody else may be."""
    os.killpg(0, signal.SIGKILL)


@recipe.technique
def becomes_another(_paths):
    """Becomes another program."""
    os.execv("/bin/true", ["/bin/true"])


@recipe.technique
def recurses(_paths):
    """Never stops calling itself."""

    def again(depth):
        return again(depth + 1) + 1

    return again(0)


@recipe.technique
def returns_a_riddle(_paths):
    """Returns what can't be compared."""
    return object()


@recipe.technique
def returns_itself(_paths):
    """Returns a list that holds itself."""
    endless = []
    endless.append(endless)
    return endless
