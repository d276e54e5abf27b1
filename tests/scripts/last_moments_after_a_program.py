"""A program of 300 MiB while preparing; then 1 MiB, and an end without a word."""

import os
import subprocess
import sys

from memlab import Recipe

recipe = Recipe()


@recipe.prepare
def prepare(paths):
    """The program, which has ended when the variant begins."""
    subprocess.run([sys.executable, "-S", "-E", "-c", "bytearray(300 << 20)"], check=True)
    return paths


@recipe.baseline
def exits(_paths):
    """1 MiB."""
    block = bytearray(1 << 20)
    del block
    os._exit(7)
