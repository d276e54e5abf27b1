"""A pool that is started, and filled with 50 MiB a worker, while preparing: none of that is the variant's."""

import multiprocessing
import time

from memlab import Recipe

recipe = Recipe()
kept = []


def fill(_number):
    kept.append(bytearray(50 << 20))
    time.sleep(0.1)


def work(_number):
    block = bytearray(20 << 20)
    time.sleep(0.1)
    return len(block)


@recipe.prepare
def prepare(_paths):
    """Two workers that hold 50 MiB each, and once held 100 MiB."""
    pool = multiprocessing.get_context("fork").Pool(2)
    pool.map(fill, range(2), chunksize=1)
    return pool


@recipe.baseline
def works(pool):
    """20 MiB in each worker: 40 MiB."""
    return sum(pool.map(work, range(2), chunksize=1))
