"""Examine this machine: run the programs of known memory, and hold what the meters saw against it."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import memlab
from memlab import libraries
from memlab.analysis.failures import failure_finding
from memlab.analysis.figures import figures_of, reached_bytes
from memlab.doctor import expectations, judgement, machine, packages, remarks
from memlab.doctor.expectations import Program
from memlab.doctor.programs import SIZE_BYTES
from memlab.errors import MeasurementError
from memlab.model.description import RecipeReference
from memlab.model.doctor import DoctorReport, MeterReading, ProgramResult
from memlab.model.report import Finding
from memlab.model.trial import Outcome, RecipeFailure, Trial, TrialSpec
from memlab.plan import HEADLINE, METER, METERS
from memlab.runner.executor import Executor, ProcessExecutor
from memlab.runner.host import available_memory_bytes, describe_host
from memlab.runner.progress import ProgressSink
from memlab.units import format_bytes
from memlab.workflow.choice import choose_meters
from memlab.workflow.doctor_meters import MetersBeside

_REFERENCE = RecipeReference(name="doctor", module="memlab.doctor.programs")
_TIMEOUT_SECONDS = 60.0
_HEADROOM = 1.25
_BESIDE_BYTES = 64 << 20
"""What a trial's process takes besides: the interpreter and the libraries."""
_WEAKEST_LAST = ("kernel", "kernel_whole_life", "sampled")


def examine(source: str, progress: ProgressSink) -> tuple[DoctorReport, int]:
    """Run every program once under every meter, each in a fresh process, and look at the machine.

    Args:
        source: `kernel` for the kernel's high-water mark, `psutil` to have the programs sampled.
        progress: told of each program as of a trial.

    Returns:
        the report and the exit code: 3 when the headline meter is off by more than the larger of 1 % and the
        resolution (at least 0.5 MiB), or a program failed; what samples can't see is no reason, and what other meters
        see is none.

    Raises:
        UsageError: there is no folder for temporary files.
        MeasurementError: the supervisor was lost, or the temporary folder is full.
    """
    with ProcessExecutor() as executor:
        return examine_with(executor, source, executor.scratch, progress)


def examine_with(
    executor: Executor, source: str, scratch: Path, progress: ProgressSink, meters: Collection[str] = METERS
) -> tuple[DoctorReport, int]:
    """`examine` with an executor that is there already.

    Args:
        scratch: a folder for the file that is mapped.
        meters: those to try beside the headline's, where they are installed.
    """
    examination = _Examination(executor, source, scratch, meters)
    examination.run(progress)
    progress.stage("looking at the machine")
    report = examination.report()
    return report, 0 if report.trusted else MeasurementError.exit_code


