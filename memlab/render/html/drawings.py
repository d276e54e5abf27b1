"""A chart as part of a page: the drawing of `memlab.render.charts`, in the page's colours and type.

What is put into the page is written anew from the few elements and attributes that a chart consists of; whatever else
a drawing might hold is left out.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from memlab.model.report import Report
from memlab.render.charts import chart_subject, describe_chart, draw
from memlab.render.charts.frame import LEFT, RIGHT
from memlab.render.html.colours import COLOURS

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_VARIABLES = {one.light.lower(): f"var(--{one.name})" for one in COLOURS}
_PROPERTIES = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor")
_FONT = re.compile(r"(?:(bold|[1-9]00) )?([0-9.]+px)")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
# How far the label of the last tick may reach beyond the plot, in points.
_OVERHANG = 10.0
_OF_VARIANT = re.compile(r"timeline\.([0-9]+)\.[a-z]+(?:\.[0-9]+)?")


def inline_chart(report: Report, chart: str, prefix: str) -> str:
    """A chart as an `<svg>` element for an HTML page, the same for the same report.

    Its colours are the variables of `COLOURS`, its font is the page's, and its width that of what it stands in. Its
    header is left out: the page says what the chart is about. Its name is what the chart shows, its description the
    chart in words. In a timeline everything that belongs to one variant is in groups with the same `data-variant`:
    its place among those that have a timeline, in the order of `timeline_data`.

    Args:
        chart: one of `memlab.render.charts.CHARTS`.
        prefix: begins every id; letters, digits and hyphens.

    Raises:
        ValueError: there is no such chart.
    """
    drawn = ElementTree.fromstring(draw(report, chart, "svg", header=False))
    id = f"{prefix}-{chart}-words"
    svg = ElementTree.Element(
        "svg",
        {
            # Without the margin on the left: on the page a chart stands as far out as the text above it.
            "viewBox": f"{LEFT:g} 0 {RIGHT + _OVERHANG - LEFT:g} {drawn.get('viewBox', '').split()[3]}",
            "role": "img",
            "aria-label": chart_subject(chart),
            "aria-describedby": id,
            "stroke-linejoin": "round",
        },
    )
    # Not a `title`: browsers would show it over the chart as soon as the pointer rests.
    ElementTree.SubElement(svg, "desc", {"id": id}).text = describe_chart(report, chart)
    for group in drawn.findall(f"{_NAMESPACE}g/{_NAMESPACE}g"):
        # The first is the sheet of paper; on the page it is the page.
        if group.get("id") != "patch_1":
            svg.extend(_group(group, prefix))
    return ElementTree.tostring(svg, encoding="unicode")


def _group(group: ElementTree.Element, prefix: str) -> list[ElementTree.Element]:
    """What one thing drawn becomes: its shapes and texts, within a group where others have to find it."""
    shapes = [shape for element in group if (shape := _shape(element)) is not None]
    id = group.get("id", "")
    if "." not in id:
        return shapes
    kept = ElementTree.Element("g", {"id": f"{prefix}-{id}"})
    belongs = _OF_VARIANT.fullmatch(id)
    if belongs is not None:
        kept.set("data-variant", belongs[1])
    kept.extend(shapes)
    return [kept]


def _shape(element: ElementTree.Element) -> ElementTree.Element | None:
    name = element.tag.removeprefix(_NAMESPACE)
    shape = ElementTree.Element(name)
    if name == "path":
        shape.set("d", " ".join(element.get("d", "").split()))
    elif name == "text":
        shape.set("x", _rounded(element.get("x", "0")))
        shape.set("y", _rounded(element.get("y", "0")))
        shape.text = "".join(element.itertext())
    else:
        return None
    shape.set("style", _style(element.get("style", "")))
    return shape


def _style(style: str) -> str:
    """The declarations that matter, with variables in the place of colours."""
    found = dict(_declaration(part) for part in style.split(";") if ":" in part)
    font = _FONT.search(found.get("font", ""))
    if font is not None:
        found |= {"font-weight": font[1] or "400", "font-size": font[2]}
    if found.get("text-anchor") == "start":
        del found["text-anchor"]
    return ";".join(f"{name}:{_VARIABLES.get(found[name], found[name])}" for name in _PROPERTIES if name in found)


def _declaration(part: str) -> tuple[str, str]:
    name, _, value = part.partition(":")
    return name.strip(), value.strip()


def _rounded(number: str) -> str:
    return _NUMBER.sub(lambda found: f"{float(found[0]):.1f}", number)
