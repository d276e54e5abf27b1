"""`peaks`: the highest point of each variant, as each meter saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memlab.model.report import Report, VariantReport
from memlab.render import figures
from memlab.render.charts.canvas import SMALL, Canvas
from memlab.render.charts.frame import (
    MARGIN,
    alternative,
    by_role,
    compared,
    draw_header,
    draw_heading,
    draw_notes,
    in_order,
    no_figure,
    shown_name,
)
from memlab.render.charts.palette import QUIET_TEXT, TEXT, role_style
from memlab.render.charts.rows import (
    BAR,
    GAP,
    LEAST_BAR,
    ROW,
    THIN_ROW,
    bars_begin,
    draw_absence,
    draw_bar,
    draw_label,
    draw_name,
    draw_size_axis,
    draw_thin_bar,
    label_width,
    names_of,
    size_scale,
)
from memlab.render.charts.scales import Scale
from memlab.render.signs import UNICODE
from memlab.units import format_bytes

SUBJECT = "Peak memory of each variant, as growth over its start"

_BETWEEN = 8.0


@dataclass(frozen=True)
class _Meter:
    """A meter beside the headline's: its name, the report's field, the words beside its bar and below the chart."""

    name: str
    field: str
    words: str
    explained: str


_METERS = (
    _Meter("tracemalloc", "traced_peak_bytes", "Python-visible", "Python-visible: what tracemalloc saw"),
    _Meter(
        "memray",
        "heap_peak_bytes",
        "heap, as requested",
        "heap, as requested: memray's high-water mark, C code included, touched or not",
    ),
    _Meter("memory_profiler", "memory_profiler_peak_bytes", "samples", "samples: memory_profiler's, 0.1 s apart"),
)


@dataclass(frozen=True)
class _Mark:
    """A thin bar below the headline's: from where to where in bytes (None where there is no figure), and its label."""

    id: str
    begin: int
    end: int | None
    label: str


@dataclass(frozen=True)
class _Row:
    """One variant as it will be drawn.

    Attributes:
        label: the headline figure in words; ratio: how it compares with its reference.
        marks: what is drawn below it: the bounds of a process tree, and the other meters.
    """

    number: int
    variant: VariantReport
    label: str
    ratio: str | None
    marks: tuple[_Mark, ...]


def draw(canvas: Canvas, report: Report) -> float:
    """Draw the chart; returns its height.

    A group for each variant: on top a bar for the headline meter with its range over the trials, below it thin bars
    for the other meters. All start at 0; what is too small for a bar is a stroke at 0, with its label.
    """
    y = top = draw_header(canvas, report, SUBJECT) + 4
    rows = _rows(report)
    names = names_of(canvas, report.variants)
    begin = bars_begin(canvas, names)
    scale = _scale(canvas, rows, begin)
    for role, variants in by_role(report):
        y = draw_heading(canvas, role, y)
        for row in [row for row in rows if row.variant in variants]:
            below = draw_name(canvas, names[row.variant.name], begin, y)
            y = max(below, _draw_row(canvas, row, scale, y)) + _BETWEEN
    y = draw_size_axis(canvas, scale, top, y)
    return draw_notes(canvas, _notes(report), y) + MARGIN - 6


def describe(report: Report) -> str:
    """The chart in words."""
    return alternative(report, SUBJECT, [_in_words(row) for row in _rows(report)])


def _rows(report: Report) -> list[_Row]:
    return [
        _Row(
            number=number,
            variant=variant,
            label=no_figure(variant) if variant.peak_growth_bytes is None else figures.cell(variant, "growth", UNICODE),
            ratio=compared(variant, report, {"growth": ""}),
            marks=tuple(_marks(variant, _meters(report))),
        )
        for number, variant in enumerate(in_order(report))
    ]


def _meters(report: Report) -> list[_Meter]:
    """The meters beside the headline's that gave a figure."""
    return [meter for meter in _METERS if any(getattr(one, meter.field) is not None for one in report.variants)]


def _marks(variant: VariantReport, meters: list[_Meter]) -> Iterator[_Mark]:
    tree = variant.tree
    if tree is not None and tree.processes:
        who = "its process" if tree.processes == 1 else f"its {tree.processes} processes"
        low, high = tree.lower_bytes, tree.upper_bytes
        yield _Mark("tree", low, high, f"{format_bytes(low)} to {format_bytes(high)}, the bounds with {who}")
    sizes = [getattr(variant, meter.field) for meter in meters]
    if variant.peak_growth_bytes is None and not any(size is not None for size in sizes):
        # Of a variant that failed altogether it is enough to say so once.
        return
    for meter, size in zip(meters, sizes, strict=True):
        label = f"{meter.words}: no figure" if size is None else f"{format_bytes(size)} {meter.words}"
        yield _Mark(meter.name, 0, size, label)


def _scale(canvas: Canvas, rows: list[_Row], begin: float) -> Scale:
    bars: list[tuple[float, float]] = []
    wished: list[tuple[float, float]] = []
    for row in rows:
        growth = row.variant.peak_growth_bytes
        if growth is not None:
            bars.append((growth.high, label_width(canvas, row.label)))
            wished.append((growth.high, label_width(canvas, row.label, row.ratio)))
        bars += [(mark.end or 0, canvas.text_width(mark.label, SMALL)) for mark in row.marks]
    return size_scale(begin, bars, wished)


def _draw_row(canvas: Canvas, row: _Row, scale: Scale, y: float) -> float:
    growth, style = row.variant.peak_growth_bytes, role_style(row.variant.role)
    if growth is None:
        draw_absence(canvas, scale, row.label, y)
        y += ROW
    else:
        draw_bar(canvas, scale, growth.median, y, style, id=f"{row.number}.growth")
        if scale.at(growth.high) - scale.at(growth.low) >= 1:
            _draw_whisker(canvas, scale, growth.low, growth.high, y)
        y = draw_label(canvas, scale, growth.high, row.label, row.ratio, y)
    for mark in row.marks:
        if mark.end is not None:
            draw_thin_bar(canvas, scale, mark.begin, mark.end, y, style, id=f"{row.number}.{mark.id}")
        x = max(scale.at(max(0, mark.end or 0)), scale.at(0) + LEAST_BAR)
        canvas.text(x + GAP, y + 7.8, mark.label, size=SMALL, colour=QUIET_TEXT)
        y += THIN_ROW
    return y


def _draw_whisker(canvas: Canvas, scale: Scale, low: float, high: float, y: float) -> None:
    first, last, middle = scale.at(low), scale.at(high), y + BAR / 2
    canvas.line([(first, middle), (last, middle)], TEXT, width=1.0)
    for x in (first, last):
        canvas.line([(x, middle - 3), (x, middle + 3)], TEXT, width=1.0)


def _notes(report: Report) -> list[str]:
    notes = ["bold: the growth, median over the trials; the whisker is their range"]
    return notes + [meter.explained for meter in _meters(report)]


def _in_words(row: _Row) -> str:
    facts = [row.label]
    said = figures.range_of(row.variant, "growth", UNICODE)
    if said is not None:
        facts.append(said)
    facts += [row.ratio] if row.ratio is not None else []
    facts += [mark.label for mark in row.marks]
    return f"{shown_name(row.variant.name)} ({row.variant.role}): {'; '.join(facts)}."
