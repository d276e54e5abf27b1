"""Raises while it is imported."""

from memlab import Recipe

recipe = Recipe()
raise RuntimeError("not today")
