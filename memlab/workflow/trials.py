"""Carry out a plan: one trial after the other, and side by side where that changes no figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from memlab.analysis.figures import succeeded
from memlab.errors import MeasurementError
from memlab.model.trial import Outcome, Reply, Trial, TrialSpec
from memlab.plan import HEADLINE, HEADLINE_METER, METER, TIMELINE, PlannedTrial
from memlab.runner.executor import Executor, ScratchFolderError
from memlab.runner.progress import ProgressSink
from memlab.workflow.kept_outputs import KeptOutputs
from memlab.workflow.room import MemoryRoom


@dataclass
class _Running:
    """A trial that others may run beside."""

    planned: PlannedTrial
    undisturbed: bool


class Trials:
    """The trials of one recipe with one set of inputs; what is learnt from them holds for those to come.

    Args:
        spec: what all trials are told; variant and meter are the plan's.
        jobs: how many trials may run at the same time.
        outputs: where the trials leave their outputs; None where nobody wants them.
    """

    def __init__(
        self,
        spec: TrialSpec,
        executor: Executor,
        outputs: KeptOutputs | None,
        progress: ProgressSink,
        *,
        timeout_seconds: float,
        jobs: int,
    ) -> None:
        self._spec, self._executor = spec, executor
        self._outputs, self._progress = outputs, progress
        self._timeout_seconds, self._jobs = timeout_seconds, jobs
        self._room = MemoryRoom()
        self._running: dict[int, _Running] = {}
        self._given_up: set[str] = set()
        self._known: set[str] = set()
        self._tree: set[str] = set()
        self._total = 0

    def carry_out(self, plan: Sequence[PlannedTrial]) -> Iterator[Trial]:
        """Each trial of a plan, or of what was added to it, as soon as it has ended.

        Raises:
            MeasurementError: the supervisor can't be started, or the temporary folder is full.
            KeyboardInterrupt, Terminated: passed on; trials that still run end with the executor.
        """
        self._total = max((planned.number + 1 for planned in plan), default=self._total)
        for planned in plan:
            if planned.variant in self._given_up:
                continue
            beside = planned.beside_others and self._jobs > 1
            while self._running and not (beside and self._has_room_beside(planned)):
                yield self._next_ended()
            refusal = None if self._running else self._room.refusal(planned.variant)
            self._announce(planned)
            if refusal is not None:
                yield self._ended(planned, refusal, None)
            elif beside:
                refused = self._begin(planned)
                if refused is not None:
                    yield refused
            else:
                yield self._ended(planned, *self._alone(planned))
        while self._running:
            yield self._next_ended()

    def _has_room_beside(self, planned: PlannedTrial) -> bool:
        return len(self._running) < self._jobs and self._room.has_room_beside(planned)

    def _alone(self, planned: PlannedTrial) -> tuple[Outcome, Reply | None]:
        try:
            return self._measure(planned)
        except ScratchFolderError as error:
            if self._outputs is not None and self._outputs.give_up(error.message):
                return self._alone(planned)
            if planned.kind == METER:
                return _not_started(error), None
            raise

    def _measure(self, planned: PlannedTrial) -> tuple[Outcome, Reply | None]:
        outcome, reply = self._executor.measure(
            self._spec_of(planned),
            timeout_seconds=self._timeout_seconds,
            timeline=planned.kind == TIMELINE,
            reset=planned.meter == HEADLINE_METER and planned.variant in self._tree,
        )
        if outcome.tree is not None and planned.kind == HEADLINE and planned.variant not in self._known:
            # No timeline trial has told of its processes: all its headline trials are to be measured in one way.
            self._known.add(planned.variant)
            self._tree.add(planned.variant)
            return self._measure(planned)
        self._known.add(planned.variant)
        return outcome, reply

    def _begin(self, planned: PlannedTrial) -> Trial | None:
        """Start it beside those that run; the trial itself where that failed: without it the run is whole as well."""
        try:
            number = self._executor.start(self._spec_of(planned), timeout_seconds=self._timeout_seconds)
        except MeasurementError as error:
            return self._ended(planned, _not_started(error), None, undisturbed=not self._running)
        self._room.begin(planned)
        for other in self._running.values():
            other.undisturbed = False
        self._running[number] = _Running(planned, undisturbed=not self._running)
        return None

    def _next_ended(self) -> Trial:
        number, outcome, reply = self._executor.wait()
        ended = self._running.pop(number)
        self._room.end(ended.planned)
        return self._ended(ended.planned, outcome, reply, undisturbed=ended.undisturbed)

    def _ended(
        self, planned: PlannedTrial, outcome: Outcome, reply: Reply | None, *, undisturbed: bool = True
    ) -> Trial:
        trial = Trial(planned.number, planned.variant, planned.meter, planned.kind, outcome, reply, undisturbed)
        if planned.meter == HEADLINE_METER and not succeeded(trial):
            # What failed once fails again, or isn't comparable: its other trials would only cost time.
            self._given_up.add(planned.variant)
        if planned.meter == HEADLINE_METER and outcome.tree is not None:
            self._tree.add(planned.variant)
        self._room.learn(trial)
        if self._outputs is not None:
            self._outputs.learn(trial)
        number, total = planned.number + 1, self._total
        self._progress.trial_ended(planned.variant, planned.kind, number, total, outcome.seconds)
        return trial

    def _announce(self, planned: PlannedTrial) -> None:
        number, total = planned.number + 1, self._total
        self._progress.trial_started(planned.variant, planned.kind, number, total, planned.meter)

    def _spec_of(self, planned: PlannedTrial) -> TrialSpec:
        spec = msgspec.structs.replace(self._spec, variant=planned.variant, meter=planned.meter)
        return spec if self._outputs is None else self._outputs.asked_of(spec)


def _not_started(error: MeasurementError) -> Outcome:
    return Outcome(ending="not_started", seconds=0.0, reached="started", message=error.message)
