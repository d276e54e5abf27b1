"""What checks look like in a terminal: held to files beside this one, and to what has to hold at every width.

`MEMLAB_UPDATE_GOLDEN=1 pytest tests/golden` writes the files anew; look at the difference before keeping it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import fake_checks
import pytest
from fake_checks import MIB, figure, figures, plain, recipe, regressed, report, variant

from memlab.model.check import VERDICTS, CheckReport
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.check import render_check
from memlab.render.layout import cell_width
from memlab.render.markdown import check_markdown
from memlab.render.verdicts import share, verdict_words

FOLDER = Path(__file__).parent
WIDTHS = (20, 40, 60, 80, 100, 120, 160, 200)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def render(check: CheckReport, width: int = 100, *, colour: bool = False, unicode: bool = True) -> str:
    return render_check(check, width=width, colour=colour, unicode=unicode)


def matches(file: str, text: str) -> bool:
    path = FOLDER / file
    if os.environ.get("MEMLAB_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    return text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "width", "unicode"),
    [
        ("one_regression", 60, False),
        ("one_regression", 80, True),
        ("one_regression", 120, True),
        ("every_verdict", 60, True),
        ("every_verdict", 100, True),
        ("fine", 80, True),
        ("hostile", 80, True),
    ],
)
def test_a_check_looks_as_it_did(name: str, width: int, unicode: bool) -> None:
    text = render(fake_checks.ALL[name](), width, unicode=unicode)
    assert matches(f"check_{name}.{width}{'' if unicode else '.ascii'}.txt", text)


@pytest.mark.parametrize("name", ["one_regression", "every_verdict", "fine"])
def test_a_page_looks_as_it_did(name: str) -> None:
    assert matches(f"check_{name}.md", check_markdown(fake_checks.ALL[name]()))


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(set(fake_checks.ALL) - {"huge"}))
def test_every_check_at_every_width(name: str, width: int, unicode: bool) -> None:
    check = fake_checks.ALL[name]()
    text = render(check, width, unicode=unicode)
    paths = {printable(one.run_file or "", None).rstrip() for one in check.recipes}
    if not unicode:
        paths = {path.encode("ascii", "backslashreplace").decode() for path in paths}
    too_long = [line for line in text.splitlines() if cell_width(line) > width and line not in paths]
    assert too_long == []
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    assert text.isascii() or unicode
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    coloured = render(check, width, colour=True, unicode=unicode)
    plain_text = COLOURS.sub("", coloured)
    assert [line.rstrip() for line in plain_text.split("\n")] == text.split("\n")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_what_is_as_accepted_takes_a_line_each(width: int) -> None:
    lines = render(fake_checks.fine(), width).splitlines()
    for name, figures_shown in (("load_all", "148 MiB → 148 MiB"), ("stream_into_list", "80.0 MiB → 79.8 MiB")):
        (place,) = (number for number, line in enumerate(lines) if line.split()[1:2] == [name])
        assert lines[place].startswith("  ✓ ")
        assert figures_shown in lines[place]
        assert lines[place + 1].startswith("  ✓ ")


@pytest.mark.parametrize("width", WIDTHS[2:])
def test_a_regression_says_by_how_much_where_and_what_to_do(width: int) -> None:
    text = " ".join(render(fake_checks.one_regression(), width).split())
    for words in (
        "✗ stream regressed",
        "12.5 MiB → 80.4 MiB",
        "tolerance of growth 2.00 MiB (the rule growth>5% and >2MiB)",
        "growth 80.3 MiB to 80.5 MiB in 3 trials",
        "recipes/generators.py:103 `images = list(map(read, paths))` holds 60.0 MiB more (72.0 MiB instead of",
        "→ if that is meant, `memlab accept generators` accepts it",
        "✗ budget stream<64MiB: over budget (command line) stream needs 80.0 MiB, over its budget of 64.0 MiB",
        "✓ budget stream_with_del < 0.1×load_all: ok, 12.0 MiB of 64.0 MiB (pyproject.toml)",
        "↓ stream_with_del improved",
        "conditions are others than the baseline's: kernel 6.1 instead of 5.10, 2 CPUs instead of 4",
        "held against memlab-baseline.json, by the rule growth>5% and >2MiB",
        "warning: stream: free memory of 3.00 MiB was reused",
    ):
        assert words in text


def test_where_there_is_room_the_columns_say_all() -> None:
    lines = render(fake_checks.one_regression(), 120).splitlines()
    heading = next(line for line in lines if line.split()[:1] == ["growth"])
    row = next(line for line in lines if line.startswith("  ✗ stream "))
    assert heading.split() == ["growth", "difference", "tolerance", "heap", "difference"]
    assert row.split("  ")[-1].strip() == "+67.9 MiB"
    assert "+67.9 MiB  +543 %   2.00 MiB  12.4 MiB → 80.3 MiB   +67.9 MiB" in row
    assert [cell_width(line) for line in (heading, row)] == [cell_width(heading)] * 2


def test_the_worst_comes_first() -> None:
    text = render(fake_checks.every_verdict())
    places = [text.index(f" is_{verdict} ") for verdict in VERDICTS]
    assert places == sorted(places)
    assert text.index("\ngenerators\n") < text.index("\nalbum\n") < text.index("\nbroken\n") < text.index("\nviews\n")
    two = render(report([recipe("fine", [variant("one")]), recipe("bad", [regressed()])]))
    assert two.index("\nbad\n") < two.index("\nfine\n")


def test_every_verdict_has_its_words_sign_and_colour() -> None:
    coloured = render(fake_checks.every_verdict(), colour=True)
    for verdict, code in VERDICTS.items():
        line = next(line for line in coloured.splitlines() if f"is_{verdict} " in line)
        assert verdict_words(verdict) in line
        sign = {"ok": "✓", "improved": "↓", "skipped": "–"}.get(verdict, "✗" if code == 1 else "!")
        assert COLOURS.sub("", line).startswith(f"  {sign} ")
        assert ("\x1b[1;31m" in line) == (code == 1)
        assert ("\x1b[33m" in line) == (code == 3)


def test_the_sentence_is_in_the_colour_of_the_outcome() -> None:
    codes = {0: "\x1b[1m", 1: "\x1b[1;31m", 2: "\x1b[33m", 3: "\x1b[33m"}
    for code, colour in codes.items():
        check = report([], sentence="how it ended", exit_code=code)
        assert render(check, colour=True).startswith(f"{colour}how it ended\x1b[0m\n")


def test_what_is_true_of_all_is_said_once() -> None:
    text = render(fake_checks.every_verdict())
    assert text.count("what was accepted is of others") == 1
    assert "  ! a  no baseline\n  ! b  no baseline\n  ! c  no baseline\n      what was accepted" in text


def test_a_recipe_that_is_gone_is_not_told_variant_by_variant() -> None:
    text = render(fake_checks.every_verdict())
    assert "✗ missing from the project\n      album is in the baseline and no longer in the project; was it" in text
    assert "one is gone with its recipe" not in text
    # Where only some are gone, each is told.
    some = report([recipe("album", [plain("one", "missing_from_project", "one is gone"), variant("two")])])
    assert "one is gone" in render(some)


def test_what_failed_shows_its_traceback() -> None:
    failed = recipe(
        "broken",
        [plain("crashes", "failed", "crashes raised ValueError: no")],
        findings=(
            Finding(
                "trial_failed",
                "error",
                "crashes",
                "crashes raised ValueError: no",
                None,
                {"traceback": "File x\n  why"},
            ),
        ),
    )
    text = render(report([failed]))
    assert "File x\n      why" in text
    assert text.count("crashes raised ValueError: no") == 1


def test_what_makes_a_whole_recipe_invalid_is_said_once() -> None:
    finding = Finding("swapped", "error", None, "the machine swapped", "close other programs")
    check = report(
        [recipe("one", [variant("two")], verdict="failed", message="the machine swapped", findings=(finding,))]
    )
    text = render(check)
    assert "  error: the machine swapped\n    → close other programs\n" in text
    page = check_markdown(check)
    assert "| ⚠️ | `one` | **failed**: the machine swapped |" in page
    assert text.count("the machine swapped") == page.count("the machine swapped") == 1


def test_a_remark_on_what_is_fine_is_said() -> None:
    moved = (figure("growth", 12 * MIB), figure("heap", 12 * MIB, 40 * MIB, moved="up"))
    message = "stream needs 12.0 MiB, as accepted; it asks for 28.0 MiB more heap, which was not touched"
    text = render(report([recipe("generators", [variant("stream", figures=moved, message=message)])]))
    assert "it asks for 28.0 MiB more heap" in text
    assert "as accepted" not in render(fake_checks.fine()).split("\n", 1)[1]


def test_a_recipe_about_what_is_retained_shows_that() -> None:
    retained = (figure("retained", MIB, 9 * MIB, moved="up"), figure("growth", 12 * MIB), figure("heap", 12 * MIB))
    text = render(report([recipe("views", [regressed("crop", figures=retained)])]), 120)
    heading = next(line for line in text.splitlines() if "difference" in line)
    assert heading.split() == ["retained", "difference", "tolerance", "heap", "difference"]
    assert "1.00 MiB → 9.00 MiB   +8.00 MiB  +800 %" in text


def test_against_a_revision() -> None:
    text = render(report([recipe("views", [variant("copy")])], baseline=None, against="main"))
    assert "held against revision main, by the rule growth>5% and >2MiB" in text


@pytest.mark.parametrize(
    ("accepted", "measured", "words"),
    [
        (100 * MIB, 106 * MIB, "+6.0 %"),
        (100 * MIB, 94 * MIB, "-6.0 %"),
        (100 * MIB, 100 * MIB + 1000, "0 %"),
        (100 * MIB, 110 * MIB, "+10 %"),
        (100 * MIB, 1099 * MIB, "+999 %"),
        (100 * MIB, 1100 * MIB, "11.0×"),
        (1, 80 * MIB, "83886080×"),
        (0, MIB, None),
        (-MIB, MIB, None),
    ],
)
def test_the_share_of_what_was_accepted(accepted: int, measured: int, words: str | None) -> None:
    assert share(figure("growth", accepted, measured)) == words


def test_many_recipes_keep_their_columns_apart() -> None:
    wide = variant("a_name_as_long_as_names_can_reasonably_get_in_a_recipe", figures=figures(900 * MIB))
    lines = render(report([recipe("one", [wide]), recipe("two", [variant("x")])]), 80).splitlines()
    assert any("a_name_as_long…t_in_a_recipe" in line and "900 MiB → 900 MiB" in line for line in lines)
    assert any(line.split()[:3] == ["✓", "x", "ok"] for line in lines)
