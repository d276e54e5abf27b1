"""What a trial costs beyond its work and imports.

A trial: the wall time of `ProcessExecutor.measure` for `programs/nothing.py`, whose variant returns at once and which
imports nothing but memlab's `Recipe`; its spec is written, the process started, measured, settled, read and reaped, the
reply decoded and the folder removed. The supervisor runs already, as it does for all trials of a run but the first.

Subtracted is the wall time of the same interpreter that is started, imports the same recipe and ends: that is work and
imports, and no trial can have less. Both are interleaved; the figure is the median of the pairs' differences. What
is left over the bare start of an interpreter (`python -P -c pass`) is given as well, without a goal.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from figure import Figure, Verdict
from pairs import interleave, median_difference
from trials import Trials, import_command

from memlab.units import format_seconds

ROUNDS = 30
_GOAL_SECONDS = 0.060


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Two rows: beyond the start and the imports, and beyond the start alone."""
    say("cost of a trial")
    with Trials() as trials:
        seconds = interleave(
            {
                "trial": lambda: timed(lambda: trials.measure("nothing", "nothing")),
                "import": lambda: time_command(import_command("nothing")),
                "start": lambda: time_command([sys.executable, "-P", "-c", "pass"]),
            },
            ROUNDS,
        )
    figures = []
    for reference, words, goal in (
        ("import", "its work and imports", _GOAL_SECONDS),
        ("start", "the bare start of an interpreter", None),
    ):
        cost = median_difference(seconds["trial"], seconds[reference])
        interval = f"{format_seconds(cost.low)} to {format_seconds(cost.high)}"
        figures.append(
            Figure(
                name=f"a trial beyond {words}",
                goal="" if goal is None else f"≤ {format_seconds(goal)}",
                measured=f"{format_seconds(cost.value)} ({interval}; {ROUNDS} pairs)",
                verdict=Verdict.NONE if goal is None else Verdict.of(cost.value <= goal),
                values={
                    "cost_seconds": cost.value,
                    "trial_seconds": seconds["trial"],
                    f"{reference}_seconds": seconds[reference],
                },
            )
        )
    return figures


def timed(action: Callable[[], object]) -> float:
    """The wall time of an action in seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def time_command(command: Sequence[str]) -> float:
    """The wall time of a command from its start to its end in seconds; what it prints is thrown away."""
    return timed(lambda: subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
