"""80 MiB while importing and 90 MiB while preparing, none of which is the variant's."""

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20
block = bytearray(80 * MIB)
del block


@recipe.prepare
def prepare(_paths):
    """A spike, and 30 MiB that stay."""
    block = bytearray(90 * MIB)
    del block
    return bytearray(30 * MIB)


@recipe.baseline
def work(prepared):
    """20 MiB of its own."""
    assert len(prepared) == 30 * MIB
    block = bytearray(20 * MIB)
    del block
