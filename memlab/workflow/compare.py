"""Compare a recipe's variants: describe, make inputs, plan, measure, save after each trial, report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

import memlab
from memlab import catalogue, plan
from memlab.analysis.report import exit_code, make_report
from memlab.errors import Interrupted, MemlabError, Terminated
from memlab.inputs import MadeInputs
from memlab.model.description import RecipeDescription
from memlab.model.report import Finding, Report, encode_report
from memlab.model.run import Inputs, MissingMeter, Options, Run, SkippedVariant
from memlab.model.trial import Trial, TrialSpec
from memlab.runner.executor import Executor, ProcessExecutor
from memlab.runner.host import describe_host
from memlab.runner.progress import ProgressSink
from memlab.storage import RunFolder
from memlab.workflow.choice import choose_meters, choose_timelines, choose_variants
from memlab.workflow.describe import describe_with, require_libraries
from memlab.workflow.inputs import make_inputs
from memlab.workflow.kept_outputs import KeptOutputs
from memlab.workflow.trials import Trials


@dataclass(frozen=True)
class CompareOptions:
    """What the user asked for; see `memlab compare --help`.

    Attributes:
        meters: those wanted; `os` is used in any case.
        jobs: how many trials may run at the same time, of meters that don't mind.
        quick: the recipe's small inputs, below what `settings` says, and the timelines of two variants only.
    """

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
    meters: tuple[str, ...] = plan.DEFAULT_METERS
    jobs: int = 1
    quick: bool = False


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
        variants = choose_variants(recipe, options.variants, skipped)
        meters, missing = choose_meters(options.meters)
        folder = RunFolder(options.reports, recipe.name)
        try:
            made = make_inputs(
                recipe, options.settings, options.images, executor.scratch, progress.inputs, quick=options.quick
            )
            run = _new_run(options, recipe, made, meters, skipped, missing)
            timelines = choose_timelines(recipe, variants, quick=options.quick)
            planned = plan.make_plan(variants, options.trials, meters, timelines)
            comparison = _Comparison(
                msgspec.structs.replace(run, planned=len(planned)), executor, folder, KeptOutputs(executor.scratch)
            )
            return comparison.carry_out(planned, made, progress)
        finally:
            folder.discard()


def _new_run(
    options: CompareOptions,
    recipe: RecipeDescription,
    made: MadeInputs,
    meters: tuple[str, ...],
    skipped: tuple[SkippedVariant, ...],
    missing: tuple[MissingMeter, ...],
) -> Run:
    return Run(
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
            meters=meters,
            jobs=options.jobs,
            quick=options.quick,
        ),
        planned=0,
        skipped=skipped,
        missing_meters=missing,
    )


class _Comparison:
    def __init__(self, run: Run, executor: Executor, folder: RunFolder, outputs: KeptOutputs) -> None:
        self._run, self._executor, self._folder, self._outputs = run, executor, folder, outputs
        self._unsaved: OSError | None = None

    def carry_out(
        self, planned: tuple[plan.PlannedTrial, ...], made: MadeInputs, progress: ProgressSink
    ) -> CompareResult:
        options = self._run.options
        spec = TrialSpec(
            task="measure",
            recipe=self._run.recipe.reference,
            folder="",
            source=options.source,
            inputs=tuple(file.path for file in made.files),
            warm_up_inputs=made.twins,
        )
        trials = Trials(
            planned,
            spec,
            self._executor,
            self._outputs,
            progress,
            timeout_seconds=options.timeout_seconds,
            jobs=options.jobs,
        )
        try:
            for trial in trials.carry_out():
                self._keep(trial)
            self._run, findings = self._outputs.compare(self._run, self._executor, options.timeout_seconds, progress)
        except (KeyboardInterrupt, Terminated) as stop:
            raise self._stopped(stop) from None
        self._run = msgspec.structs.replace(self._run, complete=True)
        self._save()
        return self._result(findings)

    def _keep(self, trial: Trial) -> None:
        """Add a trial to the run, in its place in the plan, and save the run."""
        trials = sorted((*self._run.trials, trial), key=lambda one: one.number)
        environment, reply = self._run.environment, trial.reply
        if reply is not None and (reply.libraries or reply.allocator):
            environment = msgspec.structs.replace(
                environment,
                libraries=environment.libraries | reply.libraries,
                allocator=reply.allocator or environment.allocator,
            )
        self._run = msgspec.structs.replace(self._run, trials=tuple(trials), environment=environment)
        self._save()

    def _save(self) -> None:
        """Save what there is. A full disk now may have room later, and what is measured can still be shown."""
        try:
            self._folder.save(self._run)
            self._unsaved = None
        except OSError as error:
            self._unsaved = error

    def _result(self, findings: tuple[Finding, ...]) -> CompareResult:
        run_file = str(self._folder.run_file)
        report = make_report(self._run, None if self._unsaved else run_file)
        report = msgspec.structs.replace(report, findings=(*report.findings, *findings))
        code = exit_code(report.findings)
        if self._unsaved is not None:
            report = _with_finding(report, "not_saved", "error", "the run", self._folder, self._unsaved)
            code = 2
        else:
            try:
                self._folder.save_report(encode_report(report))
            except OSError as error:
                report = _with_finding(report, "report_not_saved", "warning", "the report", self._folder, error)
        return CompareResult(report, code, run_file, self._printed())

    def _stopped(self, stop: BaseException) -> MemlabError:
        if self._run.trials:
            self._save()
        measured, planned = len(self._run.trials), self._run.planned
        where = f"saved in {self._folder.run_file}" if measured and self._unsaved is None else "nothing was saved"
        kind = Interrupted if isinstance(stop, KeyboardInterrupt) else Terminated
        word = "interrupted" if kind is Interrupted else "terminated"
        return kind(f"{word}: {measured} of {planned} trials were measured, {where}")

    def _printed(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (_label(trial), trial.outcome.output_tail) for trial in self._run.trials if trial.outcome.output_tail
        )


def _label(trial: Trial) -> str:
    what = trial.meter if trial.kind == plan.METER else trial.kind
    return f"{trial.variant}, trial {trial.number + 1} ({what})"


def _with_finding(report: Report, code: str, severity: str, what: str, folder: RunFolder, error: OSError) -> Report:
    finding = Finding(
        code,
        severity,
        None,
        f"{what} could not be saved in {folder.path}: {error.strerror or error}",
        "free some space, or name another folder with --reports",
    )
    return msgspec.structs.replace(report, findings=(finding, *report.findings))
