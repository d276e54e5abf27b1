"""Whether the budgets that a recipe states can be meant. Looked at when it is described, never in a measured trial."""

from __future__ import annotations

from memlab.errors import UsageError
from memlab.limits import normal_name, parse_budget
from memlab.printable import printable
from memlab.recipe.recipe import Recipe, RecipeDefinitionError


def check_budgets(recipe: Recipe, name: str) -> None:
    """Say whether each budget can be read, and is of variants that the recipe has.

    Args:
        name: the recipe's.

    Raises:
        RecipeDefinitionError: it can't, or isn't.
    """
    variants = {normal_name(variant) for variant in recipe.variants}
    for text in recipe.budgets:
        shown = f"the budget {printable(text, 80)!r}"
        try:
            budget = parse_budget(text, name=shown)
        except UsageError as error:
            raise RecipeDefinitionError(error.message) from None
        if not budget.is_of(name):
            raise RecipeDefinitionError(f"{shown} is one of {budget.recipe}, another recipe")
        for variant in budget.variants:
            if variant not in variants:
                raise RecipeDefinitionError(f"{shown} names {variant!r}, and the recipe has no such variant")
