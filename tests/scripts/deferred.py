"""Pictures and generators whose work is left to whoever looks at them: it would cost the variant nothing."""

from PIL import Image

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=2, width=1600, height=1200))


@recipe.baseline
def decoded(paths):
    """Pictures with their pixels."""
    pictures = [Image.open(path) for path in paths]
    for picture in pictures:
        picture.load()
    return pictures


@recipe.technique
def opened(paths):
    """The same pictures, of which nothing but the header was read."""
    return [Image.open(path) for path in paths]


@recipe.technique
def generated(paths):
    """A generator that has not begun."""
    return {"pictures": (Image.open(path).copy() for path in paths)}
