"""The works in short blocks, with the supervisor reading the marks and with the supervisor stopped.

While a headline trial runs, its supervisor does nothing but read the mark every 20 ms; stopped by SIGSTOP it does not
even that. Both are timed in the same process, so that what differs from process to process (addresses, hash seeds,
what else the machine does) cancels out. Each block takes about 40 ms, two readings. Which of a pair comes
first is drawn by lot, lest it fall into step with something periodic. Prints the seconds as JSON: [polled, alone].
"""

import gc
import json
import os
import random
import signal
import time
from collections.abc import Callable

import fresh_pages as pages
import small_objects as objects

from memlab import Recipe

recipe = Recipe()
PAIRS = 120
_FRESH_BYTES = 12 << 20


@recipe.baseline
def images(_paths: list[str]) -> None:
    """Blocks of OpenCV and numpy."""
    import images as work

    _time_blocks(lambda: [work.process(900, 1200, seed) for seed in range(2)])


@recipe.technique
def small_objects(_paths: list[str]) -> None:
    """Blocks of pure Python."""
    _time_blocks(lambda: [objects.count_colours(seed, objects.PIXELS) for seed in range(12)])


@recipe.technique
def fresh_pages(_paths: list[str]) -> None:
    """Blocks of page faults."""
    _time_blocks(lambda: [pages.touch(_FRESH_BYTES) for _ in range(4)])


def _time_blocks(work: Callable[[], object]) -> None:
    supervisor = os.getppid()
    lot = random.Random(PAIRS)
    pairs = []
    work()
    try:
        for _ in range(PAIRS):
            pair = {}
            for polled in lot.sample((True, False), 2):
                os.kill(supervisor, signal.SIGCONT if polled else signal.SIGSTOP)
                gc.collect()  # or one kind of block would get the garbage of the other
                began = time.perf_counter()
                work()
                pair[polled] = time.perf_counter() - began
            pairs.append((pair[True], pair[False]))
    finally:
        os.kill(supervisor, signal.SIGCONT)
    print(json.dumps(pairs))
