"""Charts of a report, as SVG or PNG: what its renderers for pages and files show beside the figures.

The same report gives the same bytes, with the same matplotlib. matplotlib is imported when the first chart is drawn.
"""

from __future__ import annotations

from types import ModuleType

from memlab.model.report import Report
from memlab.render.charts import peaks, retained, timeline
from memlab.render.charts.canvas import Canvas, drawing
from memlab.render.charts.frame import sentence

_MODULES: dict[str, ModuleType] = {"peaks": peaks, "timeline": timeline, "retained": retained}

CHARTS = tuple(_MODULES)
"""Their names: what each meter saw; memory over time; what stays after the end."""

FORMATS = ("svg", "png")


def draw(report: Report, chart: str, format: str, *, header: bool = True) -> bytes:
    """Draw a chart.

    Args:
        report: what to show.
        chart: one of `CHARTS`.
        format: one of `FORMATS`. Both are 8 inches wide: an SVG 576 points, a PNG 1200 pixels; the height follows
            from the number of variants.
        header: whether the report's sentence and what was measured on what stand above the picture.

    Raises:
        ValueError: there is no such chart or format.
    """
    module = _module(chart)
    if format not in FORMATS:
        raise ValueError(f"a chart can't be drawn as {format!r}; there is {' and '.join(FORMATS)}")
    with drawing():
        canvas = Canvas(format, chart, header=header)
        canvas.set_height(module.draw(canvas, report))
        return canvas.save(title=sentence(report), description=module.describe(report))


def chart_subject(chart: str) -> str:
    """What a chart shows of any report, in a few words.

    Raises:
        ValueError: there is no such chart.
    """
    return str(_module(chart).SUBJECT)


def describe_chart(report: Report, chart: str) -> str:
    """What a chart shows, in words and figures: a paragraph for those who don't see it.

    Raises:
        ValueError: there is no such chart.
    """
    return str(_module(chart).describe(report))


def _module(chart: str) -> ModuleType:
    if chart not in _MODULES:
        raise ValueError(f"there is no chart {chart!r}; there are {', '.join(CHARTS)}")
    return _MODULES[chart]
