"""Work of pure Python that makes and drops many small objects."""

from memlab import Recipe

recipe = Recipe()
ROUNDS = 100
PIXELS = 10_000


@recipe.baseline
def small_objects(_paths: list[str]) -> int:
    """Count the colours of a picture held as tuples, the way not to do it."""
    return sum(count_colours(seed, PIXELS) for seed in range(ROUNDS))


@recipe.warm_up
def warm_up(_paths: list[str]) -> int:
    """Once with few pixels."""
    return count_colours(0, 10)


def count_colours(seed: int, pixels: int) -> int:
    """Make so many pixels and sort them into a dict of lists; returns how many colours there are."""
    places: dict[tuple[int, int, int], list[int]] = {}
    for place in range(pixels):
        value = (place * 2654435761 + seed) & 0xFFFFFF
        colour = (value >> 18, value >> 10 & 63, value >> 2 & 63)
        places.setdefault(colour, []).append(place)
    return len(places)
