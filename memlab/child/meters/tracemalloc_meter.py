"""tracemalloc: what Python's own allocators, and the libraries that report to them, know about."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import Any

from memlab.child.meters import Function, no_figures, some_figures
from memlab.child.meters.attempt import Attempt
from memlab.child.meters.lines import Lines

_FRAMES = 12
"""How many frames are kept of each allocation. Each costs every allocation up to 0.7 µs (measured: 200,000 small
objects take 0.02 s untraced, 0.12 s with one frame, 1.2 s with all); memory it costs none, for equal stacks are kept
once. Pillow, numpy and h5py put up to 7 between the line that calls them and the one that allocates."""


class TracemallocMeter:
    """The traced peak over what was traced at the start, and the lines whose memory is alive at the end.

    Args:
        lines: gathers them; None when nobody wants to know.
    """

    def __init__(self, lines: Lines | None) -> None:
        self._lines = lines
        self._figures: dict[str, Any] = no_figures("tracemalloc was never on")

    def around(self, function: Function) -> Function:
        """See `Meter.around`."""

        def traced(argument: Any) -> Any:
            if tracemalloc.is_tracing():  # by PYTHONTRACEMALLOC, with as many frames as it says
                tracemalloc.stop()
            tracemalloc.start(1 if self._lines is None else _FRAMES)
            start, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            attempt = Attempt(function, argument)
            if tracemalloc.is_tracing():
                end, peak = tracemalloc.get_traced_memory()
                self._figures = some_figures(max(0, peak - start), end_bytes=max(0, end - start))
                if attempt.failed:
                    tracemalloc.stop()
            else:
                self._figures = no_figures("the variant switched tracemalloc off")
            return attempt.result()

        return traced

    def at_end(self) -> None:
        """See `Meter.at_end`: note what survives."""
        lines = self._lines
        if lines is not None and tracemalloc.is_tracing():
            with suppress(Exception):  # the figures stand without it
                traces: Any = tracemalloc.take_snapshot().traces
                tracemalloc.stop()  # what follows takes ten times as long while it is traced
                _gather(traces, lines)
        tracemalloc.stop()

    def figures(self) -> dict[str, Any]:
        """See `Meter.figures`."""
        if self._lines is not None and self._figures["peak_bytes"] is not None:
            self._figures["lines"] = self._lines.largest()
        return self._figures


def _gather(traces: Any, lines: Lines) -> None:
    # Raw: `Snapshot.statistics` makes objects of every trace, 5 µs each. Raw it is a tuple of kind, size, frames and
    # their count, and of equal frames there is one tuple, however many blocks were allocated there.
    sizes: dict[int, int] = {}
    places: dict[int, Any] = {}
    for trace in traces._traces:
        frames = trace[2]
        place = id(frames)
        if place in sizes:
            sizes[place] += trace[1]
        else:
            sizes[place], places[place] = trace[1], frames
    for place, frames in places.items():
        lines.add(sizes[place], ((file, line, "") for file, line in frames))
