"""An executor that remembers instead of measuring: for tests that need exact numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from memlab.model.trial import Outcome, Reply, TrialSpec


class ReplayingExecutor:
    """Gives back what was laid in for each variant, in order; the last one again when there are no more.

    Args:
        trials: for each variant the (outcome, reply) of its trials, the timeline trial first.
        descriptions: for each recipe's name the reply to `describe`.
    """

    def __init__(
        self,
        trials: dict[str, Iterable[tuple[Outcome, Reply | None]]],
        descriptions: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        self._trials = {variant: list(answers) for variant, answers in trials.items()}
        self._descriptions = descriptions or {}
        self.asked: list[tuple[str | None, bool, bool]] = []

    def measure(
        self, spec: TrialSpec, *, timeout_seconds: float, timeline: bool, reset: bool
    ) -> tuple[Outcome, Reply | None]:
        """The next remembered trial of the spec's variant."""
        del timeout_seconds
        self.asked.append((spec.variant, timeline, reset))
        answers = self._trials[spec.variant or ""]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def describe(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, dict[str, Any] | None]:
        """The remembered description."""
        del timeout_seconds
        return Outcome(ending="exited", seconds=0.0, reached="started", exit_code=0), self._descriptions[
            spec.recipe.name
        ]
