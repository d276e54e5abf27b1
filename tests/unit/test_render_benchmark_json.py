"""A check's figures for github-action-benchmark."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from memlab.model.check import CheckReport
from memlab.render.benchmark_json import check_benchmark_json

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks
from fake_checks import KIB, MIB, figure, plain, recipe, regressed, report


def entries(check: CheckReport) -> list[dict[str, Any]]:
    content = check_benchmark_json(check)
    assert content.endswith(b"]\n")
    found: list[dict[str, Any]] = json.loads(content)
    for entry in found:
        assert set(entry) == {"name", "unit", "value", "range", "extra"}
        assert entry["unit"] == "bytes"
        assert type(entry["value"]) is int
    return found


def test_growth_and_heap_of_each_variant() -> None:
    found = {entry["name"]: entry for entry in entries(fake_checks.one_regression())}
    assert list(found) == [
        "views/copy growth",
        "views/copy heap",
        "generators/load_all growth",
        "generators/load_all heap",
        "generators/stream growth",
        "generators/stream heap",
        "generators/stream_with_del growth",
    ]
    stream = found["generators/stream growth"]
    assert stream["value"] == 80 * MIB + 410 * KIB
    assert stream["range"] == f"± {100 * KIB}"
    assert stream["extra"].splitlines() == [
        "verdict: regressed",
        "measured: 80.4 MiB",
        f"accepted: 12.5 MiB ({12 * MIB + 512 * KIB} bytes)",
        "tolerance: 2.00 MiB (the rule growth>5% and >2MiB)",
        "trials: 3",
    ]


def test_what_a_recipe_is_about_comes_before_growth() -> None:
    about_retained = (figure("retained", MIB), figure("growth", 9 * MIB), figure("heap", 8 * MIB))
    found = entries(report([recipe("views", [regressed("crop", figures=about_retained)])]))
    assert [entry["name"] for entry in found] == ["views/crop retained", "views/crop heap"]


def test_what_has_no_figures_has_no_entry() -> None:
    assert entries(report([recipe("one", [plain("bad", "failed", "it crashed")])])) == []


def test_hostile_names_can_do_no_harm() -> None:
    found = entries(fake_checks.hostile())
    # Of each text a variant that regressed, with growth alone, and one that is fine, with its heap.
    assert len(found) == 3 * len(fake_checks.HOSTILE)
    assert len({entry["name"] for entry in found}) == len(found)
    for entry in found:
        assert entry["name"].isprintable()
        assert not set("`|") & set(entry["name"])
        assert len(entry["name"]) < 400
        assert all(line.isprintable() for line in entry["extra"].splitlines())
