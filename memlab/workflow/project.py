"""The recipes of a project: which are meant, what each says of itself, and how they are measured to be held to it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from memlab import catalogue
from memlab.configuration import Configuration
from memlab.errors import Interrupted, MemlabError, RecipeError, Terminated, UsageError
from memlab.limits import normal_name
from memlab.model.description import RecipeDescription, RecipeReference
from memlab.model.run import Run, SkippedVariant
from memlab.plan import HEADLINE
from memlab.printable import printable
from memlab.runner.executor import Executor
from memlab.runner.progress import ProgressSink
from memlab.workflow.describe import describe_with, require_libraries
from memlab.workflow.measuring import CompareOptions

METERS = ("os", "memray")
"""Those that checks use unless others are asked for: what tracemalloc sees is never held against anything."""
TRIALS = 3
_ADD_RECIPES = 'name them, or say in pyproject.toml which are the project\'s: [tool.memlab] recipes = ["generators"]'


@dataclass(frozen=True)
class ProjectRecipe:
    """One recipe.

    Attributes:
        called: its name or path, as a user would type it.
        reference: None where there is no such recipe.
        description: None before it was described, and where that failed; error: why.
        skipped: variants that can't be measured here.
    """

    called: str
    name: str
    reference: RecipeReference | None
    description: RecipeDescription | None = None
    skipped: tuple[SkippedVariant, ...] = ()
    error: MemlabError | None = None


@dataclass(frozen=True)
class Project:
    """What is checked or accepted.

    Attributes:
        root: the project's folder, absolute.
        whole: all of its recipes are meant, so that one that is missing is gone.
    """

    configuration: Configuration
    root: str
    recipes: tuple[ProjectRecipe, ...]
    whole: bool


@dataclass(frozen=True)
class MeasuringOptions:
    """How recipes are measured; see `memlab check --help`.

    Attributes:
        most_trials: of a variant whose verdict is inconclusive, or whose growth scatters.
        settings: of every recipe's inputs, above those of the configuration.
        sweep: judge how variants grow.
    """

    trials: int
    most_trials: int
    timeout_seconds: float
    command: tuple[str, ...]
    meters: tuple[str, ...] = METERS
    jobs: int = 1
    settings: dict[str, object] = field(default_factory=dict)
    quick: bool = False
    sweep: bool = True
    reports: str = "reports"

    def of_recipe(self, recipe: ProjectRecipe, configuration: Configuration) -> CompareOptions:
        """The same for one recipe, as `memlab compare` would be told."""
        return CompareOptions(
            recipe=recipe.called,
            variants=(),
            trials=self.trials,
            timeout_seconds=self.timeout_seconds,
            settings=configuration.settings_of(recipe.name) | self.settings,
            images=None,
            source="kernel",
            reports=self.reports,
            show_output=False,
            command=self.command,
            meters=self.meters,
            jobs=self.jobs,
            quick=self.quick,
        )


def find_project(words: Sequence[str], configuration: Configuration) -> Project:
    """The recipes that are named, or else those of the project.

    Args:
        words: names or paths, from the working folder.

    Raises:
        UsageError: a recipe that is named isn't there, none is known, or two have the same name.
    """
    root = os.getcwd() if configuration.file is None else os.path.dirname(configuration.file)
    if words:
        recipes = tuple(_named(word) for word in words)
    elif configuration.file is None:
        raise UsageError("no recipe is named, and no pyproject.toml has a [tool.memlab]", hint=_ADD_RECIPES)
    elif not configuration.recipes:
        file = printable(configuration.file)
        raise UsageError(f"no recipe is named, and [tool.memlab] in {file} says of none", hint=_ADD_RECIPES)
    else:
        recipes = tuple(_of_project(recipe) for recipe in configuration.recipes)
        _require_known(configuration, recipes)
    return Project(configuration, root, _each_once(recipes), whole=not words)


def describe_project(executor: Executor, project: Project, progress: ProgressSink) -> Project:
    """The project with what each recipe says of itself; one that can't be described keeps no other from it."""
    return replace(project, recipes=tuple(_described(executor, recipe, progress) for recipe in project.recipes))


def accept_command(called: str | None, options: MeasuringOptions, baseline: str | None) -> str:
    """The command that accepts what is measured.

    Args:
        called: the recipe, or None for the whole project.
        baseline: the file as it was named; None where nobody had to.
    """
    words = ["memlab", "accept", *([called] if called is not None else [])]
    if baseline is not None:
        words += ["--baseline", baseline]
    words += ["--quick"] if options.quick else []
    for name, value in options.settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return shlex.join(words)


def headline_counts(run: Run) -> dict[str, int]:
    """How many headline trials were made of each variant."""
    names = [trial.variant for trial in run.trials if trial.kind == HEADLINE]
    return {name: names.count(name) for name in names}


def _named(word: str) -> ProjectRecipe:
    try:
        reference = catalogue.resolve(word)
    except RecipeError as error:
        return ProjectRecipe(word, _stem(word), None, error=error)
    return ProjectRecipe(word, reference.name, reference)


def _of_project(recipe: str) -> ProjectRecipe:
    """One that pyproject.toml names. Where it is gone, the others are still there to be measured."""
    called = os.path.relpath(recipe) if os.path.isabs(recipe) else recipe
    try:
        reference = catalogue.resolve(recipe)
    except (UsageError, RecipeError) as error:
        return ProjectRecipe(called, _stem(recipe), None, error=error)
    return ProjectRecipe(called, reference.name, reference)


def _require_known(configuration: Configuration, recipes: Iterable[ProjectRecipe]) -> None:
    known = {normal_name(recipe.name) for recipe in recipes}
    for name in configuration.settings:
        if name not in known:
            raise UsageError(
                f"[tool.memlab.set] in {printable(configuration.file or '')} sets the inputs of "
                f"{printable(name, 80)!r}, which is no recipe of the project"
            )


def _stem(recipe: str) -> str:
    """The name of a recipe that isn't there."""
    return os.path.basename(recipe).removesuffix(".py").rpartition(":")[2].replace("-", "_")


def _each_once(recipes: Iterable[ProjectRecipe]) -> tuple[ProjectRecipe, ...]:
    known: dict[str, ProjectRecipe] = {}
    for recipe in recipes:
        other = known.setdefault(recipe.name, recipe)
        if other.reference != recipe.reference:
            raise UsageError(
                f"{printable(other.called)} and {printable(recipe.called)} are two recipes called {recipe.name}",
                hint="accepted figures are found by a recipe's name: rename one of them, or check them apart",
            )
    return tuple(known.values())


def _described(executor: Executor, recipe: ProjectRecipe, progress: ProgressSink) -> ProjectRecipe:
    if recipe.reference is None:
        return recipe
    progress.stage(f"reading the recipe {recipe.name}")
    try:
        skipped = require_libraries(recipe.reference)
        return replace(recipe, skipped=skipped, description=describe_with(executor, recipe.reference))
    except (Interrupted, Terminated):
        raise
    except MemlabError as error:
        return replace(recipe, error=error)
