"""The page as a document: what it may do, what it refers to, how large it is, and what it says where a part is missing.

tests/process/test_page.py shows it to a browser.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
import tinyhtml5

from memlab.analysis.trial_rows import trial_rows
from memlab.model.report import Report, TimelineReport
from memlab.model.shown import Shown
from memlab.render.html import render_page
from memlab.render.html.colours import COLOURS
from memlab.render.html.script import timeline_data

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_chart_reports
import fake_reports
from fake_reports import MIB
from made_runs import described, made_run, measured


def around(report: Report, trials: int = 3) -> Shown:
    """A report with a run beside it that has so many trials of each of its variants."""
    variants = [described(one.name, one.role) for one in report.variants]
    run = made_run(variants, [measured(one.name, (n + 1) * MIB) for one in report.variants for n in range(trials)])
    return Shown(report, run, trial_rows(run))


def page(*reports: Report) -> str:
    return render_page([around(report) for report in reports]).decode("utf-8")


def parsed(text: str) -> ElementTree.Element:
    return tinyhtml5.parse(text, namespace_html_elements=False)


def said(text: str) -> str:
    """All that is to be read."""
    (main,) = parsed(text).iter("main")
    return " ".join(" ".join(main.itertext()).split())


def test_the_page_runs_its_own_script_and_nothing_else() -> None:
    text = page(fake_chart_reports.all_meters())
    root = parsed(text)
    (policy,) = [one.get("content", "") for one in root.iter("meta") if one.get("http-equiv")]
    (script,) = [one.text or "" for one in root.iter("script") if one.get("type") is None]
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    assert policy == (f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'")
    # The policy holds for what stands behind it.
    assert text.index("Content-Security-Policy") < min(text.index("<style"), text.index("<script"))


def test_the_page_refers_to_nothing_but_itself() -> None:
    text = page(two := fake_chart_reports.all_meters(), fake_chart_reports.phases(), two)
    root = parsed(text)
    ids = [str(one.get("id")) for one in root.iter() if one.get("id") is not None]
    assert len(ids) == len(set(ids))
    assert {str(one.tag) for one in root.iter()}.isdisjoint({"link", "iframe", "object", "embed", "base", "form"})
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            if name in ("src", "href"):
                assert value.startswith(("data:image/", "#")), value
            if name.startswith("aria-") and name in ("aria-labelledby", "aria-describedby"):
                assert value in ids
            if value.startswith("#") and name == "href":
                assert value[1:] in ids
    (style,) = [one.text or "" for one in root.iter("style")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_colour_that_is_used_is_there_for_light_and_for_dark() -> None:
    text = page(fake_chart_reports.all_meters())
    (style,) = [one.text or "" for one in parsed(text).iter("style")]
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", text))
    # A share is set where it is used, on a bar.
    assert used - {"share"} <= set(re.findall(r"--([a-z0-9-]+):", style))
    dark = style[style.index("prefers-color-scheme: dark") : style.index("@media print")]
    assert set(re.findall(r"--([a-z0-9-]+):", dark)) == {one.name for one in COLOURS}


def test_the_same_reports_give_the_same_bytes() -> None:
    shown = [around(fake_chart_reports.hostile_with_meters()), around(fake_chart_reports.phases())]
    assert render_page(shown) == render_page(shown)


def test_the_data_of_a_timeline_are_those_of_the_report() -> None:
    nasty = "</script><script>alert(1)</script><!-- \u2028 & "
    made = fake_chart_reports.phases()
    timeline = msgspec.structs.replace(made.variants[0].timeline, phases=((nasty, 0.0, 1.0),))
    first = msgspec.structs.replace(made.variants[0], timeline=timeline)
    made = msgspec.structs.replace(made, variants=(first, *made.variants[1:]))
    text = page(made)
    (data,) = [one.text or "" for one in parsed(text).iter("script") if one.get("type") == "application/json"]
    assert json.loads(data) == json.loads(json.dumps(timeline_data(made)))
    assert not set("<>&\u2028") & set(data)


def test_eight_variants_take_less_than_300_kib() -> None:
    assert len(page(fake_chart_reports.all_meters()).encode()) < 200 << 10  # without pictures and sources


def test_many_trials_and_long_timelines_take_less_than_a_mebibyte() -> None:
    made = fake_chart_reports.all_meters()
    points = tuple(((n + 1) * 0.4, (100 + (n * 7919) % 97) * MIB) for n in range(1500))
    variants = [msgspec.structs.replace(one, timeline=TimelineReport(points, 0)) for one in made.variants]
    shown = around(msgspec.structs.replace(made, variants=tuple(variants)), trials=100)
    content = render_page([shown])
    assert len(content) < 1 << 20
    rows = list(parsed(content.decode()).iter("tr"))
    assert len(rows) > 800


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("nothing_measured", ("Interrupted: only the trials", "nothing to draw", "There is no timeline")),
        ("one_variant", ("Only the kernel's figure was taken", "No meter told which lines", "isn't known of any")),
        ("failures", ("failed",)),
        ("below_resolution", ("under 2.00 MiB", "at least 74.0×")),
    ],
)
def test_what_is_missing_is_said(name: str, sentences: tuple[str, ...]) -> None:
    text = said(page((fake_chart_reports.ALL.get(name) or getattr(fake_reports, name))()))
    for sentence in sentences:
        assert sentence in text


def test_a_page_of_several_has_a_table_of_contents() -> None:
    text = page(fake_chart_reports.all_meters(), fake_chart_reports.all_meters())
    root = parsed(text)
    (contents,) = root.iter("nav")
    links = [(link.get("href"), link.text) for link in contents.iter("a")]
    assert links == [("#generators", "generators"), ("#generators_2", "generators 2")]
    assert [len(list(root.iter(tag))) for tag in ("main", "h1", "article")] == [1, 1, 2]


def test_nothing_is_no_page() -> None:
    with pytest.raises(ValueError):
        render_page([])


def contrast(one: str, other: str) -> float:
    """Of two colours `#RRGGBB`, as WCAG 2 counts it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_the_ground(scheme: str) -> None:
    colours: dict[str, Any] = {one.name: getattr(one, scheme) for one in COLOURS}
    ground, ink = colours.pop("ground"), colours["ink"]
    for name in ("ink", "muted", "warning", "technique-1"):
        assert contrast(colours[name], ground) >= 4.5, name
    for name, colour in colours.items():
        if name.endswith("-light"):
            assert contrast(ink, colour) >= 4.5, name
        elif name != "grid":
            assert contrast(colour, ground) >= 3, name
