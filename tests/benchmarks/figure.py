"""One row of the table: a figure, its goal, what was measured."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Verdict(enum.Enum):
    """Whether a goal is met; the value is what the table says."""

    YES = "yes"
    NO = "**no**"
    UNDECIDED = "undecided"
    NONE = ""

    @classmethod
    def of(cls, met: bool) -> Verdict:
        """Yes or no."""
        return cls.YES if met else cls.NO


@dataclass(frozen=True)
class Figure:
    """A figure of memlab's own.

    Attributes:
        name: what it is.
        goal: the goal in words; empty for a fact that has none.
        measured: what was measured, in words.
        verdict: whether the goal is met; NONE without a goal, UNDECIDED where the noise is too large to say.
        values: the numbers behind the words, for `--json`; units are in the keys.
    """

    name: str
    goal: str
    measured: str
    verdict: Verdict = Verdict.NONE
    values: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> str:
        """The row of the Markdown table."""
        cells = (self.name, self.goal or "none", self.measured, self.verdict.value)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the JSON document."""
        return {
            "name": self.name,
            "goal": self.goal or None,
            "measured": self.measured,
            "verdict": self.verdict.name.lower(),
            "values": dict(self.values),
        }
