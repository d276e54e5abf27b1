"""What charts show: their texts, bars and lines held to files beside this one, and what has to hold for every report.

`MEMLAB_UPDATE_GOLDEN=1 pytest tests/golden` writes the files anew; look at the charts before keeping them. The files
hold nothing that another matplotlib would draw otherwise: no places, no sizes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fake_chart_reports
import pytest

from memlab.render.charts import CHARTS, describe_chart, draw, peaks, retained, timeline
from memlab.render.charts.canvas import WIDTH, Canvas, drawing
from memlab.units import format_bytes

FOLDER = Path(__file__).parent / "charts"
SVG = "{http://www.w3.org/2000/svg}"
MODULES: dict[str, Any] = {"peaks": peaks, "timeline": timeline, "retained": retained}
NUMBERS = re.compile(r"-?[\d.]+")


def elements(name: str, chart: str) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """What is drawn in its order: `text`, `box` or `line`, its id, and the element."""
    root = ElementTree.fromstring(draw(fake_chart_reports.ALL[name](), chart, "svg"))
    for group in root.findall(f"{SVG}g/*"):
        id = group.get("id", "")
        for element in group:
            kind = "text" if element.tag == f"{SVG}text" else "line" if style(element)["fill"] == "none" else "box"
            yield kind, id, element


def style(element: ElementTree.Element) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def points(element: ElementTree.Element) -> list[tuple[float, float]]:
    numbers = [float(number) for number in NUMBERS.findall(element.get("d", ""))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def structure(name: str, chart: str) -> str:
    """Texts with their weight, and boxes and lines that were given an id with their colour and dashes."""
    lines = []
    for kind, id, element in elements(name, chart):
        found = style(element)
        if kind == "text":
            bold = "700" in found.get("font-weight", found.get("font", ""))
            lines.append(f"{'bold' if bold else 'text'} {''.join(element.itertext())}")
        elif id.startswith(chart):
            dashes = "" if "stroke-dasharray" not in found else f" dashed {found['stroke-dasharray']}"
            colour = found["fill" if kind == "box" else "stroke"]
            lines.append(f"{kind} {id} {colour}{dashes}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "chart"),
    [
        ("all_meters", "peaks"),
        ("failures_with_meters", "peaks"),
        ("huge_and_tiny_with_meters", "peaks"),
        ("tree_with_meters", "peaks"),
        ("hostile_with_meters", "peaks"),
        ("all_meters", "timeline"),
        ("failures_with_meters", "timeline"),
        ("phases", "timeline"),
        ("nothing_measured", "timeline"),
        ("end_states", "retained"),
        ("all_zero", "retained"),
    ],
)
def test_a_chart_shows_what_it_did(name: str, chart: str) -> None:
    file = FOLDER / f"{name}.{chart}.txt"
    text = structure(name, chart)
    if os.environ.get("MEMLAB_UPDATE_GOLDEN") == "1":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("name", fake_chart_reports.ALL)
def test_no_text_lies_upon_another_or_off_the_page(name: str, chart: str) -> None:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

    report = fake_chart_reports.ALL[name]()
    with drawing():
        canvas = Canvas("png", chart)
        height = MODULES[chart].draw(canvas, report)
        canvas.set_height(height)
        canvas.figure.set_dpi(720)
        renderer = RendererAgg(10, 10, 720)
        texts = [(one.get_text(), one.get_window_extent(renderer)) for one in canvas.figure.findobj(Text)]
        boxes = [
            (str(one.get_gid()), one.get_window_extent())
            for one in canvas.figure.findobj(Rectangle)
            if one.get_gid() is not None and one.get_width() > 0
        ]
    points_per_pixel = 72 / canvas.figure.dpi
    assert len(texts) >= 4
    for text, box in texts:
        assert box.x0 * points_per_pixel >= 8, text
        assert box.x1 * points_per_pixel <= WIDTH - 8, text
        assert box.y0 * points_per_pixel >= 4, text
        assert box.y1 * points_per_pixel <= height - 4, text
    pairs = [(one, other, a, b) for index, (one, a) in enumerate(texts) for other, b in [*texts[:index], *boxes]]
    assert [(one, other) for one, other, a, b in pairs if meet(a, b, 0.05 / points_per_pixel)] == []


def meet(one: Any, other: Any, grain: float) -> bool:
    """Whether two boxes share more than an edge."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(across > grain and down > grain)


