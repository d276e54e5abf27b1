"""The tests of a session that are to be measured: each runs in processes of its own, is judged, and is reported as if
it had run here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from memlab.analysis.figures import succeeded
from memlab.errors import MemlabError
from memlab.integrations.pytest_plugin import isolated, reports
from memlab.integrations.pytest_plugin.failure import in_words
from memlab.integrations.pytest_plugin.fixture import Recording
from memlab.integrations.pytest_plugin.judging import Judge
from memlab.integrations.pytest_plugin.junit import properties
from memlab.integrations.pytest_plugin.marker import INLINE, Wanted, wanted
from memlab.integrations.pytest_plugin.messages import Told, made_warning
from memlab.integrations.pytest_plugin.outcome import Outcome, attach
from memlab.integrations.pytest_plugin.reporting import open_baseline, usage_error
from memlab.model.environment import Environment
from memlab.model.trial import Trial
from memlab.runner.executor import ProcessExecutor
from memlab.runner.host import describe_host

_DEBUGGERS = {"pdb": "usepdb", "trace": "trace"}
_NOTHING_RUNS = ("setuponly", "setupplan")
_WINDOWS = "on Windows memlab can't measure other processes: all tests are measured as with isolation='inline'"


def measure_session(config: pytest.Config, marked: Sequence[pytest.Item], note: Callable[[str], None]) -> None:
    """Have the marked tests of a session measured when their turn comes.

    Args:
        note: takes what the summary is to say.

    Raises:
        pytest.UsageError: a marker or an ini value makes no sense (of a pytest-xdist worker, which can't end a session
            in words, the test is in error instead); the baseline file can't be read, or there is no temporary folder.
    """
    config.pluginmanager.register(Recording(), "memlab_recording")
    mistakes: dict[pytest.Item, MemlabError] = {}
    how: dict[pytest.Item, Wanted] = {}
    for item in marked:
        try:
            how[item] = wanted(item)
        except MemlabError as error:
            mistakes[item] = error
    if mistakes and not hasattr(config, "workerinput"):
        raise usage_error(next(iter(mistakes.values())))
    debugger = [f"--{option}" for option, name in _DEBUGGERS.items() if config.getoption(name, default=False)]
    if debugger and marked:
        note(f"no test was measured: with {debugger[0]} all run in pytest's own process")
    if not marked or debugger or any(config.getoption(name, default=False) for name in _NOTHING_RUNS):
        return
    judge = Judge(open_baseline(config), str(config.rootpath))
    inline = {item: one for item, one in how.items() if one.isolation == INLINE or sys.platform == "win32"}
    if inline:
        from memlab.integrations.pytest_plugin.inline import Inline

        notes = (_WINDOWS,) if any(one.isolation != INLINE for one in inline.values()) else ()
        config.pluginmanager.register(Inline(inline, judge, notes), "memlab_inline")
    apart = {item: one for item, one in how.items() if item not in inline}
    if apart or mistakes:
        try:
            # Now, while the working folder is the one that pytest was started in.
            executor = ProcessExecutor()
        except MemlabError as error:
            raise usage_error(error) from None
        config.add_cleanup(lambda: executor.__exit__(None, None, None))
        config.pluginmanager.register(Measuring(config, judge, executor, apart, mistakes), "memlab_measuring")


class Measuring:
    """The plugin that takes the place of pytest's own protocol for tests that are measured in processes of their own.

    Args:
        executor: carries out their trials; it is closed by whoever made it.
        how: each of them; mistakes: the tests that can't be measured, and why.
    """

    def __init__(
        self,
        config: pytest.Config,
        judge: Judge,
        executor: ProcessExecutor,
        how: Mapping[pytest.Item, Wanted],
        mistakes: Mapping[pytest.Item, MemlabError],
    ) -> None:
        self._config, self._judge = config, judge
        self._how, self._mistakes = how, mistakes
        self._executor = executor
        self._environment: Environment | None = None
        self._tests = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Carry out a test, and report it as if it had run here."""
        if item not in self._how and item not in self._mistakes:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        mistake = self._mistakes.get(item)
        _log(item, self._measured(item, self._how[item]) if mistake is None else [_refused(item, mistake)], nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _measured(self, item: pytest.Item, how: Wanted) -> list[pytest.TestReport]:
        """The reports of a test that is measured now."""
        if hasattr(item.config.hook, "pytest_timeout_cancel_timer"):
            # pytest-timeout counts in the test's own process; here it would count all trials together.
            item.ihook.pytest_timeout_cancel_timer(item=item)
        self._tests += 1
        try:
            done = isolated.measure(
                item,
                how,
                self._executor,
                self._executor.scratch / f"messages-{self._tests}",
                _basetemp(item.config, f"memlab-{self._tests}"),
                self._host(),
                lambda run: self._judge.next_trials(run, how.limits, how.trials),
            )
        except MemlabError as error:
            return [_refused(item, error)]
        return self._reported(item, how, done)

    def _reported(self, item: pytest.Item, how: Wanted, done: isolated.Isolated) -> list[pytest.TestReport]:
        """What a test's processes told, with what its figures come to."""
        told, trial = done.told, done.trial
        _warn(item, told)
        _print(item.config, trial.outcome.output_tail)
        if told.stopped is not None:
            _stop(*told.stopped)
        found = reports.made_again(item, told.reports)
        if not told.ended or not found or found[-1].when != "teardown":
            return [*found, _made_up(item, found, told, trial)]
        call = reports.call_of(found)
        if call is None or not reports.ran_through(call):
            return found
        if not succeeded(trial):
            reports.fail_by_memory(item, call, in_words(*isolated.why_it_ended(trial, item.name)))
            return found
        judged = self._judge.judge(done.run, how.limits)
        attach(call, Outcome(judged=judged))
        for report in found[found.index(call) :]:
            # Where pytest's JUnit file looks for those of a test is the report of its teardown.
            report.user_properties += properties(judged)
        if judged.failure is not None:
            reports.fail_by_memory(item, call, judged.failure)
        return found

    def _host(self) -> Environment:
        """The machine, described once."""
        if self._environment is None:
            self._environment = describe_host()
        return self._environment


def _log(item: pytest.Item, found: Sequence[pytest.TestReport], nextitem: pytest.Item | None) -> None:
    """Report a test, and tear down here what the tests before it leave to it: fixtures of its module, of a package."""
    for report in found:
        item.ihook.pytest_runtest_logreport(report=report)
    torn_down = _torn_down(item, nextitem)
    if torn_down.failed or all(report.when != "teardown" for report in found):
        item.ihook.pytest_runtest_logreport(report=torn_down)


def _torn_down(item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport:
    if item.session.shouldfail or item.session.shouldstop:
        nextitem = None
    capture: Any = item.config.pluginmanager.get_plugin("capturemanager")
    try:
        with nullcontext() if capture is None else capture.item_capture("teardown", item):
            item.session._setupstate.teardown_exact(nextitem)
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as error:  # pytest.fail and pytest.skip raise no Exception
        return reports.of_error(item, "teardown", error)
    return reports.passed(item, "teardown")


def _made_up(item: pytest.Item, found: Sequence[pytest.TestReport], told: Told, trial: Trial) -> pytest.TestReport:
    """The report of the phase that a test's process could not tell of."""
    when = "setup" if not found else "call" if found[-1].when == "setup" and found[-1].passed else "teardown"
    if told.problem is not None:
        return reports.failed(item, when, told.problem, "", trial.outcome.seconds)
    text = in_words(*isolated.why_it_ended(trial, item.name))
    return reports.failed(item, when, text, isolated.last_output(trial), trial.outcome.seconds)


def _warn(item: pytest.Item, told: Told) -> None:
    for one in told.warnings:
        item.ihook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": made_warning(one["warning"]),
                "when": "runtest",
                "nodeid": item.nodeid,
                "location": one["location"],
            }
        )


def _print(config: pytest.Config, output: str) -> None:
    """With `-s`, show what a test printed."""
    if config.getoption("capture", default="fd") == "no" and output:
        sys.stdout.write(output)
        sys.stdout.flush()


def _stop(reason: str, code: int | None) -> None:
    """End the session as the test asked to."""
    if code == -1:
        raise KeyboardInterrupt(reason)
    pytest.exit(reason, code)


def _basetemp(config: pytest.Config, name: str) -> Path | None:
    """Where a test's temporary folders lie: among those of the session."""
    factory: Any = getattr(config, "_tmp_path_factory", None)
    return None if factory is None else Path(factory.getbasetemp()) / name


def _refused(item: pytest.Item, error: MemlabError) -> pytest.TestReport:
    """The report of a test that can't be measured."""
    return reports.failed(item, "setup", in_words(error.message, error.hint))
