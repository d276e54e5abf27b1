"""How far a comparison is: a bar on a terminal, plain lines elsewhere, always on standard error.

Both count the trials of the whole plan: `number` goes from 1 to `total` over all variants.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TextIO

from memlab.cli.streams import display
from memlab.printable import printable
from memlab.render.signs import Signs, signs
from memlab.runner.progress import ProgressSink, Silent
from memlab.units import format_seconds

HEADLINE_METER = "os"
_QUIET_SECONDS = 10.0
_NAME_LIMIT = 32
Clock = Callable[[], float]


def progress_sink(stream: TextIO | None, *, quiet: bool, clock: Clock = time.monotonic) -> ProgressSink:
    """What fits the stream: a bar on a terminal, else lines, or nothing where only the result was asked for.

    Args:
        stream: standard error, or None where it is closed.
        quiet: say nothing unless a person is looking.
    """
    screen = display(stream)
    if stream is None or (quiet and not screen.terminal):
        return Silent()
    if screen.moves:
        return BarProgress(stream, signs(screen.unicode), clock)
    return LineProgress(stream, signs(screen.unicode), clock)


class TimeLeft:
    """Estimates the time left from the trials that are done: interleaved, so that their mean soon holds for all.

    Trials may run side by side, and may be left out: what counts is how fast places in the plan are passed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first: float | None = None
        self._last = 0.0
        self._running = 0
        self._done = 0
        self._reached = 0

    def started(self, number: int) -> None:
        """The trial at this place in the plan, counted from 1, starts."""
        now = self._clock()
        if self._first is None:
            self._first = now
        if not self._running:
            self._last = now
        self._running += 1
        self._reached = number

    def ended(self) -> None:
        """A trial has ended."""
        self._done += 1
        self._running -= 1
        self._last = self._clock()

    def seconds(self, total: int) -> float | None:
        """Seconds until `total` trials are done; None before there is anything to go by."""
        if not self._done or self._first is None:
            return None
        each = (self._last - self._first) / self._done
        since = self._clock() - self._last if self._running else 0.0
        return max(0.0, each * (total - self._reached + self._running) - since)


def words_for(seconds: float) -> str:
    """A time left in words, no more exact than it can be."""
    if seconds < 1:
        return "a moment left"
    rounded = round(seconds) if seconds < 60 else round(seconds / 10) * 10
    return f"about {format_seconds(rounded).replace('.0 s', ' s').replace('.00 s', ' s')} left"


def _what(variant: str, meter: str) -> str:
    """What a trial measures: `stream`, `stream, memray`."""
    name = printable(variant, _NAME_LIMIT)
    return name if meter == HEADLINE_METER else f"{name}, {meter}"


class LineProgress:
    """A line for every stage and for every round of the variants, and now and then in between."""

    def __init__(self, stream: TextIO, chosen: Signs, clock: Clock) -> None:
        self._stream = stream
        self._signs = chosen
        self._clock = clock
        self._left = TimeLeft(clock)
        self._in_round: set[tuple[str, str]] = set()
        self._meters: set[str] = set()
        self._written = float("-inf")
        self._making = False

    def stage(self, text: str) -> None:
        """A line."""
        self._write(text)

    def inputs(self, done: int, total: int) -> None:
        """A line when making them begins, every ten seconds, and at the end; none when they are there already."""
        if done >= total:
            if self._making:
                self._write(f"pictures: {total} ready")
            self._making = False
        elif not self._making or self._is_quiet():
            self._making = True
            self._write(f"pictures: {done} of {total}")

    def trial_started(
        self,
        variant: str,
        kind: str,  # noqa: ARG002
        number: int,
        total: int,
        meter: str = HEADLINE_METER,
    ) -> None:
        """A line where a variant comes round again or another meter's turn is, and after ten quiet seconds."""
        self._left.started(number)
        new_round = not self._in_round or (variant, meter) in self._in_round or (meter not in self._meters)
        if new_round:
            self._in_round.clear()
        self._in_round.add((variant, meter))
        self._meters.add(meter)
        if new_round or self._is_quiet():
            left = self._left.seconds(total)
            said = "" if left is None else f", {words_for(left)}"
            self._write(f"trial {number} of {total}: {_what(variant, meter)}{said}")

    def trial_ended(self, variant: str, kind: str, number: int, total: int, seconds: float) -> None:  # noqa: ARG002
        """Counts."""
        self._left.ended()

    def close(self) -> None:
        """Nothing is open."""

    def _is_quiet(self) -> bool:
        return self._clock() - self._written >= _QUIET_SECONDS

    def _write(self, text: str) -> None:
        self._written = self._clock()
        try:
            self._stream.write(f"memlab: {self._signs.text(printable(text))}\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Progress that nobody can see is no reason to stop measuring.
            pass


class BarProgress:
    """One line that is written over: which variant, a bar, trial k of n, time left."""

    def __init__(self, stream: TextIO, chosen: Signs, clock: Clock) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._signs = chosen
        self._left = TimeLeft(clock)
        self._total = self._running = 0
        what = TextColumn(
            "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
        )
        count = TextColumn("{task.fields[count]}", markup=False, table_column=Column(no_wrap=True))
        left = TextColumn("{task.fields[left]}", markup=False, table_column=Column(no_wrap=True))
        console = Console(file=stream, highlight=False, emoji=False)
        columns: list[Any] = [what, BarColumn(bar_width=16), count, left]
        if console.width < 60:
            columns = [what, count, left]
        self._progress = Progress(
            *columns,
            console=console,
            transient=True,
            expand=True,
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=None, count="", left=self)
        self._progress.start()

    def stage(self, text: str) -> None:
        """A stage of unknown length."""
        self._show(text, "", 0, None)

    def inputs(self, done: int, total: int) -> None:
        """The bar counts pictures."""
        self._show("pictures", f"{done} of {total}", done, total)

    def trial_started(
        self,
        variant: str,
        kind: str,  # noqa: ARG002
        number: int,
        total: int,
        meter: str = HEADLINE_METER,
    ) -> None:
        """The bar counts trials; those that run are not done."""
        self._left.started(number)
        self._total, self._running = total, self._running + 1
        self._show(_what(variant, meter), f"trial {number} of {total}", number - self._running, total)

    def trial_ended(self, variant: str, kind: str, number: int, total: int, seconds: float) -> None:  # noqa: ARG002
        """One more is done."""
        self._left.ended()
        self._running -= 1
        self._progress.advance(self._task)

    def close(self) -> None:
        """The line is wiped away."""
        try:
            self._progress.stop()
        except OSError:
            # The terminal is gone; what was measured is not.
            pass

    def _show(self, text: str, count: str, done: int, total: int | None) -> None:
        shown = self._signs.text(printable(text))
        self._progress.update(self._task, description=shown, count=count, completed=done, total=total)

    def __str__(self) -> str:
        # rich writes it anew at every refresh, so that the time left runs down during a trial.
        left = self._left.seconds(self._total) if self._total else None
        return "" if left is None else words_for(left)
