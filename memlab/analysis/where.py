"""Where memory was: the largest lines of each meter that knows lines."""

from __future__ import annotations

from collections.abc import Mapping

from memlab.model.report import TopLine
from memlab.model.trial import LineFigure, MeterFigures
from memlab.units import KIB

METERS = ("memray", "tracemalloc", "memory_profiler")
_MOST_LINES = 3
_SURVIVOR_BYTES = 64 * KIB
"""What is alive at the end in less than this are caches and counters, and no survivor worth a line."""


def top_lines(meters: Mapping[str, MeterFigures]) -> tuple[TopLine, ...]:
    """The three largest lines of memray (at the heap's peak), of tracemalloc (survivors), of memory_profiler."""
    return tuple(
        TopLine(line.file, line.line, line.function, line.text, line.size_bytes, meter, line.through)
        for meter in METERS
        if meter in meters
        for line in _largest(meter, meters[meter])
    )


def _largest(meter: str, figures: MeterFigures) -> list[LineFigure]:
    smallest = _SURVIVOR_BYTES if meter == "tracemalloc" else 0
    worth_saying = [line for line in figures.lines if line.size_bytes > smallest]
    return sorted(worth_saying, key=lambda line: -line.size_bytes)[:_MOST_LINES]
