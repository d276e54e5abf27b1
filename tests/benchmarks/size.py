"""How large run.json becomes.

A real trial: `memlab compare` of `programs/small_objects.py` with one headline trial, saved as always; the figure is
the larger of its two trials.

A trial of ten hours: `programs/limits.py` gives the measured process and the supervisor more output, phases and
processes than they keep; the timeline of its trial is replaced by what the supervisor's `TimelineKeeper` makes of ten
hours of readings every 20 ms, and its list of seen processes by as long a one as is kept.

A trial's size is that of the run's file with it less that of the file without it, as memlab encodes them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from figure import Figure, Verdict
from trials import PROGRAMS, BenchmarkError, Trials

from memlab.model.run import Run, decode_run, encode_run
from memlab.model.trial import Timeline, Trial
from memlab.supervisor.timeline import TimelineKeeper
from memlab.supervisor.watch import KERNEL_INTERVAL_SECONDS
from memlab.units import format_bytes

_GOAL_BYTES = 256 << 10
_LONG_SECONDS = 10 * 3600
_LEVEL_BYTES = 1_234_567_890
_LONG = {
    "ordinary": "text, 12 phases, 1160 processes",
    "phase_per_image": "the same with a phase for each of 3000 images",
    "binary_output": "the same with 128 KiB of bytes that are no text",
}


def measure(say: Callable[[str], None]) -> list[Figure]:
    """A row for a real trial, and a row for each long one."""
    say("size of run.json: a real run")
    run = _real_run()
    figures = [_figure("a short trial", max(_trial_bytes(run, trial) for trial in run.trials))]
    say("size of run.json: ten hours")
    timeline = _long_timeline()
    with Trials() as trials:
        for variant, words in _LONG.items():
            measured = trials.measure("limits", variant, timeline=True)
            outcome = msgspec.structs.replace(
                measured.outcome,
                timeline=timeline,
                seen_processes=measured.reply.started_processes,
            )
            trial = Trial(0, variant, "os", "timeline", outcome, measured.reply)
            figures.append(_figure(f"a trial of 10 hours: {words}", _trial_bytes(run, trial)))
    return figures


def _real_run() -> Run:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-m", "memlab", "compare", str(PROGRAMS / "small_objects.py")]
        command += ["--trials", "1", "--reports", folder, "--json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        files = list(Path(folder).rglob("run.json"))
        if done.returncode or len(files) != 1:
            raise BenchmarkError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
        return decode_run(files[0].read_bytes())


def _long_timeline() -> Timeline:
    keeper = TimelineKeeper()
    for number in range(round(_LONG_SECONDS / KERNEL_INTERVAL_SECONDS)):
        keeper.add(number * KERNEL_INTERVAL_SECONDS, _LEVEL_BYTES + number % 1013 * 4096)
    return Timeline(tuple(keeper.points()), KERNEL_INTERVAL_SECONDS)


def _trial_bytes(run: Run, trial: Trial) -> int:
    with_it = encode_run(msgspec.structs.replace(run, trials=(trial,)))
    return len(with_it) - len(encode_run(msgspec.structs.replace(run, trials=())))


def _figure(words: str, size_bytes: int) -> Figure:
    return Figure(
        name=f"run.json, {words}",
        goal=f"≤ {format_bytes(_GOAL_BYTES)}",
        measured=format_bytes(size_bytes),
        verdict=Verdict.of(size_bytes <= _GOAL_BYTES),
        values={"trial_bytes": size_bytes},
    )
