"""Albums: pages of 4 MiB, as many as there are inputs, so that everything about them is known."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=4, width=32, height=32), sweep={"count": (2, 4, 8)})


def develop(number: int) -> NDArray[Any]:
    return np.full((1024, 1024, 4), number, np.uint8)


def developed(paths: list[str]) -> Iterator[NDArray[Any]]:
    for number in range(len(paths)):
        page = develop(number)
        yield page
        del page


@recipe.baseline
def load_all(paths: list[str]) -> list[int]:
    """All pages at once."""
    pages = [develop(number) for number in range(len(paths))]
    return [int(page[0, 0, 0]) for page in pages]


@recipe.technique
def stream(paths: list[str]) -> list[int]:
    """One page after the other."""
    found = []
    for page in developed(paths):
        found.append(int(page[0, 0, 0]))
        del page
    return found
