"""The pytest plugin's judge: which trials a test takes, and what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import ENVIRONMENT, KIB, MIB, failed
from made_tests import NODEID, judge_of, measure, peak_limit

from memlab.integrations.pytest_plugin.as_recipe import keys_of, new_run
from memlab.integrations.pytest_plugin.judged import Limit
from memlab.integrations.pytest_plugin.judging import Judge
from memlab.integrations.pytest_plugin.junit import properties
from memlab.model.report import Finding, PeakGrowth
from memlab.workflow.measuring import with_trial

LIMIT = peak_limit(150 * MIB)
ONE_TRIAL = [["os"]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Without a baseline file."""
    return judge_of(tmp_path / "memlab-tests.json")


def test_a_test_within_its_limit_takes_one_trial(judge: Judge) -> None:
    judged, asked = measure(judge, 100 * MIB, LIMIT)
    assert asked == ONE_TRIAL
    assert (judged.verdict, judged.fails, judged.failure) == ("ok", False, None)


def test_of_a_test_over_its_limit_memray_tells_the_lines(judge: Judge) -> None:
    judged, asked = measure(judge, 200 * MIB, LIMIT)
    assert asked == [["os"], ["memray"]]
    assert judged.verdict == "over_budget"
    assert judged.failure == (
        "test_crop[large] needs 200 MiB at its peak, 50.0 MiB over its limit of 150 MiB\n"
        "\n"
        "  limit     peak=150 MiB (the marker)\n"
        "  peak      200 MiB, 1 trial in a fresh process\n"
        "  retained  0 B\n"
        "  heap      200 MiB asked for at its peak (memray)\n"
        "  meter     the kernel's high-water mark, exact within 248 KiB\n"
        "\n"
        "what held most at the peak (memray):\n"
        "    191 MiB  tests/test_album.py:31 test_crop\n"
        "               pixels = decode(photo)\n"
        "   8.00 MiB  PIL/Image.py:310 load\n"
        "               self.im = new()\n"
        "\n"
        "if the test may need that, raise peak in the marker"
    )


@pytest.mark.parametrize(("heap", "verdict"), [(149.9 * MIB, "ok"), (150.1 * MIB, "over_budget")])
def test_what_is_too_near_to_tell_takes_three_trials_and_the_heap_decides(
    judge: Judge, heap: float, verdict: str
) -> None:
    judged, asked = measure(judge, 150 * MIB + 100 * KIB, LIMIT, heap=heap)
    assert asked == [["os"], ["os", "os", "memray"]]
    assert judged.verdict == verdict
    assert judged.trials == 3
    if verdict == "over_budget":
        assert "its heap peak decides" in (judged.failure or "").replace("\n", " ")


def test_what_no_trial_can_settle_passes_with_a_remark(tmp_path: Path) -> None:
    without_memray = judge_of(tmp_path / "memlab-tests.json", meters=("tracemalloc",))
    judged, asked = measure(without_memray, 150 * MIB + 100 * KIB, LIMIT)
    assert asked == [["os"], ["os", "os"]]
    assert judged.verdict == "inconclusive"
    assert not judged.fails
    (remark,) = judged.remarks
    assert remark.message == (
        "test_crop[large] needs 150 MiB with a budget of 150 MiB: nearer than can be told here, 248 KiB"
    )


def test_a_limit_on_what_is_retained(judge: Judge) -> None:
    judged, asked = measure(judge, 10 * MIB, (Limit("retained", MIB, "memlab_retained"),), retained=3 * MIB)
    assert asked == [["os"], ["tracemalloc"]]
    failure = judged.failure or ""
    assert failure.startswith("test_crop[large] retains 3.00 MiB, 2.00 MiB over its limit of 1.00 MiB\n")
    assert "what was alive at the end (tracemalloc):\n" in failure
    assert failure.endswith("if the test may need that, raise retained in memlab_retained")


def test_a_limit_may_be_reached(judge: Judge) -> None:
    judged, _ = measure(judge, 10 * MIB, (Limit("retained", 0),), trials=3)
    assert judged.verdict == "ok"


