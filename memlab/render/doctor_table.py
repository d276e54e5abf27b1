"""What each meter saw of each program, as a table: with the headline meter's error, without it, or a line at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from memlab.model.doctor import DoctorReport, MeterReading, ProgramResult
from memlab.printable import printable
from memlab.render.layout import cell_width, flow, pad, wrap
from memlab.render.signs import Signs
from memlab.render.style import Style
from memlab.units import format_bytes, format_signed_bytes

_TEXT_LIMIT = 600
_SEVERITIES = {"off": "error", "failed": "error", "missed": "warning", "doubled": "warning", "blind": "warning"}
_MARKS = {"off": "!", "failed": "!", "missed": "<", "blind": "<", "doubled": ">"}
_LEGEND = {
    "<": "less than there was, as such a meter must",
    ">": "more than there was, as such a meter must",
    "!": "wrong",
}
_HEADINGS = {"memory_profiler": ("memory_", "profiler"), "tracemalloc": ("trace-", "malloc")}
"""Names that would widen their column, in two lines."""


@dataclass(frozen=True)
class _Column:
    heading: tuple[str, str]
    cell: Callable[[ProgramResult], str]
    left: bool = False
    meter: str | None = None


def table_lines(report: DoctorReport, width: int, style: Style, chosen: Signs) -> list[str]:
    """The programs and what the meters saw of them, in as much detail as fits the width."""
    headline, *others = report.meters or ("os",)
    name = _Column(("", "program"), lambda program: _text(program.title, chosen), left=True)
    allocated = _Column(("", "allocated"), lambda program: format_bytes(program.allocated_bytes))
    seen = [_seen(meter, chosen) for meter in report.meters]
    detailed = [
        _Column(("", f"{_text(headline, chosen)} saw"), lambda program: _size(program.readings.get(headline), chosen)),
        _Column(("", "error"), lambda program: _error(program.readings.get(headline), chosen)),
        _Column(("", ""), lambda program: _verdict(program.readings.get(headline), chosen), left=True),
        *seen[1:],
    ]
    for columns, shown in ((detailed, others), (seen, list(report.meters))):
        lines = _table([name, allocated, *columns], report, width, style, chosen)
        if lines:
            return lines + _legend(report, shown, width, style, chosen)
    return _stacked(report, width, style, chosen)


def _seen(meter: str, chosen: Signs) -> _Column:
    def cell(program: ProgramResult) -> str:
        reading = program.readings.get(meter)
        return ("" if reading is None else _MARKS.get(reading.verdict, "")) + _size(reading, chosen)

    heading = _HEADINGS.get(meter, ("", _text(meter, chosen)))
    return _Column(heading, cell, meter=meter)


def _table(columns: list[_Column], report: DoctorReport, width: int, style: Style, chosen: Signs) -> list[str]:
    """The lines; none where one would be wider than the terminal."""
    rows = [[column.cell(program) for column in columns] for program in report.programs]
    widths = [
        max(map(cell_width, (*column.heading, *(row[place] for row in rows)))) for place, column in enumerate(columns)
    ]
    if sum(widths) + 2 * (len(widths) - 1) > width:
        return []
    headline = report.meters[0] if report.meters else ""

    def line(cells: list[str], severities: list[str] | None = None) -> str:
        parts = []
        for place, cell in enumerate(cells):
            padding = pad("", widths[place] - cell_width(cell))
            shown = cell if severities is None else style.severity(cell, severities[place])
            parts.append(shown + padding if columns[place].left else padding + shown)
        return "  ".join(parts).rstrip()

    headings = [line([column.heading[row] for column in columns]) for row in (0, 1)]
    lines = [style.dim(heading) for heading in headings if heading.strip()]
    for program, cells in zip(report.programs, rows, strict=True):
        of_program = _severity(program, headline)
        lines.append(
            line(cells, [_severity(program, column.meter) if column.meter else of_program for column in columns])
        )
        lines += _why(program, width, style, chosen)
    return lines


def _legend(report: DoctorReport, meters: list[str], width: int, style: Style, chosen: Signs) -> list[str]:
    """What the marks in the columns of these meters mean."""
    used = {
        _MARKS.get(program.readings[meter].verdict)
        for program in report.programs
        for meter in meters
        if meter in program.readings
    }
    items = [f"{mark} {meaning}" for mark, meaning in _LEGEND.items() if mark in used]
    return [style.dim(line) for line in flow(items, width, indent="", signs=chosen)]


def _stacked(report: DoctorReport, width: int, style: Style, chosen: Signs) -> list[str]:
    lines: list[str] = []
    for program in report.programs:
        severity = _severity(program, report.meters[0] if report.meters else "")
        lines += [style.severity(line, severity) for line in wrap(_text(program.title, chosen), width, rest="  ")]
        if not program.readings:
            lines += _why(program, width, style, chosen)
            continue
        items = [f"allocated {format_bytes(program.allocated_bytes)}"]
        for place, meter in enumerate(report.meters):
            reading = program.readings.get(meter)
            words = [_text(meter, chosen), "saw", _size(reading, chosen)]
            if place == 0:
                items.append(" ".join(words))
                words = [_error(reading, chosen)]
            items.append(" ".join([*words, _verdict(reading, chosen)]))
        lines += [style.severity(line, severity) for line in flow(items, width, indent="  ", signs=chosen)]
    return lines


def _size(reading: MeterReading | None, chosen: Signs) -> str:
    return chosen.dash if reading is None or reading.seen_bytes is None else format_bytes(reading.seen_bytes)


def _error(reading: MeterReading | None, chosen: Signs) -> str:
    if reading is None or reading.error_bytes is None:
        return chosen.dash
    return format_signed_bytes(reading.error_bytes)


def _verdict(reading: MeterReading | None, chosen: Signs) -> str:
    return "not run" if reading is None else _text(reading.verdict, chosen)


def _severity(program: ProgramResult, meter: str) -> str:
    reading = program.readings.get(meter)
    return _SEVERITIES.get(reading.verdict, "") if reading is not None else "note"


def _why(program: ProgramResult, width: int, style: Style, chosen: Signs) -> list[str]:
    if program.passed_over is None:
        return []
    return [style.dim(line) for line in wrap(_text(program.passed_over, chosen), width, first="    ")]


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, _TEXT_LIMIT, ellipsis=chosen.ellipsis))
