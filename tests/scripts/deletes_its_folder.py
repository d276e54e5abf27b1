"""Deletes the folder it works in."""

import os
import shutil

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def deletes(_paths):
    """All of it."""
    shutil.rmtree(os.getcwd())
    return 1
