"""From a recipe's inputs and the user's settings to files on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from memlab.errors import UsageError
from memlab.inputs import MadeInputs, provide, read_folder
from memlab.model.description import RecipeDescription
from memlab.recipe.inputs import from_dict


def make_inputs(
    recipe: RecipeDescription,
    settings: dict[str, object],
    images: str | None,
    scratch: Path,
    progress: Callable[[int, int], None],
    *,
    quick: bool = False,
) -> MadeInputs:
    """Make what the recipe describes with the settings applied, or read the user's own pictures.

    Args:
        images: the user's folder; the only setting then is `count`.
        scratch: the run's own folder for temporary files.
        progress: told (done, total).
        quick: the recipe's settings for a short run hold wherever the user's say nothing; a user's own pictures stay
            as they are.

    Raises:
        UsageError: a setting is unknown or impossible, or no picture can be used.
    """
    if images is not None:
        if recipe.inputs is None:
            raise UsageError(f"{recipe.name} has no inputs, so --images has nothing to replace")
        count = settings.get("count")
        for name in settings:
            if name != "count":
                raise UsageError(f"with --images only count can be set, not {name!r}")
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise UsageError(f"count={count!r} is not a whole number above 0")
        return read_folder(images, count=count, scratch=scratch, progress=progress)
    if recipe.inputs is None:
        if settings:
            raise UsageError(f"{recipe.name} has no inputs, so --set has nothing to set")
        return provide(None, recipe_folder=scratch, scratch=scratch, default=not quick, progress=progress)
    description = from_dict(recipe.inputs)
    try:
        changed = description.with_settings((recipe.quick if quick else {}) | settings)
    except ValueError as error:
        raise UsageError(f"--set: {error}") from None
    return provide(
        changed,
        recipe_folder=Path(recipe.file).parent,
        scratch=scratch,
        default=changed == description and not quick,
        progress=progress,
    )
