"""1 MiB, and a program started beside it."""

import os
import subprocess

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def takes_little(_paths):
    """1 MiB."""
    block = bytearray(1 << 20)
    del block


@recipe.technique
def starts_a_program(_paths):
    """1 MiB, and /bin/true."""
    block = bytearray(1 << 20)
    subprocess.run(["/bin/true"], check=True)
    del block


@recipe.technique
def exits(_paths):
    """Ends the process."""
    block = bytearray(1 << 20)
    del block
    os._exit(1)