class _Examination:
    def __init__(self, executor: Executor, source: str, scratch: Path, meters: Collection[str]) -> None:
        self._executor, self._source = executor, source
        self._environment = describe_host()
        self._meters, missing = choose_meters(meters)
        self._meter_findings: list[Finding] = [remarks.meter_missing(one) for one in missing]
        self._mapped = scratch / "mapped"
        self._results: list[ProgramResult] = []
        self._findings: list[Finding] = []
        self._sources: set[str] = set()
        self._trial_cgroups = False

    def run(self, progress: ProgressSink) -> None:
        self._make_mapped_file()
        programs = []
        for program in expectations.PROGRAMS:
            reason = _missing(program)
            if reason is None:
                programs.append(program)
            else:
                self._pass_over(program, reason)
        count = len(programs) * len(self._meters)
        for number, program in enumerate(programs, 1):
            progress.trial_started(program.title, HEADLINE, number, count)
            trial = self._trial(program, number - 1)
            progress.trial_ended(program.title, HEADLINE, number, count, trial.outcome.seconds)
            self._read(program, trial)
        self._results.sort(key=lambda result: [program.name for program in expectations.PROGRAMS].index(result.name))
        run = {result.name for result in self._results if result.readings}
        self._look_beside([program for program in programs if program.name in run], progress, len(programs), count)

    def _look_beside(self, programs: list[Program], progress: ProgressSink, number: int, count: int) -> None:
        """Have the programs seen by the other meters.

        Args:
            number: of the last trial so far; count: of all.
        """
        beside = MetersBeside(
            self._executor,
            lambda program, meter: msgspec.structs.replace(self._spec(program), meter=meter, lines=False),
            at_once=self._environment.cpus_allowed,
            resolution_bytes=self._environment.resolution_bytes or 0,
            timeout_seconds=_TIMEOUT_SECONDS,
        )

        def started(title: str, meter: str) -> None:
            nonlocal number
            number += 1
            progress.trial_started(title, METER, number, count, meter)

        def ended(title: str, seconds: float) -> None:
            progress.trial_ended(title, METER, number, count, seconds)

        others = [meter for meter in self._meters if meter != judgement.HEADLINE_METER]
        failed: dict[str, str | None] = {}
        for program, meter, reading, why in beside.readings(programs, others, started, ended):
            if reading.verdict == "failed":
                failed.setdefault(meter, why)
            self._results = [
                msgspec.structs.replace(result, readings=result.readings | {meter: reading})
                if result.name == program.name
                else result
                for result in self._results
            ]
        for meter in others:
            self._meter_findings += remarks.meter_findings(meter, self._results, failed.get(meter))

    def report(self) -> DoctorReport:
        asked = judgement.SAMPLED if self._source == "psutil" else "kernel"
        source = max(self._sources, key=_WEAKEST_LAST.index, default=asked)
        sentence, trusted = judgement.headline(self._results, source)
        found = packages.installed()
        abilities = machine.abilities(
            mark=source if self._sources else None,
            trial_cgroups=self._trial_cgroups,
            allocator=self._environment.allocator,
        )
        around = [
            *self._findings,
            *self._meter_findings,
            *remarks.package_findings(found),
            *remarks.environment_findings(self._environment),
            *remarks.machine_findings(abilities),
        ]
        spoiled = any(finding.code in remarks.SPOILING for finding in around)
        of_programs = remarks.program_findings(self._results, expectations.PROGRAMS, spoiled=spoiled)
        return DoctorReport(
            memlab_version=memlab.__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            source=self._source,
            sentence=sentence,
            trusted=trusted,
            environment=self._environment,
            meters=self._meters,
            programs=tuple(self._results),
            abilities=abilities,
            packages=found,
            findings=(*of_programs, *around),
        )

    def _make_mapped_file(self) -> None:
        try:
            with open(self._mapped, "wb") as file:
                file.truncate(SIZE_BYTES)  # a hole: it takes no room on the disk
        except OSError as error:
            raise MeasurementError(
                f"the folder for temporary files can't be used: {error.strerror}",
                hint="set TMPDIR to a folder that has room",
            ) from None

    def _trial(self, program: Program, number: int) -> Trial:
        need, free = round(_HEADROOM * program.allocated_bytes) + _BESIDE_BYTES, available_memory_bytes()
        if free is not None and need > free:
            message = f"it needs {format_bytes(need)} and only {format_bytes(free)} are free"
            outcome = Outcome(ending="not_started", seconds=0.0, reached="started", message=message)
            return Trial(number, program.title, judgement.HEADLINE_METER, HEADLINE, outcome, None)
        outcome, reply = self._executor.measure(
            self._spec(program), timeout_seconds=_TIMEOUT_SECONDS, timeline=False, reset=program.has_children
        )
        if reply is not None:
            self._environment = msgspec.structs.replace(
                self._environment,
                libraries=self._environment.libraries | reply.libraries,
                allocator=reply.allocator or self._environment.allocator,
            )
        self._trial_cgroups |= outcome.cgroup_start_bytes is not None
        return Trial(number, program.title, judgement.HEADLINE_METER, HEADLINE, outcome, reply)

    def _spec(self, program: Program) -> TrialSpec:
        return TrialSpec(
            task="measure",
            recipe=_REFERENCE,
            folder="",
            variant=program.name,
            source=self._source,
            inputs=(str(self._mapped),),
        )

    def _read(self, program: Program, trial: Trial) -> None:
        failure = None if trial.reply is None else trial.reply.failure
        if failure is not None and failure.type in ("ImportError", "ModuleNotFoundError"):
            self._library_unusable(program, failure)
            return
        source = trial.outcome.source
        if source is not None:
            self._sources.add(source)
        reading = self._reading(program, trial)
        if reading is None:
            finding = failure_finding(trial)
            self._findings.append(msgspec.structs.replace(finding, variant=program.name, hint=None))
            reading = MeterReading("failed", self._tolerance_bytes(program), source)
        self._add(program, reading)

    def _reading(self, program: Program, trial: Trial) -> MeterReading | None:
        outcome, resolution = trial.outcome, self._environment.resolution_bytes or 0
        if program.ends_the_process:
            if outcome.ending != "exited" or outcome.exit_code != 0 or outcome.reached != "running":
                return None
            seen = _sampled_bytes(outcome) if outcome.source == judgement.SAMPLED else reached_bytes(trial)
            if seen is None:
                return None
            return judgement.judge(program, seen, source=outcome.source, resolution_bytes=resolution)
        figures = figures_of(trial)
        if figures is None:
            return None
        if figures.at_least:
            self._findings.append(_swapped(program, outcome.swap_bytes))
            return MeterReading("failed", self._tolerance_bytes(program), figures.source, figures.growth_bytes)
        tree = figures.tree
        return judgement.judge(
            program,
            figures.growth_bytes,
            source=figures.source,
            resolution_bytes=resolution,
            unseen_growth_bytes=figures.unseen_growth_bytes,
            bounds_bytes=None if tree is None else (tree.lower_bytes, tree.upper_bytes),
        )

    def _tolerance_bytes(self, program: Program) -> int:
        return judgement.tolerance_bytes(program.allocated_bytes, self._environment.resolution_bytes or 0)

    def _library_unusable(self, program: Program, failure: RecipeFailure) -> None:
        module = program.needs[-1] if program.needs else "a module"
        explained = libraries.explain_import_error(module, failure.message)
        reason = explained or f"{module} is installed and can't be imported: {failure.message}"
        self._findings.append(
            Finding(
                "library_unusable",
                "warning",
                program.name,
                reason,
                None if explained else f"pip install --force-reinstall the package that {module} comes in",
                {"module": module, "message": failure.message},
            )
        )
        self._pass_over(program, f"{module} can't be imported")

    def _pass_over(self, program: Program, reason: str) -> None:
        self._results.append(ProgramResult(program.name, program.title, program.allocated_bytes, passed_over=reason))

    def _add(self, program: Program, reading: MeterReading) -> None:
        readings = {judgement.HEADLINE_METER: reading}
        self._results.append(ProgramResult(program.name, program.title, program.allocated_bytes, readings))


def _missing(program: Program) -> str | None:
    if program.posix and os.name != "posix":
        return "this platform has no fork and no C library of that name"
    for module in libraries.missing(program.needs):
        return libraries.install_sentence(module)
    return None


def _sampled_bytes(outcome: Outcome) -> int | None:
    """What the samples alone saw; the kernel's word on an ended process (wait4) is not theirs."""
    if outcome.peak_bytes is None or outcome.level_bytes is None:
        return None
    return outcome.peak_bytes - outcome.level_bytes


def _swapped(program: Program, swap_bytes: int) -> Finding:
    return Finding(
        "swap",
        "error",
        program.name,
        f"{format_bytes(swap_bytes)} of {program.title} was swapped out while it ran, so there is no figure for it",
        "free memory on the machine, or turn swap off, and try again",
        {"swap_bytes": swap_bytes},
    )
