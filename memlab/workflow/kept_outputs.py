"""The outputs of the trials, kept on disk until they have been held against each other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from memlab.errors import MeasurementError
from memlab.model.report import Finding
from memlab.model.run import Run
from memlab.model.trial import Trial, TrialSpec
from memlab.runner.executor import Executor
from memlab.runner.progress import ProgressSink
from memlab.units import GIB, MIB
from memlab.workflow.describe import how_it_ended

_LEAST_FREE_BYTES = 64 * MIB
_MOST_BYTES = 4 * GIB
_MORE_ROOM = "free some space, or set TMPDIR to a folder that has room"


class KeptOutputs:
    """A folder with one output of each digest; it lies in the executor's scratch folder and goes with it.

    Args:
        scratch: the executor's folder for temporary files.
    """

    def __init__(self, scratch: Path) -> None:
        self._folder: Path | None = scratch / "outputs"
        self._digests: dict[str, None] = {}
        self._bytes = 0
        self._refusal: str | None = None
        try:
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            self.give_up(error.strerror or "unknown")

    def asked_of(self, spec: TrialSpec) -> TrialSpec:
        """The spec with the folder, as long as there is room in it; a trial whose output is there writes nothing."""
        if self._folder is not None:
            try:
                free = shutil.disk_usage(self._folder).free
            except OSError as error:
                self.give_up(error.strerror or "unknown")
            else:
                if free < _LEAST_FREE_BYTES or self._bytes > _MOST_BYTES:
                    return spec
        if self._folder is None:
            return spec
        return msgspec.structs.replace(spec, outputs=str(self._folder), known_outputs=tuple(self._digests))

    def learn(self, trial: Trial) -> None:
        """Note what a trial has left."""
        reply = trial.reply
        if self._folder is None or reply is None or reply.output is None or not reply.output_kept:
            return
        digest = reply.output.digest
        if digest not in self._digests:
            self._digests[digest] = None
            self._bytes += _size_bytes(self._folder / digest)

    def give_up(self, reason: str) -> bool:
        """Make room: remove what was kept, and keep nothing more; False where nothing was kept anyhow."""
        if self._folder is None:
            return False
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._refusal = None, reason
        return True

    def compare(
        self, run: Run, executor: Executor, timeout_seconds: float, progress: ProgressSink
    ) -> tuple[Run, tuple[Finding, ...]]:
        """Hold every output that differs from the baseline's against it, in a process of its own.

        Returns:
            the run with what came out; a finding where that was not possible. The digests stand in any case.

        Raises:
            KeyboardInterrupt, Terminated: passed on.
        """
        needed = _pairs(run)
        if not needed:
            return run, ()
        if self._folder is None:
            return run, (_not_compared(f"they can't be kept: {self._refusal}", len(needed), _MORE_ROOM),)
        pairs = tuple(pair for pair in needed if all(digest in self._digests for digest in pair))
        if not pairs:
            return run, ()
        spec = TrialSpec(task="agree", recipe=run.recipe.reference, folder="", outputs=str(self._folder), pairs=pairs)
        progress.stage("comparing the outputs that differ")
        try:
            outcome, reply = executor.agree(spec, timeout_seconds=timeout_seconds)
        except MeasurementError as error:
            return run, (_not_compared(error.message, len(pairs)),)
        if reply is None:
            reason = how_it_ended("comparing them", outcome, timeout_seconds)
            hint = "give it longer with --timeout" if outcome.ending == "timed_out" else None
            return run, (_not_compared(reason, len(pairs), hint),)
        return msgspec.structs.replace(run, agreements=reply.comparisons, pictures=reply.pictures), ()


def _pairs(run: Run) -> tuple[tuple[str, str], ...]:
    """The first output of the baseline with each other output of the run, the baseline's own others included."""
    baseline = run.recipe.baseline.name
    of_baseline = _digests(trial for trial in run.trials if trial.variant == baseline)
    if not of_baseline:
        return ()
    expected = of_baseline[0]
    return tuple((expected, found) for found in _digests(run.trials) if found != expected)


def _digests(trials: Iterable[Trial]) -> list[str]:
    found = (
        trial.reply.output.digest for trial in trials if trial.reply is not None and trial.reply.output is not None
    )
    return list(dict.fromkeys(found))


def _not_compared(reason: str, count: int, hint: str | None = None) -> Finding:
    outputs = "1 output differs" if count == 1 else f"{count} outputs differ"
    return Finding(
        "outputs_not_compared",
        "warning",
        None,
        f"how {outputs} from the baseline's could not be looked at: {reason}",
        hint,
        {"outputs": count},
    )


def _size_bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total
