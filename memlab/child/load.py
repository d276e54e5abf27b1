"""Import a recipe, in this process of its own."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Any

from memlab.child.subject import Subject
from memlab.recipe import Recipe, RecipeDefinitionError


def load_recipe(reference: dict[str, Any]) -> tuple[Recipe, ModuleType]:
    """Import the recipe's module and find the recipe in it.

    A file is imported by its stem with its folder first on `sys.path`, so that what it starts by spawning finds it
    under the same name.

    Raises:
        RecipeDefinitionError: the module has no recipe, or another module has its name.
        BaseException: whatever the recipe's own code raises.
    """
    path = reference["path"]
    if path is not None:
        folder, name = os.path.split(path)
        sys.path.insert(0, folder)
        stem = os.path.splitext(name)[0]
        if stem in sys.modules:
            raise RecipeDefinitionError(f"a recipe can't be called {stem!r}: Python has loaded a module of that name")
        sys.argv = [path]
        module = importlib.import_module(stem)
        found = getattr(module, "__file__", None)
        if found is None or not os.path.samefile(found, path):
            raise RecipeDefinitionError(f"importing {stem!r} found {found}, not {path}; rename the recipe")
    else:
        module = importlib.import_module(reference["module"])
        sys.argv = [getattr(module, "__file__", None) or ""]
    recipe = getattr(module, "recipe", None)
    if recipe is None:
        raise RecipeDefinitionError("the module has no `recipe = Recipe(...)`")
    if not isinstance(recipe, Recipe):
        raise RecipeDefinitionError(f"`recipe` is a {type(recipe).__name__}, not a memlab.Recipe")
    recipe.check()
    return recipe, module


def recipe_subject(spec: dict[str, Any]) -> Subject:
    """Import the recipe of a spec, for one of its variants.

    Raises:
        RecipeDefinitionError, BaseException: as `load_recipe`.
    """
    recipe, module = load_recipe(spec["recipe"])
    function = recipe.variants[spec["variant"]].function

    def prepared(inputs: list[str]) -> Any:
        paths = list(inputs)
        return paths if recipe.prepare_function is None else recipe.prepare_function(paths)

    def warm_up() -> None:
        (recipe.warm_up_function or function)(prepared(spec["warm_up_inputs"]))

    has_warm_up = recipe.inputs is not None or recipe.warm_up_function is not None
    return Subject(
        function=function,
        prepare=lambda: prepared(spec["inputs"]),
        warm_up=warm_up if has_warm_up else None,
        output=recipe.output_function,
        folder=code_folder(spec["recipe"]["path"] or getattr(module, "__file__", None)),
    )


def code_folder(file: str | None) -> str:
    """The folder of a file of code; "" where there is none."""
    return os.path.dirname(os.path.abspath(file)) if file else ""
