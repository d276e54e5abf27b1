"""A warm-up that leaves 100 MiB of free heap behind, from which the variant takes its own."""

from memlab import Recipe

recipe = Recipe()
pins = []


def take():
    # Below malloc's threshold for mappings of their own, so all of it lies in the heap.
    blocks = [bytearray(100 << 10) for _ in range(1000)]
    pins.append(bytes(100 << 10))
    return blocks


@recipe.warm_up
def warm(_paths):
    """The same work, and something above it in the heap that keeps it from shrinking."""
    take()


@recipe.baseline
def takes(_paths):
    """1000 blocks of 100 KiB."""
    return len(take())
