"""What a bare `load` of a photograph of 16 megapixels takes, and what the article's idiom takes; neither leaves
anything behind."""

from PIL import Image

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=1, width=5312, height=2988))


@recipe.baseline
def bare_load(paths):
    for path in paths:
        with Image.open(path) as image:
            image.load()


@recipe.pitfall(shows="costs", because="copy() decodes everything and doubles it")
def idiom(paths):
    for path in paths:
        with Image.open(path) as image:
            thumbnail = image.copy().thumbnail((500, 500))
    return thumbnail


@recipe.warm_up
def first_uses(paths):
    for path in paths:
        with Image.open(path) as image:
            image.thumbnail((8, 8))
