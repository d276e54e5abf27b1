"""How far the headline figure is from the truth, on programs whose growth is known.

Each program of `programs/known.py` and `programs/known_images.py` returns its true growth: by arithmetic where it is
the size of what was touched, by reading the exact resident set while everything is held still where Python or fork
have a say. The figure is the error of memlab's growth over the headline trials, the largest in either direction.

The goal is the machine's resolution, `memlab.kernel.resolution.resolution_bytes()`. A tree's figure is a sum over
processes that are read and reset from outside; there the goal is the resolution of each of them, and what its
read-reset windows could have hidden.
"""

from __future__ import annotations

from collections.abc import Callable

from figure import Figure, Verdict
from trials import Measured, Trials

from memlab.kernel.resolution import resolution_bytes
from memlab.units import format_bytes

TRIALS = 5
_PROGRAMS = {
    ("known", "spike"): "a spike of 5 ms",
    ("known", "bursts"): "bursts of 10 ms",
    ("known", "gil_call"): "a call that holds the GIL",
    ("known_images", "pillow"): "Pillow",
    ("known_images", "opencv"): "OpenCV",
    ("known", "small_objects_half_freed"): "small objects, half freed",
    ("known_images", "untouched_zeros"): "256 MiB of untouched zeros",
    ("known", "three_children"): "three children at once",
}


def measure(say: Callable[[str], None]) -> list[Figure]:
    """A row a program."""
    figures = []
    with Trials() as trials:
        for (program, variant), words in _PROGRAMS.items():
            say(f"peak error: {words}")
            tree = variant == "three_children"
            # As in a comparison: a variant with descendants is read and reset from the beginning.
            measured = [trials.measure(program, variant, reset=tree) for _ in range(TRIALS)]
            figures.append(_figure(words, measured))
    return figures


def _figure(words: str, trials: list[Measured]) -> Figure:
    truths = [int(one.reply.output.text) for one in trials if one.reply.output is not None]
    errors = [one.figures.growth_bytes - truth for one, truth in zip(trials, truths, strict=True)]
    goals = [_goal_bytes(one) for one in trials]
    worst = max(range(len(errors)), key=lambda place: abs(errors[place]) - goals[place])
    return Figure(
        name=f"peak error: {words}",
        goal=f"≤ {format_bytes(goals[worst])}",
        measured=f"{_signed(errors[worst])} at {format_bytes(truths[worst])} (worst of {len(errors)} trials)",
        verdict=Verdict.of(all(abs(error) <= goal for error, goal in zip(errors, goals, strict=True))),
        values={"true_bytes": truths, "error_bytes": errors, "goal_bytes": goals},
    )


def _goal_bytes(trial: Measured) -> int:
    tree = trial.figures.tree
    if tree is None:
        return resolution_bytes()
    return (1 + tree.processes) * resolution_bytes() + trial.figures.unseen_growth_bytes


def _signed(size_bytes: int) -> str:
    return f"{'+' if size_bytes > 0 else ''}{format_bytes(size_bytes)}"
