"""Forked children: what they share with their parent must count once, what they change must count again."""

import os
import time

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")


def fork(work):
    """Run work in a forked child; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def dirty(block, size):
    for offset in range(0, size, PAGE):
        block[offset] = 2


@recipe.baseline
def shares(_paths):
    """100 MiB that three children share with their parent, unchanged: 100 MiB."""
    block = bytearray(100 * MIB)
    children = [fork(lambda: time.sleep(0.2)) for _ in range(3)]
    for child in children:
        os.waitpid(child, 0)
    del block


@recipe.technique
def changes(_paths):
    """100 MiB shared with two children, each of which changes 50 MiB: 200 MiB."""
    block = bytearray(100 * MIB)

    def work():
        time.sleep(0.1)
        dirty(block, 50 * MIB)
        time.sleep(0.2)

    children = [fork(work) for _ in range(2)]
    for child in children:
        os.waitpid(child, 0)


@recipe.technique
def adds(_paths):
    """Three children at once, each with 40 MiB of its own: 120 MiB."""

    def work():
        block = bytearray(40 * MIB)
        time.sleep(0.25)
        del block

    children = [fork(work) for _ in range(3)]
    for child in children:
        os.waitpid(child, 0)


@recipe.technique
def one_after_the_other(_paths):
    """Three children, one after the other, each with 40 MiB: 40 MiB."""

    def work():
        block = bytearray(40 * MIB)
        time.sleep(0.06)
        del block

    for _ in range(3):
        os.waitpid(fork(work), 0)


@recipe.technique
def forks_twice(_paths):
    """A child that leaves a child of its own behind, in a session of its own, with 40 MiB."""
    reading, writing = os.pipe()

    def grandchild():
        block = bytearray(40 * MIB)
        time.sleep(0.15)
        del block
        os.write(writing, b"x")

    def work():
        os.setsid()
        fork(grandchild)

    os.waitpid(fork(work), 0)
    os.read(reading, 1)


@recipe.technique
def peaks_before_forking(_paths):
    """80 MiB by itself, then a child with 10 MiB: 80 MiB."""
    block = bytearray(80 * MIB)
    del block
    time.sleep(0.05)

    def work():
        block = bytearray(10 * MIB)
        time.sleep(0.1)
        del block

    os.waitpid(fork(work), 0)
