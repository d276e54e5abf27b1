"""Recipes listed and shown: aligned, wrapped where it is narrow, safe."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from memlab.model.description import RecipeDescription, RecipeReference, Source, VariantDescription
from memlab.render.description import render_description
from memlab.render.json import description_json
from memlab.render.layout import cell_width
from memlab.render.listing import render_list
from memlab.render.outputs import render_outputs

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
DOC = """Short: what it is about.

A paragraph that goes on over
several lines × of prose.

* an item that is longer than forty columns
  and goes on here
* another

    code(that, stays, on, its, own, line)
    and, this, on, another"""
SOURCE = '@recipe.technique\ndef better(paths):\n\t"""Do it\n\n    better."""\n\n    return "\x1b[31m\u202e"  # '
SOURCE += "x" * 90


def variant(name: str, role: str, **more: object) -> VariantDescription:
    source = Source("/recipes/mine.py", 98, SOURCE + "\n")
    return VariantDescription(**({"name": name, "role": role, "doc": "Says so.", "source": source} | more))  # type: ignore[arg-type]


RECIPE = RecipeDescription(
    reference=RecipeReference(name="mine", path="/recipes/mine.py"),
    doc=DOC,
    file="/recipes/mine.py",
    headline="retained",
    agree={"kind": "psnr", "at_least_db": 42.0},
    needs=("cv2",),
    inputs={"kind": "photos", "count": 24, "width": 1200, "height": 900, "format": "jpeg"},
    sweep={"count": (8, 16), "width": (600, 1200)},
    quick={"count": 8, "height": 300},
    variants=(
        variant("plain", "baseline", source=None, doc=""),
        variant("better", "technique", promises=(12.0, 0.6), needs=("h5py",)),
        variant("worse", "pitfall", against="better", shows=("costs", "wrong_output"), because="it keeps all"),
        variant("elsewhere", "pitfall", shows=("no_saving",), source=Source("/other/file.py", 7, "def f(): ...")),
    ),
)


def render(width: int | None = 100, *, colour: bool = False, unicode: bool = True) -> str:
    return render_description(RECIPE, width=width, colour=colour, unicode=unicode)


def test_a_recipe_says_everything() -> None:
    text = render()
    for part in (
        DOC,
        "\nfile: /recipes/mine.py\n",
        "\ninputs: 24 generated photographs of 1200×900, jpeg\n",
        "\nwith --quick: count=8, height=300\n",
        "\nsweep: count=8, 16; width=600, 1200\n",
        "\noutputs: agree with the baseline's from 42 dB of PSNR on\n",
        "\nneeds: cv2\n",
        "\nabout: what is retained\n",
        "\nbaseline: plain\n",
        "\ntechnique: better\n  Says so.\n  promises to retain 12.0× less than plain, ± 0.6\n",
        "\n  needs: h5py\n  line 98\n",
        '\n   98  @recipe.technique\n   99  def better(paths):\n  100          """Do it\n  101\n  102      better',
        "held against better, it needs more and gives a wrong result, because it keeps all",
        "held against plain, it saves nothing",
        "line 7 of /other/file.py",
    ):
        assert part in text


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [20, 40, 80, 107, 200])
def test_a_recipe_fits_and_is_safe(width: int, unicode: bool) -> None:
    text = render(width, unicode=unicode)
    lines = text.splitlines()
    assert [line for line in lines if cell_width(line) > width and line != "/recipes/mine.py"] == []
    assert [line for line in lines if not line.isprintable()] == []
    assert text.isascii() or unicode
    assert "\\x1b[31m\\u202e" in "".join(line.strip() for line in lines)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"agree": {"kind": "exact"}}, "outputs: agree with the baseline's in every byte\n"),
        ({"agree": {"kind": "ssim"}}, "outputs: are held against the baseline's by ssim\n"),
        ({"headline": "growth"}, "promises to need 12.0× less than plain"),
        ({"headline": "kept"}, "promises to make the allocator keep 12.0× less than plain"),
        (
            {"inputs": RECIPE.inputs | {"count": 1, "progressive": True}},
            "1 generated photograph of 1200×900, progressive jpeg\n",
        ),
        ({"inputs": {"kind": "files", "patterns": ["*.tif", "*.png"]}}, "inputs: files that match *.tif, *.png\n"),
    ],
)
def test_the_facts_go_by_the_recipe(changes: dict[str, object], expected: str) -> None:
    recipe = msgspec.structs.replace(RECIPE, **changes)
    assert expected in render_description(recipe, width=200, colour=False, unicode=True)


def test_settings_that_are_not_there_are_not_told() -> None:
    text = render_description(
        msgspec.structs.replace(RECIPE, quick={}, sweep={}), width=200, colour=False, unicode=True
    )
    assert not re.search("^(with --quick|sweep):", text, re.MULTILINE)


