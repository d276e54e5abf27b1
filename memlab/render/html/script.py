"""The page's script, and what it reads of a report."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from memlab.model.report import Report, VariantReport
from memlab.printable import printable
from memlab.render.charts import timeline
from memlab.render.charts.frame import shown_name

_MOST_INTERVALS = 300
_PHASE_LIMIT = 60


def page_script() -> str:
    """What a `<script>` element holds: the text of page.js without its comments and indentation.

    It looks for `figure[data-timeline]`, whose value is a prefix, with the chart `timeline` of `inline_chart` in it,
    and for `timeline_data` as JSON in the element whose id is the prefix and `-data`; and for `table.sortable` with
    `th[data-sort]` (`number` or `text`) and cells with `data-value`. What it adds are `.reading` in the figure and
    buttons in headers.
    """
    text = resources.files(__package__).joinpath("page.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def timeline_data(report: Report) -> dict[str, Any] | None:
    """What the script reads out of a timeline, to be written as JSON; None where there is none.

    `plot` says where the plot ends: `seconds`, and `low` and `high` in bytes. Of `variants`, in the order of their
    lines, each has its `name`, `ends` (seconds) and `bytes` (the highest of the interval that ends then), and
    `phases` as (name, start, end). Where there are more intervals than the chart is wide, neighbours are one, as high
    as the higher.
    """
    reach = timeline.extent(report)
    if reach is None:
        return None
    return {
        "plot": {"seconds": reach.longest, "low": reach.low, "high": reach.high},
        "variants": [_variant(variant) for variant in timeline.drawn(report)],
    }


def _variant(variant: VariantReport) -> dict[str, Any]:
    assert variant.timeline is not None
    points = _merged(variant.timeline.points)
    return {
        "name": shown_name(variant.name),
        "ends": [round(seconds, 6) for seconds, _ in points],
        "bytes": [size for _, size in points],
        "phases": [
            (printable(name, _PHASE_LIMIT), round(start, 6), round(end, 6))
            for name, start, end in variant.timeline.phases
        ],
    }


def _merged(points: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    together = -(-len(points) // _MOST_INTERVALS)
    groups = (points[first : first + together] for first in range(0, len(points), together))
    return [(group[-1][0], max(size for _, size in group)) for group in groups]
