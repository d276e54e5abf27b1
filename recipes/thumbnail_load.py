"""Thumbnails: let the decoder make the picture small.

A photograph of 16 megapixels is a file of 3 MiB, and 61 MiB in memory: Pillow takes four bytes for a pixel, also
for RGB. Its thumbnail of 500×281 needs half a MiB. Everything between the two is spent on pixels that are averaged
away a moment later, so the best thing to do with them is never to make them.

A JPEG can do that. It stores blocks of 8×8 pixels as frequencies, and a decoder that leaves out the high ones
comes straight to a picture of half, a quarter or an eighth of the size. Pillow calls this a draft, and `thumbnail`
asks for it by itself. But it has to come first. `Image.open` reads no more than the header, 0.1 MiB; once anything
else has asked for pixels, all of them are there and the draft does nothing.

When it helps: for JPEGs that are not loaded yet. When it doesn't: no other format can leave pixels out. With
`--set format=png`, `tiff` or `webp` a thumbnail of the unloaded file needs what the loaded one needs. A progressive
JPEG saves 1.75× instead of 3.1× (`--set progressive=true`), because its decoder holds the frequencies of the whole
picture, whatever size is asked for.

What to look for in the figures:

* `thumbnail_unloaded` decodes 2656×1494 pixels for a box of 500×500. Pillow wants a draft that is still twice as
  large as the box in both directions, and it goes by the box, not by the thumbnail: a quarter of 2988 rows would be
  less than 1000.
* `fitted_box` asks for what will really come out. Twice 282 rows are 564, a quarter will do, and the need falls by
  3.6× once more. It is the same call, with another box.
* `draft_and_lanczos` takes the draft by hand and the filter of one's choice for the rest. `opencv_reduced` is the
  same in OpenCV, where the reduction is one's own decision. Shrink what is left with INTER_AREA there: INTER_LINEAR
  looks at four pixels, skips the others, and comes out at 40 dB. OpenCV 4.10, 4.14 and 5.0 do alike.
* `copy_then_thumbnail` is what the article recommends that memlab began with. `thumbnail` works in place and returns
  None, so there is no thumbnail; and before that `copy()` decodes everything and doubles it, for 2.05 times the
  memory of a bare `load()`.
* `convert` and `exif_transpose` return a new picture and so decode the old one. Both are as good afterwards, on a
  picture of half a MiB.
* `reducing_gap` sounds like fine-tuning. At 3.0 the draft must be three times the box, half of the photograph is
  too small for that, and all of it is decoded.
* The techniques don't give the baseline's very bytes, since the decoder now averages where a filter did before. But
  they come to between 48 and 54 dB of it, which no eye tells apart, and another filter (LANCZOS, INTER_AREA) changes
  more than the draft does.
* tracemalloc sees 0.1 MiB of every Pillow variant, the best and the worst: Pillow allocates pixels outside of Python.
  Of OpenCV it sees the arrays, 3.6 MiB of 5.7. Who goes by it would say that OpenCV is the wasteful one.
* The thumbnail of a WebP file keeps 124 MiB alive, because the decoder hangs on it with the picture in full. Keep a
  `copy()` of the thumbnail instead.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from memlab import Recipe, photos, psnr

Image.MAX_IMAGE_PIXELS = None  # The photographs are memlab's own, or the user's.
SIDE = 500
Thumbnails = Sequence[Image.Image]

recipe = Recipe(
    inputs=photos(count=1, width=5312, height=2988),
    sweep={"count": (1, 2, 4)},
    quick={"width": 4096, "height": 2304},
    # The techniques reach 48 dB and more; one that skips pixels or was enlarged stays at 41 or below.
    agree=psnr(at_least=42),
)


@recipe.baseline
def load_then_thumbnail(paths: list[str]) -> Thumbnails:
    """Load the whole photograph, then make a thumbnail of it."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            image.load()
            image.thumbnail((SIDE, SIDE))
        thumbnails.append(image)
    return thumbnails


