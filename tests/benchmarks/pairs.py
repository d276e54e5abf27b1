"""Interleaving: what is compared is run alternately, so that a machine that slows down slows down both.

Conditions are run in rounds, forwards and backwards in turn (A B B A A B ...). The two members of a pair come from
the same round, and what is reported is the median over the pairs, with the interval in which the true median lies
with at least 95 % (order statistics of the binomial distribution; no assumption about the noise).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Median:
    """A median and the interval in which the true one lies with at least 95 %."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Median:
        """The same in another unit."""
        return Median(self.value * factor, self.low * factor, self.high * factor)


def interleave(conditions: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run every condition once a round; returns its figures, one a round."""
    figures: dict[str, list[float]] = {name: [] for name in conditions}
    for number in range(rounds):
        names = list(conditions)
        for name in names if number % 2 == 0 else names[::-1]:
            figures[name].append(conditions[name]())
    return figures


def median_ratio(measured: Sequence[float], reference: Sequence[float]) -> Median:
    """The median of measured ÷ reference over the pairs."""
    return median([one / other for one, other in zip(measured, reference, strict=True)])


def median_difference(measured: Sequence[float], reference: Sequence[float]) -> Median:
    """The median of measured − reference over the pairs."""
    return median([one - other for one, other in zip(measured, reference, strict=True)])


def median(figures: Sequence[float]) -> Median:
    """The median with its interval; with fewer than six figures the interval is their range.

    >>> median([5, 1, 4, 2, 3, 6, 7])
    Median(value=4, low=1, high=7)
    """
    ordered = sorted(figures)
    count = len(ordered)
    # The true median lies below the k-th or above the k-th last with the chance of k-1 or fewer heads, twice.
    outside, tail = 0, 0.0
    while outside < count // 2:
        tail += math.comb(count, outside) / 2**count
        if 2 * tail > 1 - _CONFIDENCE:
            break
        outside += 1
    place = max(0, outside - 1)
    return Median(statistics.median(ordered), ordered[place], ordered[count - 1 - place])
