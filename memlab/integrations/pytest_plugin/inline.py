"""Tests that are measured in pytest's own process, whose high-water mark is reset as each begins."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import msgspec
import pytest

from memlab.integrations.pytest_plugin import reports
from memlab.integrations.pytest_plugin.as_recipe import keys_of
from memlab.integrations.pytest_plugin.call import measured_call
from memlab.integrations.pytest_plugin.chosen import id_of
from memlab.integrations.pytest_plugin.judging import Judge
from memlab.integrations.pytest_plugin.junit import properties
from memlab.integrations.pytest_plugin.marker import Wanted
from memlab.integrations.pytest_plugin.outcome import Outcome, attach
from memlab.integrations.python.inline import InlineMeasurement
from memlab.model.report import Finding


class Inline:
    """The plugin that measures them.

    Args:
        how: each test that is to be measured here.
    """

    def __init__(self, how: Mapping[pytest.Item, Wanted], judge: Judge, notes: tuple[str, ...] = ()) -> None:
        self._how, self._judge, self._notes = how, judge, notes
        self._measured: dict[pytest.Item, InlineMeasurement] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Measure a test."""
        if item not in self._how:
            return (yield)

        def measured(function: Any) -> Any:
            with InlineMeasurement() as self._measured[item]:
                return function()

        with measured_call(item, measured):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test that ran through."""
        report = yield
        measured = self._measured.pop(item, None) if call.when == "call" else None
        if measured is not None and reports.ran_through(report):
            recipe, test = keys_of(id_of(item))
            judged = self._judge.judge_inline(
                recipe, test, measured.peak, measured.retained_bytes, self._how[item].limits, _worth(test, measured)
            )
            attach(report, Outcome(judged=judged, notes=self._notes))
            item.user_properties += properties(
                judged
            )  # for the report of the teardown, where pytest's JUnit file looks
            report.user_properties += properties(judged)
            if judged.failure is not None:
                reports.fail_by_memory(item, report, judged.failure)
        return report


def _worth(test: str, measured: InlineMeasurement) -> tuple[Finding, ...]:
    """What its figures are worth, with the way out that a test has."""
    return tuple(
        msgspec.structs.replace(finding, variant=test, hint='isolation="process" measures in a fresh one')
        for finding in measured.worth
    )
