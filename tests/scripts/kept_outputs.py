"""Outputs of every size and kind, for keeping and for holding against each other."""

from memlab import Recipe

recipe = Recipe()
MIB = 1 << 20


@recipe.baseline
def counts(_paths):
    """A list of whole numbers, without numpy."""
    return [*range(99), "end"]


@recipe.technique
def counts_otherwise(_paths):
    """The same, but for one."""
    return [*range(98), 100, "end"]


@recipe.technique
def returns_much(_paths):
    """20 MiB, without numpy."""
    return bytes(20 * MIB)


@recipe.technique
def returns_an_image(_paths):
    """An image of Pillow's, 12 MiB, without numpy."""
    from PIL import Image

    return Image.new("RGB", (2048, 2048), (1, 2, 3))


@recipe.technique
def returns_an_array(_paths):
    """A transposed array, 32 MiB."""
    import numpy as np

    return np.ones((1024, 2048, 2), np.float64).T


@recipe.technique
def may_write_little(_paths):
    """20 MiB, in a process whose files are 1 MiB at most."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    return [1, bytes(20 * MIB)]


@recipe.technique
def returns_objects(_paths):
    """An array that no file holds without pickling."""
    import numpy as np

    return np.array([1, "a", None], object)
