"""memory_profiler: what the usual tool says. To compare with, never for a peak.

It forks a process that reads the resident set every 100 ms. A function that ends before there are five readings is
called again with a tenth of the interval, and again, up to seven times in all; the figure is that of the last call.
"""

from __future__ import annotations

import inspect
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import memory_profiler

from memlab.child.meters import Function, no_figures, some_figures, why
from memlab.child.meters.attempt import Attempt
from memlab.child.meters.lines import Lines
from memlab.kernel.subreaper import signal_when_parent_ends

INTERVAL_SECONDS = 0.1
"""The default of `memory_usage`."""
_ENOUGH_READINGS = 5
_SHORTEST_SECONDS = 1e-6
_LINES_SECONDS = 10.0
"""How long lines are read: each takes 30 µs to read, and a loop over pixels has millions."""
_SAMPLER_SECONDS = 5.0
_MIB = 1 << 20


_sample: Callable[[Any], None] = memory_profiler.MemTimer.run


def _sample_while_there_is_a_trial(sampler: Any) -> None:
    # It would outlive a trial that is killed, and complain of its absence.
    signal_when_parent_ends(signal.SIGKILL)
    _sample(sampler)


class MemoryProfilerMeter:
    """`memory_usage` as its README calls it, and afterwards `LineProfiler` for the variant's own function.

    Args:
        function: the variant's.
        prepare: makes a fresh argument for each further call: a variant may use its argument up.
        lines: gathers them; None when nobody wants to know.
    """

    def __init__(self, function: Function, prepare: Callable[[], Any], lines: Lines | None) -> None:
        memory_profiler.MemTimer.run = _sample_while_there_is_a_trial
        self._function = function
        self._prepare = prepare
        self._lines = lines
        self._readings: list[float] = []
        self._note: str | None = None

    def around(self, function: Function) -> Function:
        """See `Meter.around`."""

        def watched(argument: Any) -> Any:
            interval = INTERVAL_SECONDS
            first = attempt = self._watch(function, argument, interval)
            # memory_usage's own loop, step by step. Like it, this holds the output: the first, which is the trial's.
            while self._again(attempt, interval):
                fresh = Attempt(lambda _: self._prepare(), None)
                if fresh.failed:
                    break
                interval /= 10
                readings = self._readings
                attempt = self._watch(function, fresh.result(), interval)
                if attempt.failed:  # as only a variant does that can be called but once
                    self._readings = readings
            self._end_samplers()
            return first.result()

        return watched

    def at_end(self) -> None:
        """See `Meter.at_end`: everything has been read."""

    def figures(self) -> dict[str, Any]:
        """See `Meter.figures`."""
        if self._note is not None:
            return no_figures(self._note)
        if self._lines is not None:
            with suppress(Exception):
                self._profile_lines(self._lines)
        try:
            peak = round((max(self._readings) - self._readings[0]) * _MIB)
        except (TypeError, ValueError, IndexError) as error:
            return no_figures(why("memory_profiler", error))
        lines = None if self._lines is None else self._lines.largest()
        return some_figures(peak, samples=len(self._readings), lines=lines)

    def _watch(self, function: Function, argument: Any, interval: float) -> Attempt:
        """Call the function once while its process is sampled."""
        attempt: Attempt | None = None

        def once() -> None:
            nonlocal attempt
            attempt = Attempt(function, argument)

        try:
            self._readings = memory_profiler.memory_usage((once, ()), interval=interval, max_iterations=1)
        except Exception as error:
            self._note = why("memory_profiler", error)
        return attempt or Attempt(function, argument)

    def _again(self, attempt: Attempt, interval: float) -> bool:
        if attempt.failed or self._note is not None:
            return False
        return len(self._readings) < _ENOUGH_READINGS and interval >= _SHORTEST_SECONDS

    def _end_samplers(self) -> None:
        """See that no sampler outlives the run: memory_usage waits for it for five intervals only."""
        from multiprocessing import active_children, connection

        for process in active_children():
            if isinstance(process, memory_profiler.MemTimer):
                with suppress(Exception):
                    if not connection.wait([process.sentinel], _SAMPLER_SECONDS):
                        process.kill()
                    process.join(_SAMPLER_SECONDS)

    def _profile_lines(self, lines: Lines) -> None:
        """Run the variant once more, with the resident set read at each line of its function."""
        inner = inspect.unwrap(self._function)
        code = getattr(inner, "__code__", None)
        if code is None or inspect.isgeneratorfunction(inner) or inspect.iscoroutinefunction(inner):
            return
        inspect.getsourcelines(code)  # raises without a source, where LineProfiler would print
        profiler = memory_profiler.LineProfiler()
        profiler.add_function(inner)
        fresh = Attempt(lambda _: self._prepare(), None)
        if fresh.failed:
            return
        trace, end = profiler.trace_memory_usage, time.monotonic() + _LINES_SECONDS
        complete = True

        def trace_own_lines(frame: Any, event: str, argument: Any) -> Any:
            nonlocal complete
            if frame.f_code not in profiler.code_map:  # whose lines would be traced for nothing
                return None
            if time.monotonic() > end:
                complete = False
                sys.settrace(None)
                return None
            return trace(frame, event, argument)

        profiler.trace_memory_usage = trace_own_lines
        attempt = Attempt(profiler.wrap_function(self._function), fresh.result())
        if attempt.failed or not complete:
            return
        for file, found in profiler.code_map.items():
            for line, figure in found:
                # On the line of the call stands the whole resident set: there was nothing before to take off.
                if figure and line != code.co_firstlineno and figure[0] > 0:
                    lines.add(round(figure[0] * _MIB), ((file, line, ""),))
