"""`retained`: what is still resident when a variant has returned, and who holds it.

The bar of a variant is its end state `ended`: resident memory as the run ended, over that at the start. It is taken
apart by what each later state gave back, all of one trial, so that the parts add up to it:

- live: what is left in the last state but `released` (collected, caches cleared, trimmed), without the next two;
- file-backed: of that, the pages of mapped files, which the system can drop (where the report knows them, as the
  end state `file_backed`);
- kept by the allocator: what trimming gave back, and free memory in Python's own arenas, which trimming doesn't reach;
- in Pillow's cache: what clearing its cache of image blocks gave back;
- garbage in cycles: what collecting gave back.

The parts "kept by the allocator" and "in Pillow's cache" come to the report's `kept_by_allocator_bytes`, as near as one
trial comes to the median. Where nothing could be trimmed, what is live and what is kept can't be told apart, and are
one part. A state that reads a few pages above the one before it gave nothing back: then the lower of both counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memlab.model.report import Report, VariantReport
from memlab.render.charts.canvas import SMALL, Canvas
from memlab.render.charts.frame import (
    MARGIN,
    RIGHT,
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
from memlab.render.charts.palette import GROUND, QUIET_TEXT, Dashes, RoleStyle, role_style
from memlab.render.charts.rows import (
    BAR,
    GAP,
    LEAST_BAR,
    ROW,
    THIN_ROW,
    bars_begin,
    draw_absence,
    draw_label,
    draw_name,
    draw_size_axis,
    label_width,
    names_of,
    size_scale,
)
from memlab.render.charts.scales import Scale
from memlab.units import MIB, format_bytes

SUBJECT = "Resident memory when each variant has returned, as growth over its start, and who holds it"

_GRAIN_BYTES = 256 << 10
_BETWEEN = 9.0
_SWATCH = 9.0


@dataclass(frozen=True)
class _Kind:
    """A kind of memory and how it is filled: in the role's colour or its light one, with so many striped lines."""

    words: str
    light: bool
    stripes: int = 0
    dashes: Dashes = None


_LIVE = _Kind("live", light=False)
_LIVE_OR_KEPT = _Kind("live, or kept by the allocator", light=False, stripes=1, dashes=(6.0, 4.0))
_FILE = _Kind("file-backed", light=False, stripes=3, dashes=(1.6, 2.0))
_KEPT = _Kind("kept by the allocator", light=True)
_CACHE = _Kind("in Pillow's cache", light=True, stripes=3, dashes=(1.6, 2.0))
_GARBAGE = _Kind("garbage in cycles", light=True, stripes=2, dashes=(5.0, 2.5))


@dataclass(frozen=True)
class Holders:
    """Who holds what is resident at the end; the parts add up to `ended_bytes`.

    Attributes:
        parts: in the order in which they are drawn; none is empty, and only the first can be negative.
        arenas_bytes: how much of what is kept lies in Python's arenas.
    """

    ended_bytes: int
    parts: tuple[tuple[_Kind, int], ...]
    arenas_bytes: int = 0


@dataclass(frozen=True)
class _Row:
    """One variant as it will be drawn; `label` is its whole bar in words, `ratio` how it compares."""

    number: int
    variant: VariantReport
    holders: Holders | None
    label: str
    ratio: str | None


def holders_of(variant: VariantReport) -> Holders | None:
    """Take the end state of a variant apart, as this module says; None where it isn't known."""
    states = variant.end_states_bytes
    ended, collected, cleared = (states.get(name) for name in ("ended", "collected", "caches_cleared"))
    trimmed = states.get("trimmed")
    if ended is None or collected is None:
        return None
    collected = min(ended, collected)
    cleared = collected if cleared is None else min(collected, cleared)
    last = cleared if trimmed is None else min(cleared, trimmed)
    file = _within(states.get("file_backed") or 0, last)
    kept = variant.kept_by_allocator_bytes
    arenas = 0 if kept is None or trimmed is None else _within(round(kept.median) - (collected - last), last - file)
    parts = (
        (_LIVE if trimmed is not None else _LIVE_OR_KEPT, last - file - arenas),
        (_FILE, file),
        (_KEPT, cleared - last + arenas),
        (_CACHE, collected - cleared),
        (_GARBAGE, ended - collected),
    )
    return Holders(ended, tuple((kind, size) for kind, size in parts if size), arenas)


def draw(canvas: Canvas, report: Report) -> float:
    """Draw the chart; returns its height.

    A bar for each variant, of parts that add up to what is resident at its end, with the parts in words below it.
    """
    y = top = draw_header(canvas, report, SUBJECT, ("retained", "kept"), trials=False) + 4
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
    return draw_notes(canvas, _notes(rows), y) + MARGIN - 6


def describe(report: Report) -> str:
    """The chart in words."""
    sentences = []
    for row in _rows(report):
        facts = [row.label, *([row.ratio] if row.ratio is not None else []), *_in_words(row)]
        sentences.append(f"{shown_name(row.variant.name)} ({row.variant.role}): {'; '.join(facts)}.")
    return alternative(report, SUBJECT, sentences)


