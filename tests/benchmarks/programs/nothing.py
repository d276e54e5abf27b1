"""A recipe that imports nothing but memlab and does nothing: what its trial takes is memlab's own."""

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def nothing(_paths: list[str]) -> None:
    """Return at once."""
