"""How much slower the measured work becomes by being measured.

Two comparisons, for three works: images (OpenCV, numpy), many small Python objects, and fresh pages, which touch the
very counters that memlab reads.

- **In one process** (`programs/polled.py`): a headline trial whose work is cut into blocks of about 50 ms. During one
  block of each pair the supervisor reads the mark every 20 ms as always, during the other it is stopped; which comes
  first is drawn by lot. This is precise, and shows all that memlab does while the work runs. The same in a timeline
  trial, where marks are reset as well, is a fact without a goal.
- **Fresh processes**: `bare.py` runs the variant in a fresh process, warmed up alike, without marks and without a
  supervisor, and times it from inside; under the meter it is `Reply.seconds` of a headline trial; interleaved. This
  shows also what a trial's preparation (collected, trimmed) does to the work's speed, but fresh processes differ
  among themselves by some per cent, so that the interval is wide.

The figure is the median of the pairs' ratios. A goal is met when the interval of the median lies below it, missed
when it lies above, and undecided when the goal lies inside.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from figure import Figure, Verdict
from pairs import interleave, median_ratio
from trials import PROGRAMS, Trials

ROUNDS = 20
_GOAL = 1.01
_BARE = Path(__file__).resolve().parent / "bare.py"
_WORKS = {"images": "images", "small_objects": "small objects", "fresh_pages": "fresh pages"}


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Three rows a work: polled in one process, in fresh processes, and polled by the timeline."""
    in_one, in_fresh, by_timeline = [], [], []
    with Trials() as trials:
        for program, words in _WORKS.items():
            say(f"slowdown: {words}")
            in_one.append(_in_one_process(trials, program, words, timeline=False))
            by_timeline.append(_in_one_process(trials, program, words, timeline=True))
            in_fresh.append(_in_fresh_processes(trials, program, words))
    return in_one + in_fresh + by_timeline


def _in_one_process(trials: Trials, program: str, words: str, *, timeline: bool) -> Figure:
    blocks = json.loads(trials.measure("polled", program, timeline=timeline).outcome.output_tail)
    polled, alone = zip(*blocks, strict=True)
    kind = "timeline" if timeline else "headline"
    return _figure(f"slowdown by the {kind}'s readings, {words}", polled, alone, judged=not timeline)


def _in_fresh_processes(trials: Trials, program: str, words: str) -> Figure:
    seconds = interleave(
        {
            "bare": partial(_bare_seconds, program),
            "headline": lambda: trials.measure(program, program).figures.seconds,
        },
        ROUNDS,
    )
    return _figure(f"slowdown of a headline trial, {words}", seconds["headline"], seconds["bare"], judged=True)


def _bare_seconds(program: str) -> float:
    command = [sys.executable, "-P", str(_BARE), str(PROGRAMS / f"{program}.py"), program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _figure(name: str, measured: Sequence[float], bare: Sequence[float], *, judged: bool) -> Figure:
    ratio = median_ratio(measured, bare)
    verdict = Verdict.YES if ratio.high <= _GOAL else Verdict.NO if ratio.low > _GOAL else Verdict.UNDECIDED
    return Figure(
        name=name,
        goal=f"≤ {_GOAL}" if judged else "",
        measured=f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f}; "
        f"{len(bare)} pairs of {statistics.median(bare) * 1000:.0f} ms)",
        verdict=verdict if judged else Verdict.NONE,
        values={
            "ratio": ratio.value,
            "ratio_low": ratio.low,
            "ratio_high": ratio.high,
            "bare_seconds": list(bare),
            "measured_seconds": list(measured),
        },
    )
