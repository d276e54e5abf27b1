"""100 MiB held for a fifth of a second: long enough for whoever takes samples."""

import time

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def held(_paths):
    """100 MiB."""
    block = bytearray(100 << 20)
    time.sleep(0.2)
    del block
