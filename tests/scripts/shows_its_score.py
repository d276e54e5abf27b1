"""Returns how gladly the kernel would kill it, and a program it starts, when memory runs out."""

import subprocess

from memlab import Recipe

recipe = Recipe()
FILE = "/proc/self/oom_score_adj"


@recipe.baseline
def shows(_paths):
    """From -1000, never, to 1000, first."""
    with open(FILE, encoding="ascii") as file:
        return int(file.read()), int(subprocess.check_output(["cat", FILE]))
