"""Thumbnails of an album, in two ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 128


def thumbnail(path: Path) -> Image.Image:
    """A picture no larger than 128×128 pixels; of a JPEG file, less is decoded."""
    with Image.open(path) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        image.thumbnail((SIDE, SIDE))
        return image.copy()


def decoded(path: Path, width: int) -> np.ndarray:
    """The picture, not narrower than that; of a JPEG file, as little as that takes is decoded."""
    with Image.open(path) as image:
        image.draft("RGB", (width, width * image.height // image.width))
        return np.asarray(image)


def load_all(paths: Sequence[Path]) -> list[float]:
    """How bright each picture is; all of them in memory at once."""
    pictures = [np.asarray(Image.open(path)) for path in paths]
    return brightness(pictures)


def stream(paths: Sequence[Path]) -> list[float]:
    """The same, one picture at a time."""
    return brightness(picture for picture in pictures_of(paths))


def pictures_of(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    """One picture after the other."""
    for path in paths:
        with Image.open(path) as image:
            yield np.asarray(image)


def brightness(pictures: Iterable[np.ndarray]) -> list[float]:
    """The mean of each picture."""
    return [float(picture.mean()) for picture in pictures]
