"""Changes to another folder."""

import os

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def moves(_paths):
    """To the root."""
    os.chdir("/")
    return 1
