"""A figure against the accepted one, in words."""

from __future__ import annotations

from collections.abc import Sequence

from memlab.model.check import FigureCheck
from memlab.units import format_bytes

DOES = {
    "growth": ("needs", "need", ""),
    "heap": ("asks for", "ask for", " heap"),
    "retained": ("retains", "retain", ""),
    "kept": ("leaves", "leave", " with the allocator"),
}
"""Of each figure: what one variant does, what several do, and of what."""


def change_words(figure: FigureCheck) -> str:
    """What moved: `needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB)`."""
    verb, _, what = DOES[figure.figure]
    difference = figure.measured_bytes - figure.accepted_bytes
    size, word = format_bytes(abs(difference)), "less" if difference < 0 else "more"
    return f"{verb} {size} {word}{what} than accepted {_both(figure)}"


def may_words(figure: FigureCheck) -> str:
    """What may have moved: `may need more than accepted (14.4 MiB instead of 12.5 MiB)`."""
    _, verb, what = DOES[figure.figure]
    return f"may {verb} more{what} than accepted {_both(figure)}"


def as_accepted_words(figures: Sequence[FigureCheck]) -> str:
    """What didn't move, of the first figure, which is the headline's: `needs 12.6 MiB, as accepted (12.5 MiB)`."""
    if not figures:
        return "has no figure to compare"
    figure = figures[0]
    verb, _, what = DOES[figure.figure]
    measured, accepted = format_bytes(figure.measured_bytes), format_bytes(figure.accepted_bytes)
    known = "" if measured == accepted else f" ({accepted})"
    return f"{verb} {measured}{what}, as accepted{known}"


def _both(figure: FigureCheck) -> str:
    return f"({format_bytes(figure.measured_bytes)} instead of {format_bytes(figure.accepted_bytes)})"
