"""del and gc: let go of each image before the next one is made.

A pipeline of eight float32 steps that gives every result a name of its own holds all eight images at the end. Do the
arithmetic before you measure: a picture of 2000×1500 pixels is 8.6 MiB as bytes and 34.3 MiB as float32; eight
steps, the picture as read and the result as bytes are 8 × 34.3 + 2 × 8.6 = 292 MiB. Yet no step needs more than two
images to make a third.

When letting go helps: what you let go of is large, yours was the last reference, and something large follows. When
it doesn't: a caller, a list or a view still holds the array (then `del` takes away a name and nothing else), or the
peak has passed (`del` at the end of a function is tidiness). Only the first picture of a folder is worked on.

What to look for in the figures:

* `del_each` holds three images, because sharpening makes the third, the difference, out of the picture and its
  blurred copy. It would still be three after eighty steps.
* `rebind` holds three as well. In `image = step(image)` the name changes hands after the step, so old and new are
  both alive while it works. It saves what `del` saves, and nobody can forget a line of it.
* `in_place` holds two: `out=` and `dst=` write over an image that nobody needs any more. The price: the earlier
  values are gone, the caller's too if the array was the caller's. With images of less than 32 MiB glibc keeps what
  is freed and may not find a use for it, so the saving is smaller: 3.4 with `--set width=1200 --set height=900`.
* `strips` never holds a whole float image: the picture as read, the result, and a few dozen rows. Where steps look
  no further than their neighbours, nothing else comes near. What remains is mostly two pictures of bytes, as read
  and as result; `cv2.imread` alone needs as much while it decodes.
* The blur looks four rows beyond its strip: the halo. Those rows are computed along and thrown away.
  `strips_without_halo` leaves them out, needs as little memory, and is wrong at every seam.
* `collect_after_each_step` saves nothing and takes time. CPython frees an array the moment its last reference goes;
  the collector looks only for objects that keep each other alive in a circle (see `reference_cycles`). Here there
  are none, and what still has a name is not garbage.
* `del_what_a_list_holds` saves nothing either: eight names are deleted, and the list refers to every image.
* `dst=` is a wish. OpenCV says nothing when the array has the wrong shape or type, and allocates another: go on with
  what the function returns. And some functions copy their input when it is their output as well: `cvtColor` does,
  and `GaussianBlur` does in OpenCV 4.14 and 5.0, though not in 4.10. Here `dst=` goes only to sums and differences,
  which are made in place in all three, and the ratios are the same.
* tracemalloc is right, for once: numpy's arrays and OpenCV's results are all known to it.
"""

import gc
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from memlab import Recipe, photos

Pixels = NDArray[Any]
Floats = NDArray[Any]

TO_UNIT = np.float32(1 / 255)
GAINS = np.array([1.2, 1.0, 0.9], np.float32)  # white balance: blue, green, red
ROWS = 32
HALO = 4  # rows that the 9×9 blur looks beyond its own

recipe = Recipe(
    inputs=photos(count=1, width=2000, height=1500),
    sweep={"height": (500, 1000, 1500, 3000)},
    quick={"width": 1200, "height": 900},
    needs=("cv2",),
)


@recipe.baseline
def keep_all(paths: list[str]) -> Pixels:
    """Give every step a name of its own; all eight images are alive when the last one is made."""
    pixels = read(paths[0])
    scaled = pixels * TO_UNIT
    linear = scaled * scaled
    balanced = linear * GAINS
    smooth = blur(balanced)
    detail = balanced - smooth
    sharp = balanced + detail
    clipped = np.clip(sharp, 0, 1)
    encoded = np.sqrt(clipped)
    return to_bytes(encoded)


@recipe.technique(promises=(2.82, 0.08))
def del_each(paths: list[str]) -> Pixels:
    """The same, and `del` each image after the last step that needs it."""
    pixels = read(paths[0])
    scaled = pixels * TO_UNIT
    del pixels
    linear = scaled * scaled
    del scaled
    balanced = linear * GAINS
    del linear
    smooth = blur(balanced)
    detail = balanced - smooth
    del smooth
    sharp = balanced + detail
    del balanced, detail
    clipped = np.clip(sharp, 0, 1)
    del sharp
    encoded = np.sqrt(clipped)
    del clipped
    return to_bytes(encoded)


