"""The fixture `memlab`: compare and measure within a test, and show in the summary what came of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

import memlab

_SENTENCES: pytest.StashKey[list[str]] = pytest.StashKey()


def fixture(request: pytest.FixtureRequest) -> Any:
    """The fixture's value; with `--memlab-off` the test is skipped, as it has nothing to go by."""
    if request.config.getoption("memlab_off"):
        pytest.skip("--memlab-off: nothing is measured")
    return Recorded(request.node.stash.setdefault(_SENTENCES, []))


class Recorded:
    """The module `memlab`, with results noted for the summary.

    Args:
        sentences: gets one for each result.
    """

    def __init__(self, sentences: list[str]) -> None:
        self._sentences = sentences

    def compare(self, *arguments: Any, **options: Any) -> Any:
        """See `memlab.compare`."""
        result = memlab.compare(*arguments, **options)
        self._sentences.append(result.sentence)
        return result

    def measure(self, *arguments: Any, **options: Any) -> Any:
        """See `memlab.measure`; a measurement of this process, `with memlab.measure():`, is not noted."""
        result = memlab.measure(*arguments, **options)
        if arguments:
            self._sentences.append(repr(result).strip("<>"))
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(memlab, name)


class Recording:
    """The plugin that hands noted results on with a test's report, wherever the test runs."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach them to the report of the call."""
        report = yield
        sentences = item.stash.get(_SENTENCES, None)
        if call.when == "call" and sentences:
            # Late: it takes a library that the process of a measured test doesn't need.
            from memlab.integrations.pytest_plugin.outcome import Outcome, attach

            attach(report, Outcome(sentences=tuple(sentences)))
        return report
