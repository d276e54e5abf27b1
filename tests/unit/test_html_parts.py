"""What the page says of sources, of lines that held memory, and of outputs that are pictures."""

from __future__ import annotations

import base64
import io
import random
import struct
import sys
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import tinyhtml5
from made_runs import MIB, described, failed, line, made_run, measured, metered
from PIL import Image

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.model.description import Source, VariantDescription
from memlab.model.output import OutputComparison, Picture
from memlab.model.run import Run
from memlab.model.shown import Shown
from memlab.model.trial import LineFigure
from memlab.render.html import render_page

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_reports

FILE = "/recipes/made.py"
LOAD_ALL = """\
@recipe.baseline
def load_all(paths):
    \"\"\"All of them at once.\"\"\"
    images = [read(path) for path in paths]
    return [mean(image) for image in images]
"""
STREAM = """\
@recipe.technique
def stream(paths):
    \"\"\"One at a time.\"\"\"
    return [mean(image) for image in map(read, paths)]
"""


def page(run: Run) -> ElementTree.Element:
    shown = Shown(make_report(run), run, trial_rows(run))
    return tinyhtml5.parse(render_page([shown]).decode("utf-8"), namespace_html_elements=False)


def words(element: ElementTree.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def section(root: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = [one for one in root.iter("section") if str(one.get("id")).endswith(f"-{name}")]
    return found


def with_source(name: str, role: str, first: int, text: str, **more: Any) -> VariantDescription:
    return msgspec.structs.replace(described(name, role, **more), source=Source(FILE, first, text))


def at(number: int, size: float, function: str, text: str = "") -> LineFigure:
    return LineFigure(FILE, number, function, text, round(size))


def two_sources(*, memray: bool = True) -> Run:
    """`load_all` at line 10, whose line 13 held 20 MiB and whose line 14 held 5; `stream` at line 20, and a helper."""
    variants = [with_source("load_all", "baseline", 10, LOAD_ALL), with_source("stream", "technique", 20, STREAM)]
    trials = [measured("load_all", 25 * MIB), measured("stream", 3 * MIB)]
    if memray:
        held = [at(13, 20 * MIB, "load_all"), at(14, 5 * MIB, "load_all"), at(12, 1000, "load_all")]
        trials.append(metered("load_all", "memray", 25 * MIB, lines=held))
        trials.append(metered("stream", "memray", 3 * MIB, lines=[at(99, 3 * MIB, "read", "return decode(path)")]))
    return made_run(variants, trials, options={"meters": ("os", "memray")})


def code_rows(root: ElementTree.Element) -> list[list[str]]:
    """The cells of the first source, as text with its indentation."""
    table = next(one for one in root.iter("table") if one.get("class") == "code")
    return [["".join(cell.itertext()) for cell in row] for row in table.findall("tbody/tr")]


def test_sources_stand_beside_each_other_with_the_memory_of_their_lines() -> None:
    assert code_rows(page(two_sources())) == [
        ["", "11", "~", "def load_all(paths):", "", "21", "~", "def stream(paths):"],
        ["20.0 MiB", "13", "-", "    images = [read(path) for path in paths]", ""],
        [
            "5.00 MiB", "14", "~", "    return [mean(image) for image in images]",
            "", "23", "~", "    return [mean(image) for image in map(read, paths)]",
        ],
    ]  # fmt: skip


def test_what_differs_in_a_line_is_marked() -> None:
    code = section(page(two_sources()), "code")
    assert [mark.text for mark in code.iter("mark")] == ["load_all", "stream", "images", "map(read, paths)"]


def test_lines_that_held_memory_are_coloured_by_how_much() -> None:
    code = section(page(two_sources()), "code")
    coloured = [cell for cell in code.iter("td") if "holds" in str(cell.get("class")).split()]
    assert [(cell.get("class"), cell.get("style")) for cell in coloured] == [
        ("text holds baseline", "--share:1.000"),
        ("text holds baseline", "--share:0.250"),
    ]
    assert "the memory of a line at the peak, as memray saw it" in words(code)


def test_memory_that_a_function_called_by_the_variant_held_is_told_below_it() -> None:
    code = section(page(two_sources()), "code")
    assert "Outside of it, memray saw 3.00 MiB at recipes/made.py:99 in read." in words(code)


def test_without_a_meter_of_lines_the_margin_is_empty_and_not_explained() -> None:
    root = page(two_sources(memray=False))
    assert {row[0] for row in code_rows(root)} == {""}
    assert "saw" not in words(section(root, "code"))
    assert "No meter told which lines held the memory" in words(section(root, "lines"))


def test_a_pitfall_stands_beside_what_it_is_held_against() -> None:
    run = two_sources()
    into_list = STREAM.replace("technique", "pitfall").replace("def stream", "def into_list").replace("[mean", "[[mean")
    pitfall = with_source("into_list", "pitfall", 30, into_list, against="stream", because="it keeps them all")
    recipe = msgspec.structs.replace(run.recipe, variants=(*run.recipe.variants, pitfall))
    trials = (*run.trials, measured("into_list", 30 * MIB))
    code = section(page(msgspec.structs.replace(run, recipe=recipe, trials=trials)), "code")
    assert [words(one) for one in code.iter("summary")] == ["stream beside load_all", "into_list beside stream"]
    assert "A pitfall because it keeps them all" in words(code)


def test_a_baseline_alone_is_shown_alone_and_without_source_that_is_said() -> None:
    run = two_sources()
    alone = made_run([run.recipe.variants[0]], [run.trials[0]])
    assert code_rows(page(alone))[0] == ["", "11", "", "def load_all(paths):"]
    without = made_run([described("load_all", "baseline")], [run.trials[0]])
    assert "doesn't hold the source" in words(section(page(without), "code"))


def test_lines_are_told_by_variant_and_what_is_next_to_nothing_is_not() -> None:
    (table,) = section(page(two_sources()), "lines").iter("table")
    groups = [[" ".join(words(cell) for cell in row) for row in body] for body in table.findall("tbody")]
    assert groups == [
        ["load_all", "20.0 MiB in load_allrecipes/made.py:13", "5.00 MiB in load_allrecipes/made.py:14"],
        ["stream", "3.00 MiB return decode(path)recipes/made.py:99"],
    ]


def test_memory_profilers_lines_are_folded_where_memray_knows_better() -> None:
    def folded(*meters: str) -> list[str]:
        trials = [measured("load_all", 25 * MIB), *(metered("load_all", one, MIB, lines=[line(MIB)]) for one in meters)]
        run = made_run([described("load_all", "baseline")], trials, options={"meters": ("os", *meters)})
        return [words(one) for one in section(page(run), "lines").iter("summary")]

    assert folded("memory_profiler") == []
    assert folded("memory_profiler", "memray") == ["By how much lines grew (memory_profiler)"]


def noise(seed: int, side: int = 128) -> bytes:
    """A PNG that takes about as much room as one can."""
    pixels = random.Random(seed).randbytes(side * side * 3)
    content = io.BytesIO()
    Image.frombytes("RGB", (side, side), pixels).save(content, "PNG")
    return content.getvalue()


def pictured(*pictures: bytes, differences: bool = True) -> Run:
    """A baseline and techniques whose results are these pictures, each of 400×300 pixels."""
    names = ["load_all", *(f"technique_{number}" for number in range(1, len(pictures)))]
    variants = [described(name, "technique" if number else "baseline") for number, name in enumerate(names)]
    trials = [measured(name, 9 * MIB, result=f"picture {number}") for number, name in enumerate(names)]
    digests = [f"digest of picture {number}" for number in range(len(pictures))]
    held = [
        OutputComparison(
            digests[0], digest, "values", 40.0, 3.0, 7, 1200, Picture(400, 300, png) if differences else None
        )
        for digest, png in zip(digests[1:], pictures[1:], strict=True)
    ]
    run = made_run(variants, trials, agree={"kind": "psnr", "at_least_db": 30.0}, agreements=held)
    known = {digest: Picture(400, 300, png) for digest, png in zip(digests, pictures, strict=True)}
    return msgspec.structs.replace(run, pictures=known)


def images(run: Run) -> list[tuple[str, str, bytes]]:
    """Of each picture on the page the alternative text, the kind, and the bytes."""
    found = []
    for one in section(page(run), "outputs").iter("img"):
        kind, _, data = str(one.get("src")).removeprefix("data:image/").partition(";base64,")
        content = base64.b64decode(data, validate=True)
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.size == (int(str(one.get("width"))), int(str(one.get("height"))))
        found.append((str(one.get("alt")), kind, content))
    return found


def test_pictures_of_both_outputs_and_of_their_difference_are_shown_as_they_are() -> None:
    first, second = noise(1, 16), noise(2, 16)
    assert images(pictured(first, second)) == [
        ("the output of load_all", "png", first),
        ("the output of technique_1", "png", second),
        ("where the output of technique_1 differs from the baseline's", "png", second),
    ]


def test_an_output_that_several_have_is_shown_once() -> None:
    run = pictured(noise(1, 16), noise(2, 16))
    same = described("same", "technique")
    recipe = msgspec.structs.replace(run.recipe, variants=(*run.recipe.variants, same))
    run = msgspec.structs.replace(
        run, recipe=recipe, trials=(*run.trials, measured("same", 9 * MIB, result="picture 0"))
    )
    assert [alternative for alternative, _, _ in images(run)] == [
        "the output of load_all, same",
        "the output of technique_1",
        "where the output of technique_1 differs from the baseline's",
    ]


def test_many_large_pictures_are_made_smaller() -> None:
    run = pictured(*(noise(seed) for seed in range(8)))
    shown = images(run)
    assert len(shown) == 15
    assert {kind for _, kind, _ in shown} == {"jpeg"}
    assert sum(len(content) for _, _, content in shown) < 0.7 * 15 * len(noise(0))


def test_pictures_that_cannot_be_read_are_passed_over() -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    whole = noise(1, 16)
    huge = whole[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)) + whole[33:]
    large = whole[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0)) + whole[33:]
    for broken in (b"", b"no picture", b"<svg onload='alert(1)'/>", whole[:60], huge, large):
        found = images(pictured(whole, broken))
        assert [alternative for alternative, _, _ in found] == ["the output of load_all"], broken[:20]


