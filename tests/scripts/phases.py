"""Phases that follow each other, lie in each other, come again, and run in threads."""

import mmap
import sys
import threading
import time

from memlab import Recipe, phase

recipe = Recipe()
MIB = 1 << 20


@recipe.baseline
def in_a_row(_paths):
    """30 MiB, then 60 MiB, then 10 MiB, each given back."""
    for name, size in (("decode", 30), ("blur", 60), ("encode", 10)):
        with phase(name):
            block = bytearray(size * MIB)
            del block


@recipe.technique
def nested(_paths):
    """20 MiB kept; within it 50 MiB for a moment; after that 5 MiB."""
    with phase("outer"):
        kept = bytearray(20 * MIB)
        with phase("inner"):
            block = bytearray(50 * MIB)
            del block
        with phase("after"):
            block = bytearray(5 * MIB)
            del block
        del kept


@recipe.technique
def repeated(_paths):
    """A phase a thousand times, the 500th with 40 MiB."""
    for number in range(1000):
        with phase("step"):
            if number == 499:
                block = bytearray(40 * MIB)
                del block


@recipe.technique
def in_a_thread(_paths):
    """A thread's phase, while the main thread takes 25 MiB in a phase of its own."""
    begun, taken = threading.Event(), threading.Event()

    def work():
        with phase("thread"):
            begun.set()
            taken.wait()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    with phase("main"):
        block = bytearray(25 * MIB)
        del block
    taken.set()
    thread.join()
    with phase("later"):
        time.sleep(0.001)


@recipe.technique
def never_left(_paths):
    """A thread goes through phases, and through new ones, for ever."""

    def work():
        number = 0
        while True:
            number += 1
            with phase(f"name {number % 3000}"):
                pass

    sys.setswitchinterval(1e-6)
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.1)


@recipe.technique
def often(_paths):
    """Six phases of 8 MiB, each for a moment, with 30 ms after each."""
    for _ in range(6):
        with phase("spike"), mmap.mmap(-1, 8 * MIB) as block:
            for offset in range(0, 8 * MIB, mmap.PAGESIZE):
                block[offset] = 1
        time.sleep(0.03)
