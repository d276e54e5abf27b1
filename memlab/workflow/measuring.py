"""Measure one recipe: make inputs, plan, carry out the trials, save after each, report; and add trials where they are
wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

import msgspec

import memlab
from memlab import plan
from memlab.analysis.report import exit_code, make_report
from memlab.errors import Interrupted, MemlabError, Terminated
from memlab.inputs import MadeInputs
from memlab.model.description import RecipeDescription
from memlab.model.report import Finding, Report, encode_report
from memlab.model.run import Inputs, MissingMeter, Options, Run, SkippedVariant
from memlab.model.trial import Trial, TrialSpec
from memlab.runner.executor import ProcessExecutor
from memlab.runner.host import describe_host
from memlab.runner.progress import ProgressSink
from memlab.storage import RunFolder
from memlab.workflow.choice import choose_meters, choose_timelines, choose_variants
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
        run: what it was made of.
        exit_code: 0, or 3 where a measurement is invalid; 2 where the run could not be saved.
        outputs: for each trial that printed something (its label, the last 64 KiB).
    """

    report: Report
    run: Run
    exit_code: int
    run_file: str
    outputs: tuple[tuple[str, str], ...]


class Measurement:
    """The trials of one recipe. Use it as a context manager.

    Args:
        executor: carries out the trials; its scratch folder keeps their outputs.
        recipe: as it describes itself.
        skipped: variants that can't be measured here.

    Attributes:
        run: what was measured so far.
        variants: the names of those that are measured.
        folder: where the run is saved.

    Raises:
        UsageError, RecipeError: nothing can be measured.
    """

    def __init__(
        self,
        executor: ProcessExecutor,
        recipe: RecipeDescription,
        skipped: tuple[SkippedVariant, ...],
        options: CompareOptions,
        progress: ProgressSink,
    ) -> None:
        self.variants = choose_variants(recipe, options.variants, skipped)
        self.options, self.executor, self.progress = options, executor, progress
        meters, missing = choose_meters(options.meters)
        self.folder = RunFolder(options.reports, recipe.name)
        try:
            made = make_inputs(
                recipe, options.settings, options.images, executor.scratch, progress.inputs, quick=options.quick
            )
            self.run = _new_run(options, recipe, made, meters, skipped, missing)
            self._outputs = KeptOutputs(executor.scratch)
        except BaseException:
            self.folder.discard()
            raise
        timelines = choose_timelines(recipe, self.variants, quick=options.quick)
        self._planned = plan.make_plan(self.variants, options.trials, meters, timelines)
        self._trials = Trials(
            measuring_spec(self.run, made),
            executor,
            self._outputs,
            progress,
            timeout_seconds=options.timeout_seconds,
            jobs=options.jobs,
        )
        self._findings: tuple[Finding, ...] = ()
        self._compared: frozenset[str] = frozenset()
        self._unsaved: OSError | None = None

    def __enter__(self) -> Measurement:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.folder.discard()

    def trials(self) -> Iterator[Trial]:
        """Carry out the plan: the first time that of the options, later what was added; each trial as it has ended.

        Raises:
            MeasurementError: the supervisor was lost.
            Interrupted, Terminated: what was measured is saved; the message says where.
        """
        planned, self._planned = self._planned, ()
        self.run = msgspec.structs.replace(self.run, planned=self.run.planned + len(planned), complete=False)
        with self.stopped_with_words():
            for trial in self._trials.carry_out(planned):
                self._keep(trial)
                yield trial
            self._compare_outputs()
        self.run = msgspec.structs.replace(self.run, complete=True)
        self._save()

    def carry_out(self) -> None:
        """Carry out the plan, as `trials` does."""
        for _ in self.trials():
            pass

    def add(self, trials: Mapping[str, int]) -> None:
        """Plan more headline trials of some variants, and one more of memray's where it is used.

        Args:
            trials: how many, by variant.
        """
        kinds: list[tuple[str, str, str]] = []
        for number in range(max(trials.values(), default=0)):
            kinds += [(name, plan.HEADLINE, plan.HEADLINE_METER) for name, count in trials.items() if number < count]
        if "memray" in self.run.options.meters:
            kinds += [(name, plan.METER, "memray") for name in trials]
        first = self.run.planned + len(self._planned)
        added = (plan.PlannedTrial(number, *kind) for number, kind in enumerate(kinds, first))
        self._planned = (*self._planned, *added)

    @contextmanager
    def stopped_with_words(self) -> Iterator[None]:
        """Say, where the user stops memlab, how far it has come.

        Raises:
            Interrupted, Terminated: instead of a bare interrupt.
        """
        try:
            yield
        except Interrupted:
            raise
        except (KeyboardInterrupt, Terminated) as stop:
            raise self._stopped(stop) from None

    def report(self) -> Report:
        """The report of what was measured so far."""
        run_file = None if self._unsaved else str(self.folder.run_file)
        report = make_report(self.run, run_file)
        return msgspec.structs.replace(report, findings=(*report.findings, *self._findings))

    def result(self) -> CompareResult:
        """The report, saved beside the run, with the exit code."""
        report = self.report()
        code = exit_code(report.findings)
        if self._unsaved is not None:
            report = _with_finding(report, "not_saved", "error", "the run", self.folder, self._unsaved)
            code = 2
        else:
            try:
                self.folder.save_report(encode_report(report))
            except OSError as error:
                report = _with_finding(report, "report_not_saved", "warning", "the report", self.folder, error)
        return CompareResult(report, self.run, code, str(self.folder.run_file), self._printed())

    def _keep(self, trial: Trial) -> None:
        """Add a trial to the run, in its place in the plan, and save the run."""
        self.run = with_trial(self.run, trial)
        self._save()

    def _save(self) -> None:
        """Save what there is. A full disk now may have room later, and what is measured can still be shown."""
        try:
            self.folder.save(self.run)
            self._unsaved = None
        except OSError as error:
            self._unsaved = error

    def _compare_outputs(self) -> None:
        """Hold the outputs against each other, unless all of them were."""
        digests = frozenset(
            trial.reply.output.digest
            for trial in self.run.trials
            if trial.reply is not None and trial.reply.output is not None
        )
        if digests != self._compared:
            self._compared = digests
            self.run, self._findings = self._outputs.compare(
                self.run, self.executor, self.options.timeout_seconds, self.progress
            )

    def _stopped(self, stop: BaseException) -> MemlabError:
        if self.run.trials:
            self._save()
        measured, planned = len(self.run.trials), self.run.planned
        where = f"saved in {self.folder.run_file}" if measured and self._unsaved is None else "nothing was saved"
        kind = Interrupted if isinstance(stop, KeyboardInterrupt) else Terminated
        word = "interrupted" if kind is Interrupted else "terminated"
        return kind(f"{word}: {measured} of {planned} trials were measured, {where}")

    def _printed(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (_label(trial), trial.outcome.output_tail) for trial in self.run.trials if trial.outcome.output_tail
        )


def measuring_spec(run: Run, made: MadeInputs) -> TrialSpec:
    """What all trials of a run are told; variant and meter are the plan's."""
    return TrialSpec(
        task="measure",
        recipe=run.recipe.reference,
        folder="",
        source=run.options.source,
        inputs=tuple(file.path for file in made.files),
        warm_up_inputs=made.twins,
    )


def with_trial(run: Run, trial: Trial) -> Run:
    """The run with one trial more, in its place in the plan, and with what the trial says of its environment."""
    trials = sorted((*run.trials, trial), key=lambda one: one.number)
    environment, reply = run.environment, trial.reply
    if reply is not None and (reply.libraries or reply.allocator):
        environment = msgspec.structs.replace(
            environment,
            libraries=environment.libraries | reply.libraries,
            allocator=reply.allocator or environment.allocator,
        )
    return msgspec.structs.replace(run, trials=tuple(trials), environment=environment)


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