def test_how_far_outputs_differ_is_said_in_words() -> None:
    (table, *_) = section(page(pictured(noise(1, 16), noise(2, 16))), "outputs").iter("table")
    rows = [words(row) for row in table.findall("tbody/tr")]
    assert rows[0].startswith("load_all the baseline")
    assert "40.0 dB where 30 are asked for; 7 of 1,200 values differ; at most by 3" in rows[1]


def test_eight_variants_with_pictures_and_sources_take_less_than_300_kib() -> None:
    """Photographs' thumbnails, as far as they can be had without one: smooth, with some noise."""
    thumbnails = []
    for seed in range(8):
        smooth = Image.linear_gradient("L").resize((128, 96)).convert("RGB")
        grain = Image.frombytes("RGB", (128, 96), random.Random(seed).randbytes(128 * 96 * 3))
        content = io.BytesIO()
        Image.blend(smooth, grain, 0.12).save(content, "PNG")
        thumbnails.append(content.getvalue())
    run = pictured(*thumbnails)
    variants = tuple(
        with_source(one.name, one.role, 100 * number, LOAD_ALL + "    # more\n" * 40)
        for number, one in enumerate(run.recipe.variants)
    )
    run = msgspec.structs.replace(run, recipe=msgspec.structs.replace(run.recipe, variants=variants))
    report = make_report(run)
    measured_variants = tuple(
        msgspec.structs.replace(one, timeline=fake_reports.variant(one.name, one.role, 9 * MIB).timeline)
        for one in report.variants
    )
    report = msgspec.structs.replace(report, variants=measured_variants)
    size = len(render_page([Shown(report, run, trial_rows(run))]))
    assert 150 << 10 < size < 300 << 10


def test_a_text_that_nothing_else_has_made_printable_is_so_on_the_page() -> None:
    run = msgspec.structs.replace(two_sources(), memlab_version="0\x1b[2J\u202e\x00")
    (footer,) = page(run).iter("footer")
    assert "memlab 0\\x1b[2J\\u202e\\x00." in words(footer)


def test_what_was_not_measured_is_not_explained_as_if_it_were() -> None:
    root = page(made_run([described("load_all", "baseline")], [failed("load_all", ending="signalled", signal=11)]))
    assert "There is no figure of the kernel's" in words(section(root, "meters"))
    assert [one for one in section(root, "meters").iter("span") if one.get("class") == "bar"] == []
    assert "nothing to draw. The findings say why." in words(section(root, "growth"))
    (notice,) = [one for one in root.iter("p") if one.get("class") == "notice"]
    assert words(notice) == "1 error below."
