"""Where the memory was: for each meter that knows lines, each variant's lines with what they account for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memlab.model.report import Report, TopLine, VariantReport
from memlab.printable import printable
from memlab.render import words
from memlab.render.charts.frame import in_order
from memlab.render.signs import UNICODE
from memlab.units import format_bytes

_CAPTIONS = {
    "memray": "What was alive at the peak, C code included (memray)",
    "tracemalloc": "What was still alive at the end, of what Python knows (tracemalloc)",
    "memory_profiler": "By how much lines grew (memory_profiler)",
}
_LEAST_SHARE = 0.01
"""Lines that hold less of what their variant's largest one holds are left out."""


@dataclass(frozen=True)
class HeldLine:
    """One line.

    Attributes:
        size: what it accounts for; share: of the largest line in the table.
        code: the line of source, or the function where it can't be read.
        where: its place, and through which line of a library it allocated.
    """

    size: str
    share: float
    code: str
    where: str


@dataclass(frozen=True)
class VariantLines:
    """The lines of one variant, the largest first."""

    variant: str
    role: str
    lines: Sequence[HeldLine]


@dataclass(frozen=True)
class HeldLines:
    """What one meter says of all variants.

    Attributes:
        label: the caption, unlike that of any other table of the page.
        folded: another meter has said it better.
    """

    caption: str
    label: str
    folded: bool
    variants: Sequence[VariantLines]


def held_lines(report: Report, label: str) -> list[HeldLines]:
    """What each meter says of lines; meters that say nothing are left out.

    Args:
        label: tells the tables from those of other recipes.
    """
    tables: list[HeldLines] = []
    at_peak = any(line.meter == "memray" for variant in report.variants for line in variant.top_lines)
    for meter, caption in _CAPTIONS.items():
        found = [(variant, lines) for variant in in_order(report) if (lines := worth_saying(variant, meter))]
        if not found:
            continue
        most = max(line.bytes for _, lines in found for line in lines)
        variants = [
            VariantLines(
                words.shown_name(variant.name, UNICODE), variant.role, [_held_line(line, most) for line in lines]
            )
            for variant, lines in found
        ]
        folded = meter == "memory_profiler" and at_peak
        tables.append(HeldLines(caption, f"lines by {meter}, {label}", folded, variants))
    return tables


def worth_saying(variant: VariantReport, meter: str) -> list[TopLine]:
    """The variant's lines of a meter, without those that hold next to nothing beside the largest."""
    lines = [line for line in variant.top_lines if line.meter == meter and line.bytes > 0]
    least = _LEAST_SHARE * max((line.bytes for line in lines), default=0)
    return [line for line in lines if line.bytes >= least]


def place(line: TopLine) -> str:
    """The file with its folder, which tells files of one name apart, and the line in it."""
    parts = line.file.replace("\\", "/").split("/")
    return printable("/".join(parts[-2:]), 80) + (f":{line.line}" if line.line else "")


def _held_line(line: TopLine, most: int) -> HeldLine:
    code = printable(line.text, 300) or (f"in {printable(line.function, 80)}" if line.function else UNICODE.dash)
    through = f"through {printable(line.through, 120)}" if line.through else ""
    where = f" {UNICODE.dot} ".join(filter(None, (place(line), through)))
    return HeldLine(format_bytes(line.bytes), line.bytes / most, code, where)
