"""Bars and timelines made of characters; both start at 0."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memlab.render.signs import Signs


def bar(value: float, largest: float, width: int, signs: Signs) -> str:
    """A bar of at most `width` cells, full at `largest`; anything above 0 shows at least a trace."""
    if value <= 0 or largest <= 0 or width <= 0:
        return ""
    steps = len(signs.parts) + 1
    filled = round(min(1.0, value / largest) * width * steps)
    full, part = divmod(max(1, filled), steps)
    return signs.full * full + (signs.parts[part - 1] if part else "")


def timeline(points: Sequence[tuple[float, int]], largest: float, width: int, signs: Signs) -> str:
    """An envelope drawn in `width` cells, each as high as the highest point in its stretch of time.

    Args:
        points: (end of the interval in seconds, bytes), in order of time, the first interval starting at 0.
        largest: what a full cell stands for, the same for all timelines that are to be compared.
    """
    if not points or width <= 0:
        return ""
    whole = points[-1][0]
    highest = [0.0] * width
    start = 0.0
    for end, value in points:
        first = min(width - 1, int(start / whole * width)) if whole > 0 else 0
        last = min(width - 1, max(first, math.ceil(end / whole * width - 1e-9) - 1)) if whole > 0 else width - 1
        for cell in range(first, last + 1):
            highest[cell] = max(highest[cell], value)
        start = end
    return "".join(_level(value, largest, signs) for value in highest)


def _level(value: float, largest: float, signs: Signs) -> str:
    if value <= 0 or largest <= 0:
        return " "
    count = len(signs.levels)
    return signs.levels[min(count, max(1, math.ceil(value / largest * count))) - 1]
