"""Check a project: measure each recipe as `compare` does, hold it against what was accepted, and say what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest

import msgspec

import memlab
from memlab.analysis.budgets import StatedBudget, unused
from memlab.analysis.check import CheckedRecipe, CheckOptions, check_recipe
from memlab.analysis.check_report import failed_recipe, gone_recipes, make_check_report, unmeasured_recipe
from memlab.analysis.more_trials import trials_to_add
from memlab.errors import Interrupted, MemlabError, Terminated, UsageError
from memlab.limits import Budget, FailOn, GrowthClass, parse_budget
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import CheckReport
from memlab.model.environment import Environment
from memlab.model.run import Run
from memlab.printable import printable
from memlab.runner.executor import ProcessExecutor
from memlab.runner.host import describe_host
from memlab.runner.progress import ProgressSink
from memlab.storage import load_baseline
from memlab.workflow.against import revision_standard
from memlab.workflow.measuring import Measurement
from memlab.workflow.project import (
    MeasuringOptions,
    Project,
    ProjectRecipe,
    accept_command,
    describe_project,
    headline_counts,
)
from memlab.workflow.standard import BaselineStandard, Standard
from memlab.workflow.sweep import measure_sweeps


@dataclass(frozen=True)
class CheckRequest:
    """What the user asked for.

    Attributes:
        baseline: the file's path; named: somebody said so, or it is the place where it is looked for.
        baseline_option: the same as it was said on the command line; None where it wasn't.
        budgets: those of the command line.
        against: the revision whose figures count instead of accepted ones.
    """

    project: Project
    measuring: MeasuringOptions
    baseline: str
    named: bool
    baseline_option: str | None
    fail_on: FailOn
    budgets: tuple[Budget, ...] = ()
    strict_improvement: bool = False
    against: str | None = None

    def accept(self, called: str | None = None) -> str:
        """The command that accepts a recipe, or all of the project."""
        return accept_command(called, self.measuring, self.baseline_option)


def check(request: CheckRequest, progress: Callable[[], ProgressSink]) -> CheckReport:
    """Check all recipes; what goes wrong with one of them doesn't stop the others.

    Args:
        progress: makes a sink for one recipe; each is closed.

    Raises:
        UsageError, DocumentError: nothing was measured.
        Interrupted, Terminated: what was measured is saved.
    """
    baseline = None if request.against is not None else load_baseline(request.baseline)
    with ProcessExecutor() as executor:
        with closing(progress()) as sink:
            project = describe_project(executor, request.project, sink)
        request = replace(request, project=project)
        _require_variants(request)
        if request.against is None:
            return _Check(
                request, BaselineStandard(baseline, request.baseline, request.accept(), named=request.named)
            ).carry_out(progress)
        with revision_standard(request.against, executor, project.root) as standard:
            return _Check(request, standard).carry_out(progress)


class _Check:
    def __init__(self, request: CheckRequest, standard: Standard) -> None:
        self._request, self._standard = request, standard
        self._environment: Environment | None = None
        self._errors: list[MemlabError] = []

    def carry_out(self, progress: Callable[[], ProgressSink]) -> CheckReport:
        request = self._request
        recipes = request.project.recipes
        checked: dict[str, CheckedRecipe] = {}
        for number, recipe in enumerate(recipes, 1):
            with closing(progress()) as sink:
                sink.stage(f"recipe {number} of {len(recipes)}: {recipe.name}")
                checked[recipe.name] = self._check(recipe, sink)
        environment = self._environment or describe_host()
        gone = self._gone(environment)
        for one in gone:
            # A recipe that pyproject.toml still names and that isn't there is gone, and that says enough.
            checked.pop(one.check.recipe, None)
        return make_check_report(
            [*checked.values(), *gone],
            memlab_version=memlab.__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=request.measuring.command,
            environment=environment,
            fail_on=request.fail_on,
            baseline=None if request.against is not None else request.baseline,
            against=request.against,
            findings=tuple(self._standard.findings()),
            errors=self._errors,
            options=_options(request),
        )

    def _check(self, recipe: ProjectRecipe, progress: ProgressSink) -> CheckedRecipe:
        began = time.monotonic()
        try:
            if recipe.error is not None:
                raise recipe.error
            checked = self._measure(recipe, progress, began)
        except (Interrupted, Terminated):
            raise
        except MemlabError as error:
            self._errors.append(error)
            checked = failed_recipe(recipe.name, error)
            seconds = time.monotonic() - began
            checked = replace(checked, check=msgspec.structs.replace(checked.check, seconds=seconds))
        return checked

    def _measure(self, recipe: ProjectRecipe, progress: ProgressSink, began: float) -> CheckedRecipe:
        request, description = self._request, recipe.description
        assert description is not None
        own = options_of_recipe(request, recipe)
        budgets = _meant(own.budgets, recipe)
        if not budgets and (nothing := self._standard.nothing_in(describe_host())) is not None:
            # Trials would change nothing of that.
            return unmeasured_recipe(description, nothing)
        options = request.measuring.of_recipe(recipe, request.project.configuration)
        if request.against is not None:
            # Two measurements alternate: neither may have a trial that goes on while it is the other's turn.
            options = replace(options, jobs=1)
        with (
            ProcessExecutor() as executor,
            Measurement(executor, description, recipe.skipped, options, progress) as measurement,
            self._standard.of_recipe(recipe, options, progress, budgets=bool(budgets)) as standard,
        ):

            def measured(trials_left: bool) -> CheckedRecipe:
                return check_recipe(
                    measurement.run,
                    report,
                    accepted,
                    own,
                    sweeps=sweeps,
                    trials_left=trials_left,
                    seconds=time.monotonic() - began,
                )

            for _ in zip_longest(measurement.trials(), standard.trials()):
                pass
            self._learn(measurement.run)
            report = measurement.report()
            accepted = standard.accepted(measurement.run, sweep=request.measuring.sweep)
            wanted = _wants_sweep(request, accepted, budgets)
            sweeps = measure_sweeps(measurement, report) if wanted else {}
            checked = measured(True)
            made = headline_counts(measurement.run)
            while more := trials_to_add(checked.wants_trials, made, request.measuring.most_trials):
                progress.stage(f"{recipe.name} is inconclusive: more trials of {', '.join(more)}")
                measurement.add(more)
                standard.add(more)
                for _ in zip_longest(measurement.trials(), standard.trials()):
                    pass
                report = measurement.report()
                accepted = standard.accepted(measurement.run, sweep=request.measuring.sweep)
                checked = measured(True)
                # Counted as if made, also where a trial failed and its variant was given up: the loop ends.
                made = {name: made.get(name, 0) + more.get(name, 0) for name in {*made, *more}}
            report = measurement.result().report
            return standard.judged(measured(False))

    def _learn(self, run: Run) -> None:
        known = self._environment
        libraries = {} if known is None else known.libraries
        self._environment = msgspec.structs.replace(run.environment, libraries=libraries | run.environment.libraries)

    def _gone(self, environment: Environment) -> Sequence[CheckedRecipe]:
        """What was accepted and is no longer in the project; only a check of all of it can tell."""
        if not self._request.project.whole:
            return ()
        there = {
            recipe.name: () if recipe.description is None else [one.name for one in recipe.description.variants]
            for recipe in self._request.project.recipes
            if not isinstance(recipe.error, UsageError)
        }
        return gone_recipes(self._standard.all_accepted(environment), there, self._request.accept())


def options_of_recipe(request: CheckRequest, recipe: ProjectRecipe) -> CheckOptions:
    """By what one recipe is checked."""
    description = recipe.description
    own = () if description is None else description.budgets
    return CheckOptions(
        fail_on=request.fail_on,
        root=request.project.root,
        accept=request.accept(recipe.called),
        budgets=(*_stated(request), *(StatedBudget(parse_budget(text), "recipe") for text in own)),
        strict_improvement=request.strict_improvement,
    )


def _stated(request: CheckRequest) -> tuple[StatedBudget, ...]:
    """The budgets of the command line and of pyproject.toml."""
    return (
        *(StatedBudget(budget, "command line") for budget in request.budgets),
        *(StatedBudget(budget, "pyproject.toml") for budget in request.project.configuration.budgets),
    )


def _meant(budgets: Sequence[StatedBudget], recipe: ProjectRecipe) -> list[StatedBudget]:
    """Those of this recipe."""
    description = recipe.description
    variants = {recipe.name: [] if description is None else [one.name for one in description.variants]}
    missing = unused(budgets, variants)
    return [stated for stated in budgets if stated not in missing]


def _require_variants(request: CheckRequest) -> None:
    """Refuse a budget of a variant that is nowhere, before anything is measured.

    Raises:
        UsageError: there is one.
    """
    recipes = request.project.recipes
    if any(recipe.description is None for recipe in recipes):
        # What can't be described may have it.
        return
    variants = {one.name: [variant.name for variant in one.description.variants] for one in recipes if one.description}
    whole = request.project.whole
    for stated in unused(_stated(request), variants):
        elsewhere = not whole and stated.origin != "command line"
        if elsewhere and not any(stated.budget.is_of(name) for name in variants):
            continue
        known = "; ".join(f"{name} has {', '.join(names)}" for name, names in variants.items())
        where = "--budget" if stated.origin == "command line" else f"a budget in {stated.origin}"
        raise UsageError(
            f"{where}, {printable(stated.budget.text, 80)!r}, names a variant that none of the recipes has",
            hint=printable(known, 400),
        )


def _wants_sweep(request: CheckRequest, accepted: object, budgets: Sequence[StatedBudget]) -> bool:
    """Whether somebody judges how the recipe's variants grow."""
    if any(isinstance(stated.budget.limit, GrowthClass) for stated in budgets):
        return True
    return (
        request.measuring.sweep
        and isinstance(accepted, AcceptedRecipe)
        and any(variant.growth_classes for variant in accepted.variants.values())
    )


def _options(request: CheckRequest) -> dict[str, object]:
    measuring = request.measuring
    return {
        "trials": measuring.trials,
        "max_trials": measuring.most_trials,
        "timeout_seconds": measuring.timeout_seconds,
        "meters": list(measuring.meters),
        "jobs": measuring.jobs,
        "settings": dict(measuring.settings),
        "quick": measuring.quick,
        "sweep": measuring.sweep,
        "strict_improvement": request.strict_improvement,
        "budgets": [budget.text for budget in request.budgets],
    }
