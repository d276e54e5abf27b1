"""Memory over time, a line a variant, all on one scale."""

from __future__ import annotations

from memlab.model.report import Report
from memlab.render import words
from memlab.render.bars import timeline
from memlab.render.layout import cell_width, fit, flow, pad, wrap
from memlab.render.signs import Signs
from memlab.render.style import Style
from memlab.units import format_bytes, format_seconds

_LEAST = 12
_MOST = 60
_LONGEST_NAME = 28


def render_timelines(report: Report, *, width: int, style: Style, signs: Signs) -> list[str]:
    """Each variant's timeline from 0 up to the highest point of all, with its peak and its duration."""
    drawn = [(variant, variant.timeline) for variant in report.variants if variant.timeline and variant.timeline.points]
    if not drawn:
        return []
    largest = max(value for _, line in drawn for _, value in line.points)
    labels = [
        signs.text(f"{format_bytes(max(value for _, value in line.points))} in {format_seconds(line.points[-1][0])}")
        for _, line in drawn
    ]
    names = [fit(words.shown_name(variant.name, signs), _LONGEST_NAME, signs) for variant, _ in drawn]
    name_width = max(map(cell_width, names))
    label_width = max(map(cell_width, labels))
    room = width - (2 + name_width + 2 + 2 + label_width)
    lines = [style.bold("memory over time"), *map(style.dim, _scale(report, largest, width, signs))]
    for (variant, line), name, label in zip(drawn, names, labels, strict=True):
        if room >= _LEAST:
            cells = timeline(line.points, largest, min(room, _MOST), signs)
            text = f"  {style.role(pad(name, name_width), variant.role)}  {style.role(cells, variant.role)}  {label}"
            lines.append(text)
        else:
            cells = timeline(line.points, largest, max(4, min(width - 4, _MOST)), signs)
            if cell_width(name) + 2 + label_width <= width:
                lines.append(f"{style.role(pad(name, width - 2 - label_width), variant.role)}  {label}")
            else:
                lines += [style.role(fit(name, width, signs), variant.role), *wrap(label, width, first="  ")]
            lines.append(f"  {style.role(cells, variant.role)}")
    return lines


def _scale(report: Report, largest: int, width: int, signs: Signs) -> list[str]:
    unseen = max((variant.timeline.unseen_growth_bytes for variant in report.variants if variant.timeline), default=0)
    items = [f"each from its start to its end, 0 to {format_bytes(max(0, largest))}"]
    if any(variant.tree for variant in report.variants):
        items.append("of process trees the upper bound")
    if unseen:
        items.append(f"up to {format_bytes(unseen)} could hide between two readings")
    return flow(items, width, indent="  ", signs=signs)
