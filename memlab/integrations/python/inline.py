"""Measure a stretch of code in this process: `with measure() as m:`.

Cheaper than a fresh process, and worth less: `InlineMeasurement.worth` says what.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from memlab.errors import MeasurementError, UsageError
from memlab.integrations.python.own_mark import OwnMark, Stretch, own_mark
from memlab.integrations.python.worth import Circumstances, worth_of
from memlab.kernel import pymalloc
from memlab.kernel.malloc import Glibc, glibc
from memlab.kernel.proc import children
from memlab.kernel.resolution import floor_bytes, resolution_bytes
from memlab.kernel.settling import settle
from memlab.model.report import Finding, PeakGrowth
from memlab.recipe import phases
from memlab.units import format_bytes

_PHASE = "with memlab.measure()"


@dataclass(frozen=True)
class _Begun:
    """How it stood at the beginning.

    Attributes:
        mark: the process's own.
        stretch: the one that is open on it; within a trial of memlab's, whose own mark it is, one beside it.
        trial: what the trial is told of phases; None outside of one.
        alone: nothing else was being measured, so that garbage could be collected and free memory given back.
    """

    process: int
    mark: OwnMark
    stretch: Stretch
    trial: phases.PhaseListener | None
    alone: bool
    resident_bytes: int
    reusable_bytes: int | None
    children: frozenset[int]
    reaped: tuple[float, ...]
    start_ns: int


@dataclass(frozen=True)
class _Ended:
    peak: PeakGrowth
    retained_bytes: int
    seconds: float
    circumstances: Circumstances


class InlineMeasurement:
    """The memory that a `with` block needs, in this process, by the kernel's high-water mark. Made by `measure()`.

    At the beginning garbage is collected, Pillow's cache is cleared and free memory is given back to the system
    (glibc's malloc_trim), so that growth isn't hidden by memory that is used again; then the mark is reset. At the end
    the mark is read, and the same is done once more to see what is retained. That takes as long as collecting garbage
    does here.

    Blocks may nest and overlap, in one thread or in several, and each gets its own peak; but only the outermost
    collects and gives back. All threads of the process count, whoever started them; child processes don't. An
    exception goes through, and the figures are there. Within a trial of memlab's a block is a phase of that trial.

    Raises:
        UsageError: it is entered a second time.
        MeasurementError: a figure is asked for before the block has ended, or in a process that was forked in it.
    """

    def __init__(self) -> None:
        self._begun: _Begun | None = None
        self._ended: _Ended | None = None

    def __enter__(self) -> InlineMeasurement:
        if self._begun is not None:
            raise UsageError("a block's measurement can't be used for another one", hint="call measure() again")
        mark, trial = own_mark(), phases.listener
        alone = trial is None and not mark.is_watched
        if alone:
            settle(glibc())
        # Reading them takes file descriptor 2 away for a moment, in which another thread may write to it.
        reusable = pymalloc.free_bytes() if threading.active_count() == 1 else None
        running, reaped, resident = frozenset(children(os.getpid())), _reaped(), mark.resident_bytes()
        if trial is None:
            stretch = mark.begin()
        else:
            stretch = Stretch(mark.level_bytes(), 0)
            trial.enter(_PHASE)
        self._begun = _Begun(
            os.getpid(), mark, stretch, trial, alone, resident, reusable, running, reaped, start_ns=time.monotonic_ns()
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        end_ns = time.monotonic_ns()
        begun = self._begun
        if begun is None or os.getpid() != begun.process:
            return
        mark, stretch = begun.mark, begun.stretch
        if begun.trial is None:
            mark.end(stretch)
        else:
            _end_phase(begun.trial, mark, stretch)
        # Those that ran before may have nothing to do with the block, like memlab's own supervisor.
        left_running = not begun.children.issuperset(children(begun.process))
        reaped, swap = _reaped(), mark.swap_bytes()
        allocator: Glibc | None = None
        if begun.alone:
            allocator = glibc()
            settle(allocator)
        source = mark.source if begun.trial is None else begun.trial.source
        self._ended = _Ended(
            peak=_peak_growth(stretch, source, at_least=stretch.at_least or swap > 0),
            retained_bytes=mark.resident_bytes() - begun.resident_bytes,
            seconds=(end_ns - begun.start_ns) / 1e9,
            circumstances=Circumstances(
                source=source,
                at_least=stretch.at_least,
                alone=begun.alone,
                in_trial=begun.trial is not None,
                trimmed=allocator is not None,
                threads=threading.active_count(),
                reusable_bytes=begun.reusable_bytes,
                had_children=left_running or reaped != begun.reaped,
                swap_bytes=swap,
            ),
        )

    @property
    def peak(self) -> PeakGrowth:
        """The highest level during the block, minus the level at its beginning, with what it is worth."""
        return self._figures().peak

    @property
    def peak_growth_bytes(self) -> int:
        """How far the process's memory rose above its level at the beginning."""
        return self._figures().peak.median

    @property
    def retained_bytes(self) -> int:
        """What is still there after the block, collected and given back; its results count if something holds them."""
        return self._figures().retained_bytes

    @property
    def seconds(self) -> float:
        """How long the block took."""
        return self._figures().seconds

    @property
    def source(self) -> str:
        """`kernel`, `kernel_whole_life` or `sampled`."""
        return self._figures().peak.source

    @property
    def worth(self) -> tuple[Finding, ...]:
        """What the figures are worth: what counts besides the block, and what may be missing."""
        return worth_of(self._figures().circumstances)

    def __repr__(self) -> str:
        if self._ended is None:
            return f"<memlab.measure: {'not ended' if self._begun else 'not begun'}>"
        peak, retained = self._ended.peak, format_bytes(self._ended.retained_bytes)
        return f"<memlab.measure: {growth_words(peak)} at its peak, {retained} retained, in this process>"

    def _figures(self) -> _Ended:
        if self._ended is not None:
            return self._ended
        if self._begun is not None and self._begun.process != os.getpid():
            raise MeasurementError("the measurement belongs to the process that this one was forked from")
        raise MeasurementError("the block that is measured has not ended", hint="ask for its figures below the block")


def growth_words(peak: PeakGrowth) -> str:
    """A peak in words: `149 MiB`, `at least 149 MiB`, `less than 2.00 MiB`."""
    if peak.at_least:
        return f"at least {format_bytes(peak.median)}"
    if peak.below_resolution:
        return f"less than {format_bytes(floor_bytes(peak.resolution_bytes))}"
    return format_bytes(peak.median)


def _peak_growth(stretch: Stretch, source: str, *, at_least: bool) -> PeakGrowth:
    growth, resolution = max(0, stretch.peak_bytes - stretch.start_bytes), resolution_bytes()
    return PeakGrowth(
        median=growth,
        low=growth,
        high=growth,
        source=source,
        resolution_bytes=resolution,
        unseen_growth_bytes=0,
        at_least=at_least,
        below_resolution=growth < floor_bytes(resolution),
    )


def _end_phase(trial: phases.PhaseListener, mark: OwnMark, stretch: Stretch) -> None:
    """The trial's supervisor may reset the mark as well, and doesn't say what it read."""
    peak = trial.leave(_PHASE)
    stretch.peak_bytes = max(stretch.peak_bytes, mark.level_bytes() if peak is None else peak)
    stretch.at_least = True


def _reaped() -> tuple[float, ...]:
    """What changes when a child process has ended and been waited for."""
    if sys.platform == "win32":
        return ()
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime, used.ru_stime, float(used.ru_minflt)
