"""Known memory, taken in ways that meters see differently, on lines that they have to name."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
from PIL import Image

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20
SIDE = 2896  # squared times four bytes: 32 MiB
calls = []


@recipe.prepare
def argument(_paths):
    """A list that a variant may use up."""
    return list(range(32))


@recipe.baseline
def picture(_numbers):
    """32 MiB that only C code knows of."""
    return Image.new("RGB", (SIDE, SIDE), (1, 2, 3))  # the line of the picture


@recipe.technique
def array(_numbers):
    """32 MiB that numpy tells tracemalloc of."""
    block = np.ones(32 * MIB, np.uint8)  # the line of the array
    return block  # noqa: RET504


@recipe.technique
def array_and_half(_numbers):
    """48 MiB at the peak, 32 at the end."""
    kept = np.ones(32 * MIB, np.uint8)  # the line that stays
    dropped = np.ones(16 * MIB, np.uint8)  # the line that goes
    del dropped
    return kept


@recipe.technique
def spike(_numbers):
    """32 MiB for 5 ms in the middle of 0.7 quiet seconds."""
    time.sleep(0.35)
    block = bytearray(32 * MIB)
    time.sleep(0.005)
    del block
    time.sleep(0.35)


@recipe.technique
def uses_its_argument_up(numbers):
    """A MiB for each number, and the numbers are gone."""
    blocks = []
    while numbers:
        numbers.pop()
        blocks.append(np.ones(MIB, np.uint8))  # the line of the numbers
    return blocks


@recipe.technique
def counts_its_calls(_numbers):
    """Another output each time it is called."""
    calls.append(1)
    return len(calls)


@recipe.technique
def in_threads(_numbers):
    """Two threads with 16 MiB each, at the same time."""
    blocks, ready = [], threading.Barrier(2)

    def work():
        ready.wait()
        blocks.append(np.ones(16 * MIB, np.uint8))  # the line in a thread

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return blocks


@recipe.technique
def in_a_child(_numbers):
    """A forked process with 32 MiB."""
    child = os.fork()
    if child == 0:
        block = bytearray(32 * MIB)
        time.sleep(0.3)
        os._exit(len(block) == 0)
    os.waitpid(child, 0)


@recipe.technique
def comes_back_twice(_numbers):
    """Forks, and returns from both processes."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return 7


@recipe.technique
def starts_a_program(_numbers):
    """Another program, which takes nothing."""
    return subprocess.run([sys.executable, "-S", "-E", "-c", "pass"], check=True).returncode


@recipe.technique
def raises(_numbers):
    """A failure of its own."""
    held = bytearray(8 * MIB)
    raise ValueError(f"of the recipe's, with {len(held)} bytes")


@recipe.technique
def calls_exit(_numbers):
    """The end of the program, it thinks."""
    sys.exit(3)


@recipe.technique
def is_killed(_numbers):
    """Killed in the middle."""
    block = bytearray(8 * MIB)
    os.kill(os.getpid(), signal.SIGKILL)
    return len(block)


@recipe.technique
def stops_tracing(_numbers):
    """Takes tracemalloc for its own."""
    tracemalloc.stop()
    return bytes(8 * MIB)


@recipe.technique
def closes_its_files(_numbers):
    """Closes every descriptor, and opens a file under the lowest number that has become free."""
    os.closerange(3, 256)
    with open("its-own", "wb+", buffering=0) as file:
        numbers = [os.dup(file.fileno()) for _ in range(64)]
        file.write(b"mine")
    block = np.ones(8 * MIB, np.uint8)
    gc.collect()
    for number in numbers:
        if os.fstat(number).st_size != 4:
            return "spoilt"
    return len(block)


@recipe.technique
def many_survivors(_numbers):
    """20,000 strings, all alive at the end."""
    return [str(number) * 20 for number in range(20_000)]  # the line of the survivors


@recipe.technique
def loops(_numbers):
    """A loop of many lines, with an array in it."""
    kept = []
    for number in range(60):
        assert number >= 0
        kept.append(np.ones(MIB // 2, np.uint8))  # the line that grows
    return len(kept)


@recipe.technique
def loaded_meters(_numbers):
    """What is loaded of the meters' libraries."""
    return [name for name in ("memory_profiler", "memray") if name in sys.modules]


def make_sourceless():
    """A function whose source nobody can read."""
    names = {"np": np, "MIB": MIB}
    exec("def sourceless(_numbers):\n    return np.ones(32 * MIB, np.uint8)\n", names)
    return names["sourceless"]


sourceless = recipe.technique(make_sourceless())
