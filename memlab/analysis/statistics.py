"""Median, range, and a bootstrap interval on the ratio of two medians."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from statistics import median

RESAMPLES = 10_000
CONFIDENCE = 0.95
_SEED = 20_240_229
_MOST_ENUMERATED = 400


def ratio_interval(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float] | None:
    """The percentile bootstrap interval (95 %) of median(numerators) ÷ median(denominators).

    The seed is fixed, so that the same figures always give the same interval.

    Returns:
        (low, high); None with fewer than two values on a side, or where a denominator isn't above 0.
    """
    if min(len(numerators), len(denominators)) < 2 or min(denominators) <= 0:
        return None
    chance = random.Random(_SEED)
    above, below = _resampled_medians(numerators, chance), _resampled_medians(denominators, chance)
    if len(above) * len(below) <= _MOST_ENUMERATED**2:
        ratios = sorted(a / b for a in above for b in below)
    else:
        pairs = zip(chance.choices(above, k=RESAMPLES), chance.choices(below, k=RESAMPLES), strict=True)
        ratios = sorted(a / b for a, b in pairs)
    tail = (1 - CONFIDENCE) / 2
    return _quantile(ratios, tail), _quantile(ratios, 1 - tail)


def _resampled_medians(values: Sequence[float], chance: random.Random) -> list[float]:
    """Medians of resamples with replacement: all of them where they are few, else `RESAMPLES` random ones."""
    size = len(values)
    if size**size <= _MOST_ENUMERATED:
        return [median(sample) for sample in itertools.product(values, repeat=size)]
    return [median(chance.choices(values, k=size)) for _ in range(RESAMPLES)]


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]
