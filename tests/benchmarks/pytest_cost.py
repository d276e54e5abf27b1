"""What the pytest plugin costs a suite that has no marked test.

The wall time of `python -m pytest` on 1,000 tests that do nothing, in ten files, with memlab's plugin (as pytest finds
it by itself) less that with `-p no:memlab`; interleaved, median of the pairs' differences. Other plugins are left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from figure import Figure, Verdict
from pairs import interleave, median_difference, median_ratio
from trial_cost import timed
from trials import BenchmarkError

import memlab
from memlab.units import format_seconds

ROUNDS = 30
_FILES, _TESTS = 10, 100
_GOAL_SECONDS = 0.010


def measure(say: Callable[[str], None]) -> list[Figure]:
    """One row."""
    say("cost of the pytest plugin")
    with tempfile.TemporaryDirectory(prefix="memlab-bench-") as name:
        folder = Path(name)
        for number in range(_FILES):
            tests = "".join(f"def test_{test}():\n    pass\n\n\n" for test in range(_TESTS))
            (folder / f"test_file_{number}.py").write_text(tests, encoding="utf-8")
        if f"memlab-{memlab.__version__}" not in _run(folder, ()).stdout:
            raise BenchmarkError("pytest doesn't find memlab's plugin here; install memlab")
        seconds = interleave(
            {
                "without": partial(_time, folder, ("-p", "no:memlab")),
                "with": partial(_time, folder, ()),
            },
            ROUNDS,
        )
    cost = median_difference(seconds["with"], seconds["without"])
    ratio = median_ratio(seconds["with"], seconds["without"])
    interval = f"{format_seconds(cost.low)} to {format_seconds(cost.high)}"
    return [
        Figure(
            name=f"the pytest plugin in a suite of {_FILES * _TESTS:,} tests, none of them marked",
            goal=f"≤ {format_seconds(_GOAL_SECONDS)}",
            measured=f"{format_seconds(cost.value)} ({interval}), {ratio.value:.3f}× ({ROUNDS} pairs)",
            verdict=Verdict.of(cost.value <= _GOAL_SECONDS),
            values={"cost_seconds": cost.value, "with_seconds": seconds["with"], "without_seconds": seconds["without"]},
        )
    ]


def _time(folder: Path, words: Sequence[str]) -> float:
    return timed(lambda: _run(folder, words))


def _run(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    others = ("benchmark", "hypothesispytest", "memray", "randomly", "xdist")
    without = [word for name in others for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *without, *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        command, cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
