"""Compare several recipes, one after the other; what goes wrong with one of them doesn't stop the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from memlab import catalogue
from memlab.errors import Interrupted, MemlabError, RecipeError, Terminated, UsageError
from memlab.model.description import RecipeReference
from memlab.runner.progress import ProgressSink
from memlab.workflow.compare import CompareOptions, CompareResult, compare


@dataclass(frozen=True)
class RecipeOutcome:
    """What became of one recipe.

    Attributes:
        recipe: its name, or what the user called it where there is none of that name.
        result: None where it failed; error: why.
    """

    recipe: str
    result: CompareResult | None
    error: MemlabError | None
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 where every measurement is valid."""
        if self.result is not None:
            return self.result.exit_code
        return self.error.exit_code if self.error is not None else 0


def every_recipe() -> tuple[str, ...]:
    """What to call each recipe there is, so that no other is meant."""
    entries = catalogue.find_all()
    names = [entry.name for entry in entries]
    return tuple(
        entry.name if names.count(entry.name) == 1 or not entry.origin else f"{entry.origin}:{entry.name}"
        for entry in entries
    )


def each_once(recipes: Sequence[str]) -> tuple[str, ...]:
    """The recipes without those that are given a second time, by whatever name or path."""
    known: dict[RecipeReference | str, str] = {}
    for recipe in recipes:
        known.setdefault(_reference(recipe) or recipe, recipe)
    return tuple(known.values())


def compare_each(
    recipes: Sequence[str], options: CompareOptions, progress: Callable[[], ProgressSink]
) -> Iterator[RecipeOutcome]:
    """Compare the recipes in turn, with the same options.

    Args:
        recipes: names or paths; those of `options` don't count.
        progress: makes a sink for one recipe, closed before its outcome is handed out.

    Raises:
        Interrupted, Terminated: what was measured is saved; the recipes that were to come are not.
    """
    for number, recipe in enumerate(recipes, 1):
        began = time.monotonic()
        sink = progress()
        result, error = None, None
        try:
            sink.stage(f"recipe {number} of {len(recipes)}: {recipe}")
            result = compare(replace(options, recipe=recipe), sink)
        except (Interrupted, Terminated):
            raise
        except MemlabError as failed:
            error = failed
        finally:
            sink.close()
        name = recipe if result is None else result.report.recipe
        yield RecipeOutcome(name, result, error, time.monotonic() - began)


def _reference(recipe: str) -> RecipeReference | None:
    try:
        return catalogue.resolve(recipe)
    except (UsageError, RecipeError):
        return None
