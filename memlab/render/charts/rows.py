"""A column of names, bars beside them from 0 on, and a scale of sizes below: what `peaks` and `retained` share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memlab.model.report import VariantReport
from memlab.render.charts.canvas import SMALL, Canvas
from memlab.render.charts.frame import LEFT, RIGHT, name_lines
from memlab.render.charts.palette import AXIS, GRID, GROUND, QUIET_TEXT, ROLES, RoleStyle
from memlab.render.charts.scales import Scale, size_ticks
from memlab.units import MIB

GAP = 5.0
"""Points between a bar and its label."""

BAR, ROW, THIN_ROW = 13.0, 17.0, 12.0
"""Heights of a bar, of its row, and of a row for a thin bar."""

LEAST_BAR = 1.8
"""Points that are seen of the smallest bar."""

_THIN = 5.0
_BESIDE = 6.0

_NAME_WIDTH = 158.0
_NAME_LINES = 3
_NAME_ROW = 13.0
_LEAST_SHARE = 0.4
_TICK_WIDTH = 46.0


def names_of(canvas: Canvas, variants: Iterable[VariantReport]) -> dict[str, list[str]]:
    """Each variant's name in the lines that the column of names has room for."""
    return {variant.name: name_lines(canvas, variant.name, _NAME_WIDTH, _NAME_LINES) for variant in variants}


def bars_begin(canvas: Canvas, names: dict[str, list[str]]) -> float:
    """Where the bars begin, to the right of the names and of the roles' headings."""
    widths = [canvas.text_width(line) for lines in names.values() for line in lines]
    headings = [canvas.text_width(style.heading, SMALL, bold=True) for style in ROLES.values()]
    return LEFT + max(widths + headings) + 8


def draw_name(canvas: Canvas, lines: Sequence[str], right: float, y: float) -> float:
    """Write a name up to `right`; returns how far down that reaches."""
    for line in lines:
        canvas.text(right - 8, y + 11, line, align="right")
        y += _NAME_ROW
    return y + 3


def size_scale(begin: float, bars: Sequence[tuple[float, float]], wished: Sequence[tuple[float, float]] = ()) -> Scale:
    """The scale from 0, or the lowest value, up to the highest: as long as the labels leave room for.

    Args:
        begin: where the lowest value lies on the page.
        bars: of each bar its value and the width of its label, which has to fit to the right of it.
        wished: the same of labels that would be good to fit, if bars keep enough of the room then.
    """
    low, high = min([0.0, *(value for value, _ in bars)]), max([0.0, *(value for value, _ in bars)])
    if low == high:
        high = float(MIB)
    room = RIGHT - begin
    fitting = _room_per_byte(room, low, [*bars, (high, 0.0)])
    wishing = _room_per_byte(room, low, [*bars, *wished, (high, 0.0)])
    per_byte = wishing if wishing >= _LEAST_SHARE * room / (high - low) else fitting
    return Scale(low, high, begin, begin + per_byte * (high - low))


def label_width(canvas: Canvas, label: str, ratio: str | None = None) -> float:
    """How wide a bar's label is, with what is said beside it."""
    width = canvas.text_width(label, bold=True)
    return width if ratio is None else width + _BESIDE + canvas.text_width(ratio)


def draw_bar(canvas: Canvas, scale: Scale, value: float, y: float, style: RoleStyle, *, id: str) -> None:
    """A role's bar from 0; what is too small to be seen is a stroke at 0."""
    begin, end = sorted((scale.at(0), scale.at(value)))
    canvas.box(begin, y, max(LEAST_BAR, end - begin), BAR, style.colour, id=id)
    if style.stripe is not None and end - begin > LEAST_BAR:
        canvas.line([(begin, y + BAR / 2), (end, y + BAR / 2)], GROUND, width=2.0, dashes=style.stripe)


def draw_thin_bar(
    canvas: Canvas, scale: Scale, begin: float, end: float, y: float, style: RoleStyle, *, id: str
) -> None:
    """A light bar in a row below the main one, with a stroke in the role's colour where it ends, seen at 0 too."""
    left, right = scale.at(begin), max(scale.at(end), scale.at(begin) + LEAST_BAR)
    canvas.box(left, y + 2.5, right - left, _THIN, style.light, id=id)
    for tip in {left, right - LEAST_BAR} if begin else {right - LEAST_BAR}:
        canvas.box(tip, y + 1.5, LEAST_BAR, _THIN + 2, style.colour)


def draw_label(canvas: Canvas, scale: Scale, end: float, label: str, ratio: str | None, y: float) -> float:
    """Write a bar's label to the right of it, with the ratio beside it, or below where it doesn't fit.

    Args:
        end: the value at which the bar ends.

    Returns:
        How far down that reaches.
    """
    zero = scale.at(0)
    x = max(scale.at(end), zero + LEAST_BAR) + GAP
    canvas.text(x, y + 10.5, label, bold=True)
    if ratio is None:
        return y + ROW
    if x + label_width(canvas, label, ratio) <= RIGHT + 0.01:
        canvas.text(x + label_width(canvas, label) + _BESIDE, y + 10.5, ratio)
        return y + ROW
    canvas.text(zero + GAP, y + ROW + 9, ratio)
    return y + ROW + 14


def draw_absence(canvas: Canvas, scale: Scale, text: str, y: float) -> None:
    """Say, where a bar would begin, why there is none."""
    canvas.text(scale.at(0) + GAP, y + 10.5, text, colour=QUIET_TEXT)


def draw_size_axis(canvas: Canvas, scale: Scale, top: float, bottom: float) -> float:
    """Draw lines down the page at round sizes, with their labels below; returns how far down that reaches."""
    most = max(3, min(6, int((scale.end - scale.start) / _TICK_WIDTH)))
    ticks = size_ticks(scale.low, scale.high, most)
    while len(ticks) < 2:
        most += 1
        ticks = size_ticks(scale.low, scale.high, most)
    above = 2 * ticks[-1][0] - ticks[-2][0]
    # One more behind the last bar where there is room, so that it is seen to end before it.
    if scale.at(above) < RIGHT - _TICK_WIDTH / 2:
        ticks += [tick for tick in size_ticks(scale.low, above, most + 1)[-1:] if tick[0] == above]
    free = 0.0
    for value, label in ticks:
        x, half = scale.at(value), canvas.text_width(label, SMALL) / 2
        if value:
            canvas.line([(x, top), (x, bottom)], GRID, width=0.8, behind=True)
        if x - half >= free:
            canvas.text(x, bottom + 12, label, size=SMALL, colour=QUIET_TEXT, align="center")
            free = x + half + 4
    zero = scale.at(0)
    canvas.line([(zero, top), (zero, bottom + 2)], AXIS, width=1.0)
    return bottom + 18


def _room_per_byte(room: float, low: float, bars: Iterable[tuple[float, float]]) -> float:
    """How many points a byte may take so that each bar and the label behind it fit."""
    return min((room - GAP - width) / (max(0.0, value) - low) for value, width in bars if max(0.0, value) > low)
