"""How long the command line takes to start.

The wall time of `memlab --help` and of `memlab list`, run as the installed command, less that of `python -c pass` of
the same interpreter; interleaved, median of the pairs' differences.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from figure import Figure, Verdict
from pairs import interleave, median_difference
from trial_cost import time_command
from trials import BenchmarkError

from memlab.units import format_seconds

ROUNDS = 30
_COMMANDS = {"--help": 0.060, "list": 0.120}


def measure(say: Callable[[str], None]) -> list[Figure]:
    """A row a command."""
    say("start-up of the command line")
    memlab = os.path.join(os.path.dirname(sys.executable), "memlab")
    for word in _COMMANDS:
        # Once beforehand: it has to work, and what it writes for later starts is written.
        if subprocess.run([memlab, word], capture_output=True).returncode:
            raise BenchmarkError(f"`{memlab} {word}` fails")
    seconds = interleave(
        {
            "pass": partial(time_command, [sys.executable, "-c", "pass"]),
            **{word: partial(time_command, [memlab, word]) for word in _COMMANDS},
        },
        ROUNDS,
    )
    figures = []
    for word, goal in _COMMANDS.items():
        cost = median_difference(seconds[word], seconds["pass"])
        interval = f"{format_seconds(cost.low)} to {format_seconds(cost.high)}"
        figures.append(
            Figure(
                name=f"start-up of `memlab {word}` over `python -c pass`",
                goal=f"≤ {format_seconds(goal)}",
                measured=f"{format_seconds(cost.value)} ({interval}; {ROUNDS} pairs)",
                verdict=Verdict.of(cost.value <= goal),
                values={
                    "cost_seconds": cost.value,
                    "command_seconds": seconds[word],
                    "pass_seconds": seconds["pass"],
                },
            )
        )
    return figures
