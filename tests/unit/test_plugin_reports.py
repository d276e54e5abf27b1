"""Reports that are changed, or made up, by memlab: as pytest's own look."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from memlab.integrations.pytest_plugin import reports

TEXT = "test_turns needs 95.4 MiB\n\n  limit  peak=64.0 MiB"


def made(outcome: Any, longrepr: Any = None, when: Any = "call", **more: Any) -> pytest.TestReport:
    return pytest.TestReport(
        "test_album.py::test_turns", ("test_album.py", 3, "test_turns"), {}, outcome, longrepr, when, **more
    )


def item(*xfail: dict[str, Any]) -> Any:
    marks = [pytest.mark.xfail(**one).mark for one in xfail]
    return SimpleNamespace(
        nodeid="test_album.py::test_turns",
        location=("test_album.py", 3, "test_turns"),
        keywords={"test_turns": object()},
        user_properties=[("size", 3)],
        iter_markers=lambda name: marks if name == "xfail" else [],
    )


def test_a_test_that_passed_fails_in_words() -> None:
    report = made("passed")
    assert reports.ran_through(report)
    reports.fail_by_memory(item(), report, TEXT)
    assert report.failed
    assert report.longreprtext == TEXT
    # What pytest's short summary shows.
    crash: Any = report.longrepr
    assert crash.reprcrash.message.startswith("Failed: test_turns needs 95.4 MiB")
    assert pytest.TestReport._from_json(report._to_json()).longreprtext == TEXT


@pytest.mark.parametrize(
    ("report", "mark"),
    [
        (made("passed", wasxfail="known"), {"reason": "known"}),
        (made("failed", "[XPASS(strict)] known"), {"reason": "known", "strict": True}),
        (made("passed", wasxfail="known"), {"reason": "known", "raises": (KeyError, BaseException)}),
    ],
)
def test_a_test_that_had_to_fail_fails_as_expected(report: pytest.TestReport, mark: dict[str, Any]) -> None:
    assert reports.ran_through(report)
    reports.fail_by_memory(item(mark), report, TEXT)
    assert report.skipped
    assert report.wasxfail == "known"


def test_a_test_that_had_to_fail_otherwise_fails() -> None:
    report = made("passed", wasxfail="known")
    reports.fail_by_memory(item({"reason": "known", "raises": KeyError}), report, TEXT)
    assert report.failed
    assert not hasattr(report, "wasxfail")


@pytest.mark.parametrize("report", [made("failed", "assert 0"), made("skipped", ("a.py", 1, "no"))])
def test_a_test_that_did_not_run_through(report: pytest.TestReport) -> None:
    assert not reports.ran_through(report)


def test_the_report_of_the_call_is_not_that_of_a_subtest() -> None:
    class Subtest(pytest.TestReport):
        """As pytest's own."""

    setup, call = made("passed", when="setup"), made("passed")
    part = Subtest("a", ("a.py", 1, "a"), {}, "failed", "assert 0", "call")
    assert reports.call_of([setup, part, call]) is call
    assert reports.call_of([setup, part]) is None


def test_a_phase_that_could_not_be_told_of() -> None:
    report = reports.failed(item(), "call", "it crashed with SIGSEGV", "Fatal Python error\n", 1.5)
    assert (report.when, report.outcome, report.duration) == ("call", "failed", 1.5)
    assert report.longreprtext == "it crashed with SIGSEGV"
    assert report.sections == [("Last output of its process", "Fatal Python error\n")]
    assert report.user_properties == [("size", 3)]
    assert dict(report.keywords) == {"test_turns": 1}
    assert reports.failed(item(), "call", "it crashed", " \n").sections == []
    assert reports.passed(item(), "teardown").passed
