"""Where the memory was: lines of source with what they account for, of the baseline and of the technique that saves."""

from __future__ import annotations

from collections.abc import Sequence

from memlab.model.report import Report, TopLine, VariantReport
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.layout import cell_width, fit, pad, pad_left
from memlab.render.signs import Signs
from memlab.render.style import Style
from memlab.units import format_bytes

_MOST_LINES = 3
_LEAST_SHARE = 0.01
_LEAST_TEXT = 24
_LONGEST_PLACE = 40
HEADINGS = {
    "memray": "where the memory was at the peak (memray)",
    "memory_profiler": "lines by their growth (memory_profiler)",
    "tracemalloc": "what was still alive at the end (tracemalloc)",
}
"""What the lines of a meter are."""


def render_where(report: Report, *, width: int, style: Style, signs: Signs) -> list[str]:
    """The top lines of the baseline and of the first technique that saves; empty where nothing is known of them.

    What was alive at the peak; what is still alive at the end only where the report is about that, or where it is
    enough to be told from nothing.
    """
    shown = [variant for variant in report.variants if variant.name in _chosen(report)]
    at_peak = "memray" if any(largest_lines(variant, "memray") for variant in shown) else "memory_profiler"
    parts = [
        (at_peak, [(variant, largest_lines(variant, at_peak)) for variant in shown]),
        (
            "tracemalloc",
            [(variant, largest_lines(variant, "tracemalloc")) for variant in shown if _retains(variant, report)],
        ),
    ]
    lines: list[str] = []
    for meter, found in parts:
        known = [(variant, tops) for variant, tops in found if tops]
        if known:
            lines += [style.bold(fit(HEADINGS[meter], width, signs)), *_part(known, width, style, signs)]
    return lines


def _chosen(report: Report) -> tuple[str, ...]:
    techniques = {variant.name for variant in report.variants if variant.role == "technique"}
    saving = (one.variant for one in report.comparisons if one.verdict == "saves" and one.variant in techniques)
    first = next(saving, None)
    return (report.baseline,) if first is None else (report.baseline, first)


def largest_lines(variant: VariantReport, meter: str) -> list[TopLine]:
    """The variant's lines by that meter, without those that are nothing beside the largest."""
    tops = [line for line in variant.top_lines if line.meter == meter and line.bytes > 0][:_MOST_LINES]
    return [line for line in tops if line.bytes >= _LEAST_SHARE * tops[0].bytes]


def _retains(variant: VariantReport, report: Report) -> bool:
    retained, growth = variant.retained_bytes, variant.peak_growth_bytes
    if report.headline == "retained":
        return True
    resolution = 0 if growth is None else growth.resolution_bytes
    return retained is not None and retained.median > figures.floor_bytes(resolution)


def _part(found: Sequence[tuple[VariantReport, list[TopLine]]], width: int, style: Style, signs: Signs) -> list[str]:
    sizes = [format_bytes(line.bytes) for _, tops in found for line in tops]
    places = [_place(line, signs) for _, tops in found for line in tops]
    size_width = max(map(cell_width, sizes))
    place_width = max(map(cell_width, places))
    beside = width - (4 + size_width + 2 + place_width + 2) >= _LEAST_TEXT
    lines = []
    rows = iter(zip(sizes, places, strict=True))
    for variant, tops in found:
        name = fit(words.shown_name(variant.name, signs), max(1, width - 2), signs)
        lines.append(f"  {style.role(name, variant.role)}")
        for top in tops:
            size, place = next(rows)
            start = f"    {pad_left(size, size_width)}  "
            text = _text(top, signs)
            if beside:
                shown = pad(place, place_width) + "  "
                room = width - cell_width(start) - cell_width(shown)
                lines.append(start + style.dim(shown) + _cut(text, room, signs))
                continue
            lines.append(start + style.dim(fit(place, max(4, width - cell_width(start)), signs)))
            if text:
                indent = " " * (4 + size_width + 2)
                lines.append(indent + _cut(text, max(4, width - len(indent)), signs))
    return lines


def file_and_line(line: TopLine) -> tuple[str, str]:
    """`recipes/generators.py` and `:42`: the file with its folder, which tells files of one name apart.

    The second is empty where it isn't known; the first is safe to print.
    """
    parts = line.file.replace("\\", "/").split("/")
    return printable("/".join(parts[-2:]), _LONGEST_PLACE * 2), f":{line.line}" if line.line else ""


def _place(line: TopLine, signs: Signs) -> str:
    file, number = file_and_line(line)
    return fit(signs.text(file), _LONGEST_PLACE, signs) + number


def _text(line: TopLine, signs: Signs) -> str:
    """The line of source, or the function where it can't be read; and what it had called to allocate."""
    text = line.text or (f"in {line.function}" if line.function else "")
    if line.through:
        text = f"{text}  ({line.through})" if text else line.through
    return signs.text(printable(text, 400, ellipsis=signs.ellipsis))


def _cut(text: str, width: int, signs: Signs) -> str:
    """The beginning of a line of source: what it does stands there."""
    if cell_width(text) <= width:
        return text
    kept = text
    while kept and cell_width(kept) > width - cell_width(signs.ellipsis):
        kept = kept[:-1]
    return kept.rstrip() + signs.ellipsis
