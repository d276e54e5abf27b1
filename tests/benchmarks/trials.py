"""Real trials of the programs beside this file, carried out as `memlab compare` does it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from memlab.analysis.figures import TrialFigures, figures_of
from memlab.kernel.resolution import resolution_bytes
from memlab.model.description import RecipeReference
from memlab.model.trial import Outcome, Reply, Trial, TrialSpec
from memlab.runner.executor import ProcessExecutor

PROGRAMS = Path(__file__).resolve().parent / "programs"
_TIMEOUT_SECONDS = 120.0


class BenchmarkError(Exception):
    """A benchmark can't be carried out; the sentence says why."""


@dataclass(frozen=True)
class Measured:
    """A trial that succeeded: what the supervisor saw, what the child said, and memlab's figures of both."""

    outcome: Outcome
    reply: Reply
    figures: TrialFigures


class Trials:
    """Carries out trials under one supervisor, which is started by a first, uncounted trial."""

    def __enter__(self) -> Trials:
        self._executor = ProcessExecutor()
        try:
            self.measure("nothing", "nothing")
        except BaseException:
            self._executor.__exit__()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._executor.__exit__()

    def measure(self, program: str, variant: str, *, timeline: bool = False, reset: bool = False) -> Measured:
        """One trial of a variant.

        Args:
            program: the stem of a file in `programs/`.
            timeline: as the first trial of each variant: marks are read and reset every 20 ms.
            reset: as the later trials of a variant that has descendants.

        Raises:
            BenchmarkError: the trial failed, or this machine has no mark that can be reset.
        """
        outcome, reply = self._executor.measure(
            _spec(program, variant), timeout_seconds=_TIMEOUT_SECONDS, timeline=timeline, reset=reset
        )
        trial = Trial(0, variant, "os", "timeline" if timeline else "headline", outcome, reply)
        figures = figures_of(trial, resolution_bytes())
        if reply is None or figures is None:
            why = reply.failure.traceback if reply is not None and reply.failure is not None else outcome.output_tail
            raise BenchmarkError(f"the trial of {variant} in {program} failed ({outcome.ending}): {why.strip()}")
        if reply.source != "kernel":
            raise BenchmarkError(f"the kernel's mark can't be reset on this machine (source: {reply.source})")
        return Measured(outcome, reply, figures)


def import_command(program: str) -> list[str]:
    """The command that starts the same interpreter, imports the program and ends."""
    return [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(PROGRAMS)!r}); import {program}"]


def _spec(program: str, variant: str) -> TrialSpec:
    reference = RecipeReference(name=program, path=str(PROGRAMS / f"{program}.py"))
    return TrialSpec(task="measure", recipe=reference, folder="", variant=variant)
