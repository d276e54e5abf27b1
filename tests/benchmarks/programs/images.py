"""Work on images with OpenCV and numpy."""

import cv2
import numpy as np

from memlab import Recipe

recipe = Recipe(needs=("cv2",))
ROUNDS = 24


@recipe.baseline
def images(_paths: list[str]) -> float:
    """Encode, decode, blur, convert and weigh a photograph of 1200×900, again and again."""
    return sum(process(900, 1200, seed) for seed in range(ROUNDS))


@recipe.warm_up
def warm_up(_paths: list[str]) -> float:
    """Once with a tiny image."""
    return process(48, 64, 0)


def process(height: int, width: int, seed: int) -> float:
    """One image of this size from its noise to one number."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.uint16)
    image = np.dstack([(rows * (seed + 1) ^ columns).astype(np.uint8)] * 3)
    _, encoded = cv2.imencode(".jpg", image)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    assert decoded is not None
    blurred = cv2.GaussianBlur(decoded, (9, 9), 2.0)
    grey = cv2.cvtColor(blurred, cv2.COLOR_BGR2GRAY)
    return float((grey.astype(np.float32) * 0.5).mean())
