"""The phases of a variant: spans below a timeline, on its scale of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memlab.model.report import VariantReport
from memlab.printable import printable
from memlab.render.charts.canvas import SMALL, Canvas
from memlab.render.charts.frame import LEFT, RIGHT, flow, shown_name, wrap
from memlab.render.charts.palette import AXIS, QUIET_TEXT, role_style
from memlab.render.charts.scales import Scale
from memlab.units import format_seconds

Phase = tuple[str, float, float]
"""Name, start and end in seconds."""

_LANES = 3
_LANE = 15.0
_LEAST_WIDTH = 0.8
_NAME_LIMIT = 40
_MOST_IN_WORDS = 12


def draw_phases(canvas: Canvas, variant: VariantReport, along: Scale, y: float) -> float:
    """Draw a variant's phases as spans with their names; returns how far down that reaches.

    Phases within others stand in a lane below them. Names that fit nowhere are told in a line below.
    """
    assert variant.timeline is not None
    phases = variant.timeline.phases
    style, colour = role_style(variant.role), QUIET_TEXT
    title = wrap(canvas, f"phases of {shown_name(variant.name)}", RIGHT - LEFT, SMALL, most=1)[0]
    canvas.text(along.start, y + 12, title, size=SMALL, colour=colour)
    y += 16
    lanes = _lanes(phases)
    named: set[str] = set()
    for (name, start, end), lane in zip(phases, lanes, strict=True):
        if lane >= _LANES:
            continue
        left, right = along.at(start), along.at(min(end, along.high))
        top = y + lane * _LANE
        canvas.box(left, top, max(_LEAST_WIDTH, right - left), _LANE - 2, style.light)
        canvas.line([(left, top), (left, top + _LANE - 2)], AXIS, width=0.8)
        shown = printable(name, _NAME_LIMIT)
        if canvas.text_width(shown, SMALL) + 8 <= right - left:
            canvas.text(left + 4, top + 9.8, shown, size=SMALL)
            named.add(name)
    y += _LANE * min(_LANES, max(lanes) + 1)
    unnamed = [name for name in dict.fromkeys(name for name, _, _ in phases) if name not in named]
    if unnamed:
        told = _some([printable(name, _NAME_LIMIT) for name in unnamed])
        for line in flow(canvas, [f"too narrow for a name: {told[0]}", *told[1:]], RIGHT - along.start):
            canvas.text(along.start, y + 10, line, size=SMALL, colour=colour)
            y += 12
    return y + 4


def phases_in_words(variants: Iterable[VariantReport]) -> list[str]:
    """A sentence for each variant: its phases with their times, the first ones where there are many."""
    sentences = []
    for variant in variants:
        assert variant.timeline is not None
        said = _some(
            [
                f"{printable(name, _NAME_LIMIT)} from {format_seconds(start)} to {format_seconds(end)}"
                for name, start, end in variant.timeline.phases
            ]
        )
        sentences.append(f"Phases of {shown_name(variant.name)}: {', '.join(said)}.")
    return sentences


def _some(items: list[str]) -> list[str]:
    """The first of the items, and how many more there are."""
    left = len(items) - _MOST_IN_WORDS
    return items if left <= 1 else [*items[:_MOST_IN_WORDS], f"and {left} more"]


def _lanes(phases: Sequence[Phase]) -> list[int]:
    """In which lane each phase stands: the first that is free by then."""
    ends: list[float] = []
    lanes = []
    for _, start, end in phases:
        free = next((lane for lane, until in enumerate(ends) if until <= start + 1e-9), len(ends))
        if free == len(ends):
            ends.append(end)
        else:
            ends[free] = end
        lanes.append(free)
    return lanes
