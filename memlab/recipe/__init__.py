"""What the author of a recipe imports. Standard library only: this runs inside the measured process."""

from memlab.recipe.agreement import Agreement, exact, psnr
from memlab.recipe.inputs import Files, Photos, files, photos
from memlab.recipe.phases import phase
from memlab.recipe.recipe import Recipe, RecipeDefinitionError, Variant

__all__ = [
    "Agreement",
    "Files",
    "Photos",
    "Recipe",
    "RecipeDefinitionError",
    "Variant",
    "exact",
    "files",
    "phase",
    "photos",
    "psnr",
]
