"""What is left at the end, and who has it."""

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20
kept = []


@recipe.baseline
def drops(_paths):
    """20 MiB, given back."""
    block = bytearray(20 * MIB)
    del block
    return 1


@recipe.technique
def keeps(_paths):
    """20 MiB, kept in a global."""
    kept.append(bytearray(20 * MIB))
    return 1


@recipe.technique
def returns(_paths):
    """20 MiB, returned."""
    return bytearray(20 * MIB)


@recipe.technique
def makes_a_cycle(_paths):
    """20 MiB in an object that holds itself."""

    class Holder:
        pass

    holder = Holder()
    holder.itself = holder
    holder.block = bytearray(20 * MIB)
    return 1


@recipe.technique
def fragments_the_heap(_paths):
    """100,000 blocks of 1000 bytes, of which every hundredth stays."""
    blocks = [bytes(1000) for _ in range(100_000)]
    kept.append(blocks[::100])
    del blocks
    return 1


@recipe.technique
def fragments_the_arenas(_paths):
    """600,000 small objects, of which every hundredth stays."""
    objects = [float(number) for number in range(600_000)]
    kept.append(objects[::100])
    del objects
    return 1
