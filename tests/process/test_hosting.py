"""The task `host`: what a host sets up and tears down isn't measured, and the function's fate is the trial's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness import SCRIPTS

from memlab.analysis.failures import failure_finding
from memlab.analysis.figures import figures_of
from memlab.kernel.resolution import resolution_bytes
from memlab.model.description import RecipeReference
from memlab.model.trial import Trial, TrialSpec
from memlab.runner.executor import ProcessExecutor

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    with ProcessExecutor([str(SCRIPTS)]) as executor:
        yield executor


def hosted(executor: ProcessExecutor, does: str = "all of it", meter: str = "os") -> Trial:
    spec = TrialSpec(
        task="host",
        recipe=RecipeReference("hosted", path=str(SCRIPTS / "hosting.py")),
        folder="",
        meter=meter,
        host="hosting",
        host_arguments={"held": 80 * MIB, "taken": 24 * MIB, "does": does},
    )
    outcome, reply = executor.measure(spec, timeout_seconds=60, timeline=False, reset=False)
    return Trial(0, "hosted", meter, "headline", outcome, reply)


def test_only_the_function_is_measured(executor: ProcessExecutor) -> None:
    trial = hosted(executor)
    figures = figures_of(trial)
    assert figures is not None
    assert abs(figures.growth_bytes - 24 * MIB) < 2 * MIB + 2 * resolution_bytes()
    assert figures.retained_bytes < 2 * MIB
    assert trial.outcome.output_tail.strip() == f"the value: {24 * MIB}"
    assert trial.reply is not None
    assert trial.reply.output is None


def test_other_meters_are_on_around_it(executor: ProcessExecutor) -> None:
    for meter, line in (("memray", 'block = bytearray(arguments["taken"])'), ("tracemalloc", None)):
        trial = hosted(executor, meter=meter)
        assert trial.reply is not None
        figures = trial.reply.figures
        assert figures is not None
        assert figures.peak_bytes is not None
        assert abs(figures.peak_bytes - 24 * MIB) < MIB
        if line is not None:
            assert figures.lines[0].text == line
    trial = hosted(executor, meter="memory_profiler")
    assert trial.reply is not None
    assert trial.reply.figures is not None
    assert trial.reply.figures.note == "memory_profiler calls a short function again, which can't be done here"


def test_what_the_function_raises_is_passed_on_and_noted(executor: ProcessExecutor) -> None:
    trial = hosted(executor, "raises")
    assert trial.outcome.output_tail.strip() == "passed on: 'lost'"
    assert failure_finding(trial).message == "hosted raised KeyError: 'lost'"


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        ("nothing", "HostError: it ended without having anything measured"),
        ("measures twice", "HostError: a trial measures one call, and this is the second"),
        ("fails afterwards", "OSError: can't be torn down"),
    ],
)
def test_a_host_that_fails_fails_the_trial(executor: ProcessExecutor, does: str, sentence: str) -> None:
    trial = hosted(executor, does)
    assert figures_of(trial) is None
    assert failure_finding(trial).message == f"hosted: what sets it up and tears it down raised {sentence}"
