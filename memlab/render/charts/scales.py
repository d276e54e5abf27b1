"""Round numbers on an axis: sizes in binary units, times in the unit that suits their length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_BINARY = ((1 << 50, "PiB"), (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))
_TIMES = ((3600.0, "h", 7200.0), (60.0, "min", 120.0), (1.0, "s", 1.0), (1e-3, "ms", 1e-3), (1e-6, "µs", 0.0))
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A straight line between values and points of the page: `at(low)` is `start`, `at(high)` is `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return self.start + (value - self.low) * (self.end - self.start) / (self.high - self.low)


def size_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Sizes between `low` and `high` (bytes) with their labels, 0 among them: 0, 50 MiB, 100 MiB.

    Args:
        low, high: low <= 0 <= high, and not both 0.
        most: the most ticks there may be.
    """
    largest = max(high, -low)
    unit, name = next(((unit, name) for unit, name in _BINARY if largest >= unit), _BINARY[-1])
    return [
        (count * step * unit, _label(count * step, name))
        for step in [_step((high - low) / unit, most, whole=unit == 1)]
        for count in _counts(low / unit, high / unit, step)
    ]


def time_ticks(longest: float, most: int = 7) -> list[tuple[float, str]]:
    """Times from 0 to `longest` seconds with their labels: 0, 50 ms, 100 ms.

    Args:
        longest: more than 0.
        most: the most ticks there may be.
    """
    unit, name = next((unit, name) for unit, name, least in _TIMES if longest >= least)
    step = _step(longest / unit, most, whole=False)
    return [(count * step * unit, _label(count * step, name)) for count in _counts(0.0, longest / unit, step)]


def _step(span: float, most: int, *, whole: bool) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that divides the span into few enough parts."""
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(step * power for step in (*_STEPS, 20.0) if span / (step * power) <= most - 1)
    return max(1.0, step) if whole else step


def _counts(low: float, high: float, step: float) -> Sequence[int]:
    # A hair of tolerance, so that 0.3 is still the third of three steps of 0.1.
    return range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)


def _label(number: float, unit: str) -> str:
    return "0" if number == 0 else f"{number:.10g} {unit}"
