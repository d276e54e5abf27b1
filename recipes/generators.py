"""Generators: hold one image at a time, not the whole album.

Reading all images into a list and then processing the list needs memory for every image and every result at
the same moment. Do the arithmetic before you measure: 24 images as read and 24 blurred, 1200×900 pixels of
3 bytes each, are 148 MiB, and twice as many images need twice as much. A generator hands over one image and
waits until it is asked for the next. What it needs does not grow with the number of images.

When it helps: each image is worked on by itself and leaves something small behind, such as a number, a label
or a file. When it doesn't: every image is needed beside every other, as for a median over the stack. And where
the images are gone through more than once, open them again rather than keep them.

What to look for in the figures:

* `stream` holds four images, not one. While `cv2.imread` decodes the next image, the loop variables still hold
  the last one and its blurred copy; and `imread` needs two, since it decodes into a buffer of its own and
  copies that into the array it returns. What counts is that it stays at four: compare `--set count=8` with
  `--set count=64`.
* `stream_with_del` holds two. `del` saves something because it drops the last reference just *before* the next
  large allocation. At the end of a function, or while another name holds the same image, it saves nothing.
* `reuse_buffer` holds one. `imread` decodes into an array that is there already, so it makes no copy, and the
  blur works in place. The price: each image overwrites the one before. Whoever keeps two of them keeps one
  array twice, as `reused_buffer_in_list` shows by its wrong result.
* `list()`, `sorted()` and a second pass over `itertools.tee` have all the results alive at once. The code still
  says "generator", and the album is back in memory.
* tracemalloc sees the arrays, but not the buffer that OpenCV allocates for itself: it takes `imread` for half
  of what it needs.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from memlab import Recipe, photos

Pixels = NDArray[Any]
Image.MAX_IMAGE_PIXELS = None  # Pillow only reads headers here; OpenCV, which decodes, has a limit of its own.

recipe = Recipe(
    inputs=photos(count=24, width=1200, height=900),
    sweep={"count": (8, 16, 32, 64)},
    quick={"count": 8},
    needs=("cv2",),
)


@recipe.baseline
def load_all(paths: list[str]) -> list[float]:
    """Read every image into a list, then process the list: all images and all results at once."""
    images = [read(path) for path in paths]
    blurred = [blur(image) for image in images]
    return [brightness(image) for image in blurred]


@recipe.technique(promises=(12.0, 0.6))
def stream(paths: list[str]) -> list[float]:
    """Hand one image at a time from generator to generator."""
    return [brightness(image) for image in blur_each(read_each(paths))]


@recipe.technique(promises=(24.0, 2.0))
def stream_with_del(paths: list[str]) -> list[float]:
    """The same, and every loop lets go of its image before it asks for the next."""
    numbers = []
    for image in blur_and_let_go(read_and_let_go(paths)):
        numbers.append(brightness(image))
        del image
    return numbers


@recipe.technique(promises=(46.5, 4.0))
def reuse_buffer(paths: list[str]) -> list[float]:
    """Decode every image into the same array and blur it in place."""
    return [brightness(image) for image in blur_in_one_buffer(paths)]


@recipe.pitfall(against="stream", shows="costs", because="list() drains the generator: every result is alive at once")
def stream_into_list(paths: list[str]) -> list[float]:
    """Put the generator into a list, to have a length or to look at it twice."""
    images = list(blur_each(read_each(paths)))
    return [brightness(image) for image in images]


@recipe.pitfall(
    against="stream", shows="costs", because="sorted() can't hand out the first before it has seen the last"
)
def stream_sorted(paths: list[str]) -> list[float]:
    """Work from the darkest to the brightest image."""
    images = enumerate(blur_each(read_each(paths)))
    numbers = [0.0] * len(paths)
    for position, image in sorted(images, key=lambda pair: brightness(pair[1])):
        numbers[position] = brightness(image)
    return numbers


@recipe.pitfall(against="stream", shows="costs", because="tee() keeps for the second pass all that the first has taken")
def stream_teed(paths: list[str]) -> list[float]:
    """Split the generator in two: one pass to count the images, one to work on them."""
    first_pass, second_pass = itertools.tee(blur_each(read_each(paths)))
    numbers = [0.0] * sum(1 for _ in first_pass)
    for position, image in enumerate(second_pass):
        numbers[position] = brightness(image)
    return numbers


@recipe.pitfall(shows="wrong_output", because="the list holds one array many times, and it shows the last image")
def reused_buffer_in_list(paths: list[str]) -> list[float]:
    """Collect what comes out of the one buffer."""
    images = list(blur_in_one_buffer(paths))
    return [brightness(image) for image in images]


def read(path: str, buffer: Pixels | None = None) -> Pixels:
    """`cv2.imread`, into `buffer` if there is one; it returns None for a file that it can't read: an error here."""
    image = cv2.imread(path) if buffer is None else cv2.imread(path, buffer, cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"OpenCV can't read {path}")
    return image


def blur(image: Pixels) -> Pixels:
    """The image smoothed over 5×5 pixels, as a new array."""
    return cv2.blur(image, (5, 5))


def brightness(image: Pixels) -> float:
    """The one number that is left of an image: the mean of its values, 0 to 255."""
    return float(image.mean())


def read_each(paths: Iterable[str]) -> Iterator[Pixels]:
    """Read one image after the other; the name `image` holds the last one while the next is read."""
    for path in paths:
        image = read(path)
        yield image


def blur_each(images: Iterable[Pixels]) -> Iterator[Pixels]:
    """Blur one image after the other; both names hold on until the next image has come."""
    for image in images:
        blurred = blur(image)
        yield blurred


def read_and_let_go(paths: Iterable[str]) -> Iterator[Pixels]:
    """As `read_each`, but the image is gone before the next is read."""
    for path in paths:
        image = read(path)
        yield image
        del image


def blur_and_let_go(images: Iterable[Pixels]) -> Iterator[Pixels]:
    """As `blur_each`, but neither the image nor the result is held while the next is fetched."""
    for image in images:
        blurred = blur(image)
        del image
        yield blurred
        del blurred


def blur_in_one_buffer(paths: Iterable[str]) -> Iterator[Pixels]:
    """Yield the same array again and again, each time with the next image in it, blurred.

    `imread` fills an array only if it fits; so its size is taken from the file's header beforehand, and an
    album of mixed sizes gets a new array at each change.
    """
    buffer = np.empty((0, 0, 3), np.uint8)
    for path in paths:
        with Image.open(path) as header:
            width, height = header.size
        if buffer.shape != (height, width, 3):
            buffer = np.empty((height, width, 3), np.uint8)
        image = read(path, buffer)
        yield cv2.blur(image, (5, 5), dst=image)