@recipe.technique(promises=(2.82, 0.08))
def rebind(paths: list[str]) -> Pixels:
    """Give each result the name of what it was made from."""
    image = read(paths[0])
    image = image * TO_UNIT
    image = image * image
    image = image * GAINS
    detail = image - blur(image)
    image = image + detail
    del detail
    image = np.clip(image, 0, 1)
    image = np.sqrt(image)
    return to_bytes(image)


@recipe.technique(promises=(4.22, 0.13))
def in_place(paths: list[str]) -> Pixels:
    """Write each result over what it was made from."""
    pixels = read(paths[0])
    image = pixels * TO_UNIT
    del pixels
    return develop(image)


@recipe.technique(promises=(14.6, 0.6))
def strips(paths: list[str]) -> Pixels:
    """Take a strip of rows through all the steps, with four rows more on either side, then the next strip."""
    return develop_in_strips(read(paths[0]), HALO)


@recipe.pitfall(because="there are no cycles: nothing here waits for the collector, and what has a name stays")
def collect_after_each_step(paths: list[str]) -> Pixels:
    """Keep all the names, and call `gc.collect()` after each step."""
    pixels = read(paths[0])
    scaled = pixels * TO_UNIT
    gc.collect()
    linear = scaled * scaled
    gc.collect()
    balanced = linear * GAINS
    gc.collect()
    smooth = blur(balanced)
    gc.collect()
    detail = balanced - smooth
    gc.collect()
    sharp = balanced + detail
    gc.collect()
    clipped = np.clip(sharp, 0, 1)
    gc.collect()
    encoded = np.sqrt(clipped)
    gc.collect()
    return to_bytes(encoded)


@recipe.pitfall(because="the list still refers to every image: del takes away the name, not the last reference")
def del_what_a_list_holds(paths: list[str]) -> Pixels:
    """`del` each image, but put it into a list before, to look at all the steps afterwards."""
    pixels = read(paths[0])
    scaled = pixels * TO_UNIT
    steps: list[Floats] = [pixels, scaled]
    del pixels
    linear = scaled * scaled
    steps.append(linear)
    del scaled
    balanced = linear * GAINS
    steps.append(balanced)
    del linear
    smooth = blur(balanced)
    detail = balanced - smooth
    steps += [smooth, detail]
    del smooth
    sharp = balanced + detail
    steps.append(sharp)
    del balanced, detail
    clipped = np.clip(sharp, 0, 1)
    steps.append(clipped)
    del sharp
    encoded = np.sqrt(clipped)
    steps.append(encoded)
    del clipped
    return to_bytes(encoded)


@recipe.pitfall(
    against="strips",
    shows="wrong_output",
    because="at each seam the blur has mirrored rows instead of the next strip's",
)
def strips_without_halo(paths: list[str]) -> Pixels:
    """Cut the picture into strips and take each by itself."""
    return develop_in_strips(read(paths[0]), 0)


def read(path: str) -> Pixels:
    """`cv2.imread`: height × width × (blue, green, red); its None for a file that it can't read is an error here."""
    image = cv2.imread(path)
    if image is None:
        raise ValueError(f"OpenCV can't read {path}")
    return image


def blur(image: Floats) -> Floats:
    """The image smoothed by a Gaussian of 9×9 pixels, as a new array; edges are mirrored."""
    return cv2.GaussianBlur(image, (2 * HALO + 1, 2 * HALO + 1), 2.0)


def to_bytes(image: Floats) -> Pixels:
    """Values from 0 to 1 as whole numbers from 0 to 255, rounded, without a float image in between."""
    return cv2.convertScaleAbs(image, alpha=255.0)


def develop(image: Floats) -> Pixels:
    """All the steps from values in [0, 1] to bytes; `image` is overwritten, and one more of its size is needed."""
    np.multiply(image, image, out=image)
    np.multiply(image, GAINS, out=image)
    detail = blur(image)
    detail = cv2.subtract(image, detail, dst=detail)
    image = cv2.add(image, detail, dst=image)
    del detail
    np.clip(image, 0, 1, out=image)
    np.sqrt(image, out=image)
    return to_bytes(image)


def develop_in_strips(pixels: Pixels, halo: int) -> Pixels:
    """Develop `ROWS` rows at a time, each strip with up to `halo` rows of its neighbours."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), ROWS):
        above = max(0, top - halo)
        developed = develop(pixels[above : top + ROWS + halo] * TO_UNIT)
        result[top : top + ROWS] = developed[top - above :][:ROWS]
    return result
