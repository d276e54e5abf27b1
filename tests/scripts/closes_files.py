"""Closes files that it didn't open, and takes 12 MiB."""

import os
import sys
import time

from memlab import Recipe, phase

recipe = Recipe()


def take():
    with phase("taking"):
        block = bytearray(12 << 20)
        time.sleep(0.05)
        return len(block)


@recipe.baseline
def standard_objects(_paths):
    """sys.stdin, sys.stdout and sys.stderr."""
    for file in (sys.stdin, sys.stdout, sys.stderr):
        file.close()
    return take()


@recipe.technique
def standard_descriptors(_paths):
    """0, 1 and 2."""
    os.closerange(0, 3)
    return take()


@recipe.technique
def all_descriptors(_paths):
    """0 to 255."""
    os.closerange(0, 256)
    return take()


@recipe.technique
def all_between(_paths):
    """0 to 255 within a phase, and again after it."""
    with phase("closing"):
        os.closerange(0, 256)
        take()
    os.closerange(0, 256)
    return take()


@recipe.technique
def takes_the_numbers(_paths):
    """0 to 255, and opens files of its own that get the same numbers; nothing may be written into them."""
    os.closerange(0, 256)
    name = f"{os.getpid()}.txt"
    files = [os.open(name, os.O_RDWR | os.O_CREAT) for _ in range(60)]
    os.write(files[0], b"x" * 3000)
    size = take()
    with phase("another"):
        take()
    content = os.pread(files[0], 10_000, 0)
    assert content == b"x" * 3000, content[:100]
    os.unlink(name)
    return size


@recipe.technique
def forgets_its_streams(_paths):
    """sys.stdout and sys.stderr are None."""
    sys.stdout = sys.stderr = None
    return take()
