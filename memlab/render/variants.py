"""The variants side by side: a table with bars, or one below the other where the terminal is narrow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from memlab.model.report import Report, VariantReport
from memlab.render import figures, words
from memlab.render.bars import bar
from memlab.render.layout import cell_width, fit, flow, pad, pad_left
from memlab.render.signs import Signs
from memlab.render.style import Style
from memlab.units import format_bytes

ROLES = {"baseline": "baseline", "technique": "techniques", "pitfall": "pitfalls"}
_HEADINGS = {
    "growth": "growth",
    "retained": "retained",
    "kept": "kept",
    "time": "time",
    "same": "same?",
    **figures.METERS,
}
_LEGEND = ("retained: still alive after the run", "kept: freed, and kept by the allocator")
_METER_LEGEND = {
    "memray": "heap: asked for, C code included (memray)",
    "tracemalloc": "Python: what Python itself knows of (tracemalloc)",
    "memory_profiler": "sampled: what memory_profiler saw",
}
_SAME = "same?: the baseline's output"
_NEARLY = "same?: the baseline's output, or how near to it"
_LEAST_BAR, _MOST_BAR = 8, 44
_LEAST_NAME, _MOST_NAME = 16, 28


@dataclass(frozen=True)
class _Row:
    """One variant: its name as shown, the cells of the table by heading, and what is said below them."""

    variant: VariantReport
    name: str
    cells: dict[str, str]
    details: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class _Columns:
    """Widths in cells: of the names, the bars, and the column under each heading."""

    name: int
    bar: int
    cells: dict[str, int]


def render_variants(report: Report, *, width: int, style: Style, signs: Signs) -> list[str]:
    """The variants' figures, grouped by role: the headline figure with a bar, the others, time, and output."""
    variants = _by_role(report.variants)
    meters = [
        one for one in figures.METERS if any(figures.meter_value(variant, one) is not None for variant in variants)
    ]
    rows = [_row(variant, report, meters, True, signs) for variant in variants]
    columns = _columns(rows, width, _MOST_NAME) if meters else None
    in_columns = columns is not None
    if columns is None:
        rows = [_row(variant, report, meters, False, signs) for variant in variants]
        columns = _columns(rows, width, _LEAST_NAME)
    if columns is None:
        lines = _stacked(rows, width, style, signs)
    else:
        lines = _table(rows, columns, width, style, signs)
    legend = _legend(report, meters if in_columns else [], columns is not None)
    return lines + [style.dim(line) for line in flow(legend, width, indent="", signs=signs)]


def _legend(report: Report, meters: list[str], table: bool) -> list[str]:
    legend = [*(_METER_LEGEND[meter] for meter in meters), *_LEGEND]
    if table:
        nearly = any(one.agreement is not None and one.agreement.kind == "psnr" for one in report.comparisons)
        legend.append(_NEARLY if nearly else _SAME)
    return legend


def _row(variant: VariantReport, report: Report, meters: list[str], in_columns: bool, signs: Signs) -> _Row:
    """One variant, the other meters' figures as cells or in the words below."""
    headline, *others = figures.in_order(report.headline)
    cells = {headline: figures.cell(variant, headline, signs)}
    if in_columns:
        cells |= {meter: figures.meter_cell(variant, meter, signs) for meter in meters}
    cells |= {figure: figures.cell(variant, figure, signs) for figure in others}
    cells["time"] = figures.time(variant, report, signs)
    cells["same"] = figures.same(variant, report, signs)
    comparison = figures.comparison_of(variant, report)
    details: list[str | None] = [figures.range_of(variant, report.headline, signs)]
    if comparison is not None:
        details += [words.compared(comparison, signs), words.differing(comparison, report.baseline, signs)]
        details.append(words.pitfall(comparison))
    if not in_columns:
        saw = {meter: figures.meter_cell(variant, meter, signs) for meter in meters}
        details += [f"{meter} {size}" for meter, size in saw.items() if size != signs.dash]
    if variant.tree is not None:
        details.append(words.tree(variant.tree))
        if variant.cgroup_peak_bytes is not None:
            details.append(f"its memory cgroup grew by {format_bytes(variant.cgroup_peak_bytes)}, page cache included")
    if variant.phases:
        phases = (
            f"{words.shown_name(phase.name, signs)} {format_bytes(phase.peak_growth_bytes)}" for phase in variant.phases
        )
        details.append(f"phases: {', '.join(phases)}")
    details.append(words.trial_failures(variant))
    return _Row(
        variant=variant,
        name=words.shown_name(variant.name, signs),
        cells=cells,
        details=tuple(detail for detail in details if detail),
        value=figures.value_of(variant, report.headline) or 0,
    )


