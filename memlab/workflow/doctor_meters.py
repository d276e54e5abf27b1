"""The programs of known memory, as the meters beside the headline's see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from memlab.analysis.failures import failure_finding
from memlab.analysis.figures import succeeded
from memlab.doctor import judgement
from memlab.doctor.expectations import Program
from memlab.model.doctor import MeterReading
from memlab.model.trial import Outcome, Reply, Trial, TrialSpec
from memlab.plan import METER
from memlab.runner.executor import Executor
from memlab.runner.host import available_memory_bytes
from memlab.units import format_bytes

_WORST = 2.6
"""How many times as much a program takes under a meter: tracemalloc notes each small object, and memory_profiler calls
a short function again while its output is held."""
_BESIDE_BYTES = 80 << 20
_MOST_AT_ONCE = 4
Started = Callable[[str, str], None]
Ended = Callable[[str, float], None]


class MetersBeside:
    """Runs each program once under each meter, in a process of its own, several at the same time.

    That disturbs no figure here: tracemalloc and memray count what their own process asks for, and what
    memory_profiler's samples miss for lack of time they are not blamed for.

    Args:
        spec: the spec of a program's trial under a meter.
        at_once: how many trials may run at the same time.
        resolution_bytes: the machine's.
    """

    def __init__(
        self,
        executor: Executor,
        spec: Callable[[Program, str], TrialSpec],
        *,
        at_once: int,
        resolution_bytes: int,
        timeout_seconds: float,
    ) -> None:
        self._executor, self._spec = executor, spec
        self._at_once = max(1, min(at_once, _MOST_AT_ONCE))
        self._resolution_bytes = resolution_bytes
        self._timeout_seconds = timeout_seconds
        self._running: dict[int, tuple[Program, str]] = {}

    def readings(
        self, programs: Sequence[Program], meters: Collection[str], started: Started, ended: Ended
    ) -> Iterator[tuple[Program, str, MeterReading, str | None]]:
        """Program, meter, what it saw, and why it saw nothing where it should have; each as its trial ends.

        Args:
            started: told title and meter of each trial.
            ended: told title and seconds.

        Raises:
            MeasurementError: a supervisor can't be started, or the temporary folder is full.
        """
        for program, meter in [(program, meter) for meter in meters for program in programs]:
            while self._running and not self._has_room_beside(program):
                yield self._next(ended)
            started(program.title, meter)
            need, free = _worst_bytes(program), available_memory_bytes()
            if free is not None and need > free:
                message = f"it needs {format_bytes(need)} and only {format_bytes(free)} are free"
                outcome = Outcome(ending="not_started", seconds=0.0, reached="started", message=message)
                yield self._read(program, meter, outcome, None, ended)
            else:
                number = self._executor.start(self._spec(program, meter), timeout_seconds=self._timeout_seconds)
                self._running[number] = program, meter
        while self._running:
            yield self._next(ended)

    def _has_room_beside(self, program: Program) -> bool:
        if len(self._running) >= self._at_once:
            return False
        free = available_memory_bytes()
        # Those that run may not have taken theirs yet.
        need = _worst_bytes(program) + sum(_worst_bytes(other) for other, _ in self._running.values())
        return free is not None and need <= free

    def _next(self, ended: Ended) -> tuple[Program, str, MeterReading, str | None]:
        number, outcome, reply = self._executor.wait()
        return self._read(*self._running.pop(number), outcome, reply, ended)

    def _read(
        self, program: Program, meter: str, outcome: Outcome, reply: Reply | None, ended: Ended
    ) -> tuple[Program, str, MeterReading, str | None]:
        ended(program.title, outcome.seconds)
        figures = None if reply is None else reply.figures
        reading = judgement.judge_beside(
            program,
            meter,
            None if figures is None else figures.peak_bytes,
            resolution_bytes=self._resolution_bytes,
            ended_as_meant=outcome.ending == "exited" and outcome.exit_code == 0,
        )
        trial = Trial(0, program.title, meter, METER, outcome, reply)
        if reading.verdict != "failed":
            why = None
        elif succeeded(trial):
            why = None if figures is None else figures.note
        else:
            why = failure_finding(trial).message
        return program, meter, reading, why


def _worst_bytes(program: Program) -> int:
    return round(_WORST * program.allocated_bytes) + _BESIDE_BYTES
