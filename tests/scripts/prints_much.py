"""Prints 100 MB."""

import os
import sys

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def prints(_paths):
    """100 MB through sys.stdout, and a last word."""
    lines = ("é" * 49 + " \n") * 1000
    for _ in range(1000):
        sys.stdout.write(lines)
    print("the last word", flush=True)


@recipe.technique
def writes(_paths):
    """100 MB to the descriptors, in large pieces that are no text."""
    for descriptor in (1, 2):
        for _ in range(50):
            os.write(descriptor, bytes(range(128, 256)) * 7812 + b"\n")
