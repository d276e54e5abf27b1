"""A diff in a terminal: what is said of what changed, and what isn't of the rest."""

from __future__ import annotations

import re

import pytest
from made_runs import MIB
from msgspec.structs import replace

from memlab.model.diff import Diff, DiffSide, EnvironmentDifference, FigureDiff, LineDiff, SourceDiff, VariantDiff
from memlab.render.diff import render_diff
from memlab.render.layout import cell_width

SIDE = DiffSide("reports/generators/a/run.json", "2030-01-02T03:04:05+00:00", "0.1.0", "2 photos", True, 3)


def figure(name: str, old: float, new: float, moved: str = "no") -> FigureDiff:
    """Sizes in MiB."""
    sizes = [round(size * MIB) for size in (old, old, old, new, new, new)]
    return FigureDiff(name, *sizes, new / old if old else None, 2 * MIB, "2 MiB", moved)


def figures(old: float, new: float, moved: str = "no") -> tuple[FigureDiff, ...]:
    return (figure("growth", old, new, moved), figure("heap", old, new, moved), figure("retained", 0.05, 0.05))


def variant(
    name: str, verdict: str = "no_difference", old: float = 100, new: float = 100, **more: object
) -> VariantDiff:
    moved = {"more": "up", "less": "down"}.get(verdict, "no")
    known: dict[str, object] = {"figures": figures(old, new, moved), "output": "same", "old_seconds": 1.0} | more
    return VariantDiff(name, "technique", verdict, f"{name} has its message", new_seconds=1.5, **known)  # type: ignore


LINES = (
    LineDiff("generators.py", 9, "stream", "images = list(each)", 0, 60 * MIB),
    LineDiff("generators.py", 5, "read", "", 9 * MIB, 36 * MIB),
    LineDiff("generators.py", 0, "old", "gone()", 3 * MIB, 0),
)
DIFF = Diff(
    memlab_version="0.1.0",
    recipe="generators",
    headline="growth",
    sentence="1 of 5 variants needs more: and so on",
    changed=True,
    comparable=True,
    why_not=None,
    old=SIDE,
    new=replace(SIDE, run_file="reports/generators/b/run.json", trials=1),
    environment=(
        EnvironmentDifference("python", "CPython 3.11", "CPython 3.12"),
        EnvironmentDifference("allocator", "", "jemalloc"),
    ),
    variants=(
        variant("load_all"),
        variant("other_result", output="changed"),
        variant("stream", "more", 12.5, 100, lines=LINES, source=SourceDiff(("a = 1",), ("b = 2", "c = 3"))),
        variant("stream_into_list", "removed", figures=()),
        variant("helped", "less", 50, 25, renamed_from="helper"),
    ),
    remarks=("the old run was interrupted",),
)


def render(diff: Diff = DIFF, width: int = 110, *, colour: bool = False, unicode: bool = True) -> str:
    return render_diff(diff, width=width, colour=colour, unicode=unicode)


WHOLE = """\
1 of 5 variants needs more: and so on

generators
  old 2030-01-02 03:04:05 UTC · 3 trials each · reports/generators/a/run.json
  new 2030-01-02 03:04:05 UTC · 1 trial each · reports/generators/b/run.json
  the old run was interrupted

                                                   growth  difference              heap   time
  ↑ stream            more             12.5 MiB → 100 MiB   +87.5 MiB  8.00×  +87.5 MiB  1.50×
      stream has its message
      heap 12.5 MiB → 100 MiB (+87.5 MiB)
      at the peak generators.py:9 `images = list(each)` is new, with 60.0 MiB
      at the peak generators.py:5 in read holds 27.0 MiB more (36.0 MiB instead of 9.00 MiB)
      at the peak generators.py `gone()` is not there any more; it held 3.00 MiB
      its source differs:
      - a = 1
      + b = 2
      + c = 3
  ↓ helped            less            50.0 MiB → 25.0 MiB   -25.0 MiB  0.50×  -25.0 MiB  1.50×
      helped has its message
      likely helper of the old run, under a new name
      heap 50.0 MiB → 25.0 MiB (-25.0 MiB)
  – stream_into_list  gone
      stream_into_list has its message
  ≠ other_result      another result    100 MiB → 100 MiB         0 B  1.00×        0 B  1.50×
      other_result has its message
  = load_all          as before         100 MiB → 100 MiB         0 B  1.00×        0 B  1.50×

These differ in the environment, and can explain what changed:
  python     CPython 3.11 → CPython 3.12
  allocator  unknown → jemalloc
"""


