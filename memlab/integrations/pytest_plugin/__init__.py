"""The pytest plugin: limits on what a test may need, and measuring within tests.

This module is all that is imported as long as no test is marked and none uses the fixture `memlab`.
"""

from __future__ import annotations

from typing import Any

import pytest

_MARKER = (
    "memlab(peak, retained, trials, isolation, timeout): measure how much memory the test needs, in a fresh process; "
    'sizes like "64MiB" are limits, isolation="inline" measures in pytest\'s own process'
)
_REPORTING = "memlab_reporting"
BASELINE = "memlab-tests.json"
"""Where the baseline lies unless the ini value `memlab_baseline` says otherwise, from the root folder."""
INSIDE = "memlab_inside"
"""The name of the plugin that measures the one test of a process made for it; nothing else is to be done there."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and ini values."""
    group = parser.getgroup("memlab", "memory limits (memlab)")
    group.addoption("--memlab-off", action="store_true", help="run marked tests like others, without measuring them")
    group.addoption(
        "--memlab-update",
        action="store_true",
        help="accept what the measured tests need now: write it into the baseline file",
    )
    parser.addini("memlab_peak", "limit of marked tests that have none of their own, such as 64MiB", default="")
    parser.addini("memlab_retained", "the same for what a test leaves behind", default="")
    parser.addini(
        "memlab_trials", "fresh processes a marked test is measured in, unless it says so itself", default="1"
    )
    parser.addini("memlab_timeout", "time after which such a process is stopped, such as 90s", default="300s")
    parser.addini("memlab_baseline", "the file of accepted figures (memlab-tests.json)", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and wait for what is collected."""
    config.addinivalue_line("markers", _MARKER)
    config.pluginmanager.register(_Entry(config), "memlab_entry")


@pytest.fixture
def memlab(request: pytest.FixtureRequest) -> Any:
    """memlab's `compare` and `measure`, whose results the summary shows; and all other names of the module `memlab`."""
    from memlab.integrations.pytest_plugin.fixture import fixture

    return fixture(request)


class _Entry:
    """Registers the rest of the plugin when there is something to measure, or to report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collected: list[pytest.Item] = []

    def pytest_sessionstart(self) -> None:
        """Of pytest-xdist's controller, which collects nothing: read the baseline file before workers are started."""
        config = self._config
        if not config.pluginmanager.has_plugin("dsession") or config.getoption("memlab_off"):
            return
        if config.getoption("memlab_update") or self._has_baseline():
            from memlab.integrations.pytest_plugin.reporting import open_baseline

            open_baseline(config)
            self.reporting()
        else:
            config.pluginmanager.register(_Controller(self, config.pluginmanager), "memlab_controller")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note what there was before anything is deselected."""
        self._collected = list(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look whether there is anything to measure."""
        config, collected, self._collected = self._config, self._collected, []
        if config.getoption("collectonly") or config.getoption("memlab_off") or config.pluginmanager.has_plugin(INSIDE):
            return
        meant = any(map(_is_meant, session.items))
        if meant or self._has_baseline():
            # Where tests were accepted and none is marked any more, that is to be said.
            reporting = self.reporting()
            reporting.collected(collected, list(filter(_is_marked, collected)))
        if meant:
            from memlab.integrations.pytest_plugin.session import measure_session

            measure_session(config, list(filter(_is_marked, session.items)), reporting.note)

    def _has_baseline(self) -> bool:
        return (self._config.rootpath / (self._config.getini("memlab_baseline") or BASELINE)).exists()

    def reporting(self) -> Any:
        """The plugin that gathers and reports, registered now unless it is."""
        known = self._config.pluginmanager.get_plugin(_REPORTING)
        if known is None:
            from memlab.integrations.pytest_plugin.reporting import Reporting

            known = Reporting(self._config)
            self._config.pluginmanager.register(known, _REPORTING)
        return known


class _Controller:
    """Waits, in pytest-xdist's controller, for the first report with something to say."""

    def __init__(self, entry: _Entry, plugins: pytest.PytestPluginManager) -> None:
        self._entry, self._plugins = entry, plugins

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A worker has run a test."""
        if hasattr(report, "memlab"):
            self._plugins.unregister(self)
            self._entry.reporting().pytest_runtest_logreport(report)


def _is_marked(item: pytest.Item) -> bool:
    return item.get_closest_marker("memlab") is not None


def _is_meant(item: pytest.Item) -> bool:
    return _is_marked(item) or _uses_fixture(item)


def _uses_fixture(item: pytest.Item) -> bool:
    """Whether it uses the fixture `memlab`, and not one of the project's that has the same name."""
    found: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("memlab")
    return bool(found) and found[-1].func.__module__ == __name__
