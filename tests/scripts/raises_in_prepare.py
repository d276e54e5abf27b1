"""Raises while preparing."""

from memlab import Recipe

recipe = Recipe()


@recipe.prepare
def prepare(_paths):
    """Raises."""
    raise KeyError("no such picture")


@recipe.baseline
def work(_paths):
    """Never reached."""