def _within(size: int, most: int) -> int:
    return min(max(0, size), max(0, most))


def _rows(report: Report) -> list[_Row]:
    rows = []
    for number, variant in enumerate(in_order(report)):
        holders = holders_of(variant)
        rows.append(
            _Row(
                number=number,
                variant=variant,
                holders=holders,
                label=no_figure(variant) if holders is None else _size(holders.ended_bytes),
                ratio=compared(variant, report, {"retained": "retains ", "kept": "allocator keeps "}),
            )
        )
    return rows


def _size(size_bytes: int) -> str:
    """A size; a few pages less than at the start are nothing, as in the report's table."""
    return format_bytes(0 if -_GRAIN_BYTES < size_bytes < 0 else size_bytes)


def _in_words(row: _Row) -> list[str]:
    if row.holders is None:
        return []
    return [f"{kind.words} {_size(size)}" for kind, size in _told(row.holders)]


def _told(holders: Holders) -> list[tuple[_Kind, int]]:
    return [(kind, size) for kind, size in holders.parts if size > 0 or size <= -_GRAIN_BYTES]


def _scale(canvas: Canvas, rows: list[_Row], begin: float) -> Scale:
    bars: list[tuple[float, float]] = []
    wished: list[tuple[float, float]] = []
    for row in rows:
        if row.holders is not None:
            end = _end(row.holders)
            bars += [(end, label_width(canvas, row.label)), (min(0, *(size for _, size in row.holders.parts), 0), 0.0)]
            wished.append((end, label_width(canvas, row.label, row.ratio)))
    return size_scale(begin, bars, wished)


def _end(holders: Holders) -> int:
    """How far to the right the bar reaches: a negative part is drawn to the left of 0."""
    return sum(size for _, size in holders.parts if size > 0)


def _draw_row(canvas: Canvas, row: _Row, scale: Scale, y: float) -> float:
    holders, style, zero = row.holders, role_style(row.variant.role), scale.at(0)
    if holders is None:
        draw_absence(canvas, scale, row.label, y)
        return y + ROW
    canvas.box(zero, y, LEAST_BAR, BAR, style.colour)
    at = 0
    for index, (kind, size) in enumerate(holders.parts):
        left, right = sorted((scale.at(at), scale.at(at + size)))
        _fill(canvas, (left, y, right - left, BAR), kind, style, id=f"{row.number}.{index}")
        at += max(0, size)
    y = draw_label(canvas, scale, at, row.label, row.ratio, y)
    return _draw_words(canvas, row, holders, style, zero + GAP, y)


def _draw_words(canvas: Canvas, row: _Row, holders: Holders, style: RoleStyle, begin: float, y: float) -> float:
    """The parts in words, each behind a sample of how it is filled."""
    x = begin
    for (kind, _), words in zip(_told(holders), _in_words(row), strict=True):
        width = _SWATCH + 4 + canvas.text_width(words, SMALL)
        if x > begin and x + width > RIGHT:
            x, y = begin, y + THIN_ROW
        _fill(canvas, (x, y + 1, _SWATCH, 8.0), kind, style)
        canvas.text(x + _SWATCH + 4, y + 8.2, words, size=SMALL, colour=QUIET_TEXT)
        x += width + 10
    return y + (THIN_ROW if x > begin else 0)


def _fill(
    canvas: Canvas,
    box: tuple[float, float, float, float],
    kind: _Kind,
    style: RoleStyle,
    *,
    id: str | None = None,
) -> None:
    """Fill a box (left, top, width, height) as memory of a kind is."""
    left, top, width, height = box
    # Light ones have an edge: on a projector they would be lost.
    canvas.box(left, top, width, height, style.light if kind.light else style.colour, edge=style.colour, id=id)
    for stripe in range(kind.stripes):
        y = top + height * (stripe + 1) / (kind.stripes + 1)
        colour = style.colour if kind.light else GROUND
        canvas.line([(left, y), (left + width, y)], colour, width=1.2, dashes=kind.dashes)


def _notes(rows: Sequence[_Row]) -> list[str]:
    notes = ["one trial of each, that of the median growth"]
    shown = {kind for row in rows if row.holders is not None for kind, _ in _told(row.holders)}
    explained = {
        _LIVE: "live: still used by objects",
        _FILE: "file-backed: pages of files, which the system can drop",
        _KEPT: "kept: freed, but not given back",
        _GARBAGE: "garbage in cycles: freed by the next collection",
    }
    notes += [words for kind, words in explained.items() if kind in shown]
    arenas = max((row.holders.arenas_bytes for row in rows if row.holders is not None), default=0)
    if arenas >= MIB:
        notes.append(
            f"up to {format_bytes(arenas)} of what is kept lie in Python's arenas and count as retained as well"
        )
    return notes
