"""Pools of processes, of every kind there is, with 30 MiB in each of two workers."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

from memlab import Recipe

recipe = Recipe()


def work(number):
    block = bytearray(30 << 20)
    time.sleep(0.15)
    return len(block) + number


def in_pool(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return sum(pool.map(work, range(2), chunksize=1))


def in_executor(method):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as executor:
        return sum(executor.map(work, range(2)))


@recipe.baseline
def in_this_process(_paths):
    """Both, one after the other, in this process."""
    return sum(map(work, range(2)))


@recipe.technique
def forked_pool(_paths):
    """multiprocessing.Pool, by fork."""
    return in_pool("fork")


@recipe.technique
def spawned_pool(_paths):
    """multiprocessing.Pool, by spawn."""
    return in_pool("spawn")


@recipe.technique
def forked_executor(_paths):
    """concurrent.futures, by fork."""
    return in_executor("fork")


@recipe.technique
def spawned_executor(_paths):
    """concurrent.futures, by spawn."""
    return in_executor("spawn")
