"""Raises while warming up."""

from memlab import Recipe

recipe = Recipe()


@recipe.warm_up
def warm(_paths):
    """Raises."""
    raise ZeroDivisionError("cold")


@recipe.baseline
def work(_paths):
    """Never reached."""
