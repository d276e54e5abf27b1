"""Compare a recipe's variants: describe, make inputs, plan, measure, save after each trial, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

import memlab
from memlab import catalogue, plan
from memlab.analysis.figures import succeeded
from memlab.analysis.report import exit_code, make_report
from memlab.errors import Interrupted, MemlabError, RecipeError, Terminated, UsageError
from memlab.inputs import MadeInputs
from memlab.model.description import RecipeDescription
from memlab.model.report import Finding, Report
from memlab.model.run import Inputs, Options, Run, SkippedVariant
from memlab.model.trial import Outcome, Trial, TrialSpec
from memlab.runner.executor import Executor, ProcessExecutor
from memlab.runner.host import available_memory_bytes, describe_host
from memlab.runner.progress import ProgressSink
from memlab.storage import RunFolder
from memlab.units import format_bytes
from memlab.workflow.describe import describe_with, require_libraries
from memlab.workflow.inputs import make_inputs

_HEADROOM = 1.02


@dataclass(frozen=True)
class CompareOptions:
    """What the user asked for; see `memlab compare --help`."""

    recipe: str
    variants: tuple[str, ...]
    trials: int
    timeout_seconds: float
    settings: dict[str, object]
    images: str | None
    source: str
    reports: str
    show_output: bool
    command: tuple[str, ...]


@dataclass(frozen=True)
class CompareResult:
    """What came of it.

    Attributes:
        exit_code: 0, or 3 where a measurement is invalid; 2 where the run could not be saved.
        outputs: for each trial that printed something (its label, the last 64 KiB).
    """

    report: Report
    exit_code: int
    run_file: str
    outputs: tuple[tuple[str, str], ...]


def compare(options: CompareOptions, progress: ProgressSink) -> CompareResult:
    """Measure a recipe and report on it.

    Raises:
        UsageError, RecipeError: nothing was measured.
        MeasurementError: the supervisor was lost.
        Interrupted, Terminated: what was measured is saved; the message says where.
    """
    reference = catalogue.resolve(options.recipe)
    skipped = require_libraries(reference)
    with ProcessExecutor() as executor:
        progress.stage(f"reading the recipe {reference.name}")
        recipe = describe_with(executor, reference, options.timeout_seconds)
        variants = _choose(recipe, options.variants, skipped)
        folder = RunFolder(options.reports, recipe.name)
        try:
            made = make_inputs(recipe, options.settings, options.images, executor.scratch, progress.inputs)
            comparison = _Comparison(options, recipe, variants, skipped, made, executor, folder, progress)
            return comparison.carry_out()
        finally:
            folder.discard()


def _choose(recipe: RecipeDescription, wanted: Sequence[str], skipped: Sequence[SkippedVariant]) -> tuple[str, ...]:
    """The variants to measure: those wanted, with the baseline and what pitfalls are held against."""
    names = {variant.name.replace("-", "_"): variant for variant in recipe.variants}
    chosen = set()
    for name in wanted:
        variant = names.get(name.replace("-", "_"))
        if variant is None:
            raise UsageError(f"{recipe.name} has no variant called {name!r}", hint=f"there are {', '.join(names)}")
        chosen |= {variant.name, variant.against or recipe.baseline.name}
    left_out = {one.variant for one in skipped}
    for one in skipped:
        if one.variant == recipe.baseline.name:
            raise RecipeError(f"{recipe.name} can't be compared without its baseline: {one.message}")
    order = [variant.name for variant in recipe.variants if not wanted or variant.name in chosen]
    if recipe.baseline.name not in order:
        order.insert(0, recipe.baseline.name)
    return tuple(name for name in order if name not in left_out)


class _Comparison:
    def __init__(
        self,
        options: CompareOptions,
        recipe: RecipeDescription,
        variants: tuple[str, ...],
        skipped: tuple[SkippedVariant, ...],
        made: MadeInputs,
        executor: Executor,
        folder: RunFolder,
        progress: ProgressSink,
    ) -> None:
        self._options, self._recipe, self._made = options, recipe, made
        self._executor, self._folder, self._progress = executor, folder, progress
        self._plan = plan.make_plan(variants, options.trials)
        self._unsaved: OSError | None = None
        self._given_up: set[str] = set()
        self._tree: set[str] = set()
        self._need_bytes: dict[str, int] = {}
        self._run = Run(
            memlab_version=memlab.__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=options.command,
            recipe=recipe,
            environment=describe_host(),
            inputs=Inputs(made.description, made.default, made.files, made.passed_over),
            options=Options(
                trials=options.trials,
                timeout_seconds=options.timeout_seconds,
                source=options.source,
                settings=dict(options.settings),
                variants=options.variants,
                images=options.images,
            ),
            planned=len(self._plan),
            skipped=skipped,
        )

    def carry_out(self) -> CompareResult:
        try:
            for planned in self._plan:
                if planned.variant not in self._given_up:
                    self._carry_out(planned)
        except (KeyboardInterrupt, Terminated) as stop:
            raise self._stopped(stop) from None
        self._run = msgspec.structs.replace(self._run, complete=True)
        self._save()
        run_file = str(self._folder.run_file)
        report = make_report(self._run, None if self._unsaved else run_file)
        code = exit_code(report.findings)
        if self._unsaved is not None:
            report = msgspec.structs.replace(report, findings=(self._unsaved_finding(), *report.findings))
            code = 2
        return CompareResult(report, code, run_file, self._outputs())

    def _carry_out(self, planned: plan.PlannedTrial) -> None:
        number, total = planned.number + 1, len(self._plan)
        self._progress.trial_started(planned.variant, planned.kind, number, total)
        outcome, reply = self._without_room(planned.variant), None
        if outcome is None:
            outcome, reply = self._executor.measure(
                self._spec(planned.variant),
                timeout_seconds=self._options.timeout_seconds,
                timeline=planned.kind == plan.TIMELINE,
                reset=planned.variant in self._tree,
            )
        trial = Trial(planned.number, planned.variant, "os", planned.kind, outcome, reply)
        if not succeeded(trial):
            # What failed once fails again, or isn't comparable: its other trials would only cost time.
            self._given_up.add(planned.variant)
        if outcome.tree is not None:
            self._tree.add(planned.variant)
        self._learn(trial)
        self._run = msgspec.structs.replace(self._run, trials=(*self._run.trials, trial))
        self._save()
        self._progress.trial_ended(planned.variant, planned.kind, number, total, outcome.seconds)

    def _spec(self, variant: str) -> TrialSpec:
        return TrialSpec(
            task="measure",
            recipe=self._recipe.reference,
            folder="",
            variant=variant,
            source=self._options.source,
            inputs=tuple(file.path for file in self._made.files),
            warm_up_inputs=self._made.twins,
        )

    def _without_room(self, variant: str) -> Outcome | None:
        """A trial that the free memory can't hold isn't started: it would take the machine with it."""
        need, free = self._need_bytes.get(variant), available_memory_bytes()
        if need is None or free is None or need * _HEADROOM <= free:
            return None
        return Outcome(
            ending="not_started",
            seconds=0.0,
            reached="started",
            message=f"its first trial needed {format_bytes(need)} and only {format_bytes(free)} are free",
        )

    def _learn(self, trial: Trial) -> None:
        outcome, reply = trial.outcome, trial.reply
        peaks = [outcome.peak_bytes or 0, 0 if reply is None else reply.peak_bytes or 0]
        if outcome.tree is not None:
            peaks.append(outcome.tree.estimate_bytes)
        self._need_bytes[trial.variant] = max(peaks)
        if reply is not None and (reply.libraries or reply.allocator):
            environment = self._run.environment
            self._run = msgspec.structs.replace(
                self._run,
                environment=msgspec.structs.replace(
                    environment,
                    libraries=environment.libraries | reply.libraries,
                    allocator=reply.allocator or environment.allocator,
                ),
            )

    def _save(self) -> None:
        """Save what there is. A full disk now may have room later, and what is measured can still be shown."""
        try:
            self._folder.save(self._run)
            self._unsaved = None
        except OSError as error:
            self._unsaved = error

    def _unsaved_finding(self) -> Finding:
        reason = self._unsaved.strerror if self._unsaved is not None else "unknown"
        return Finding(
            "not_saved",
            "error",
            None,
            f"the run could not be saved in {self._folder.path}: {reason}",
            "free some space, or name another folder with --reports",
        )

    def _stopped(self, stop: BaseException) -> MemlabError:
        if self._run.trials:
            self._save()
        measured, planned = len(self._run.trials), len(self._plan)
        where = f"saved in {self._folder.run_file}" if measured and self._unsaved is None else "nothing was saved"
        kind = Interrupted if isinstance(stop, KeyboardInterrupt) else Terminated
        word = "interrupted" if kind is Interrupted else "terminated"
        return kind(f"{word}: {measured} of {planned} trials were measured, {where}")

    def _outputs(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (f"{trial.variant}, trial {trial.number + 1} ({trial.kind})", trial.outcome.output_tail)
            for trial in self._run.trials
            if trial.outcome.output_tail
        )