@recipe.technique(promises=(3.1, 0.15))
def thumbnail_unloaded(paths: list[str]) -> Thumbnails:
    """Call `thumbnail` on a photograph that is open and not loaded."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            image.thumbnail((SIDE, SIDE))
        thumbnails.append(image)
    return thumbnails


@recipe.technique(promises=(11.0, 0.6))
def fitted_box(paths: list[str]) -> Thumbnails:
    """The same, with a box of the photograph's own shape."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            # Rounded up: in a box that is a fraction too flat, the thumbnail would become too narrow.
            width, height = (-(-SIDE * side // max(image.size)) for side in image.size)
            image.thumbnail((width, height))
        thumbnails.append(image)
    return thumbnails


@recipe.technique(promises=(11.0, 0.6))
def draft_and_lanczos(paths: list[str]) -> Thumbnails:
    """Ask for a draft of twice the thumbnail's size, and shrink that with a filter of one's choice."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            width, height = thumbnail_size(image.size)
            image.draft("RGB", (2 * width, 2 * height))
            thumbnails.append(image.resize((width, height), Image.Resampling.LANCZOS))
    return thumbnails


@recipe.technique(promises=(11.2, 0.6), needs=("cv2",))
def opencv_reduced(paths: list[str]) -> Thumbnails:
    """Let OpenCV decode at a half, a quarter or an eighth: the least that is still twice the thumbnail's size."""
    import cv2

    thumbnails = []
    for path in paths:
        with Image.open(path) as header:
            reduction = max(header.size) // (2 * SIDE)
        flag = cv2.IMREAD_COLOR
        for least, reduced in (
            (2, cv2.IMREAD_REDUCED_COLOR_2),
            (4, cv2.IMREAD_REDUCED_COLOR_4),
            (8, cv2.IMREAD_REDUCED_COLOR_8),
        ):
            if reduction >= least:
                flag = reduced
        pixels = cv2.imread(path, flag)
        if pixels is None:
            raise ValueError(f"OpenCV can't read {path}")
        height, width = pixels.shape[:2]
        small = cv2.resize(pixels, thumbnail_size((width, height)), interpolation=cv2.INTER_AREA)
        thumbnails.append(Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)))
    return thumbnails


@recipe.pitfall(
    shows=("costs", "wrong_output"), because="copy() decodes everything and doubles it, and thumbnail() returns None"
)
def copy_then_thumbnail(paths: list[str]) -> list[None]:
    """The article's idiom: copy the picture, so that the original stays as it is, and shrink the copy."""
    thumbnails: list[None] = []
    for path in paths:
        with Image.open(path) as image:
            thumbnail = image.copy().thumbnail((SIDE, SIDE))  # type: ignore[func-returns-value]
        thumbnails.append(thumbnail)
    return thumbnails


@recipe.pitfall(
    against="thumbnail_unloaded", shows="costs", because="convert() decodes everything, and nothing is left to draft"
)
def convert_first(paths: list[str]) -> Thumbnails:
    """See to it that the picture is RGB, then make the thumbnail."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            converted = image.convert("RGB")
        converted.thumbnail((SIDE, SIDE))
        thumbnails.append(converted)
    return thumbnails


@recipe.pitfall(
    against="thumbnail_unloaded", shows="costs", because="exif_transpose() copies what it has nothing to turn in, too"
)
def transpose_first(paths: list[str]) -> Thumbnails:
    """Turn the picture upright, then make the thumbnail."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE, SIDE))
        thumbnails.append(upright)
    return thumbnails


@recipe.pitfall(
    against="thumbnail_unloaded", shows="costs", because="half of the photograph is less than three times the box"
)
def large_reducing_gap(paths: list[str]) -> Thumbnails:
    """Ask for a better thumbnail with `reducing_gap=3.0`."""
    thumbnails = []
    for path in paths:
        with Image.open(path) as image:
            image.thumbnail((SIDE, SIDE), reducing_gap=3.0)
        thumbnails.append(image)
    return thumbnails


@recipe.warm_up
def first_uses(paths: list[str]) -> None:
    """Decode, draft, shrink and convert once.

    The variants themselves would not: `thumbnail` leaves alone what is as small as the pictures of the warm-up, and
    first uses of this code cost about 1 MiB.
    """
    for path in paths:
        with Image.open(path) as image:
            image.thumbnail((8, 8))
        with Image.open(path) as image:
            ImageOps.exif_transpose(image.convert("RGB")).resize((8, 6), Image.Resampling.LANCZOS)
        with suppress(ImportError):
            import cv2

            if cv2.imread(path, cv2.IMREAD_REDUCED_COLOR_4) is not None:
                # Large enough for OpenCV to work with all its threads, as it will on the photograph.
                pixels = np.zeros((720, 1280, 3), np.uint8)
                small = cv2.resize(pixels, (500, 281), interpolation=cv2.INTER_AREA)
                Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))


@recipe.output
def strip(thumbnails: Sequence[Image.Image | None]) -> NDArray[Any] | None:
    """The thumbnails upright (OpenCV turns them, Pillow doesn't) and below each other, as one RGB array."""
    frames = []
    for thumbnail in thumbnails:
        if thumbnail is None:
            return None
        pixels = np.asarray(ImageOps.exif_transpose(thumbnail).convert("RGB"))
        frames.append(np.pad(pixels, ((0, 0), (0, SIDE - pixels.shape[1]), (0, 0))))
    return np.concatenate(frames)


def thumbnail_size(size: tuple[int, int]) -> tuple[int, int]:
    """What `thumbnail((SIDE, SIDE))` makes of a picture of this size: (width, height), never larger than it is."""
    longest = max(*size, SIDE)
    width, height = (max(1, round(SIDE * side / longest)) for side in size)
    return width, height
