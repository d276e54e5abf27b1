"""An executor that remembers instead of measuring: for tests that need exact numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from memlab.model.output import AgreeReply
from memlab.model.trial import Outcome, Reply, TrialSpec


class ReplayingExecutor:
    """Gives back what was laid in for each variant, in order; the last one again when there are no more.

    Args:
        trials: for each variant the (outcome, reply) of its trials, the timeline trial first.
        descriptions: for each recipe's name the reply to `describe`.
        agreement: the reply to `agree`; None for a process that gave none.

    Attributes:
        asked: of each trial its variant, whether it was a timeline trial, and whether marks were reset.
        asked_pairs: of each `agree` its pairs.
    """

    def __init__(
        self,
        trials: dict[str, Iterable[tuple[Outcome, Reply | None]]],
        descriptions: dict[str, dict[str, Any]] | None = None,
        agreement: AgreeReply | None = None,
    ) -> None:
        self._trials = {variant: list(answers) for variant, answers in trials.items()}
        self._descriptions = descriptions or {}
        self._agreement = agreement
        self.asked_pairs: list[tuple[tuple[str, str], ...]] = []
        self.asked: list[tuple[str | None, bool, bool]] = []
        self._begun: list[tuple[int, TrialSpec]] = []
        self._number = 0

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

    def agree(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, AgreeReply | None]:
        """The remembered agreement."""
        del timeout_seconds
        self.asked_pairs.append(spec.pairs)
        code = 1 if self._agreement is None else 0
        return Outcome(ending="exited", seconds=0.0, reached="started", exit_code=code), self._agreement

    def start(self, spec: TrialSpec, *, timeout_seconds: float) -> int:
        """Remember what was begun; nothing runs."""
        del timeout_seconds
        self._number += 1
        self._begun.append((self._number, spec))
        return self._number

    def wait(self) -> tuple[int, Outcome, Reply | None]:
        """The first that was begun."""
        number, spec = self._begun.pop(0)
        return number, *self.measure(spec, timeout_seconds=0, timeline=False, reset=False)
