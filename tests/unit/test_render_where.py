"""Where the memory was: which variants and lines are shown, and how they are cut."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from memlab.model.report import Report, VariantReport
from memlab.render.layout import cell_width
from memlab.render.signs import UNICODE
from memlab.render.style import Style
from memlab.render.where import render_where

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
from fake_reports import KIB, MIB, against, every_meter, line, report, variant


def rendered(made: Report, width: int = 100) -> list[str]:
    return render_where(made, width=width, style=Style(False), signs=UNICODE)


def named(made: Report) -> list[str]:
    return [text.strip() for text in rendered(made) if text.startswith("  ") and not text.startswith("    ")]


def with_lines(name: str, role: str, *meters: str, **more: Any) -> VariantReport:
    tops = tuple(line(meter, MIB * (9 - number), number, f"work_{number}()") for meter in meters for number in range(4))
    return variant(name, role, 9 * MIB, top_lines=tops, **more)


def test_the_baseline_and_the_first_technique_that_saves() -> None:
    made = report(
        [
            with_lines("plain", "baseline", "memray"),
            with_lines("as_much", "technique", "memray"),
            with_lines("saves", "technique", "memray"),
            with_lines("saves_too", "technique", "memray"),
            with_lines("trap", "pitfall", "memray"),
        ],
        [
            against("as_much", "plain", verdict="no_difference"),
            against("trap", "plain", verdict="saves"),
            against("saves", "plain"),
            against("saves_too", "plain"),
        ],
    )
    assert named(made) == ["plain", "saves"]
    assert len(rendered(made)) == 1 + 2 * (1 + 3)


def test_where_no_technique_saves_the_baseline_alone() -> None:
    made = report([with_lines("plain", "baseline", "memray"), with_lines("other", "technique", "memray")])
    assert named(made) == ["plain"]


def test_nothing_where_no_meter_knows_lines() -> None:
    assert rendered(report([variant("plain", "baseline", MIB)])) == []


def test_lines_of_the_usual_tool_only_where_memray_has_none() -> None:
    both = report([with_lines("plain", "baseline", "memray", "memory_profiler")])
    assert rendered(both)[0] == "where the memory was at the peak (memray)"
    assert len(rendered(both)) == 5
    assert rendered(report([with_lines("plain", "baseline", "memory_profiler")]))[0] == (
        "lines by their growth (memory_profiler)"
    )


def test_survivors_only_where_something_stays() -> None:
    for retained, headline, shown in ((100 * KIB, "growth", False), (3 * MIB, "growth", True), (0, "retained", True)):
        plain = with_lines("plain", "baseline", "tracemalloc", retained=retained)
        found = rendered(report([plain], headline=headline))
        assert bool(found) == shown
        assert not found or found[0] == "what was still alive at the end (tracemalloc)"


def test_lines_that_hardly_count_are_left_out() -> None:
    tops = (
        line("memray", 100 * MIB, 1, "big()"),
        line("memray", MIB - 1, 2, "small()"),
        line("memray", 0, 3, "none()"),
    )
    assert [text.split()[-1] for text in rendered(report([variant("plain", "baseline", MIB, top_lines=tops)]))[2:]] == [
        "big()"
    ]


def test_what_can_not_be_read_is_told_otherwise() -> None:
    tops = (
        line("memray", 4 * MIB, 0, "", file="<string>"),
        line("memray", 3 * MIB, 0, "", "PIL/Image.py:9 new", file="C:\\work\\mine.py"),
        msgspec.structs.replace(line("memray", 2 * MIB, 5, ""), function=""),
    )
    assert rendered(report([variant("plain", "baseline", MIB, top_lines=tops)]))[2:] == [
        "    4.00 MiB  <string>                in load",
        "    3.00 MiB  work/mine.py            in load  (PIL/Image.py:9 new)",
        "    2.00 MiB  recipes/thumbnail.py:5  ",
    ]


def test_no_line_is_longer_than_the_terminal() -> None:
    for width in (20, 33, 47, 60, 80, 100, 200):
        assert max(cell_width(text) for text in rendered(every_meter(), width)) <= width
