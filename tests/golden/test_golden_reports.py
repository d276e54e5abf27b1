"""What reports look like: held to files beside this one, and to what has to hold at every width.

`MEMLAB_UPDATE_GOLDEN=1 pytest tests/golden` writes the files anew; look at the difference before keeping it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import fake_reports
import pytest

from memlab.model.report import Report
from memlab.printable import printable
from memlab.render.json import report_json
from memlab.render.layout import cell_width
from memlab.render.terminal import render_report

FOLDER = Path(__file__).parent
WIDTHS = (20, 40, 60, 80, 100, 120, 200)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def render(name: str, width: int, *, colour: bool = False, unicode: bool = True) -> str:
    return render_report(fake_reports.ALL[name](), width=width, colour=colour, unicode=unicode)


@pytest.mark.parametrize(
    ("name", "width", "unicode"),
    [
        ("eight_variants", 40, True),
        ("eight_variants", 80, True),
        ("eight_variants", 80, False),
        ("eight_variants", 120, True),
        ("one_variant", 80, True),
        ("failures", 40, True),
        ("failures", 80, True),
        ("tree", 40, False),
        ("tree", 80, True),
        ("below_resolution", 80, True),
        ("huge_and_tiny", 80, True),
        ("retained_headline", 80, True),
        ("every_meter", 60, False),
        ("every_meter", 80, True),
        ("every_meter", 120, True),
        ("hostile", 80, True),
    ],
)
def test_a_report_looks_as_it_did(name: str, width: int, unicode: bool) -> None:
    file = FOLDER / f"{name}.{width}{'' if unicode else '.ascii'}.txt"
    text = render(name, width, unicode=unicode)
    if os.environ.get("MEMLAB_UPDATE_GOLDEN") == "1":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", fake_reports.ALL)
def test_every_report_at_every_width(name: str, width: int, unicode: bool) -> None:
    report = fake_reports.ALL[name]()
    text = render(name, width, unicode=unicode)
    path = printable(report.run_file or "", None)
    too_long = [line for line in text.splitlines() if cell_width(line) > width and line != path]
    assert too_long == []
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    assert text.isascii() or unicode
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    # Colour adds nothing but colour: it is never the only sign of anything.
    coloured = render(name, width, colour=True, unicode=unicode)
    assert "\x1b[" in coloured
    plain = COLOURS.sub("", coloured)
    assert [line.rstrip() for line in plain.split("\n")] == text.split("\n")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_variant_says_its_role_and_its_figures(width: int) -> None:
    report = fake_reports.eight_variants()
    text = render("eight_variants", width)
    for variant in report.variants:
        assert text.count(variant.name) >= 2 or width < 40
    for word in ("baseline", "technique", "pitfall"):
        assert word in text
    for figure in ("148 MiB", "12.4 MiB", "6.30 MiB", "28.0 MiB", "1.31 s", "0.97×", "147–149"):
        assert figure in text


def test_roles_have_their_colours() -> None:
    text = render("eight_variants", 80, colour=True)
    assert "\x1b[38;5;166mbaseline\x1b[0m" in text
    assert "\x1b[38;5;31mtechniques\x1b[0m" in text
    assert "\x1b[38;5;175mpitfalls\x1b[0m" in text


def test_bars_are_on_one_scale() -> None:
    lines = render("eight_variants", 80).splitlines()
    bars = {line.split()[0]: line.count("█") for line in lines if "MiB" in line and " in " not in line}
    assert bars["load_all"] == bars["stream_sorted"] == 10
    assert bars["stream"] == 0


def test_timelines_are_on_one_scale() -> None:
    lines = render("eight_variants", 80).splitlines()
    drawn = {line.split()[0]: line for line in lines if " MiB in " in line}
    assert "█" in drawn["load_all"]
    assert set(drawn["stream"].split()[1]) == {"▁"}
    assert drawn["load_all"].endswith("148 MiB in 1.31 s")


def test_below_the_resolution_there_is_no_figure_and_no_bar() -> None:
    line = next(line for line in render("below_resolution", 80).splitlines() if line.startswith("  mapped"))
    assert "<2.00 MiB" in line
    assert "█" not in line
    assert not any(part in line for part in "▏▎▍▌▋▊▉")


def test_the_floor_is_the_kernels() -> None:
    from memlab.kernel.resolution import floor_bytes as kernels
    from memlab.render.figures import floor_bytes

    for resolution in (0, 248 << 10, 1 << 20, 3 << 20, 32 << 20):
        assert floor_bytes(resolution) == kernels(resolution)


def test_a_lower_bound_is_marked() -> None:
    assert "≥12.4 MiB" in render("failures", 80)
    assert ">=12.4 MiB" in render("failures", 80, unicode=False)


def test_undeclared_differences_stand_out() -> None:
    lines = render("failures", 80).splitlines()
    assert next(line for line in lines if line.startswith("  differs")).endswith(" NO")
    assert any("its output differs from that of load_all, and nothing declares that" in line for line in lines)
    lines = render("eight_variants", 80).splitlines()
    assert next(line for line in lines if line.startswith("  reused_buffer_in_list")).endswith(" no")


def test_errors_come_before_warnings_and_notes() -> None:
    text = render("failures", 80)
    places = [text.index(word) for word in ("error: segfaults", "error: differs", "warning: ", "note: ")]
    assert places == sorted(places)
    assert "Interrupted" in text
    assert "with_hdf5 is passed over" in text


def test_a_tree_has_its_bounds() -> None:
    text = " ".join(render("tree", 80).split())
    assert "with its 3 processes at least 48.0 MiB, at most 75.0 MiB; 2 too short to measure" in text
    assert "phases: decode 20.0 MiB, blur 60.0 MiB" in text


def test_sampled_figures_do_not_claim_to_be_exact() -> None:
    text = " ".join(render("huge_and_tiny", 80).split())
    assert "samples taken from outside" in text
    assert "exact within" not in text
    assert "exact within 248 KiB; 3 trials each" in render("eight_variants", 80)


def test_the_recipes_headline_figure_comes_first() -> None:
    lines = render("retained_headline", 80).splitlines()
    heading = next(line for line in lines if "same?" in line)
    assert heading.split() == ["retained", "growth", "kept", "time", "same?"]
    bars = {line.split()[0]: line.count("█") for line in lines if line.startswith("  cache") and " in " not in line}
    assert bars["cache_for_ever"] > 10 * bars["cache_bounded"] > 0


def test_a_path_stays_in_one_piece() -> None:
    assert "\nreports/generators/2030-01-02T030405Z/run.json\n" in render("eight_variants", 40)
    assert "\nsaved in reports/generators/2030-01-02T030405Z/run.json\n" in render("eight_variants", 80)


def test_nothing_measured_at_all() -> None:
    report = fake_reports.report(
        [fake_reports.variant("load_all", "baseline", None, trials=0, failed=1)], sentence="nothing could be measured"
    )
    text = render_report(report, width=80, colour=False, unicode=True)
    assert "failed" in text
    assert "nothing could be measured; " not in text
    empty = fake_reports.report([], sentence="nothing")
    assert render_report(empty, width=80, colour=False, unicode=True).startswith("nothing\n")


@pytest.mark.parametrize("name", sorted(set(fake_reports.ALL) - {"hostile"}))
def test_json_is_the_document(name: str) -> None:
    report: Report = fake_reports.ALL[name]()
    document = json.loads(report_json(report))
    assert (document["format"], document["version"]) == ("memlab.report", 1)
    assert [variant["name"] for variant in document["variants"]] == [variant.name for variant in report.variants]
    assert report_json(report).endswith(b"}\n")
