"""`timeline`: the envelopes of all variants in one picture, and the phases of two of them below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memlab.model.report import Report, TimelineReport, VariantReport
from memlab.render.charts.canvas import SMALL, Canvas
from memlab.render.charts.frame import (
    LEFT,
    MARGIN,
    RIGHT,
    alternative,
    by_role,
    draw_header,
    draw_notes,
    in_order,
    name_lines,
    shown_name,
)
from memlab.render.charts.labels import spread
from memlab.render.charts.palette import AXIS, GRID, GROUND, QUIET_TEXT, Dashes, role_style
from memlab.render.charts.phases import draw_phases, phases_in_words
from memlab.render.charts.scales import Scale, size_ticks, time_ticks
from memlab.units import MIB, format_bytes, format_seconds

SUBJECT = "Memory over time, as growth over each variant's start"

_LEAST_HEIGHT = 220.0
_NAME_WIDTH = 150.0
_NAME_LINES = 2
_MOST_NAMED = 4
_SAMPLE = 20.0
_LEADER = 14.0
_COLUMN = 2.0
_NAME_ROW, _FIGURE_ROW = 12.5, 16.0
# Lines that are drawn later lie on top: what a recipe is about must not be hidden by what it warns of.
_DRAWN = ("pitfall", "baseline", "technique")


@dataclass(frozen=True)
class _Line:
    """One variant's envelope and how it is drawn.

    Attributes:
        peak_seconds, peak_bytes: its highest point, the first of them.
        name: the lines of its label; figure: the small line below them.
    """

    variant: VariantReport
    points: Sequence[tuple[float, int]]
    peak_seconds: float
    peak_bytes: int
    colour: str
    dashes: Dashes
    name: list[str]
    figure: str

    @property
    def label_height(self) -> float:
        return _NAME_ROW * len(self.name) + _FIGURE_ROW


@dataclass(frozen=True)
class Extent:
    """How far the plot reaches: from 0 to `longest` seconds, and from `low` to `high` bytes, 0 among them."""

    longest: float
    low: float
    high: float


def drawn(report: Report) -> list[VariantReport]:
    """The variants that have a timeline, in the order in which their lines are numbered."""
    return [variant for _, variants in by_role(report) for variant in variants if _timeline(variant) is not None]


def extent(report: Report) -> Extent | None:
    """How far the plot reaches; None where nothing is drawn."""
    timelines = [line for variant in report.variants if (line := _timeline(variant)) is not None]
    if not timelines:
        return None
    sizes = [size for line in timelines for _, size in line.points]
    low, high = min(0.0, *sizes), max(0.0, *sizes)
    if low == high:
        high = float(MIB)
    return Extent(max(line.points[-1][0] for line in timelines) or 1e-3, low, _up_to_a_tick(low, high))


def draw(canvas: Canvas, report: Report) -> float:
    """Draw the chart; returns its height.

    Steps, because each point is the maximum of the interval that ends at its time. Each line's highest point is
    marked and led to its label in the column on the right.
    """
    y = draw_header(canvas, report, SUBJECT, trials=False) + 10
    lines, reach = list(_lines(canvas, report)), extent(report)
    if reach is not None:
        y = _draw_lines(canvas, lines, reach, report, y)
    else:
        canvas.text(LEFT, y + 20, "There is no timeline: no trial that would show one came to its end.")
        y += 34
    return draw_notes(canvas, _notes(report), y) + MARGIN - 6


def describe(report: Report) -> str:
    """The chart in words."""
    sentences = []
    for _, variants in by_role(report):
        for variant in variants:
            name = f"{shown_name(variant.name)} ({variant.role})"
            line = _timeline(variant)
            if line is None:
                sentences.append(f"{name}: no timeline{', failed' if variant.failed else ''}.")
                continue
            seconds, size = _peak(line)
            at, end = format_seconds(seconds), format_seconds(line.points[-1][0])
            sentences.append(f"{name}: highest around {at}, at {format_bytes(size)}; ends after {end}.")
    return alternative(report, SUBJECT, [*sentences, *phases_in_words(_with_phases(report))])


def _lines(canvas: Canvas, report: Report) -> Iterable[_Line]:
    for role, variants in by_role(report):
        style = role_style(role)
        for index, variant in enumerate(variants):
            line = _timeline(variant)
            if line is None:
                continue
            seconds, size = _peak(line)
            yield _Line(
                variant=variant,
                points=line.points,
                peak_seconds=seconds,
                peak_bytes=size,
                colour=style.shades[index % len(style.shades)],
                dashes=style.dashes[index % len(style.dashes)],
                name=name_lines(canvas, variant.name, _NAME_WIDTH, _NAME_LINES),
                figure=f"peak {format_bytes(size)}, ran {format_seconds(line.points[-1][0])}",
            )


def _timeline(variant: VariantReport) -> TimelineReport | None:
    return variant.timeline if variant.timeline is not None and variant.timeline.points else None


def _peak(line: TimelineReport) -> tuple[float, int]:
    """The highest point: the middle of the first interval that has it, and its height."""
    highest = max(size for _, size in line.points)
    index = next(index for index, (_, size) in enumerate(line.points) if size == highest)
    begun = line.points[index - 1][0] if index else 0.0
    return (begun + line.points[index][0]) / 2, highest


def _draw_lines(canvas: Canvas, lines: list[_Line], reach: Extent, report: Report, top: float) -> float:
    sizes = size_ticks(reach.low, reach.high)
    label_width = max(_label_width(canvas, line) for line in lines)
    left = LEFT + max(canvas.text_width(label, SMALL) for _, label in sizes) + 6
    right = RIGHT - label_width - _LEADER - 4
    bottom = top + max(_LEAST_HEIGHT, sum(line.label_height for line in lines))
    up, along = Scale(reach.low, reach.high, bottom, top + 4), Scale(0.0, reach.longest, left, right)
    # Its corners tell whoever adds to the picture where 0 and the longest time, the lowest and the highest size are.
    canvas.box(left, up.end, right - left, bottom - up.end, GROUND, behind=True, id="plot")
    for size, label in sizes:
        canvas.line([(left, up.at(size)), (right, up.at(size))], GRID, width=0.8, behind=True)
        canvas.text(left - 6, up.at(size) + 3.2, label, size=SMALL, colour=QUIET_TEXT, align="right")
    canvas.line([(left, top), (left, bottom)], AXIS)
    canvas.line([(left, up.at(0)), (right, up.at(0))], AXIS)
    y = _draw_times(canvas, along, bottom)
    _draw_labels(canvas, lines, up, along, top, bottom)
    for line in sorted(lines, key=lambda one: _DRAWN.index(one.variant.role) if one.variant.role in _DRAWN else -1):
        number = lines.index(line)
        steps = _steps(line.points, up, along)
        width = 2.2 if line.variant.role == "baseline" else 1.9
        canvas.line(steps, line.colour, width=width, dashes=line.dashes, id=f"{number}.line")
        x, peak = along.at(line.peak_seconds), up.at(line.peak_bytes)
        canvas.box(x - 2.2, peak - 2.2, 4.4, 4.4, line.colour, id=f"{number}.peak")
    for variant in _with_phases(report):
        y = draw_phases(canvas, variant, along, y)
    return y


def _up_to_a_tick(low: float, high: float) -> float:
    """How high the plot has to be: up to the tick above the highest line where that is just above it."""
    ticks = size_ticks(low, high)
    step = ticks[1][0] - ticks[0][0] if len(ticks) > 1 else high
    above = ticks[-1][0] + step
    return above if above <= 1.1 * high else high


def _draw_times(canvas: Canvas, along: Scale, bottom: float) -> float:
    for seconds, label in time_ticks(along.high, most=6):
        x = along.at(seconds)
        canvas.line([(x, bottom), (x, bottom + 3)], AXIS)
        canvas.text(x, bottom + 14, label, size=SMALL, colour=QUIET_TEXT, align="center")
    return bottom + 20


def _label_width(canvas: Canvas, line: _Line) -> float:
    names = (canvas.text_width(part) for part in line.name)
    return _SAMPLE + 5 + max(*names, canvas.text_width(line.figure, SMALL))


def _draw_labels(canvas: Canvas, lines: list[_Line], up: Scale, along: Scale, top: float, bottom: float) -> None:
    """The labels in a column, each with a sample of its line and led to from its highest point."""
    ordered = sorted(lines, key=lambda line: -line.peak_bytes)
    places = spread([(up.at(line.peak_bytes), line.label_height) for line in ordered], top - 4, bottom + 4)
    x = along.end + _LEADER + 4
    for line, middle in zip(ordered, places, strict=True):
        number, peak, y = lines.index(line), up.at(line.peak_bytes), middle - line.label_height / 2
        style = role_style(line.variant.role)
        leader = [(along.at(line.peak_seconds), peak), (along.end, peak), (along.end + _LEADER, y + 8)]
        canvas.line(leader, style.light, width=0.9, behind=True, id=f"{number}.leader")
        sample = [(x, y + 8), (x + _SAMPLE, y + 8)]
        canvas.line(sample, line.colour, width=2.2, dashes=line.dashes, id=f"{number}.sample")
        for part, text in enumerate(line.name):
            canvas.text(x + _SAMPLE + 5, y + 11.5, text, id=f"{number}.name.{part}")
            y += _NAME_ROW
        canvas.text(x + _SAMPLE + 5, y + 10.5, line.figure, size=SMALL, colour=QUIET_TEXT, id=f"{number}.figure")


def _steps(points: Sequence[tuple[float, int]], up: Scale, along: Scale) -> list[tuple[float, float]]:
    """The corners of the steps on the page. Steps narrower than a line is wide become one, as high as the highest."""
    merged: list[tuple[float, float]] = []
    column = None
    for seconds, size in points:
        x, y = round(along.at(seconds), 1), round(up.at(size), 1)
        if merged and (x // _COLUMN == column or merged[-1][1] == y):
            merged[-1] = (x, min(y, merged[-1][1]))
        else:
            merged.append((x, y))
        column = x // _COLUMN
    corners = [(along.start, up.at(0))]
    for x, y in merged:
        corners += [(corners[-1][0], y), (x, y)]
    return corners


def _with_phases(report: Report) -> list[VariantReport]:
    """The baseline and the first technique, where they have phases."""
    shown = [variants[0] for role, variants in by_role(report) if role in ("baseline", "technique")]
    return [variant for variant in shown if variant.timeline is not None and variant.timeline.phases]


def _notes(report: Report) -> list[str]:
    notes = ["one trial of each; a step is the highest of its interval"]
    unseen = max((variant.timeline.unseen_growth_bytes for variant in report.variants if variant.timeline), default=0)
    if any(variant.tree for variant in report.variants):
        notes.append("of process trees the upper bound")
    if unseen:
        notes.append(f"up to {format_bytes(unseen)} could hide between two readings")
    missing = [variant for variant in in_order(report) if _timeline(variant) is None]
    for words, failed in (("failed", True), ("no timeline", False)):
        names = [shown_name(variant.name) for variant in missing if bool(variant.failed) == failed]
        if names:
            more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
            notes.append(f"{words}: {', '.join(names[:_MOST_NAMED] + more)}")
    return notes
