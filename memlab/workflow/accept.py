"""Accept what a project needs now: measure recipes as `check` does, and write the figures into the baseline file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from memlab.analysis.accepted import (
    accepted_changes,
    accepted_recipe,
    accepted_so_far,
    not_acceptable,
    wants_trials,
)
from memlab.analysis.baseline_sections import find_section, merge, remove
from memlab.analysis.identity import identity_of
from memlab.analysis.more_trials import trials_to_add
from memlab.errors import Interrupted, MemlabError, Terminated, UsageError, worst_exit_code
from memlab.model.baseline import AcceptedRecipe, Baseline
from memlab.model.environment import Environment
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.runner.executor import ProcessExecutor
from memlab.runner.progress import ProgressSink
from memlab.storage import load_baseline, require_writable, save_baseline
from memlab.workflow.measuring import Measurement
from memlab.workflow.project import MeasuringOptions, Project, ProjectRecipe, describe_project, headline_counts
from memlab.workflow.sweep import measure_sweeps

_INVALID = 3


@dataclass(frozen=True)
class NotAccepted:
    """What was not accepted.

    Attributes:
        recipe: its name; error: why none of it was.
        findings: why some of its figures were not.
    """

    recipe: str
    error: MemlabError | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """What came of it.

    Attributes:
        changes: a sentence each.
        recipes, variants: how many were accepted.
        written: the file's content has changed.
    """

    baseline: str
    changes: tuple[str, ...]
    recipes: int
    variants: int
    failures: tuple[NotAccepted, ...]
    written: bool

    @property
    def exit_code(self) -> int:
        """0 where all of it was accepted."""
        return worst_exit_code([_INVALID if one.error is None else one.error.exit_code for one in self.failures])


@dataclass(frozen=True)
class _Measured:
    """What is accepted of a recipe; variants that failed are in it as they were, and don't count."""

    accepted: AcceptedRecipe
    environment: Environment
    count: int


def accept(
    project: Project, options: MeasuringOptions, baseline: str, progress: Callable[[], ProgressSink]
) -> Acceptance:
    """Measure all recipes of a project and accept them; what goes wrong with one of them doesn't stop the others.

    Recipes that are no longer there are taken out of the file where the whole project is accepted.

    Args:
        baseline: the file's path.
        progress: makes a sink for one recipe; each is closed.

    Raises:
        UsageError, DocumentError: nothing was measured, or the file can't be written.
        Interrupted, Terminated: what was measured is saved, and the file is as it was.
    """
    before = load_baseline(baseline)
    require_writable(baseline)
    with ProcessExecutor() as executor, closing(progress()) as sink:
        project = describe_project(executor, project, sink)
    _require_present(project)
    measured: dict[str, _Measured] = {}
    failures: list[NotAccepted] = []
    for number, recipe in enumerate(project.recipes, 1):
        with closing(progress()) as sink:
            sink.stage(f"recipe {number} of {len(project.recipes)}: {recipe.name}")
            try:
                found, findings = _measure(recipe, project, options, before, sink)
            except (Interrupted, Terminated):
                raise
            except MemlabError as error:
                failures.append(NotAccepted(recipe.name, error))
                continue
        if findings:
            failures.append(NotAccepted(recipe.name, findings=findings))
        if found is not None:
            measured[recipe.name] = found
    return _write(project, baseline, measured, failures)


def _measure(
    recipe: ProjectRecipe,
    project: Project,
    options: MeasuringOptions,
    before: Baseline | None,
    progress: ProgressSink,
) -> tuple[_Measured | None, tuple[Finding, ...]]:
    """What can be accepted of a recipe, and why the rest can't; None where nothing can."""
    if recipe.error is not None:
        raise recipe.error
    assert recipe.description is not None
    own = options.of_recipe(recipe, project.configuration)
    with (
        ProcessExecutor() as executor,
        Measurement(executor, recipe.description, recipe.skipped, own, progress) as measurement,
    ):
        measurement.carry_out()
        report = measurement.report()
        sweeps = measure_sweeps(measurement, report) if options.sweep else {}
        made = headline_counts(measurement.run)
        while more := trials_to_add(wants_trials(measurement.run, report), made, options.most_trials):
            progress.stage(f"the growth of {', '.join(more)} scatters: more trials")
            measurement.add(more)
            measurement.carry_out()
            report = measurement.report()
            made = {name: count + more.get(name, 0) for name, count in made.items()}
        report = measurement.result().report
        run = measurement.run
    findings = not_acceptable(report)
    if any(finding.variant is None for finding in findings):
        return None, findings
    accepted = accepted_recipe(run, report, project.root, sweeps=sweeps, before=accepted_so_far(run, before))
    measured = accepted.variants.keys() & set(measurement.variants) - {finding.variant for finding in findings}
    return (_Measured(accepted, run.environment, len(measured)) if measured else None), findings


def _write(
    project: Project, baseline: str, measured: Mapping[str, _Measured], failures: Sequence[NotAccepted]
) -> Acceptance:
    # Read once more: another memlab may have accepted other recipes meanwhile.
    before = load_baseline(baseline)
    after = before
    changes: list[str] = []
    for name, one in measured.items():
        identity = identity_of(one.environment)
        section = None if before is None else find_section(before, identity)
        old = None if section is None else section.recipes.get(name)
        changes += accepted_changes(name, old, one.accepted)
        after = merge(after, identity, {name: one.accepted})
    if project.whole and after is not None:
        there = {recipe.name for recipe in project.recipes}
        gone = sorted({name for section in after.sections for name in section.recipes if name not in there})
        changes += [f"{name}: no longer in the project" for name in gone]
        after = remove(after, gone)
    written = after is not None and after != before
    if written:
        assert after is not None
        save_baseline(baseline, after)
    variants = sum(one.count for one in measured.values())
    return Acceptance(baseline, tuple(changes), len(measured), variants, tuple(failures), written)


def _require_present(project: Project) -> None:
    """Refuse a recipe that pyproject.toml names and that is nowhere: to take it out of the file it would have to be
    taken out there."""
    for recipe in project.recipes:
        if isinstance(recipe.error, UsageError):
            file = project.configuration.file
            gone = None if file is None else f"if it is gone, take it out of recipes in {printable(file)}"
            raise UsageError(recipe.error.message, hint="; ".join(filter(None, (recipe.error.hint, gone))) or None)