def _by_role(variants: Iterable[VariantReport]) -> list[VariantReport]:
    places = {role: place for place, role in enumerate(ROLES)}
    return sorted(variants, key=lambda variant: places.get(variant.role, len(places)))


def _columns(rows: list[_Row], width: int, least_name: int) -> _Columns | None:
    """How wide the columns are, or None where a table doesn't fit.

    Args:
        least_name: to how few cells the names may be cut, where they are longer.
    """
    if not rows:
        return None
    cells = {
        key: max(cell_width(_HEADINGS[key]), *(cell_width(row.cells[key]) for row in rows)) for key in rows[0].cells
    }
    # Two spaces before the name, before the bar, and before every column.
    room = width - (2 + 2 + sum(cells.values()) + 2 * len(cells))
    longest = max(cell_width(row.name) for row in rows)
    name = min(longest, _MOST_NAME, room - _LEAST_BAR)
    if name < min(longest, least_name):
        return None
    return _Columns(name, min(room - name, _MOST_BAR), cells)


def _table(rows: list[_Row], columns: _Columns, width: int, style: Style, signs: Signs) -> list[str]:
    largest = max(row.value for row in rows)
    first, *others = columns.cells
    heading = " " * (2 + columns.name) + "  " + pad_left(_HEADINGS[first], columns.cells[first])
    heading += "  " + " " * columns.bar
    lines = [style.dim(heading + "".join("  " + pad_left(_HEADINGS[key], columns.cells[key]) for key in others))]
    role = None
    for row in rows:
        if row.variant.role != role:
            role = row.variant.role
            lines.append(style.role(ROLES.get(role, role), role))
        drawn = pad(bar(row.value, largest, columns.bar, signs), columns.bar)
        line = "  " + style.role(pad(fit(row.name, columns.name, signs), columns.name), role)
        line += "  " + style.bold(pad_left(row.cells[first], columns.cells[first])) + "  " + style.role(drawn, role)
        lines.append(line + "".join("  " + pad_left(row.cells[key], columns.cells[key]) for key in others))
        lines.extend(style.dim(line) for line in flow(row.details, width, indent="    ", signs=signs))
    return lines


def _stacked(rows: list[_Row], width: int, style: Style, signs: Signs) -> list[str]:
    largest = max((row.value for row in rows), default=0)
    first_width = max((cell_width(next(iter(row.cells.values()))) for row in rows), default=0)
    bar_width = max(4, min(_MOST_BAR, width - 4 - first_width))
    lines: list[str] = []
    for row in rows:
        (_, value), *others = row.cells.items()
        role = row.variant.role
        name = fit(row.name, max(6, width - cell_width(role) - 3), signs)
        lines.append(f"{style.role(name, role)} ({role})")
        drawn = bar(row.value, largest, bar_width, signs)
        lines.append(f"  {style.bold(pad_left(value, first_width))}  {style.role(drawn, role)}")
        items = [f"{_HEADINGS[key]} {text}" for key, text in others if text != signs.dash and key != "same"]
        if row.cells["same"] == "yes":
            items.append("same output")
        elif row.cells["same"].endswith(" dB"):
            items.append(f"output agrees ({row.cells['same']})")
        lines.extend(flow((*row.details, *items), width, indent="  ", signs=signs))
    return lines
