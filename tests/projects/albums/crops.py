"""Crops: what is left of pages of 4 MiB when the crops are all that is kept."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=3, width=32, height=32), headline="retained")


def develop(number: int) -> NDArray[Any]:
    return np.full((1024, 1024, 4), number, np.uint8)


@recipe.baseline
def pages(paths: list[str]) -> list[NDArray[Any]]:
    """Crops that keep their pages."""
    return [develop(number)[:8, :8] for number in range(len(paths))]


@recipe.technique
def crops(paths: list[str]) -> list[NDArray[Any]]:
    """Crops that are copies."""
    return [develop(number)[:8, :8].copy() for number in range(len(paths))]
