"""The tables of figures: those beside the charts, each meter's, every figure of every variant, and every trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from memlab.model.report import Comparison, Ratio, Report, VariantReport
from memlab.model.shown import TrialRow
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.charts.frame import in_order
from memlab.render.charts.retained import holders_of
from memlab.render.html.tables import Cell, Column, Table, number
from memlab.render.signs import UNICODE
from memlab.units import format_bytes, format_ratio, format_seconds

MOST_TRIALS = 1000
"""Rows of the table of trials; the saved run has all of them."""

_DASH = UNICODE.dash
_METER_DETAILS = {
    "memray": "memray: asked for, C code included",
    "tracemalloc": "tracemalloc: what Python itself knows of",
    "memory_profiler": "memory_profiler: what it saw every 0.1 s",
}
_SOURCES = {"kernel": "kernel", "kernel_whole_life": "kernel, whole life", "sampled": "sampled"}
_VARIANT, _ROLE = Column("variant", sort="text"), Column("role", sort="text")


def name_cell(name: str, role: str) -> Cell:
    """A variant's name with the sign of its role."""
    return Cell(words.shown_name(name, UNICODE), role=role)


def peaks_table(report: Report, label: str) -> Table:
    """What the chart of peaks shows: growth, its range, and how it compares."""
    rows = [
        (
            name_cell(variant.name, variant.role),
            Cell(variant.role),
            number(figures.cell(variant, "growth", UNICODE), figures.value_of(variant, "growth")),
            Cell(figures.range_of(variant, "growth", UNICODE) or _DASH),
            Cell("; ".join(_compared(variant, report)) or _DASH),
        )
        for variant in in_order(report)
    ]
    over = Column("over the trials", sort="text")
    columns = (_VARIANT, _ROLE, Column("growth"), over, Column("against its reference", sort="text"))
    return Table("Peak memory of each variant, as growth over its start", label, columns, rows)


def timeline_table(report: Report, label: str) -> Table:
    """What the timelines show: the highest point of each, and how long it ran."""
    rows = []
    for variant in in_order(report):
        line = variant.timeline
        if line is None or not line.points:
            continue
        highest, end = max(size for _, size in line.points), line.points[-1][0]
        rows.append(
            (
                name_cell(variant.name, variant.role),
                Cell(variant.role),
                number(format_bytes(highest), highest),
                number(format_seconds(end), end),
                Cell(_phases(variant) or _DASH),
            )
        )
    phases = Column("highest in each phase", sort="text")
    return Table(
        "One trial of each variant, as growth over its start",
        label,
        (_VARIANT, _ROLE, Column("highest"), Column("ended after"), phases),
        rows,
    )


def retained_table(report: Report, label: str) -> Table:
    """What the chart of retained memory shows: the parts of what is resident at the end."""
    held = [(variant, holders_of(variant)) for variant in in_order(report)]
    kinds = list(dict.fromkeys(kind for _, holders in held if holders for kind, _ in holders.parts))
    rows = []
    for variant, holders in held:
        cells = [name_cell(variant.name, variant.role), Cell(variant.role)]
        if holders is None:
            cells += [Cell(_DASH)] * (1 + len(kinds))
        else:
            parts = dict(holders.parts)
            cells.append(number(format_bytes(holders.ended_bytes), holders.ended_bytes))
            cells += [number(format_bytes(parts.get(kind, 0)), parts.get(kind, 0)) for kind in kinds]
        rows.append(tuple(cells))
    columns = (_VARIANT, _ROLE, Column("resident at the end"), *(Column(kind.words) for kind in kinds))
    caption = "Resident memory when each variant has returned, over its start, and who holds it"
    return Table(caption, label, columns, rows)


def meters_table(report: Report, label: str) -> Table:
    """Each meter's peak of each variant, side by side."""
    variants = in_order(report)
    meters = [one for one in figures.METERS if _any_has(variants, one)]
    shown = [
        *(figures.value_of(variant, "growth") or 0 for variant in variants),
        *(figures.meter_value(variant, meter) or 0 for variant in variants for meter in meters),
    ]
    most = max([1.0, *shown])
    rows = []
    for variant in variants:
        growth = figures.value_of(variant, "growth")
        cells = [number(figures.cell(variant, "growth", UNICODE), growth, share=_share(growth, most))]
        for meter in meters:
            value = figures.meter_value(variant, meter)
            cells.append(number(figures.meter_cell(variant, meter, UNICODE), value, share=_share(value, most)))
        rows.append((name_cell(variant.name, variant.role), *cells))
    columns = [_VARIANT, Column("growth", "the kernel: what the machine must have")]
    columns += [Column(figures.METERS[meter], _METER_DETAILS[meter]) for meter in meters]
    return Table("The peak of each variant as each meter saw it", label, columns, rows)


