"""Amounts: sizes (`2MiB`, `1.5 GB`) and shares of the accepted figure (`5%`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from memlab.limits.scanner import Scanner
from memlab.units import parse_bytes

LARGEST_BYTES = (1 << 63) - 1
"""What a saved document can hold."""
NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_LETTERS = r"[^\W\d_]+"
_UNITS = "KiB, MiB, GiB, kB, MB, GB or B"
_EXACT = (
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("PB", 10**15),
    ("TB", 10**12),
    ("GB", 10**9),
    ("MB", 10**6),
    ("kB", 10**3),
)


@dataclass(frozen=True, slots=True)
class Size:
    """So many bytes."""

    size_bytes: int

    def threshold_bytes(self, accepted_bytes: int) -> int:  # noqa: ARG002 (a Percent needs it)
        """The size itself, whatever was accepted."""
        return self.size_bytes

    def __str__(self) -> str:
        for unit, factor in _EXACT:
            if self.size_bytes and self.size_bytes % factor == 0:
                return f"{self.size_bytes // factor}{unit}"
        return f"{self.size_bytes}B"


@dataclass(frozen=True, slots=True)
class Percent:
    """So many hundredths of the accepted figure."""

    percent: float

    def threshold_bytes(self, accepted_bytes: int) -> int:
        """The share in whole bytes, rounded down, so that a whole number is above it when it is above the share.

        Args:
            accepted_bytes: the figure of the baseline file; nothing of a figure below 0.
        """
        return min(math.floor(max(0, accepted_bytes) * self.percent / 100), LARGEST_BYTES)

    def __str__(self) -> str:
        return f"{number_text(self.percent)}%"


def number_text(number: float) -> str:
    """A number in the fewest digits that are read back as the same one."""
    return repr(number).removesuffix(".0")


def scan_size(scanner: Scanner, number: str, start: int, *, units: str = _UNITS) -> Size:
    """What follows a number that was taken at `start`: a unit. Without one it would be too easily meant otherwise.

    Raises:
        UsageError: there is no unit, an unknown one, or the size is larger than 2^63 - 1 bytes.
    """
    unit = scanner.take(_LETTERS)
    if unit is None:
        raise scanner.expected(f"a unit after {number} ({units})")
    try:
        size = parse_bytes(number + unit)
    except ValueError:
        try:
            parse_bytes(f"1{unit}")
        except ValueError:
            raise scanner.expected(f"a unit ({units})", scanner.position - len(unit)) from None
        size = LARGEST_BYTES + 1
    if size > LARGEST_BYTES:
        raise scanner.expected("a size below 8 EiB", start)
    return Size(size)


def scan_amount(scanner: Scanner) -> Size | Percent:
    """A size or a percentage.

    Raises:
        UsageError: neither.
    """
    scanner.skip_spaces()
    start = scanner.position
    number = scanner.take(NUMBER)
    if number is None:
        raise scanner.expected("an amount like 5% or 2MiB")
    if scanner.take("%") is None:
        return scan_size(scanner, number, start, units=f"%, {_UNITS}")
    percent = float(number)
    # A share of the largest size must still be a number.
    if percent > 1e100:
        raise scanner.expected("a smaller percentage", start)
    return Percent(percent)
