"""Work on photographs, with as much more memory as `PLANTED` in the environment says, by variant: `stream=3145728`."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=12, width=1200, height=900))


@recipe.baseline
def load_all(paths: list[str]) -> list[float]:
    """All photographs at once, and what one needs while it is decoded: 45 MiB."""
    planted = plant("load_all")
    images = [read(path) for path in paths]
    means = [float(image.mean()) for image in images]
    assert planted is not None
    return means


@recipe.technique
def stream(paths: list[str]) -> list[float]:
    """One after the other: 11 MiB."""
    planted = plant("stream")
    means = [float(read(path).mean()) for path in paths]
    assert planted is not None
    return means


@recipe.pitfall(shows="costs", because="a float takes eight times the memory of a value")
def in_floats(paths: list[str]) -> list[float]:
    """All photographs at once, eight bytes a value: 307 MiB."""
    planted = plant("in_floats")
    images = [read(path).astype(np.float64) for path in paths]
    means = [float(image.mean()) for image in images]
    assert planted is not None
    return means


@recipe.technique
def in_threads(paths: list[str]) -> list[float]:
    """Four at a time: how many of them stand at their highest together is up to the scheduler, 34 to 41 MiB."""
    planted = plant("in_threads")
    with ThreadPoolExecutor(4) as pool:
        means = list(pool.map(mean, paths))
    assert planted is not None
    return means


def plant(variant: str) -> bytes:
    """Memory that is touched, and held as long as somebody holds the result."""
    sizes = dict(one.split("=") for one in os.environ.get("PLANTED", "").split() if one)
    return b"\x01" * int(sizes.get(variant, 0))


def read(path: str) -> np.ndarray:
    """The photograph's values."""
    with Image.open(path) as image:
        return np.asarray(image)


def mean(path: str) -> float:
    """The mean of a photograph's values."""
    return float(read(path).mean())
