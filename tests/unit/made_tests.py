"""Measured tests made by hand: the pytest plugin judges them as it would those of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from made_runs import ENVIRONMENT, KIB, MIB, measured, metered

from memlab.integrations.pytest_plugin.as_recipe import keys_of, new_run
from memlab.integrations.pytest_plugin.baseline import AcceptedTests
from memlab.integrations.pytest_plugin.judged import Judged, Limit
from memlab.integrations.pytest_plugin.judging import Judge
from memlab.model.environment import Environment
from memlab.model.run import Run
from memlab.model.trial import LineFigure, Trial
from memlab.plan import PlannedTrial
from memlab.workflow.measuring import with_trial

NODEID = "tests/test_album.py::test_crop[large]"
ROOT = "/project"

Needs = Callable[[int], float]
"""The growth of a test's headline trial of this number, in bytes."""


def judge_of(file: Path, *, update: bool = False, named: bool = False, **more: Any) -> Judge:
    """A session's judge, with this baseline file."""
    return Judge(AcceptedTests(file, file.name, named=named, update=update), ROOT, **more)


def peak_limit(size_bytes: float) -> tuple[Limit, ...]:
    return (Limit("peak", round(size_bytes)),)


def measure(
    judge: Judge,
    needs: float | Needs,
    limits: Sequence[Limit] = (),
    *,
    nodeid: str = NODEID,
    heap: float | None = None,
    trials: int = 1,
    environment: Environment = ENVIRONMENT,
    **more: Any,
) -> tuple[Judged, list[list[str]]]:
    """Make the trials that the judge asks for, and have it judge; also which meters it asked for, each time.

    Args:
        needs: growth in bytes, the same or of each headline trial.
        heap: memray's peak; as much as the first trial's growth unless said.
        more: of each headline trial, as `made_runs.measured` has them.
    """
    _, test = keys_of(nodeid)
    growth = needs if callable(needs) else lambda _: needs
    run = new_run(nodeid, environment, path="/project/tests/test_album.py", line=3, timeout_seconds=300.0)
    asked: list[list[str]] = []
    while planned := judge.next_trials(run, limits, trials):
        asked.append([one.meter for one in planned])
        assert len(asked) < 20, "it never has enough"
        for one in planned:
            run = with_trial(run, _trial(one, run, test, growth, heap, more))
    judged = judge.judge(run, limits)
    # As it travels from a worker to the controller.
    return msgspec.convert(msgspec.to_builtins(judged), Judged), asked


def _trial(
    planned: PlannedTrial, run: Run, test: str, growth: Needs, heap: float | None, more: dict[str, Any]
) -> Trial:
    made = sum(trial.kind == "headline" for trial in run.trials)
    if planned.meter == "os":
        trial = measured(test, growth(made), **({"output": None} | more))
    else:
        size = growth(0) if heap is None else heap
        lines = [
            LineFigure(
                "/project/tests/test_album.py", 31, "test_crop", "pixels = decode(photo)", round(size - 9 * MIB)
            ),
            LineFigure("/env/lib/python3.12/site-packages/PIL/Image.py", 310, "load", "self.im = new()", 8 * MIB),
            LineFigure("/env/lib/python3.12/site-packages/PIL/Image.py", 99, "open", "fp = open(path)", 10 * KIB),
        ]
        trial = metered(test, planned.meter, size, lines=lines, output=None)
    return msgspec.structs.replace(trial, number=planned.number)
