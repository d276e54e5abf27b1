"""What a recipe promises, judged where the promise was made for."""

from __future__ import annotations

from typing import Any

import pytest
from made_runs import MIB, described, made_run, three

from memlab.analysis.report import exit_code, make_report
from memlab.model.report import Finding
from memlab.model.run import Inputs

BASE = described("load_all", "baseline")


def missed(growth: float, promise: tuple[float, float] | None = (12.0, 0.6), **more: Any) -> list[Finding]:
    stream = described("stream", promises=promise)
    trial = {"result": more.pop("result", "[1.0]"), "source": more.pop("source", "kernel")}
    trials = [*three("load_all", 148 * MIB, source=trial["source"]), *three("stream", growth * MIB, **trial)]
    found = make_report(made_run([BASE, stream], trials, **more)).findings
    assert exit_code(found) == (0 if trial["result"] == "[1.0]" else 3)
    return [finding for finding in found if finding.code == "promise_missed"]


def test_a_promise_that_is_missed() -> None:
    (finding,) = missed(148 / 8.1)
    assert finding.message == "here stream needs 8.10× less memory than load_all; the recipe expects 12.0× ± 0.6"
    assert (finding.severity, finding.variant) == ("warning", "stream")
    assert finding.evidence["ratio"] == pytest.approx(8.1)
    assert (finding.evidence["expected"], finding.evidence["tolerance"]) == (12.0, 0.6)
    assert finding.hint is not None
    assert "memlab doctor" in finding.hint


@pytest.mark.parametrize(("ratio", "said"), [(12.0, False), (12.59, False), (11.41, False), (12.7, True), (11.3, True)])
def test_a_promise_has_a_tolerance(ratio: float, said: bool) -> None:
    assert bool(missed(148 / ratio)) is said


def test_at_least_so_much_misses_only_what_is_less() -> None:
    (finding,) = missed(1)  # at least 74
    assert finding.message.startswith("here stream needs at least 74.0× less memory than load_all; the recipe expects")
    assert not missed(1, (73.0, 1.0))
    assert not missed(1, (200.0, 1.0))


def test_what_is_not_judged() -> None:
    assert not missed(74, None)
    assert not missed(74, result="[2.0]")
    assert not missed(74, inputs=Inputs({"kind": "folder"}, False, ()))
    assert not missed(74, options={"quick": True})
    assert missed(74)


def test_samples_can_be_why() -> None:
    (finding,) = missed(74, source="sampled")
    assert finding.hint == "peaks were sampled here, and what samples miss changes the ratio"


def test_other_headlines() -> None:
    cache = described("cache", "baseline"), described("bounded", promises=(10.0, 1.0))
    trials = [
        *three("cache", 160 * MIB, retained=150 * MIB),
        *three("bounded", 160 * MIB, retained=12 * MIB),
    ]
    (finding,) = [
        one
        for one in make_report(made_run(cache, trials, headline="retained")).findings
        if one.code == "promise_missed"
    ]
    assert finding.message == "here bounded retains 12.5× less memory than cache; the recipe expects 10.0× ± 1"