@pytest.mark.parametrize("name", ["all_meters", "huge_and_tiny_with_meters", "twelve_variants", "all_zero"])
def test_bars_begin_at_0_are_as_long_as_their_figures_and_can_be_seen(name: str) -> None:
    report = fake_chart_reports.ALL[name]()
    fields = {
        "growth": lambda one: None if one.peak_growth_bytes is None else one.peak_growth_bytes.median,
        "tracemalloc": lambda one: one.traced_peak_bytes,
        "memray": lambda one: one.heap_peak_bytes,
        "memory_profiler": lambda one: one.memory_profiler_peak_bytes,
    }
    order = sorted(report.variants, key=lambda one: ["baseline", "technique", "pitfall"].index(one.role))
    bars = {id: points(element) for kind, id, element in elements(name, "peaks") if kind == "box" and "." in id}
    expected = {
        f"peaks.{number}.{meter}": size
        for number, one in enumerate(order)
        for meter, field in fields.items()
        if (size := field(one)) is not None
    }
    assert set(bars) == set(expected)
    begins = {min(x for x, _ in corners) for corners in bars.values()}
    assert len(begins) == 1
    widths = {id: max(x for x, _ in corners) - min(begins) for id, corners in bars.items()}
    assert min(widths.values()) >= 1.5
    largest = max(expected, key=lambda bar: expected[bar])
    if expected[largest]:
        assert widths[largest] > 200
        for id, size in expected.items():
            assert widths[id] == pytest.approx(max(1.8, widths[largest] * size / expected[largest]), abs=0.3)


def test_a_spike_is_seen_however_many_points_there_are() -> None:
    """1000 points a variant become what the page can show, without losing the one that is highest."""
    lines = [points(element) for _, id, element in elements("long_timeline", "timeline") if id.endswith(".line")]
    assert len(lines) == 12
    top = {min(y for _, y in line) for line in lines}
    assert len(top) == 1
    for line in lines:
        assert 100 < len(line) < 700
        assert line == sorted(line, key=lambda point: point[0])
        # The spike is one step wide, at the middle.
        wide = [x for x, y in line if y == min(top)]
        assert len(wide) == 2
        assert wide[1] - wide[0] < 5
        share = (wide[1] - line[0][0]) / (line[-1][0] - line[0][0])
        assert share == pytest.approx(0.5, abs=0.02)
        # Everything else is lower: 300 to 400 of 1024 MiB.
        rest = sorted(y for _, y in line[1:] if y != min(top))
        height = line[0][1] - min(top)
        assert all(0.28 < (line[0][1] - y) / height < 0.4 for y in rest)


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("name", fake_chart_reports.ALL)
def test_the_words_name_every_variant_and_are_printable(name: str, chart: str) -> None:
    report = fake_chart_reports.ALL[name]()
    text = describe_chart(report, chart)
    assert text.isprintable()
    assert text.endswith(".")
    assert len(text) < 8000
    assert ("Interrupted" in text) == (not report.complete)
    for variant in report.variants:
        assert variant.role in text
        if variant.name.isidentifier() and len(variant.name) < 60:
            assert f"{variant.name} ({variant.role}): " in text
        if variant.failed and variant.peak_growth_bytes is None:
            assert "failed" in text


def test_the_words_say_the_figures() -> None:
    report = fake_chart_reports.all_meters()
    assert (
        "stream (technique): 12.4 MiB; each time 12.4 MiB; 11.9× less; 6.20 MiB Python-visible; "
        "12.6 MiB heap, as requested; samples: no figure." in describe_chart(report, "peaks")
    )
    assert "stream (technique): highest around 69.5 ms, at 12.4 MiB; ends after 1.27 s." in describe_chart(
        report, "timeline"
    )
    assert (
        "maps_a_file (technique): 60.0 MiB; retains 2.50× less; live 20.0 MiB; file-backed 20.0 MiB; "
        "kept by the allocator 20.0 MiB." in describe_chart(fake_chart_reports.end_states(), "retained")
    )
    assert f"at {format_bytes(1 << 30)}" in describe_chart(fake_chart_reports.long_timeline(), "timeline")


@pytest.mark.parametrize("chart", CHARTS)
def test_charts_are_small_files(chart: str) -> None:
    report = fake_chart_reports.all_meters()
    assert len(draw(report, chart, "svg")) < 60 << 10
    assert len(draw(report, chart, "png")) < 120 << 10
