"""Two small photographs."""

import os

from memlab import Recipe, photos

recipe = Recipe(inputs=photos(count=2, width=96, height=64))


@recipe.baseline
def sizes(paths):
    """Their sizes on disk."""
    return [os.path.getsize(path) > 100 for path in paths]
