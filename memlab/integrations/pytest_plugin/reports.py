"""Reports of a test that ran elsewhere: made again here, changed where its memory fails it, and made up where its
process could not make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

_XPASS = "[XPASS(strict)] "
"""How pytest's report begins of a test that passed and had to fail."""


def made_again(item: pytest.Item, told: Sequence[dict[str, Any]]) -> list[pytest.TestReport]:
    """The reports as its process made them, under the id that the test has here."""
    config, reports = item.config, []
    for data in told:
        report = config.hook.pytest_report_from_serializable(config=config, data=data)
        if report is not None:
            report.nodeid = item.nodeid
            reports.append(report)
    return reports


def call_of(reports: Sequence[pytest.TestReport]) -> pytest.TestReport | None:
    """The report of the test's call itself, not of a subtest; None where it didn't come to that."""
    return next((one for one in reports if one.when == "call" and type(one) is pytest.TestReport), None)


def ran_through(report: pytest.TestReport) -> bool:
    """Whether a test came to its end without failing, if it was expected to or not."""
    return report.passed or _is_strict_xpass(report)


def fail_by_memory(item: pytest.Item, report: pytest.TestReport, text: str) -> None:
    """Let a test that ran through fail by its memory, or as expected where it is marked so.

    Args:
        text: what the user reads in place of a traceback.
    """
    reason = getattr(report, "wasxfail", None)
    if _is_strict_xpass(report):
        reason = str(report.longrepr).removeprefix(_XPASS)
    report.longrepr = _words(text)
    if reason is not None and _may_raise_failure(item):
        report.outcome, report.wasxfail = "skipped", reason
        return
    report.outcome = "failed"
    vars(report).pop("wasxfail", None)


def failed(item: pytest.Item, when: Any, text: str, output: str = "", seconds: float = 0.0) -> pytest.TestReport:
    """The report of a phase that failed, and could not say so itself.

    Args:
        when: setup, call or teardown.
        output: what its process printed last.
    """
    report = _report(item, when, "failed", seconds)
    report.longrepr = _words(text)
    if output.strip():
        report.sections.append(("Last output of its process", output))
    return report


def passed(item: pytest.Item, when: Any) -> pytest.TestReport:
    """The report of a phase in which there was nothing to do."""
    return _report(item, when, "passed", 0.0)


def of_error(item: pytest.Item, when: Any, error: BaseException) -> pytest.TestReport:
    """The report of a phase in which an error was raised here."""
    report = _report(item, when, "failed", 0.0)
    report.longrepr = item.repr_failure(pytest.ExceptionInfo.from_exception(error))
    report.sections += [(f"Captured {key} {phase}", text) for phase, key, text in item._report_sections]
    return report


def _report(item: pytest.Item, when: Any, outcome: Any, seconds: float) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome=outcome,
        longrepr=None,
        when=when,
        duration=seconds,
        user_properties=item.user_properties,
    )


def _words(text: str) -> Any:
    """A failure that is shown as it is written, and whose first line stands in pytest's short summary."""
    try:
        pytest.fail(text, pytrace=False)
    except pytest.fail.Exception as error:
        return pytest.ExceptionInfo.from_exception(error).getrepr(style="value")


def _is_strict_xpass(report: pytest.TestReport) -> bool:
    return report.failed and isinstance(report.longrepr, str) and report.longrepr.startswith(_XPASS)


def _may_raise_failure(item: pytest.Item) -> bool:
    """Whether a failure is what a test's xfail marks expect; some ask for certain exceptions."""
    asked = [marker.kwargs["raises"] for marker in item.iter_markers("xfail") if marker.kwargs.get("raises")]
    for raises in asked:
        kinds = raises if isinstance(raises, tuple) else (raises,)
        if not any(isinstance(kind, type) and issubclass(pytest.fail.Exception, kind) for kind in kinds):
            return False
    return True
