"""Programs that take a known amount of memory; each returns the growth, in bytes, that memlab has to find."""

import ctypes
import mmap
import os
import time
from collections.abc import Callable

from memlab import Recipe

recipe = Recipe()
SPIKE_BYTES = 4 << 20
BURSTS_BYTES = [size << 20 for size in (2, 5, 3, 8, 4, 6, 24, 7, 2, 9, 3, 5)]
CALL_BYTES = 96 << 20
OBJECTS = 400_000
LATER_BYTES = 16 << 20
CHILD_BYTES = 32 << 20
CHILDREN = 3


@recipe.baseline
def spike(_paths: list[str]) -> int:
    """4 MiB that rise and are gone again after 5 ms."""
    return _burst(SPIKE_BYTES, 0.005)


@recipe.technique
def bursts(_paths: list[str]) -> int:
    """Bursts of 10 ms with 10 ms between them; the largest is in the middle."""
    for size_bytes in BURSTS_BYTES:
        _burst(size_bytes, 0.010)
        time.sleep(0.010)
    return max(BURSTS_BYTES)


@recipe.technique
def gil_call(_paths: list[str]) -> int:
    """96 MiB that grow inside one C call which holds the GIL, and are given back after it."""
    with _fresh(CALL_BYTES) as block:
        _fill(block, CALL_BYTES, ctypes.PyDLL(None).memset)
    return CALL_BYTES


@recipe.technique
def small_objects_half_freed(_paths: list[str]) -> int:
    """Small objects, then every second one freed, then 16 MiB more: the rest pins all pages, nothing is reused.

    Reference: the growth of the resident set itself, read by this program while it holds everything still.
    """
    before_bytes = _anonymous_bytes()
    objects: list[bytes | None] = [None] * OBJECTS
    for place in range(OBJECTS):
        objects[place] = b"%0100d" % place
    objects[::2] = [None] * len(objects[::2])
    with _fresh(LATER_BYTES) as block:
        _fill(block, LATER_BYTES)
        return _anonymous_bytes() - before_bytes


@recipe.technique
def three_children(_paths: list[str]) -> int:
    """Three forked children that hold 32 MiB each at once.

    Reference: the proportional sets of all four, each read by the process itself while all hold still; anonymous
    memory only, because files' pages are shared with strangers.
    """
    before_bytes = _anonymous_bytes()
    held, tell_held = os.pipe()
    go, tell_go = os.pipe()
    answers, answer = os.pipe()
    ended, end = os.pipe()
    for _ in range(CHILDREN):
        if os.fork() == 0:
            try:
                os.close(end)
                with _fresh(CHILD_BYTES) as block:
                    _fill(block, CHILD_BYTES)
                    os.write(tell_held, b"h")
                    os.read(go, 1)
                    os.write(answer, _anonymous_bytes().to_bytes(8, "little"))
                    os.read(ended, 1)
            finally:
                os._exit(0)
    for _ in range(CHILDREN):
        os.read(held, 1)
    time.sleep(0.1)
    os.write(tell_go, b"g" * CHILDREN)
    total_bytes = sum(int.from_bytes(os.read(answers, 8), "little") for _ in range(CHILDREN)) + _anonymous_bytes()
    for descriptor in (end, ended, tell_go, go, held, tell_held, answers, answer):
        os.close(descriptor)
    for _ in range(CHILDREN):
        os.wait()
    return total_bytes - before_bytes


@recipe.warm_up
def warm_up(_paths: list[str]) -> None:
    """What a first use takes for ever."""
    _burst(mmap.PAGESIZE, 0.0)
    _anonymous_bytes()


def _burst(size_bytes: int, seconds: float) -> int:
    end = time.perf_counter() + seconds
    with _fresh(size_bytes) as block:
        _fill(block, size_bytes)
        while time.perf_counter() < end:
            pass
    return size_bytes


def _fresh(size_bytes: int) -> mmap.mmap:
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _fill(block: mmap.mmap, size_bytes: int, memset: Callable[..., object] = ctypes.memset) -> None:
    view = ctypes.c_char.from_buffer(block)
    memset(ctypes.c_void_p(ctypes.addressof(view)), 1, ctypes.c_size_t(size_bytes))
    del view


def _anonymous_bytes() -> int:
    """This process's share of anonymous memory: its pages, those it shares divided among those that have them."""
    with open("/proc/self/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss_Anon:"):
                return int(line.split()[1]) * 1024
    raise OSError("smaps_rollup has no Pss_Anon (Linux before 5.9)")
