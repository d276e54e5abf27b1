"""What the runner tells of its progress, and to whom."""

from __future__ import annotations

from typing import Protocol


class ProgressSink(Protocol):
    """Whoever shows progress; all of it is optional to show."""

    def stage(self, text: str) -> None:
        """Something that takes a while begins, in words."""

    def inputs(self, done: int, total: int) -> None:
        """So many input pictures are made or looked at."""

    def trial_started(self, variant: str, kind: str, number: int, total: int, meter: str = "os") -> None:
        """Trial `number` (from 1) of `total` begins, and others may still run.

        Args:
            kind: `timeline`, `headline` or `meter`.
        """

    def trial_ended(self, variant: str, kind: str, number: int, total: int, seconds: float) -> None:
        """The trial has ended, after so many seconds."""

    def close(self) -> None:
        """Nothing more comes; leave the terminal as it was."""


class Silent:
    """Shows nothing."""

    def stage(self, text: str) -> None: ...

    def inputs(self, done: int, total: int) -> None: ...

    def trial_started(self, variant: str, kind: str, number: int, total: int, meter: str = "os") -> None: ...

    def trial_ended(self, variant: str, kind: str, number: int, total: int, seconds: float) -> None: ...

    def close(self) -> None: ...
