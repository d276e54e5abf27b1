"""In the process made for one test: pytest runs that test alone, and its call is measured.

The session is built from the same arguments as the one outside, as pytest-xdist builds those of its workers; options
that choose tests, stop early or write files of their own are then taken back. What happens is told outside.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Generator
from typing import Any, TextIO, cast

import pytest
from _pytest.config import _prepareconfig, create_terminal_writer

import memlab
from memlab.integrations.pytest_plugin import INSIDE
from memlab.integrations.pytest_plugin.call import Measured, measured_call
from memlab.integrations.pytest_plugin.chosen import key_of
from memlab.integrations.pytest_plugin.fixture import Recording
from memlab.integrations.pytest_plugin.messages import Teller, described_warning

_OPTIONS: dict[str, Any] = {
    # Which tests, and in which order. The one is known.
    "keyword": "",
    "markexpr": "",
    "deselect": None,
    "pyargs": False,
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "stepwise_skip": False,
    "maxfail": 0,
    "reruns": 0,
    # What the session outside does.
    "numprocesses": None,
    "maxprocesses": None,
    "dist": "no",
    "distload": False,
    "looponfail": False,
    "tx": [],
    "forked": False,
    "xmlpath": None,
    "report_log": None,
    "htmlpath": None,
    "json_report": False,
    "pastebin": None,
    "cacheclear": False,
    "log_file": os.devnull,
    "setupshow": False,
    # What measures by itself would be measured with the test.
    "memray": False,
    "benchmark_disable": True,
    "benchmark_enable": False,
    "benchmark_only": False,
    "benchmark_skip": False,
}
_NOT_HERE = ("lfplugin", "nfplugin", "stepwiseplugin", "rerunfailures")
"""Plugins that write what belongs to the session outside, or run a test again."""


def run(arguments: dict[str, Any], measured: Measured) -> None:
    """Run one test, measured; what a host of `memlab.child` does.

    Args:
        arguments: as `memlab.integrations.pytest_plugin.isolated` makes them.
        measured: measures one call of a function.

    Raises:
        pytest.UsageError: this process can't have the session outside again.
    """
    os.chdir(arguments["folder"])
    sys.path[:], sys.argv[:] = arguments["sys_path"], arguments["argv"]
    with open(arguments["messages"], "wb") as file, open(os.dup(2), "w", encoding="utf-8", errors="replace") as outside:
        config = _session(arguments)
        inside = Inside(config, Teller(file), Terminal(outside), arguments, measured)
        config.pluginmanager.register(inside, INSIDE)
        config.pluginmanager.register(Recording(), "memlab_recording")
        try:
            config.hook.pytest_cmdline_main(config=config)
        finally:
            config._ensure_unconfigure()
        inside.ended()


def _session(arguments: dict[str, Any]) -> pytest.Config:
    """The configuration of the session outside, for one test."""
    # pytest rewrites the assertions of packages with plugins, and warns where one is imported already.
    memlab.__doc__ = f"{memlab.__doc__}\nPYTEST_DONT_REWRITE\n"
    config = _prepareconfig(list(arguments["args"]), None)
    for name, value in (_OPTIONS | arguments["options"]).items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    config.option.basetemp = arguments["basetemp"] or config.option.basetemp
    config.args[:] = [arguments["collect"]]
    if arguments["workerinput"] is not None:
        # Fixtures ask for it, such as pytest-xdist's worker_id.
        vars(config).update(workerinput=arguments["workerinput"], workeroutput={})
    return config


class Terminal(io.TextIOBase):
    """What pytest prints to: nothing of it is shown but what comes while the test runs, as when it is timed out.

    Args:
        outside: takes that.
    """

    def __init__(self, outside: TextIO) -> None:
        self._outside = outside
        self.is_open = False

    def write(self, text: str) -> int:
        """Show a text, or don't."""
        if self.is_open:
            self._outside.write(text)
            self._outside.flush()
        return len(text)


class Inside:
    """The plugin that selects the test, has it measured, and tells what happens.

    Args:
        terminal: takes what pytest would print.
    """

    def __init__(
        self, config: pytest.Config, teller: Teller, terminal: Terminal, arguments: dict[str, Any], measured: Measured
    ) -> None:
        self._config, self._teller, self._terminal = config, teller, terminal
        self._key, self._measured = tuple(arguments["key"]), measured

    def ended(self) -> None:
        """Tell that all has been told."""
        self._teller.tell("ended")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Leave to the session outside what is its own."""
        plugins = self._config.pluginmanager
        for name in _NOT_HERE:
            if plugins.has_plugin(name):
                plugins.unregister(name=name)
        terminal: Any = plugins.get_plugin("terminalreporter")
        if terminal is not None:
            terminal._tw = create_terminal_writer(self._config, cast("TextIO", self._terminal))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Keep the one test, also from plugins that would deselect it: outside it was selected."""
        chosen = [item for item in items if key_of(item) == self._key][:1]
        items[:] = chosen
        if not chosen:
            self._teller.tell("problem", "the test was not found again in its own process")
        yield
        items[:] = chosen

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Have the test measured."""
        self._terminal.is_open = True
        try:
            with measured_call(item, self._measured):
                yield
        finally:
            self._terminal.is_open = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell a report."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._teller.tell("report", data)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell why the test's file can't be collected, if it can't."""
        if report.failed:
            self._teller.tell("problem", report.longreprtext)

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        """Tell a warning of the test; those of configuring and collecting are known outside."""
        if when == "runtest":
            described = described_warning(warning_message)
            self._teller.tell("warning", {"warning": described, "nodeid": nodeid, "location": location})

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell that the test called `pytest.exit`, or raised KeyboardInterrupt."""
        error = excinfo.value
        code = getattr(error, "returncode", None)
        self._teller.tell("stopped", (str(error), code if isinstance(error, pytest.exit.Exception) else -1))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Tell of an error in pytest, or in a plugin."""
        self._teller.tell("problem", str(excrepr))
