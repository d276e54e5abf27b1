"""Children that live too short to be read, and end with os._exit."""

import os
import subprocess
import sys

from memlab import Recipe

recipe = Recipe()
SPIKE = "import os; block = bytearray(100 << 20); del block; os._exit(0)"


@recipe.baseline
def forked_spike(_paths):
    """100 MiB in a forked child, for as long as it takes."""
    child = os.fork()
    if child == 0:
        block = bytearray(100 << 20)
        del block
        os._exit(0)
    os.waitpid(child, 0)


@recipe.technique
def started_spike(_paths):
    """100 MiB in a program of its own."""
    subprocess.run([sys.executable, "-S", "-E", "-c", SPIKE], check=True)


@recipe.technique
def twenty_programs(_paths):
    """/bin/true, twenty times."""
    for _ in range(20):
        subprocess.run(["/bin/true"], check=True)
