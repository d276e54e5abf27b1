"""Charts as files: the same bytes for the same report whatever matplotlib is set to; and how `ended` is split."""

from __future__ import annotations

import logging
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.model.environment import Environment
from memlab.model.report import PeakGrowth, Report, Spread, TimelineReport, VariantReport
from memlab.model.run import Inputs
from memlab.render.charts import CHARTS, FORMATS, describe_chart, draw
from memlab.render.charts.retained import holders_of

KIB, MIB = 1 << 10, 1 << 20
SVG = "{http://www.w3.org/2000/svg}"
TESTS = Path(__file__).parents[1]

ENVIRONMENT = Environment(
    memlab_version="0.1.0",
    python_version="3.12.1",
    python_implementation="CPython",
    platform="linux",
    kernel="6.1",
    libc="glibc 2.36",
    machine="x86_64",
    cpus_allowed=2,
    cpus_online=2,
    memory_bytes=8 << 30,
    swap_bytes=0,
    cgroup_limit_bytes=None,
    transparent_hugepages="madvise",
    resolution_bytes=248 * KIB,
    install="installed",
)


def measured(name: str, role: str, growth: int = 100 * MIB) -> VariantReport:
    spread = Spread(MIB, MIB, MIB)
    return VariantReport(
        name=name,
        role=role,
        trials=3,
        failed=0,
        peak_growth_bytes=PeakGrowth(growth, growth, growth, "kernel", 248 * KIB, 0, False, False),
        retained_bytes=spread,
        kept_by_allocator_bytes=spread,
        seconds=Spread(1, 1, 1),
        end_states_bytes={"ended": 2 * MIB, "collected": 2 * MIB, "caches_cleared": 2 * MIB, "trimmed": MIB},
        traced_peak_bytes=growth // 2,
        heap_peak_bytes=growth,
        timeline=TimelineReport(((0.02, growth // 2), (0.04, growth), (0.06, growth // 3)), 0),
    )


def made(*names: str) -> Report:
    roles = ["baseline", *["technique"] * len(names)]
    return Report(
        memlab_version="0.1.0",
        created="2030-01-02T03:04:05Z",
        command=("memlab", "compare", "made"),
        recipe="made",
        summary="Made.",
        headline="growth",
        sentence="b needs 2.00× less memory than a",
        baseline=names[0],
        environment=ENVIRONMENT,
        inputs=Inputs(None, True, ()),
        complete=True,
        variants=tuple(
            measured(name, role, 100 * MIB // (number + 1))
            for number, (name, role) in enumerate(zip(names, roles, strict=False))
        ),
        comparisons=(),
        findings=(),
    )


def chunks(png: bytes) -> dict[bytes, bytes]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        at += 12 + length
    return found


@pytest.mark.parametrize("chart", CHARTS)
def test_a_png_is_1200_pixels_wide_and_says_nothing_of_when_or_how(chart: str) -> None:
    found = chunks(draw(made("a", "b"), chart, "png"))
    width, height = struct.unpack(">II", found[b"IHDR"][:8])
    assert width == 1200
    assert 300 < height < 1500
    assert set(found) <= {b"IHDR", b"PLTE", b"pHYs", b"IDAT", b"IEND"}
    assert zlib.decompressobj().decompress(found[b"IDAT"])


@pytest.mark.parametrize("chart", CHARTS)
def test_an_svg_stands_for_itself(chart: str) -> None:
    content = draw(made("a", "b"), chart, "svg")
    root = ElementTree.fromstring(content)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox", "").startswith("0 0 576 ")
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "b needs 2.00× less memory than a"
    assert root.findtext(f"{SVG}desc") == describe_chart(made("a", "b"), chart)
    # No DTD, no date, no generator, no request, no script, no style for the rest of a page.
    text = content.decode()
    assert not re.search(r"<!DOCTYPE|<metadata|<script|<style|<image|href|url\(|matplotlib|20\d\d-", text)
    texts = root.findall(f".//{SVG}text")
    assert texts
    assert all("'DejaVu Sans', Verdana, sans-serif" in one.get("style", "") for one in texts)


@pytest.mark.parametrize("chart", CHARTS)
def test_a_name_of_nothing_to_see_is_drawn(chart: str) -> None:
    assert draw(made("a", " ", "\n"), chart, "svg").endswith(b"</svg>\n")


def test_no_text_is_too_small_to_read_at_600_pixels() -> None:
    for chart in CHARTS:
        sizes = re.findall(r"(?:font-size: |font: (?:\d+ )?)([\d.]+)px", draw(made("a", "b"), chart, "svg").decode())
        assert len(sizes) > 5
        assert min(map(float, sizes)) * 600 / 576 >= 9


def test_unknown_charts_and_formats_are_refused() -> None:
    with pytest.raises(ValueError, match="no chart 'pie'; there are peaks, timeline, retained"):
        draw(made("a"), "pie", "svg")
    with pytest.raises(ValueError, match="as 'gif'; there is svg and png"):
        draw(made("a"), "peaks", "gif")
    with pytest.raises(ValueError, match="no chart 'pie'"):
        describe_chart(made("a"), "pie")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_report_gives_the_same_bytes_whatever_matplotlib_is_set_to(chart: str, format: str) -> None:
    import matplotlib

    expected = draw(made("a", "b"), chart, format)
    theirs = {
        "font.family": ["monospace"],
        "font.size": 30.0,
        "savefig.dpi": 30,
        "svg.fonttype": "path",
        "svg.hashsalt": "another",
        "figure.facecolor": "black",
        "lines.scale_dashes": False,
        "axes.unicode_minus": False,
    }
    with matplotlib.rc_context(theirs):
        assert draw(made("a", "b"), chart, format) == expected
        assert {name: matplotlib.rcParams[name] for name in theirs} == theirs
    assert draw(made("a", "c"), chart, format) != expected


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import memlab.render.charts as charts
loaded = [name for name in ("matplotlib", "numpy", "PIL") if name in sys.modules]
assert loaded == [], loaded
from test_charts import made
for chart in charts.CHARTS:
    for format in charts.FORMATS:
        print(hashlib.sha256(charts.draw(made("a", "b"), chart, format)).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
"""


def test_another_process_says_the_same_and_nothing_else(tmp_path: Path) -> None:
    """With its own hash seed, a settings folder that can't be made, and settings that are wrong."""
    import hashlib

    (tmp_path / "file").write_text("")
    (tmp_path / "matplotlibrc").write_text("font.size: 40\nno.such.key: 1\nsvg.fonttype: path\nbackend: nonsense\n")
    environment = dict(os.environ) | {"MPLCONFIGDIR": str(tmp_path / "file" / "folder"), "PYTHONHASHSEED": "7"}
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.replace("from test_charts", "import pytest\nfrom test_charts"))
    done = subprocess.run(
        [sys.executable, str(script), str(TESTS / "unit")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    report = made("a", "b")
    expected = [hashlib.sha256(draw(report, chart, format)).hexdigest() for chart in CHARTS for format in FORMATS]
    assert done.stdout.split() == expected


def test_what_matplotlib_logs_is_left_as_it_was() -> None:
    logger = logging.getLogger("matplotlib")
    before = logger.level
    draw(made("a"), "peaks", "svg")
    assert logger.level == before


NAME = '</text><script>alert(1)</script>&amp; $x_1$ "q" \'DejaVu Sans\' style="font-size: 1px"'


@pytest.mark.parametrize("chart", CHARTS)
def test_names_are_only_text(chart: str) -> None:
    report = made("a", NAME)
    sentence = f"{NAME}\x1b[2J\x00\ud800 needs less"
    # A chart has the sentence as its title where it shows the figure that the sentence speaks of.
    headline = "retained" if chart == "retained" else "growth"
    report = msgspec.structs.replace(report, sentence=sentence, headline=headline)
    root = ElementTree.fromstring(draw(report, chart, "svg"))
    assert root.findall(f".//{SVG}script") == []
    shown = " ".join("".join(one.itertext()) for one in root.findall(f".//{SVG}text"))
    assert "</text><script>alert(1)</script>&amp; $x_1$" in shown
    assert "\\x1b[2J\\x00\\ud800" in shown
    assert "\\x1b[2J\\x00\\ud800" in (root.findtext(f"{SVG}title") or "")
    assert draw(report, chart, "png").startswith(b"\x89PNG")


sizes = st.integers(-(1 << 34), 1 << 40)


@pytest.mark.parametrize(("chart", "headline"), [("peaks", "retained"), ("timeline", "kept"), ("retained", "growth")])
def test_the_sentence_stands_over_what_it_speaks_of(chart: str, headline: str) -> None:
    report = msgspec.structs.replace(made("a"), sentence="a saves twice as much", headline=headline)
    assert b"twice as much</text>" not in draw(report, chart, "svg")


@given(ended=sizes, collected=sizes, cleared=sizes, trimmed=st.none() | sizes, file=st.none() | sizes, kept=sizes)
def test_the_parts_of_what_stays_add_up(
    ended: int, collected: int, cleared: int, trimmed: int | None, file: int | None, kept: int
) -> None:
    states = {"ended": ended, "collected": collected, "caches_cleared": cleared, "trimmed": trimmed}
    states |= {"released": None} | ({} if file is None else {"file_backed": file})
    variant = msgspec.structs.replace(
        measured("a", "baseline"), end_states_bytes=states, kept_by_allocator_bytes=Spread(kept, kept, kept)
    )
    holders = holders_of(variant)
    assert holders is not None
    assert sum(size for _, size in holders.parts) == ended
    assert all(size > 0 for _, size in holders.parts[1:])
    assert all(size != 0 for _, size in holders.parts)


def parts(states: dict[str, int | None], kept: int | None) -> dict[str, int]:
    """The parts in MiB by their words, of end states in MiB."""
    variant = msgspec.structs.replace(
        measured("a", "baseline"),
        end_states_bytes={name: None if size is None else size * MIB for name, size in states.items()},
        kept_by_allocator_bytes=None if kept is None else Spread(kept * MIB, kept * MIB, kept * MIB),
    )
    holders = holders_of(variant)
    assert holders is not None
    return {kind.words: size // MIB for kind, size in holders.parts}


def test_who_holds_what_stays() -> None:
    ends: dict[str, int | None] = {"ended": 100, "collected": 90, "caches_cleared": 85, "trimmed": 60, "released": 5}
    split = {"live": 60, "kept by the allocator": 25, "in Pillow's cache": 5, "garbage in cycles": 10}
    assert parts(ends, 30) == split
    # Free memory in Python's arenas is in none of the states: it is kept, not live.
    assert parts(ends, 40) == split | {"live": 50, "kept by the allocator": 35}
    assert parts(ends | {"file_backed": 20}, 30) == split | {"live": 40, "file-backed": 20}
    assert parts(ends | {"trimmed": None}, None) == {
        "live, or kept by the allocator": 85,
        "in Pillow's cache": 5,
        "garbage in cycles": 10,
    }
    assert parts({"ended": 3, "collected": 3, "caches_cleared": 3, "trimmed": -2}, 5) == {
        "live": -2,
        "kept by the allocator": 5,
    }
    assert holders_of(msgspec.structs.replace(measured("a", "baseline"), end_states_bytes={})) is None
