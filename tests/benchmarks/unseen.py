"""What the timeline could have missed: the largest unseen-growth bound.

A timeline trial reads and resets the mark every 20 ms; what rises and falls between the reading and the reset is
lost, and can't be more than what was faulted in meanwhile. `Outcome.unseen_growth_bytes` is the largest such bound of
a trial. The figure is the largest over timeline trials of the three works, first with the machine as it is, then with
as many busy loops beside them as there are CPUs. It has no goal: memlab shows it beside each timeline.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from figure import Figure
from trials import Measured, Trials

from memlab.kernel.resolution import cpus_allowed
from memlab.units import format_bytes, format_seconds

TRIALS = 6
_WORKS = ("images", "small_objects", "fresh_pages")
_BUSY = "import time\nend = time.monotonic() + 120\nwhile time.monotonic() < end: pass"


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Two rows: idle and busy."""
    with Trials() as trials:
        say("unseen growth, idle")
        idle = _trials(trials)
        say(f"unseen growth, with {cpus_allowed()} busy loops")
        with _busy_loops(cpus_allowed()):
            busy = _trials(trials)
    return [_figure("idle", idle), _figure(f"with {cpus_allowed()} busy loops", busy)]


def _trials(trials: Trials) -> list[tuple[str, Measured]]:
    return [(work, trials.measure(work, work, timeline=True)) for _ in range(TRIALS) for work in _WORKS]


def _figure(words: str, trials: list[tuple[str, Measured]]) -> Figure:
    bounds = {work: [one.outcome.unseen_growth_bytes for name, one in trials if name == work] for work in _WORKS}
    slowest = max(one.outcome.slowest_window_seconds for _, one in trials)
    intervals = sum(len(one.outcome.timeline.points) for _, one in trials if one.outcome.timeline is not None)
    largest = max(max(ours) for ours in bounds.values())
    return Figure(
        name=f"largest unseen-growth bound of the timeline, {words}",
        goal="",
        measured=f"{format_bytes(largest)} ({len(trials)} trials, {intervals} intervals; "
        f"slowest window {format_seconds(slowest)})",
        values={"bound_bytes": bounds, "slowest_window_seconds": slowest, "intervals": intervals},
    )


@contextmanager
def _busy_loops(count: int) -> Iterator[None]:
    """So many processes that do nothing but turn round; they end by themselves after two minutes at the latest."""
    loops = [subprocess.Popen([sys.executable, "-I", "-S", "-c", _BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
