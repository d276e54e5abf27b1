"""Functions of a module, and objects with them, that tests send to fresh processes."""

import os
import subprocess
import sys
import threading

MIB = 1 << 20
WARM = False


def hold_all(count):
    """Hold `count` MiB at once."""
    return len([bytearray(MIB) for _ in range(count)])


def one_by_one(count):
    """Hold one MiB at a time."""
    return sum(1 for block in (bytearray(MIB) for _ in range(count)) if block)


def one_more(count):
    return count + 1


def in_a_child(count):
    """Have a process of its own hold `count` MiB."""
    subprocess.run([sys.executable, "-c", f"block = bytearray({count} << 20)"], check=True)


def use_up(numbers):
    """Give back what there is, and leave nothing."""
    found = list(numbers)
    numbers.clear()
    return found


def warm_up():
    global WARM
    WARM = True


def is_warm(*_):
    return WARM


def needs_a_square(count):
    raise ValueError(f"{count} is no square")


def give_a_thing(_):
    return Thing()


def end_it(_):
    os._exit(7)


async def later():
    """Does nothing yet."""


class Thing:
    """What memlab has no way to compare."""


class Album:
    def __init__(self, count):
        self.count = count

    def load(self):
        return hold_all(self.count)

    def __call__(self, count):
        return hold_all(count)


class Unloadable:
    """Travels, and can't be made again."""

    def __getstate__(self):
        return {"made": True}

    def __setstate__(self, _state):
        raise RuntimeError("this can't be made again")


class Locked:
    def __init__(self):
        self.lock = threading.Lock()

    def run(self):
        return 1