def test_for_other_programs_every_line_is_whole_and_functions_stand_one_below_the_other() -> None:
    text = render(None)
    assert "x" * 90 in text
    assert "│" not in text
    assert '"""Do it' in text


def test_where_there_is_room_a_variant_stands_beside_what_it_is_held_against() -> None:
    code = '@recipe.{}\ndef {}(paths):\n    """Words."""\n    return {}\n'
    variants = [
        variant(name, role, source=Source("/r.py", line, code.format(role, name, value)), **more)
        for name, role, line, value, more in (
            ("plain", "baseline", 1, "list(paths)", {}),
            ("better", "technique", 11, "iter(paths)", {}),
            ("worse", "pitfall", 21, "list(iter(paths))", {"against": "better"}),
        )
    ]
    recipe = msgspec.structs.replace(RECIPE, variants=tuple(variants))
    text = render_description(recipe, width=120, colour=False, unicode=True)
    baseline, technique, pitfall = (part for part in text.split("\n\n") if "  Says so.\n" in part)
    assert "│" not in baseline
    assert '"""Words."""' in baseline
    titles = [re.findall(r"(?:baseline|technique|pitfall): \w+", part) for part in (technique, pitfall)]
    assert titles == [
        ["technique: better", "baseline: plain", "technique: better"],
        ["pitfall: worse", "technique: better", "pitfall: worse"],
    ]
    assert "~ 4      return list(paths) " in technique
    assert "│ ~ 14      return iter(paths)" in technique
    assert "~ 14      return iter(paths) " in pitfall
    assert "Words" not in technique + pitfall
    narrow = render_description(recipe, width=100, colour=False, unicode=True)
    assert "│" not in narrow
    assert narrow.count('"""Words."""') == 3


def test_what_has_no_source_stands_beside_nothing() -> None:
    text = render(200)
    assert "│" in text
    assert "│" not in text[text.index("pitfall: elsewhere") :], "it is held against `plain`, whose source is unknown"
    assert "│" not in text[: text.index("pitfall: worse")]


def test_narrow_prose_is_filled_again_but_code_is_not() -> None:
    text = render(40)
    assert "A paragraph that goes on over several\nlines × of prose.\n" in text
    assert "* an item that is longer than forty\n  columns and goes on here\n* another\n" in text
    assert "    code(that, stays, on, its, own,\n    line)\n    and, this, on, another\n" in text


def test_colour_highlights_and_changes_no_text() -> None:
    for width in (40, 100, 150):
        coloured = render(width, colour=True)
        assert "\x1b[38;5;31m" in coloured
        assert re.search(r"\x1b\[[0-9;]*mdef\x1b\[0m", coloured)
        plain = [line.rstrip() for line in COLOURS.sub("", coloured).split("\n")]
        assert plain == render(width).split("\n")


def test_the_description_as_json() -> None:
    document = json.loads(description_json(RECIPE))
    assert (document["format"], document["version"]) == ("memlab.description", 1)
    assert [one["name"] for one in document["variants"]] == ["plain", "better", "worse", "elsewhere"]
    assert document["variants"][1]["source"]["line"] == 98


ROWS = [("short", "One thing."), ("a_longer_name", "A summary × that is longer than a narrow terminal is wide.")]


def test_a_list_is_aligned() -> None:
    text = render_list(ROWS, width=80, colour=False, unicode=True)
    assert text == f"short          One thing.\na_longer_name  {ROWS[1][1]}\n"


def test_a_list_for_programs_has_one_line_a_recipe() -> None:
    rows = [(name, summary * 5) for name, summary in ROWS]
    assert render_list(rows, width=None, colour=False, unicode=True).count("\n") == 2


@pytest.mark.parametrize("width", [20, 30, 40, 60])
def test_a_narrow_list_wraps(width: int) -> None:
    text = render_list([*ROWS, ("\x1b[31m" + "x" * 100, "\x1b]0;title\x07")], width=width, colour=False, unicode=False)
    assert all(cell_width(line) <= width for line in text.splitlines())
    assert text.isascii()
    assert "\x1b" not in text
    assert "".join(ROWS[1][1].split()).replace("×", "x") in "".join(text.split())


def test_an_empty_list() -> None:
    assert render_list([], width=80, colour=False, unicode=True) == ""


def test_outputs_can_do_no_harm() -> None:
    outputs = [("stream, trial 1", "one\n\x1b[2Jtwo\x07\n"), ("load_all, trial 1", "")]
    text = render_outputs(outputs, colour=False, unicode=False)
    assert text == "\noutput of stream, trial 1\n  one\n  \\x1b[2Jtwo\\x07\n\nprinted nothing: load_all, trial 1\n"
    assert render_outputs([], colour=False, unicode=True) == ""
