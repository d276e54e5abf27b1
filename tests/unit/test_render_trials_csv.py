"""Trials as CSV: read back by Python's reader; names are no formulas, and numbers are numbers."""

from __future__ import annotations

import csv
import io

import pytest
from made_runs import KIB, MIB, described, failed, made_run, measured, metered, three

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.model.run import Run
from memlab.model.shown import Shown
from memlab.render.trials_csv import COLUMNS, render_csv


def shown(*variants: str, trials: list[object]) -> Shown:
    described_ = [described(name, "technique" if place else "baseline") for place, name in enumerate(variants)]
    run: Run = made_run(described_, trials)  # type: ignore[arg-type]
    return Shown(make_report(run), run, trial_rows(run))


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


def test_one_row_for_each_trial_of_each_run() -> None:
    trials = [
        measured("load_all", 100 * MIB, kind="timeline"),
        *three("load_all", 100 * MIB),
        measured("stream", 20 * MIB, retained=-8 * KIB, kept=MIB, seconds=0.125),
        metered("stream", "memray", 19 * MIB),
        failed("stream"),
    ]
    one = shown("load_all", "stream", trials=trials)
    found = rows(render_csv([one, one]))
    assert len(found) == 2 * 7
    assert found[:7] == found[7:]
    assert [row["trial"] for row in found[:7]] == [str(number) for number in range(7)]
    assert found[4] == {
        "recipe": "made",
        "created": "2030-01-02T03:04:05+00:00",
        "variant": "stream",
        "role": "technique",
        "trial": "4",
        "meter": "os",
        "kind": "headline",
        "counted": "true",
        "undisturbed": "true",
        "source": "kernel",
        "peak_growth_bytes": str(20 * MIB),
        "retained_bytes": str(-8 * KIB),
        "kept_by_allocator_bytes": str(MIB),
        "meter_peak_bytes": "",
        "swap_bytes": "0",
        "duration_seconds": "0.125",
        "cpu_seconds": "0.125",
        "failure": "",
    }
    assert found[5]["meter_peak_bytes"] == str(19 * MIB)
    assert found[5]["peak_growth_bytes"] == ""
    assert found[0]["counted"] == "false"
    assert found[6]["failure"]
    assert found[6]["peak_growth_bytes"] == found[6]["duration_seconds"] == ""


def test_units_stand_in_the_names_of_columns() -> None:
    numbers = {"trial"} | {name for name in COLUMNS if name.endswith(("_bytes", "_seconds"))}
    one = shown("load_all", trials=[*three("load_all", 100 * MIB)])
    for row in rows(render_csv([one])):
        for name, cell in row.items():
            if name in numbers and cell:
                float(cell)
            elif name not in numbers:
                assert not cell.isdecimal()


def test_lines_end_as_the_standard_says() -> None:
    content = render_csv([shown("load_all", trials=[measured("load_all", MIB)])])
    assert content.count("\r\n") == content.count("\n") == content.count("\r") == 2
    assert content.splitlines()[0] == ",".join(COLUMNS)
    assert render_csv([]) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1", "=cmd|'/c calc'!A1"])
def test_a_name_is_no_formula(name: str) -> None:
    (row,) = rows(render_csv([shown(name, trials=[measured(name, MIB)])]))
    assert row["variant"].startswith(("'", "\\"))
    assert row["variant"].removeprefix("'").replace("\\t", "\t").replace("\\r", "\r") == name


@pytest.mark.parametrize("name", ['a"b', "a,b", "a;b", "'a", "a=b", "1e5"])
def test_other_names_are_as_they_are(name: str) -> None:
    (row,) = rows(render_csv([shown(name, trials=[measured(name, MIB)])]))
    assert row["variant"] == name


def test_a_number_below_zero_is_no_formula() -> None:
    (row,) = rows(render_csv([shown("load_all", trials=[measured("load_all", MIB, retained=-5 * KIB)])]))
    assert row["retained_bytes"] == "-5120"
