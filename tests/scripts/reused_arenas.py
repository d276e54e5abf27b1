"""Small objects of which most are freed while preparing: what the variant makes of them takes no new memory."""

from memlab import Recipe

recipe = Recipe()


@recipe.prepare
def prepare(_paths):
    objects = [bytes(400) for _ in range(80_000)]
    return objects[::40]


@recipe.baseline
def reuses(_kept):
    """16 MiB that show, and 24 MiB of small objects that hardly do."""
    block = b"1" * (16 << 20)
    return len(block) + len([bytes(400) for _ in range(60_000)])
