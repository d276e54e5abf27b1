"""Work that is left to @recipe.output, which is not measured; and an output that needs none of it."""

from PIL import Image

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=2, width=1600, height=1200))


@recipe.output
def sizes(pictures):
    """Of a generator it would do the work."""
    return [picture.size for picture in pictures]


@recipe.baseline
def opened(paths):
    """Nothing of them is decoded, neither here nor for their sizes."""
    return [Image.open(path) for path in paths]


@recipe.technique
def generated(paths):
    """All of it is done afterwards."""
    return (Image.open(path).copy() for path in paths)
