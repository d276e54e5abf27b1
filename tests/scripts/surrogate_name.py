"""A variant whose name no text file can hold."""

from memlab import Recipe

recipe = Recipe()


def function(_paths):
    """Nothing."""
    return 1


function.__name__ = "half a \ud800 character"
recipe.baseline(function)
