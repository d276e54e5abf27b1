"""Views: a small crop keeps the whole picture.

`pixels[top:bottom, left:right]` copies nothing. The patch is a window on the picture's memory, and while the patch
lives, all of that memory lives, whatever became of the picture's name. Do the arithmetic before you measure: eight
pictures of 2400×1600 pixels are 88 MiB. The patches of 600×400, a sixteenth, would be 5.5 MiB, and keep all 88.

When a copy helps: a small part is kept for long, in a list, a cache or a data set, and the rest is not needed. When
it doesn't: the part is nearly the whole, or it goes before the picture does. Then the view is better: it costs
neither memory nor time.

What to look for in the figures. They are what is *retained* after the function has returned; the peak, the highest
point on the way, is another question.

* `keep_crops` retains all the pictures. `patch.base` shows it: None for an array that owns its memory, otherwise the
  array or the bytes that it looks into, whose `base` may lead on.
* `copy_crops` retains the patches and nothing else. `.copy()` always copies. `np.ascontiguousarray` doesn't: it gives
  back a band of whole rows as the view that it was, since that lies in one piece already.
* `cut_into_tiles` and `index_x_first` seem to make something new, and retain as much as the crop: `reshape` and
  `transpose` (`.T`, `swapaxes`, `moveaxis`) walk through the same memory in another order. So do `ravel` and
  `reshape(-1)` of a whole picture; of a crop, which doesn't lie in one piece, they make a copy.
* `del_the_picture` takes away a name. The patch still refers to the picture.
* tracemalloc agrees: these pixels lie in Python's own `bytes`. But it names the line that decoded a picture, not the
  patch that keeps it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from memlab import Recipe, photos

Pixels = NDArray[np.uint8]

PARTS = 4  # a patch is the second of so many parts, from the top and from the left

recipe = Recipe(
    inputs=photos(count=8, width=2400, height=1600),
    sweep={"count": (4, 8, 16, 32)},
    quick={"count": 4},
    headline="retained",
)


@recipe.baseline
def keep_crops(paths: list[str]) -> list[Pixels]:
    """Keep a patch of each picture: a view."""
    patches = []
    for path in paths:
        pixels = read(path)
        rows, columns = size_of_patch(pixels)
        patches.append(pixels[rows : 2 * rows, columns : 2 * columns])
    return patches


@recipe.technique(promises=(16.0, 0.6))
def copy_crops(paths: list[str]) -> list[Pixels]:
    """Keep a copy of the patch, and let the picture go."""
    patches = []
    for path in paths:
        pixels = read(path)
        rows, columns = size_of_patch(pixels)
        patches.append(pixels[rows : 2 * rows, columns : 2 * columns].copy())
    return patches


@recipe.pitfall(shows="retains", because="the patch still refers to the picture whose name is gone")
def del_the_picture(paths: list[str]) -> list[Pixels]:
    """Keep the view, and `del` the picture."""
    patches = []
    for path in paths:
        pixels = read(path)
        rows, columns = size_of_patch(pixels)
        patches.append(pixels[rows : 2 * rows, columns : 2 * columns])
        del pixels
    return patches


@recipe.pitfall(shows="retains", because="reshape() counts through the same memory in another way; each tile is a view")
def cut_into_tiles(paths: list[str]) -> list[Pixels]:
    """Cut the picture into 4×4 tiles by `reshape`, and keep one of them."""
    patches = []
    for path in paths:
        pixels = read(path)
        rows, columns = size_of_patch(pixels)
        whole_tiles = pixels[: PARTS * rows, : PARTS * columns]
        tiles = whole_tiles.reshape(PARTS, rows, PARTS, columns, *pixels.shape[2:])
        patches.append(tiles[1, :, 1])
    return patches


@recipe.pitfall(shows="retains", because="swapping the axes moves no value: the patch is still a window on the picture")
def index_x_first(paths: list[str]) -> list[Pixels]:
    """Transpose the picture to index it by x and y, and transpose the patch back."""
    patches = []
    for path in paths:
        pixels = read(path)
        rows, columns = size_of_patch(pixels)
        by_x_and_y = pixels.swapaxes(0, 1)
        patches.append(by_x_and_y[columns : 2 * columns, rows : 2 * rows].swapaxes(0, 1))
    return patches


def read(path: str) -> Pixels:
    """The picture as Pillow decodes it, usually height × width × (red, green, blue)."""
    with Image.open(path) as image:
        return np.asarray(image)


def size_of_patch(pixels: Pixels) -> tuple[int, int]:
    """Rows and columns of a patch that is a sixteenth of the picture."""
    height, width = pixels.shape[:2]
    return height // PARTS, width // PARTS