def test_the_whole() -> None:
    assert render() == WHOLE


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [1, 20, 40, 52, 60, 77, 80, 100, 200])
def test_no_line_is_longer_than_the_terminal(width: int, unicode: bool) -> None:
    paths = {DIFF.old.run_file, DIFF.new.run_file}
    page = render(width=width, unicode=unicode)
    assert [line for line in page.splitlines() if cell_width(line) > max(20, width) and line not in paths] == []
    assert page.isascii() or unicode
    for name in ("stream", "helped", "other_result"):
        assert name[:4] in page


def test_colour_adds_nothing_but_colour() -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(colour=True)) == WHOLE
    assert "\x1b[" not in WHOLE


def test_where_a_figure_moved_and_the_source_did_not_that_is_said() -> None:
    page = render(replace(DIFF, variants=(variant("stream", "more", 12.5, 100),)))
    assert "its own source is the same: look at what it calls, and at the environment" in page
    assert "its own source" not in render(replace(DIFF, variants=(variant("stream"),)))


def test_a_source_that_changed_nothing_is_one_line() -> None:
    one = variant("stream", source=SourceDiff(("a",), tuple("bcd")))
    page = render(replace(DIFF, variants=(one,)))
    assert "      its source differs: 1 line gone, 3 lines new\n" in page
    assert "+ b" not in page


def test_long_sources_are_cut() -> None:
    source = SourceDiff(tuple(f"old {number}" for number in range(7)), tuple(f"new {number}" for number in range(7)))
    page = render(replace(DIFF, variants=(variant("stream", "more", 12.5, 100, source=source),)))
    assert page.count("\n      - old ") + page.count("\n      + new ") == 8
    assert "      and 6 more\n" in page


def test_the_headline_of_the_recipe_is_the_column() -> None:
    retained = (figure("retained", 4, 40, "up"), figure("growth", 100, 100), figure("heap", 99, 99))
    diff = replace(DIFF, headline="retained", variants=(variant("stream", "more", figures=retained),))
    page = render(diff)
    assert re.search(r"^ +retained  difference", page, re.MULTILINE)
    assert "4.00 MiB → 40.0 MiB   +36.0 MiB  10.0×" in page


def test_what_moved_is_named_where_it_is_not_the_headline() -> None:
    beside = (figure("retained", 4, 4), figure("growth", 100, 130, "up"))
    page = render(replace(DIFF, headline="retained", variants=(variant("stream", "more", figures=beside),)))
    assert "  ↑ stream  more growth  4.00 MiB → 4.00 MiB " in page


def test_what_can_not_be_compared_shows_both_inputs() -> None:
    others = tuple(variant(name, "not_compared", figures=()) for name in ("load_all", "stream"))
    diff = replace(DIFF, comparable=False, why_not="the inputs", variants=others, new=replace(SIDE, inputs="9 photos"))
    page = render(diff)
    assert "3 trials each · 2 photos" in page
    assert "3 trials each · 9 photos" in page
    assert "  · load_all not compared\n  · stream not compared\n\n" in page
    assert "2 photos" not in render()


def test_the_same_environment() -> None:
    page = render(replace(DIFF, environment=()))
    assert page.endswith("\nThe environments are the same.\n")
    page = render(replace(DIFF, changed=False))
    assert "\nThese differ in the environment:\n" in page


def test_an_interrupted_run_says_so() -> None:
    assert "3 trials each · interrupted ·" in render(replace(DIFF, old=replace(SIDE, complete=False)))
