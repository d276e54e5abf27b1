"""Describe a recipe: everything it says of itself, as values, so that nobody else has to import it."""

from __future__ import annotations

import inspect
import os
from types import ModuleType
from typing import Any

from memlab.child.failure import describe_failure
from memlab.child.load import load_recipe
from memlab.child.surroundings import end_if_forked
from memlab.recipe import Recipe, RecipeDefinitionError, Variant
from memlab.recipe.source import source_of


def describe(spec: dict[str, Any]) -> dict[str, Any]:
    """The recipe's description as a reply."""
    process = os.getpid()
    try:
        recipe, module = load_recipe(spec["recipe"])
        if recipe.budgets:
            from memlab.recipe.budgets import check_budgets

            check_budgets(recipe, spec["recipe"]["name"])
    except BaseException as error:
        end_if_forked(process, 1)
        stage = "describe" if isinstance(error, RecipeDefinitionError) else "import"
        return {"status": "failed", "failure": describe_failure(error, stage)}
    end_if_forked(process, 0)
    return {"status": "described", "description": _recipe(recipe, module, spec["recipe"])}


def _recipe(recipe: Recipe, module: ModuleType, reference: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": reference,
        "doc": inspect.cleandoc(module.__doc__ or ""),
        "file": module.__file__ or "",
        "headline": recipe.headline,
        "agree": recipe.agree.to_dict(),
        "needs": list(recipe.needs),
        "inputs": None if recipe.inputs is None else recipe.inputs.to_dict(),
        "sweep": {name: list(sizes) for name, sizes in recipe.sweep.items()},
        "quick": recipe.quick,
        "budgets": list(recipe.budgets),
        "variants": [_variant(variant) for variant in recipe.variants.values()],
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "role": variant.role,
        "doc": inspect.getdoc(variant.function) or "",
        "source": source_of(variant.function),
        "against": variant.against,
        "shows": list(variant.shows),
        "because": variant.because,
        "promises": None if variant.promises is None else list(variant.promises),
        "needs": list(variant.needs),
    }
