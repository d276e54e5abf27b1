"""Leaves a file in its working folder when its variant runs."""

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def runs(_paths):
    """The file."""
    with open("it-ran", "w", encoding="ascii"):
        return 1
