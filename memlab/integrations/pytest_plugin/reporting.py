"""The end of a session: what its tests handed on becomes the baseline file and the summary's section.

With pytest-xdist the workers measure and judge, each by the baseline file as it was at the start; the controller
gathers, writes the file once, and reports.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from memlab.errors import MemlabError
from memlab.integrations.pytest_plugin import BASELINE
from memlab.integrations.pytest_plugin.as_recipe import keys_of
from memlab.integrations.pytest_plugin.baseline import AcceptedTests, Tests, Update, accept, accepted_files, gone_tests
from memlab.integrations.pytest_plugin.chosen import id_of
from memlab.integrations.pytest_plugin.judged import Acceptable, Judged
from memlab.integrations.pytest_plugin.outcome import outcome_of
from memlab.integrations.pytest_plugin.summary import TITLE, Session, summary_lines
from memlab.storage import require_writable

_WORKER_OUTPUT = "memlab_measured_tests"


def baseline_file(config: pytest.Config) -> tuple[Path, str, bool]:
    """The baseline file, how it is shown, and whether somebody named it."""
    named = str(config.getini("memlab_baseline") or "")
    shown = named or BASELINE
    return config.rootpath / shown, shown, bool(named)


def open_baseline(config: pytest.Config) -> AcceptedTests:
    """What was accepted of the project's tests.

    Raises:
        pytest.UsageError: the file can't be read, is damaged, foreign or newer, or can't be written with
            `--memlab-update`.
    """
    file, shown, named = baseline_file(config)
    update = bool(config.getoption("memlab_update"))
    try:
        if update and not hasattr(config, "workeroutput"):
            require_writable(file)
        return AcceptedTests(file, shown, named=named, update=update)
    except MemlabError as error:
        raise usage_error(error) from None


def usage_error(error: MemlabError) -> pytest.UsageError:
    """What pytest shows in one line, and ends with exit code 4."""
    return pytest.UsageError(f"memlab: {error.message}" + (f" ({error.hint})" if error.hint else ""))


class Reporting:
    """Gathers the outcomes of a session. A pytest plugin, registered where tests are measured or were accepted."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: dict[str, Judged] = {}
        self._failed: set[str] = set()
        self._sentences: list[tuple[str, str]] = []
        self._notes: dict[str, None] = {}
        self._collected: dict[str, set[str]] = {}
        self._update: Update | None = None

    def collected(self, items: Iterable[pytest.Item], marked: Iterable[pytest.Item]) -> None:
        """Note which tests there are to measure, of the files that were collected whole.

        Args:
            items: all that were collected, before any was deselected; marked: those to be measured.
        """
        if self._config.getoption("lf", default=False):
            # Of files with failures only those were collected.
            return
        for item in items:
            file, _ = keys_of(id_of(item))
            if not _is_part(self._config, item.path):
                self._collected.setdefault(file, set())
        for item in marked:
            file, test = keys_of(id_of(item))
            if file in self._collected:
                self._collected[file].add(test)

    def note(self, text: str) -> None:
        """Say something at the end, once."""
        self._notes[text] = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test hands on, and whether it passed."""
        if report.failed:
            self._failed.add(report.nodeid)
        outcome = outcome_of(report)
        if outcome is None:
            return
        if outcome.judged is not None:
            self._tests[report.nodeid] = outcome.judged
        self._sentences += [(report.nodeid, text) for text in outcome.sentences]
        self._notes |= dict.fromkeys(outcome.notes)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Of pytest-xdist: what a worker had collected."""
        for file, tests in getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, {}).items():
            self._collected.setdefault(file, set()).update(tests)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand on what was collected, of a worker; write the baseline file, of whoever reports."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_WORKER_OUTPUT] = {file: sorted(tests) for file, tests in self._collected.items()}
            return
        if not self._config.getoption("memlab_update"):
            return
        try:
            self._update = accept(baseline_file(self._config)[0], self._acceptable(), self._gone())
        except MemlabError as error:
            self._notes[f"nothing was accepted: {error.message}"] = None
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the section, if there is anything to say."""
        try:
            gone = self._gone()
        except MemlabError as error:
            gone = {}
            self._notes[error.message] = None
        session = Session(
            tests=tuple(self._tests.values()),
            baseline=baseline_file(self._config)[1],
            sentences=tuple(self._sentences),
            gone=gone,
            update=self._update,
            notes=tuple(self._notes),
        )
        verbosity = int(self._config.option.verbose)
        lines = summary_lines(session, width=terminalreporter._tw.fullwidth, verbosity=verbosity)
        if lines:
            terminalreporter.write_sep("=", TITLE)
            for line in lines:
                terminalreporter.write_line(line)

    def _acceptable(self) -> list[Acceptable]:
        """The figures of the tests that passed, their teardown included."""
        return [
            judged.acceptable
            for nodeid, judged in self._tests.items()
            if judged.acceptable is not None and nodeid not in self._failed
        ]

    def _gone(self) -> Tests:
        """The accepted tests that are no longer there, as far as this session can tell."""
        file = baseline_file(self._config)[0]
        root = self._config.rootpath
        deleted = {name: set[str]() for name in accepted_files(file) if not (root / name).exists()}
        return gone_tests(file, deleted | self._collected)


def _is_part(config: pytest.Config, path: Path) -> bool:
    """Whether the command line names tests of a file, so that others of it were not collected."""
    for argument in config.args:
        file, found, _ = str(argument).partition("::")
        if not found:
            continue
        if os.path.abspath(config.invocation_params.dir / file) == str(path):
            return True
        # With --pyargs a module can be named; where it lies is a matter of Python's path, and its name says enough.
        module = tuple(file.split("."))
        if config.getoption("pyargs") and path.with_suffix("").parts[-len(module) :] == module:
            return True
    return False
