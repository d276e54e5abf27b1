"""Makes shared memory, does not unlink it, and is killed: multiprocessing's resource tracker clears it up."""

import os
import signal
import time
from multiprocessing.shared_memory import SharedMemory

from memlab import Recipe

recipe = Recipe()


def make():
    memory = SharedMemory(name=f"{os.environ['MEMLAB_TEST_MARK']}-{os.getpid()}", create=True, size=8 << 20)
    memory.buf[:] = bytes([1]) * len(memory.buf)
    return memory


@recipe.baseline
def forgets(_paths):
    """Forgets it."""
    make()
    return 1


@recipe.technique
def is_killed(_paths):
    """Is killed."""
    make()
    os.kill(os.getpid(), signal.SIGKILL)


@recipe.technique
def leaves_a_child(_paths):
    """Leaves a child that holds it as well."""
    make()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    return 1


@recipe.technique
def loops(_paths):
    """Does not come to an end."""
    make()
    time.sleep(1000)