def test_as_many_trials_as_the_marker_asks_for(judge: Judge) -> None:
    sizes = (140 * MIB, 143 * MIB, 141 * MIB)
    judged, asked = measure(judge, lambda number: sizes[number], LIMIT, trials=3)
    assert asked == [["os"], ["os", "os"]]
    assert judged.peak is not None
    assert (judged.peak.median, judged.peak.low, judged.peak.high) == (141 * MIB, 140 * MIB, 143 * MIB)


def test_a_test_that_fails_in_a_trial_takes_no_more(judge: Judge) -> None:
    file, test = keys_of(NODEID)
    run = new_run(NODEID, ENVIRONMENT, path=f"/project/{file}", line=3, timeout_seconds=300.0)
    run = with_trial(run, failed(test, ending="signalled", signal=11))
    assert judge.next_trials(run, LIMIT, 3) == ()
    judged = judge.judge(run, LIMIT)
    assert judged.verdict == "failed"
    assert (judged.failure or "").startswith("test_crop[large] crashed with SIGSEGV")
    assert judged.acceptable is None


def test_what_was_swapped_out_is_no_figure_to_hold_to_a_limit(judge: Judge) -> None:
    judged, _ = measure(judge, 100 * MIB, LIMIT, outcome={"swap_bytes": 60 * MIB})
    assert judged.verdict == "failed"
    assert "swapped out" in (judged.failure or "")
    free, _ = measure(judge, 100 * MIB, outcome={"swap_bytes": 60 * MIB})
    assert not free.fails
    assert [remark.code for remark in free.remarks] == ["swap"]
    assert free.acceptable is None


def test_inline_figures_are_held_against_limits_alone(judge: Judge) -> None:
    peak = PeakGrowth(200 * MIB, 200 * MIB, 200 * MIB, "kernel", 248 * KIB, 0, at_least=False, below_resolution=False)
    worth = (Finding("inline", "note", None, "what was free before hides growth"),)
    judged = judge.judge_inline(
        "tests/test_album.py", "test_crop", peak, MIB, (*LIMIT, Limit("retained", 2 * MIB)), worth
    )
    assert judged.verdict == "over_budget"
    assert [limit.verdict for limit in judged.limits] == ["over_budget", "ok"]
    assert judged.remarks == worth
    assert judged.acceptable is None
    assert "1 trial in pytest's own process" in (judged.failure or "")


def test_an_inline_test_without_a_figure_for_its_limit_fails(judge: Judge) -> None:
    peak = PeakGrowth(MIB, MIB, MIB, "sampled", 0, 0, at_least=False, below_resolution=True)
    judged = judge.judge_inline("test_a.py", "test_crop", peak, None, (Limit("retained", MIB),))
    assert judged.verdict == "failed"
    assert "can't be judged" in (judged.failure or "").replace("\n", " ")


def test_properties_are_numbers_where_figures_are(judge: Judge) -> None:
    judged, _ = measure(judge, 200 * MIB, (*LIMIT, Limit("retained", MIB)))
    assert dict(properties(judged)) == {
        "memlab_verdict": "over_budget",
        "memlab_peak_growth_bytes": 200 * MIB,
        "memlab_peak_limit_bytes": 150 * MIB,
        "memlab_retained_bytes": 0,
        "memlab_retained_limit_bytes": MIB,
        "memlab_heap_bytes": 200 * MIB,
        "memlab_source": "kernel",
        "memlab_isolation": "process",
        "memlab_trials": 1,
    }


def test_the_failure_fits_a_terminal_and_is_plain_ascii(judge: Judge) -> None:
    nodeid = f"tests/test_album.py::test_{'crop' * 30}[größe-\x1b[31m]"
    judged, _ = measure(judge, 200 * MIB, LIMIT, nodeid=nodeid)
    failure = judged.failure or ""
    assert failure.isascii()
    assert all(line.isprintable() and len(line) <= 79 for line in failure.split("\n"))
