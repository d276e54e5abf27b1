"""A test in fresh processes: its trials, and what they told."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _pytest
import pytest

import memlab
from memlab.analysis.failures import explain_failure
from memlab.analysis.figures import succeeded
from memlab.integrations.pytest_plugin.as_recipe import new_run
from memlab.integrations.pytest_plugin.chosen import collected_from, id_of, key_of
from memlab.integrations.pytest_plugin.marker import Wanted
from memlab.integrations.pytest_plugin.messages import Told, read
from memlab.model.environment import Environment
from memlab.model.run import Run
from memlab.model.trial import Trial, TrialSpec
from memlab.plan import HEADLINE, PlannedTrial
from memlab.runner.executor import Executor
from memlab.runner.progress import Silent
from memlab.workflow.measuring import with_trial
from memlab.workflow.trials import Trials

HOST = "memlab.integrations.pytest_plugin.inside"
_FOLDERS = [os.path.dirname(inspect.getfile(known)) for known in (_pytest, memlab, type(pytest.hookimpl))]
_FRAME = '  File "'
_AROUND = (f"{_FRAME}<frozen runpy>", *(f"{_FRAME}{folder}{os.sep}" for folder in _FOLDERS))
"""How the frames begin that are around every test."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """A test that ran in processes of its own.

    Attributes:
        run: all its trials.
        trial: the one that `told` is of: the first, or the one that failed.
    """

    run: Run
    trial: Trial
    told: Told


def measure(
    item: pytest.Item,
    wanted: Wanted,
    executor: Executor,
    messages: Path,
    basetemp: Path | None,
    environment: Environment,
    next_trials: Callable[[Run], Sequence[PlannedTrial]],
) -> Isolated:
    """Carry out a test's trials, until there are enough of them, or one fails.

    Args:
        messages: the file in which its processes tell what happens; removed each time it is read.
        basetemp: the folder that is to hold its temporary ones; None for pytest's own choice.
        environment: what is known before any trial.
        next_trials: what is still to be measured, by what was.

    Raises:
        MeasurementError: the supervisor can't be started, or the temporary folder is full.
        UsageError: a process of its own can't be told of this session.
    """
    nodeid, line = id_of(item), (item.location[1] or 0) + 1
    run = new_run(nodeid, environment, path=str(item.path), line=line, timeout_seconds=wanted.timeout_seconds)
    spec = TrialSpec(
        task="host",
        recipe=run.recipe.reference,
        folder="",
        host=HOST,
        host_arguments=_arguments(item, messages, basetemp),
    )
    trials = Trials(spec, executor, None, Silent(), timeout_seconds=wanted.timeout_seconds, jobs=1)
    first: Isolated | None = None
    while plan := next_trials(run):
        for trial in trials.carry_out(plan):
            run = with_trial(run, trial)
            told = read(messages)
            messages.unlink(missing_ok=True)
            if first is None or (trial.kind == HEADLINE and not succeeded(trial)):
                first = Isolated(run, trial, told)
    assert first is not None
    return Isolated(run, first.trial, first.told)


def why_it_ended(trial: Trial, name: str) -> tuple[str, str | None]:
    """Why a process could not tell all, and the way out."""
    if succeeded(trial):
        return f"{name} ended without telling what came of it", None
    message, hint = explain_failure(trial, name, None)
    if trial.outcome.ending == "timed_out":
        hint = "give it longer with @pytest.mark.memlab(timeout=...)"
    elif trial.outcome.ending == "exited" and trial.reply is None:
        hint = "a test must not end the process it runs in"
    return message, hint


def last_output(trial: Trial) -> str:
    """What a process printed last; of the stacks that Python shows of a crash, without the frames around every test."""
    lines: list[str] = []
    stack: int | None = None
    for line in [*trial.outcome.output_tail.splitlines(), ""]:
        if line.endswith("(most recent call first):"):
            stack = len(lines) + 1
        elif stack is not None and not line.startswith(_FRAME):
            while len(lines) > stack + 1 and lines[-1].startswith(_AROUND):
                lines.pop()
            stack = None
        lines.append(line)
    return "\n".join(lines).strip()


def _arguments(item: pytest.Item, messages: Path, basetemp: Path | None) -> dict[str, Any]:
    """What its process is told: how to have the same session again, and which test."""
    config = item.config
    seed = {"randomly_seed": config.getoption("randomly_seed", None)}
    # pytest-cov begins before options can be taken back, and would be measured with the test.
    without = ["--no-cov"] if hasattr(config.option, "no_cov") else []
    return {
        "folder": str(config.invocation_params.dir),
        "sys_path": [str(entry) for entry in sys.path],
        "argv": list(sys.argv),
        "args": [*map(str, config.invocation_params.args), *without],
        "options": {name: value for name, value in seed.items() if isinstance(value, int)},
        "workerinput": _plain_input(getattr(config, "workerinput", None)),
        "basetemp": None if basetemp is None else str(basetemp),
        "messages": str(messages),
        "collect": collected_from(item),
        "key": key_of(item),
    }


def _plain_input(workerinput: Any) -> Any:
    """What pytest-xdist's controller told a worker, as far as JSON can hold it."""
    if not isinstance(workerinput, dict):
        return None
    return {name: value for name, value in workerinput.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_plain(one) for name, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)
