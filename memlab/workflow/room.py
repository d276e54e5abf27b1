"""Whether the free memory can hold a trial, by what the variant's first trial needed."""

from __future__ import annotations

from memlab.model.trial import Outcome, Trial
from memlab.plan import HEADLINE_METER, PlannedTrial
from memlab.runner.host import available_memory_bytes
from memlab.units import format_bytes

_HEADROOM = 1.02
_WITH_METER = {"tracemalloc": 2.6, "memray": 1.5}
"""How many times as much a trial can need under a meter: at worst, where it makes nothing but small objects."""


class MemoryRoom:
    """Knows what each variant needed, and what the trials that run may come to need together."""

    def __init__(self) -> None:
        self._need_bytes: dict[str, int] = {}
        self._running: dict[int, float] = {}
        self._free_before_bytes: int | None = None

    def learn(self, trial: Trial) -> None:
        """Keep what a trial without another meter needed."""
        if trial.meter != HEADLINE_METER:
            return
        outcome, reply = trial.outcome, trial.reply
        peaks = [outcome.peak_bytes or 0, 0 if reply is None else reply.peak_bytes or 0]
        if outcome.tree is not None:
            peaks.append(outcome.tree.estimate_bytes)
        self._need_bytes[trial.variant] = max(peaks)

    def refusal(self, variant: str) -> Outcome | None:
        """What to say of a trial that is not started, because it alone would take the machine with it.

        What a meter can take besides is not counted here: a trial is the first victim when memory runs out.
        """
        need, free = self._need_bytes.get(variant), available_memory_bytes()
        if need is None or free is None or need * _HEADROOM <= free:
            return None
        return Outcome(
            ending="not_started",
            seconds=0.0,
            reached="started",
            message=f"its first trial needed {format_bytes(need)} and only {format_bytes(free)} are free",
        )

    def has_room_beside(self, planned: PlannedTrial) -> bool:
        """Whether all that run and this one can become as large as they can at worst.

        Those that run may have taken theirs already or not: their sum has to fit what was free before the first of
        them began, and this one what is free now.
        """
        need, free = self._worst_bytes(planned), available_memory_bytes()
        if free is None or self._free_before_bytes is None:
            return False
        return need <= free and sum(self._running.values()) + need <= self._free_before_bytes

    def begin(self, planned: PlannedTrial) -> None:
        """The trial starts, beside those that run."""
        if not self._running:
            self._free_before_bytes = available_memory_bytes()
        self._running[planned.number] = self._worst_bytes(planned)

    def end(self, planned: PlannedTrial) -> None:
        """The trial has ended."""
        del self._running[planned.number]

    def _worst_bytes(self, planned: PlannedTrial) -> float:
        return self._need_bytes.get(planned.variant, 0) * _WITH_METER.get(planned.meter, _HEADROOM)
