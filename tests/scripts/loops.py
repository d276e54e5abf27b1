"""Takes 24 MiB and does not come to an end."""

import time

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def loops(_paths):
    """Waits for ever."""
    block = bytearray(24 << 20)
    while block:
        time.sleep(1)
