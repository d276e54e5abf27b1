"""What a check holds figures against: those of a baseline file here, those of another revision in `against`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Protocol

import msgspec

from memlab.analysis.baseline_sections import closest_section, find_section
from memlab.analysis.check import CheckedRecipe, NoBaseline
from memlab.analysis.identity import identity_differences, identity_of
from memlab.analysis.tolerance import enumeration
from memlab.model.baseline import AcceptedRecipe, Baseline, BaselineSection
from memlab.model.environment import Environment
from memlab.model.report import Finding
from memlab.model.run import Run
from memlab.printable import printable
from memlab.runner.progress import ProgressSink
from memlab.workflow.measuring import CompareOptions
from memlab.workflow.project import ProjectRecipe

Accepted = AcceptedRecipe | NoBaseline | None


class RecipeStandard(Protocol):
    """What one recipe is held against."""

    def trials(self) -> Iterable[object]:
        """Carry out the trials that are to alternate with the recipe's own."""

    def add(self, trials: Mapping[str, int]) -> None:
        """As many more, by variant, where figures are measured."""

    def accepted(self, run: Run, *, sweep: bool) -> Accepted:
        """The figures to hold; see `memlab.analysis.check.check_recipe`.

        Args:
            run: of the recipe, whose environment says which figures fit.
            sweep: the growth classes are wanted too.
        """

    def judged(self, checked: CheckedRecipe) -> CheckedRecipe:
        """The check in words that fit what it was held against."""


class Standard(Protocol):
    """What a whole project is held against."""

    def of_recipe(
        self, recipe: ProjectRecipe, options: CompareOptions, progress: ProgressSink, *, budgets: bool
    ) -> AbstractContextManager[RecipeStandard]:
        """What one recipe is held against.

        Args:
            budgets: the recipe has some.
        """

    def nothing_in(self, environment: Environment) -> NoBaseline | None:
        """Why nothing can be held against it in such an environment, however it is measured; else None."""

    def all_accepted(self, environment: Environment) -> Mapping[str, AcceptedRecipe]:
        """Everything that was accepted in this environment, by recipe."""

    def findings(self) -> Iterator[Finding]:
        """What is to be said of the standard itself, after the recipes were measured."""


class BaselineStandard:
    """A baseline file, as a standard.

    Args:
        baseline: None where there is no file.
        shown: its path.
        accept: the command that accepts the whole project.
        named: somebody said which file, so that it has to be there even if there are budgets.
    """

    def __init__(self, baseline: Baseline | None, shown: str, accept: str, *, named: bool) -> None:
        self._baseline, self._shown, self._accept, self._named = baseline, shown, accept, named
        self._missing: NoBaseline | None = None

    def of_recipe(
        self,
        recipe: ProjectRecipe,  # noqa: ARG002
        options: CompareOptions,  # noqa: ARG002
        progress: ProgressSink,  # noqa: ARG002
        *,
        budgets: bool,
    ) -> AbstractContextManager[RecipeStandard]:
        """See `Standard.of_recipe`."""
        return nullcontext(_RecipeBaseline(self, budgets=budgets))

    def accepted(self, run: Run, *, budgets: bool) -> Accepted:
        """What the file holds of a recipe."""
        found = self.section(run.environment)
        if isinstance(found, BaselineSection):
            return found.recipes.get(run.recipe.name)
        return self._without(found, fine=budgets and self._baseline is None and not self._named)

    def nothing_in(self, environment: Environment) -> NoBaseline | None:
        """See `Standard.nothing_in`."""
        found = self.section(environment)
        return None if isinstance(found, BaselineSection) else self._without(found, fine=False)

    def section(self, environment: Environment) -> BaselineSection | NoBaseline:
        """The section made in such an environment, or why there is none."""
        shown = printable(self._shown)
        if self._baseline is None:
            return NoBaseline(f"there is no baseline file {shown}", f"`{self._accept}` makes one")
        identity = identity_of(environment)
        found = find_section(self._baseline, identity)
        if found is None and environment.allocator is None:
            # No trial has told which one there is: what fits otherwise is meant.
            found = next(
                (
                    section
                    for section in self._baseline.sections
                    if not identity_differences(section, msgspec.structs.replace(identity, allocator=section.allocator))
                ),
                None,
            )
        if found is not None:
            return found
        closest = closest_section(self._baseline, identity)
        if closest is not None and environment.allocator is None:
            # What isn't known yet is no difference.
            identity = msgspec.structs.replace(identity, allocator=closest.allocator)
        here = "" if closest is None else f": here is {enumeration(identity_differences(closest, identity))}"
        return NoBaseline(
            f"the baseline file {shown} has no figures of such an environment{here}",
            f"`{self._accept}` measures here and adds them to the others",
        )

    def _without(self, why: NoBaseline, *, fine: bool) -> NoBaseline:
        found = replace(why, fine=fine)
        if self._missing is None or self._missing.fine:
            self._missing = found
        return found

    def all_accepted(self, environment: Environment) -> Mapping[str, AcceptedRecipe]:
        """See `Standard.all_accepted`."""
        found = self.section(environment)
        return found.recipes if isinstance(found, BaselineSection) else {}

    def findings(self) -> Iterator[Finding]:
        """That there is no baseline, once for all recipes."""
        missing = self._missing
        if missing is not None and missing.fine:
            yield Finding(
                "no_baseline", "warning", None, f"{missing.message}, so only budgets are checked", missing.hint
            )
        elif missing is not None:
            yield Finding("no_baseline", "error", None, missing.message, missing.hint)


class _RecipeBaseline:
    def __init__(self, whole: BaselineStandard, *, budgets: bool) -> None:
        self._whole, self._budgets = whole, budgets

    def trials(self) -> Iterable[object]:
        return ()

    def add(self, trials: Mapping[str, int]) -> None:
        pass

    def accepted(self, run: Run, *, sweep: bool) -> Accepted:  # noqa: ARG002
        return self._whole.accepted(run, budgets=self._budgets)

    def judged(self, checked: CheckedRecipe) -> CheckedRecipe:
        return checked