def every_figure_table(report: Report, label: str) -> Table:
    """Every figure of every variant, with its range over the trials; figures that no variant has are left out."""
    variants = in_order(report)
    made: list[tuple[Column, Callable[[VariantReport], Cell]]] = [
        (_ROLE, lambda variant: Cell(variant.role)),
        (Column("growth"), lambda variant: _spread_cell(variant, "growth")),
        (Column("ratio", "95 % interval"), lambda variant: _ratio_cell(variant, report)),
        (Column("verdict", sort="text"), lambda variant: Cell(_verdict(variant, report))),
    ]
    for meter, heading in figures.METERS.items():
        if _any_has(variants, meter):
            made.append((Column(heading, meter), partial(_meter_cell, meter)))
    made += [
        (Column("retained"), lambda variant: _spread_cell(variant, "retained")),
        (Column("kept", "by the allocator"), lambda variant: _spread_cell(variant, "kept")),
    ]
    for kind in ("anonymous", "file", "shared"):
        if any(variant.split_at_peak is not None for variant in variants):
            made.append((Column(f"{kind} at the peak", "sampled"), partial(_split_cell, kind)))
    if any(variant.tree is not None for variant in variants):
        made.append((Column("processes", sort="text"), lambda variant: Cell(_tree(variant))))
    if any(variant.cgroup_peak_bytes is not None for variant in variants):
        made.append((Column("memory cgroup", "page cache included"), _cgroup_cell))
    made += [
        (Column("time"), _time_cell),
        (Column("time ratio", "95 % interval"), lambda variant: _time_ratio_cell(variant, report)),
        (Column("same output?", sort="text"), lambda variant: Cell(figures.same(variant, report, UNICODE))),
        (Column("trials", "that count"), _trials_cell),
    ]
    rows = [(name_cell(one.name, one.role), *(cell(one) for _, cell in made)) for one in variants]
    columns = [_VARIANT, *(column for column, _ in made)]
    return Table("The median over the trials, and below it the range", label, columns, rows, sortable=True)


def trials_table(trials: Sequence[TrialRow], label: str) -> Table:
    """Every trial, a row each, at most `MOST_TRIALS`; columns that are empty are left out."""
    trials = trials[:MOST_TRIALS]
    sizes: list[tuple[Column, Callable[[TrialRow], float | None], Callable[[float], str]]] = [
        (Column("growth"), lambda row: row.peak_growth_bytes, format_bytes),
        (Column("its meter's peak"), lambda row: row.meter_peak_bytes, format_bytes),
        (Column("retained"), lambda row: row.retained_bytes, format_bytes),
        (Column("kept", "by the allocator"), lambda row: row.kept_by_allocator_bytes, format_bytes),
        (Column("time"), lambda row: row.seconds, format_seconds),
        (Column("CPU time"), lambda row: row.cpu_seconds, format_seconds),
        (Column("swapped"), lambda row: row.swap_bytes or None, format_bytes),
    ]
    used = [one for one in sizes if any(one[1](row) is not None for row in trials)]
    failures = any(row.failure for row in trials)
    rows = []
    for row in trials:
        cells = [Cell(str(row.number), value=str(row.number)), name_cell(row.variant, row.role)]
        cells.append(Cell(row.meter if row.kind == "meter" else row.kind, detail=_remark(row)))
        for _, value_of, format in used:
            value = value_of(row)
            cells.append(number(_DASH if value is None else format(value), value))
        if failures:
            cells.append(Cell(printable(row.failure, 300)))
        rows.append(tuple(cells))
    columns = [Column("trial"), _VARIANT, Column("for", sort="text"), *(column for column, _, _ in used)]
    if failures:
        columns.append(Column("failure", sort="text"))
    return Table("Every trial, in the order of the plan", label, columns, rows, sortable=True)


