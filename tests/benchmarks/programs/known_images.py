"""Programs with images that take a known amount of memory; each returns the growth, in bytes, to be found."""

import cv2
import numpy as np
from PIL import Image

from memlab import Recipe

recipe = Recipe(needs=("cv2",))
HEIGHT, WIDTH = 3000, 4000
ZEROS_BYTES = 256 << 20


@recipe.baseline
def opencv(_paths: list[str]) -> int:
    """An image of 4000×3000 and its mirror image: three bytes a pixel, twice."""
    return _mirror_array(HEIGHT, WIDTH)


@recipe.technique
def pillow(_paths: list[str]) -> int:
    """The same in Pillow, which keeps RGB in four bytes a pixel and eight for each row's address."""
    return _mirror_picture(HEIGHT, WIDTH)


@recipe.technique
def untouched_zeros(_paths: list[str]) -> int:
    """256 MiB of zeros that nobody looks at: address space, no memory."""
    zeros = np.zeros(ZEROS_BYTES, np.uint8)
    return zeros.nbytes - ZEROS_BYTES


@recipe.warm_up
def warm_up(_paths: list[str]) -> None:
    """What a first use takes for ever."""
    _mirror_array(48, 64)
    _mirror_picture(48, 64)


def _mirror_array(height: int, width: int) -> int:
    image = np.full((height, width, 3), 7, np.uint8)
    mirrored = cv2.flip(image, 1)
    return image.nbytes + mirrored.nbytes


def _mirror_picture(height: int, width: int) -> int:
    picture = Image.new("RGB", (width, height), (7, 8, 9))
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return sum(one.height * (one.width * 4 + 8) for one in (picture, mirrored))
