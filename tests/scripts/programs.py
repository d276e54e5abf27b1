"""Programs started by subprocess, with and without a shell between."""

import subprocess
import sys
import time

from memlab import Recipe

recipe = Recipe()
CODE = "import time; block = bytearray({} << 20); time.sleep(0.25)"


def code(mib):
    return [sys.executable, "-S", "-E", "-c", CODE.format(mib)]


@recipe.baseline
def one(_paths):
    """One with 60 MiB."""
    subprocess.run(code(60), check=True)


@recipe.technique
def three_at_once(_paths):
    """Three with 30 MiB each."""
    programs = [subprocess.Popen(code(30)) for _ in range(3)]
    for program in programs:
        program.wait()


@recipe.technique
def beside_a_block(_paths):
    """100 MiB by itself, twenty programs of next to nothing meanwhile, and quiet after it."""
    block = bytearray(100 << 20)
    for _ in range(20):
        subprocess.run(["/bin/true"], check=True)
    del block
    time.sleep(0.06)


@recipe.technique
def through_a_shell(_paths):
    """Two with 30 MiB each, started by a shell that waits for them."""
    python, *arguments = code(30)
    script = f"{python} {' '.join(arguments[:-1])} '{arguments[-1]}' & "
    subprocess.run(["sh", "-c", script * 2 + "wait"], check=True)