def _share(value: float | None, most: float) -> float | None:
    return None if value is None else max(0.0, value) / most


def _compared(variant: VariantReport, report: Report) -> list[str]:
    comparison = figures.comparison_of(variant, report)
    if comparison is None:
        return []
    said = (
        words.compared(comparison, UNICODE),
        words.differing(comparison, report.baseline, UNICODE),
        words.pitfall(comparison),
    )
    return [one for one in said if one]


def _phases(variant: VariantReport) -> str:
    return ", ".join(f"{printable(one.name, 60)} {format_bytes(one.peak_growth_bytes)}" for one in variant.phases)


def _spread_cell(variant: VariantReport, figure: str) -> Cell:
    text = figures.cell(variant, figure, UNICODE)
    over = figures.range_of(variant, figure, UNICODE) or ""
    # That it was the same each time doesn't need the size once more.
    detail = "each time" if over.startswith("each time") else over
    return number(text, figures.value_of(variant, figure), detail=detail)


def _any_has(variants: Sequence[VariantReport], meter: str) -> bool:
    return any(figures.meter_value(variant, meter) is not None for variant in variants)


def _meter_cell(meter: str, variant: VariantReport) -> Cell:
    return number(figures.meter_cell(variant, meter, UNICODE), figures.meter_value(variant, meter))


def _split_cell(kind: str, variant: VariantReport) -> Cell:
    split = variant.split_at_peak
    size = None if split is None else int(getattr(split, f"{kind}_bytes"))
    return number("unknown" if size is None else format_bytes(size), size)


def _tree(variant: VariantReport) -> str:
    return _DASH if variant.tree is None else words.tree(variant.tree)


def _cgroup_cell(variant: VariantReport) -> Cell:
    size = variant.cgroup_peak_bytes
    return number(_DASH if size is None else format_bytes(size), size)


def _ratio_cell(variant: VariantReport, report: Report) -> Cell:
    comparison = figures.comparison_of(variant, report)
    ratio = None if comparison is None else comparison.ratio
    if comparison is None or ratio is None:
        return Cell(_DASH)
    if ratio.value is None:
        return number(f"{UNICODE.at_least}{format_ratio(ratio.at_least or 0)}", ratio.at_least)
    return number(format_ratio(ratio.value), ratio.value, detail=_interval(ratio, comparison, report))


def _time_ratio_cell(variant: VariantReport, report: Report) -> Cell:
    comparison = figures.comparison_of(variant, report)
    ratio = None if comparison is None else comparison.time_ratio
    if comparison is None or ratio is None or ratio.value is None:
        return Cell(_DASH)
    return number(format_ratio(ratio.value), ratio.value, detail=_interval(ratio, comparison, report))


def _interval(ratio: Ratio, comparison: Comparison, report: Report) -> str:
    """The ends of the interval where they differ, and the reference where that isn't the baseline."""
    said = []
    if ratio.low is not None and ratio.high is not None:
        low, high = format_ratio(ratio.low), format_ratio(ratio.high)
        said += [f"{low[:-1]}{_DASH}{high}"] if low != high else []
    if comparison.baseline != report.baseline:
        said.append(f"against {words.shown_name(comparison.baseline, UNICODE)}")
    return " ".join(said)


def _verdict(variant: VariantReport, report: Report) -> str:
    comparison = figures.comparison_of(variant, report)
    if comparison is None or comparison.verdict is None:
        return _DASH
    return comparison.verdict.replace("_", " ")


def _time_cell(variant: VariantReport) -> Cell:
    seconds = variant.seconds
    if seconds is None:
        return Cell(_DASH)
    low, high = format_seconds(seconds.low), format_seconds(seconds.high)
    detail = f"{low} {_DASH} {high}" if variant.trials > 1 and low != high else ""
    return number(format_seconds(seconds.median), seconds.median, detail=detail)


def _trials_cell(variant: VariantReport) -> Cell:
    return number(str(variant.trials), variant.trials, detail=words.trial_failures(variant))


def _remark(row: TrialRow) -> str:
    remarks = [_SOURCES.get(row.source or "", "")]
    if not row.counted and row.kind == "headline":
        remarks.append("not counted")
    if not row.undisturbed:
        remarks.append("beside others")
    return ", ".join(filter(None, remarks))
