"""Several recipes at one glance: the best technique of each, what failed, and what there is to look at."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from memlab.model.report import Finding
from memlab.render.layout import cell_width
from memlab.render.overview import OverviewRow, recipe_heading, render_overview

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
from fake_reports import HOSTILE, MIB, against, below_resolution, eight_variants, report, retained_headline, variant

NO_SAVING = report(
    [
        variant("plain", "baseline", 10 * MIB),
        variant("other", "technique", 10 * MIB),
        variant("trap", "pitfall", 2 * MIB),
    ],
    [against("other", "plain", 1.0, verdict="no_difference"), against("trap", "plain", 5.0)],
    findings=[
        Finding("a", "warning", "other", "no effect"),
        Finding("b", "warning", None, "and more"),
        Finding("c", "error", None, "wrong"),
        Finding("d", "note", None, "well"),
    ],
)
ROWS = (
    OverviewRow("generators", eight_variants(), None, 24.1),
    OverviewRow("mapping", below_resolution(), None, 3.5),
    OverviewRow("caches", retained_headline(), None, 61.0),
    OverviewRow("nothing", NO_SAVING, None, 0.4),
    OverviewRow("only_one", report([variant("plain", "baseline", MIB)]), None, 1.0),
    OverviewRow("broken", None, "broken can't be imported: SyntaxError: invalid syntax (broken.py, line 3)", 0.31),
)


def rendered(rows: tuple[OverviewRow, ...] = ROWS, width: int = 120, *, colour: bool = False) -> str:
    return render_overview(rows, width=width, colour=colour, unicode=True)


def test_a_table() -> None:
    assert (
        rendered()
        == """
5 of 6 recipes compared in 1 min 30 s

recipe      best technique   ratio  memory                   verdict             took  findings
generators  reuse_buffer     46.2×  148 → 3.20 MiB           saves             24.1 s
mapping     mapped          ≥74.0×  148 → <2.00 MiB          saves             3.50 s
caches      cache_bounded    12.5×  150 → 12.0 MiB retained  saves          1 min 1 s
nothing     other            1.00×  10.0 → 10.0 MiB          no difference     400 ms  1 error · 2 warnings
only_one    –                    –  –                        –                 1.00 s
broken      –                    –  –                        failed            310 ms
  broken can't be imported: SyntaxError: invalid syntax (broken.py, line 3)
"""
    )


def test_one_below_the_other_where_it_is_narrow() -> None:
    assert (
        rendered((ROWS[2], ROWS[3], ROWS[5]), 40)
        == """
2 of 3 recipes compared in 1 min 2 s

caches
  cache_bounded 12.5×
  150 → 12.0 MiB retained · saves
  1 min 1 s
nothing
  other 1.00× · 10.0 → 10.0 MiB
  no difference · 400 ms
  1 error · 2 warnings
broken
  failed · 310 ms
  broken can't be imported: SyntaxError:
  invalid syntax (broken.py, line 3)
"""
    )


def test_findings_have_no_column_where_there_are_none() -> None:
    assert "findings" not in rendered(ROWS[:3])


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 100, 140])
def test_no_line_is_too_long_and_colour_only_adds_colour(width: int) -> None:
    rows = (*ROWS, OverviewRow(HOSTILE, None, HOSTILE, 1.0), OverviewRow(HOSTILE, eight_variants(), None, 1.0))
    text = rendered(rows, width)
    assert max(map(cell_width, text.splitlines())) <= max(20, width)
    assert all(line.isprintable() for line in text.splitlines())
    coloured = rendered(rows, width, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text


def test_plain_ascii() -> None:
    text = render_overview(ROWS, width=120, colour=False, unicode=False)
    assert text.isascii()
    assert "148 -> 3.20 MiB" in text
    assert ">=74.0x" in text


def test_the_heading_above_each_report() -> None:
    assert recipe_heading("generators", colour=False, unicode=True) == "── generators ──\n\n"
    assert recipe_heading("a\x1b[2J", colour=False, unicode=False) == "-- a\\x1b[2J --\n\n"
