"""Charts as parts of a page: whose ids, colours and words they have, and what the page's script is told of them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from memlab.model.report import Report, TimelineReport
from memlab.render import charts
from memlab.render.charts import CHARTS, describe_chart
from memlab.render.html import drawings
from memlab.render.html.colours import COLOURS
from memlab.render.html.drawings import inline_chart
from memlab.render.html.script import page_script, timeline_data

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_chart_reports
from fake_reports import MIB, report, variant

PAIRS = [(name, chart) for name in fake_chart_reports.ALL for chart in CHARTS]


def elements(made: Report, chart: str, prefix: str = "one") -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(inline_chart(made, chart, prefix)).iter())


@pytest.mark.parametrize(("name", "chart"), PAIRS)
def test_a_drawing_holds_nothing_but_shapes_and_texts_in_the_pages_colours(name: str, chart: str) -> None:
    allowed = {
        "svg": {"viewBox", "role", "aria-label", "aria-describedby", "stroke-linejoin"},
        "desc": {"id"},
        "g": {"id", "data-variant"},
        "path": {"d", "style"},
        "text": {"x", "y", "style"},
    }
    styles = set()
    for element in elements(fake_chart_reports.ALL[name](), chart):
        assert set(element.attrib) <= allowed[element.tag]
        styles |= set(element.get("style", "").split(";")) - {""}
    known = {f"var(--{one.name})" for one in COLOURS} | {"none"}
    for style in styles:
        property, _, value = style.partition(":")
        if property in ("fill", "stroke"):
            assert value in known
        else:
            assert re.fullmatch(r"[a-z0-9., ]+", value), style


@pytest.mark.parametrize("chart", CHARTS)
def test_a_drawing_says_the_same_as_the_file(chart: str) -> None:
    """Texts and shapes are those of the chart on its own, but for its header."""
    made = fake_chart_reports.all_meters()
    whole = ElementTree.fromstring(charts.draw(made, chart, "svg"))
    texts = ["".join(one.itertext()) for one in whole.iter("{http://www.w3.org/2000/svg}text")]
    shown = [one.text for one in elements(made, chart) if one.tag == "text"]
    assert [text for text in texts if text in shown] == shown
    assert len(shown) > 10
    left_out = " ".join(text for text in texts if text not in shown)
    assert "measured with the kernel's high-water mark" in left_out
    shapes = [one for one in elements(made, chart) if one.tag == "path"]
    # All but the sheet of paper.
    assert len(shapes) == sum(1 for _ in whole.iter("{http://www.w3.org/2000/svg}path")) - 1


@pytest.mark.parametrize("chart", CHARTS)
def test_a_drawing_is_the_same_each_time_and_shares_no_id_with_another(chart: str) -> None:
    made = fake_chart_reports.hostile_with_meters()
    drawn = inline_chart(made, chart, "one")
    assert inline_chart(made, chart, "one") == drawn
    ids = [element.get("id") for prefix in ("one", "two") for element in elements(made, chart, prefix)]
    ids = [id for id in ids if id is not None]
    assert len(ids) == len(set(ids)) >= 2
    assert {id.partition("-")[0] for id in ids} == {"one", "two"}


@pytest.mark.parametrize("chart", CHARTS)
def test_a_drawing_has_a_name_and_its_words(chart: str) -> None:
    made = fake_chart_reports.hostile_with_meters()
    svg = ElementTree.fromstring(inline_chart(made, chart, "one"))
    assert svg.get("role") == "img"
    assert len(svg.get("aria-label", "")) > 20
    (described,) = [one for one in svg.iter() if one.get("id") == svg.get("aria-describedby")]
    assert described.text == describe_chart(made, chart)


def test_what_a_chart_does_not_consist_of_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should matplotlib ever write more than it does now, nothing of it gets into the page."""
    foreign = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 576 99"><script>alert(1)</script>
        <g id="figure_1" onload="alert(2)"><g id="patch_1"><path d="M 0 0"/></g>
        <g id="peaks.0.growth"><path d="M 1 2&#10;L 3 4" style="fill: #d55e00; cursor: url(https://one.example)"/>
        <image href="https://two.example"/>
        <text x="1.26" y="2" onclick="alert(3)">words<a href="javascript:x">!</a></text>
        <script>alert(4)</script></g></g></svg>"""
    monkeypatch.setattr(drawings, "draw", lambda *_, **__: foreign)
    _, _, group, path, text = elements(fake_chart_reports.all_meters(), "peaks")
    assert group.attrib == {"id": "one-peaks.0.growth"}
    assert path.attrib == {"d": "M 1 2 L 3 4", "style": "fill:var(--baseline-1)"}
    assert (text.text, text.attrib) == ("words!", {"x": "1.3", "y": "2", "style": ""})


def test_everything_of_a_variant_in_a_timeline_can_be_found() -> None:
    made = fake_chart_reports.all_meters()
    svg = ElementTree.fromstring(inline_chart(made, "timeline", "one"))
    data = timeline_data(made)
    assert data is not None
    for number, one in enumerate(data["variants"]):
        groups = svg.findall(f".//g[@data-variant='{number}']")
        parts = {str(group.get("id")).split(".")[2] for group in groups}
        assert parts == {"line", "peak", "leader", "sample", "name", "figure"}
        texts = [text.text for group in groups for text in group.iter("text")]
        assert texts[0] == one["name"]
    assert len(data["variants"]) == 8
    assert svg.find(".//g[@id='one-timeline.plot']/path") is not None


def test_the_script_is_told_the_figures_of_the_report() -> None:
    made = fake_chart_reports.phases()
    data = timeline_data(made)
    assert data is not None
    first, second, _ = data["variants"]
    assert [first["name"], second["name"]] == ["load_all", "strips"]
    assert list(zip(first["ends"], first["bytes"], strict=True)) == [
        (pytest.approx(seconds, abs=1e-6), size) for seconds, size in made.variants[0].timeline.points
    ]
    assert first["phases"][1] == ("blur the whole picture", 0.41, 1.2)
    assert len(second["phases"]) == 100
    assert data["plot"] == {"seconds": pytest.approx(1.31), "low": 0, "high": 150 * MIB}


def test_long_timelines_are_thinned_without_losing_a_peak() -> None:
    count = 1499
    points = tuple(((n + 1) * 0.4, n * 1000) for n in range(count))
    points = (*points[:700], (points[700][0], 10**12), *points[701:])
    long = msgspec.structs.replace(variant("long", "baseline", MIB), timeline=TimelineReport(points, 0))
    made: Any = timeline_data(report([long]))
    (one,) = made["variants"]
    assert 250 <= len(one["ends"]) == len(one["bytes"]) <= 300
    assert one["ends"] == sorted(one["ends"])
    assert one["ends"][-1] == pytest.approx(count * 0.4)
    assert max(one["bytes"]) == 10**12
    assert one["bytes"][-1] == (count - 1) * 1000
    # Each is the highest of the points up to its end.
    highest = [max(size for seconds, size in points if seconds <= end + 1e-6) for end in one["ends"]]
    assert [max(one["bytes"][: n + 1]) for n in range(len(highest))] == highest


def test_without_a_timeline_there_is_nothing_to_read() -> None:
    assert timeline_data(fake_chart_reports.nothing_measured()) is None


def test_the_script_is_small_and_makes_text_of_nothing_but_text() -> None:
    script = page_script()
    assert len(script.encode("utf-8")) < 8 << 10
    assert script.startswith('"use strict";')
    for unwanted in ("</", "<!--", "eval", "Function(", "innerHTML", "outerHTML", "insertAdjacent", "document.write"):
        assert unwanted not in script
    for request in ("fetch", "XMLHttp", "import(", "import ", "WebSocket", "sendBeacon", "new Image"):
        assert request not in script
    # The two names of namespaces are no addresses that anything is asked of.
    assert set(re.findall(r"https?:[^\"']*", script)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
