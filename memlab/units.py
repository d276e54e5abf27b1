"""Sizes and durations: one grammar, written and read.

Sizes are `int` bytes and are shown in binary units (`34.6 MiB`); durations are `float` seconds. Whatever
`format_bytes` or `format_seconds` prints, `parse_bytes` or `parse_seconds` reads back, to the digits shown.
"""

from __future__ import annotations

import math
import re

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SIZES = {
    "": 1,
    "b": 1,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
    "pib": 1 << 50,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "pb": 10**15,
}
_DURATIONS = {
    "": 1.0,
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_SIZE = re.compile(rf"\s*([+-]?{_NUMBER})\s*([A-Za-z]*)\s*")
_DURATION = re.compile(rf"\s*({_NUMBER})\s*([A-Za-zµμ]*)\s*")


def _significant(value: float) -> str:
    """Three significant digits, never in exponent form, without losing whole numbers above 1000."""
    if value >= 99.95:
        return f"{value:.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}"


def format_bytes(size_bytes: int | float) -> str:
    """Write a size for people: three significant digits and a binary unit.

    >>> format_bytes(36_280_729)
    '34.6 MiB'
    >>> format_bytes(-512)
    '-512 B'
    """
    sign = "-" if size_bytes < 0 else ""
    value = float(abs(size_bytes))
    unit = 0
    # 1023.6 would be printed as "1024": it belongs to the next unit.
    while value >= 1023.5 and unit + 1 < len(_BINARY_UNITS):
        value /= 1024.0
        unit += 1
    if unit == 0:
        number = f"{value:.0f}"
        return f"{'' if number == '0' else sign}{number} B"
    return f"{sign}{_significant(value)} {_BINARY_UNITS[unit]}"


def format_signed_bytes(size_bytes: int) -> str:
    """A difference of sizes with its sign: `+96.0 KiB`, `-128 KiB`, `0 B`."""
    return f"+{format_bytes(size_bytes)}" if size_bytes > 0 else format_bytes(size_bytes)


def parse_bytes(text: str) -> int:
    """Read a size: a number with `B`, `KiB`, `MiB`, `GiB`, `TiB` (or decimal `kB`, `MB`, `GB`, `TB`).

    A bare number is bytes. Case and the space before the unit don't matter.

    Raises:
        ValueError: with a sentence that names the text and the grammar.
    """
    match = _SIZE.fullmatch(text)
    factor = _SIZES.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} is not a size; write a number and a unit, like 64MiB or 1.5 GiB")
    try:
        return round(float(match[1]) * factor)
    except OverflowError:
        raise ValueError(f"{text!r} is too large for a size") from None


def format_seconds(seconds: float) -> str:
    """Write a duration for people: `0.4 ms`, `12.5 ms`, `1.25 s`, `2 min 5 s`, `1 h 2 min`.

    >>> format_seconds(0.0125)
    '12.5 ms'
    """
    sign = "-" if seconds < 0 else ""
    value = abs(seconds)
    if value == 0:
        return "0 s"
    if value < 0.9995e-6:
        return f"{sign}{_significant(value * 1e9)} ns"
    if value < 0.9995e-3:
        return f"{sign}{_significant(value * 1e6)} µs"
    if value < 0.9995:
        return f"{sign}{_significant(value * 1e3)} ms"
    if value < 59.95:
        return f"{sign}{_significant(value)} s"
    whole = round(value)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{sign}{minutes} min {rest} s" if rest else f"{sign}{minutes} min"
    hours, minutes = divmod(round(value / 60), 60)
    return f"{sign}{hours} h {minutes} min" if minutes else f"{sign}{hours} h"


def parse_seconds(text: str) -> float:
    """Read a duration: `300`, `300s`, `250 ms`, `5min`, `1 h 30 min`. A bare number alone is seconds.

    Raises:
        ValueError: with a sentence that names the text and the grammar.
    """
    stripped = text.strip()
    sign = 1.0
    if stripped.startswith("-"):
        sign, stripped = -1.0, stripped[1:]
    total, position = 0.0, 0
    while position < len(stripped) or position == 0:
        match = _DURATION.match(stripped, position)
        factor = _DURATIONS.get(match[2]) if match else None
        alone = match is not None and match.span() == (0, len(stripped))
        if match is None or factor is None or not (match[2] or alone):
            raise ValueError(f"{text!r} is not a duration; write a number and a unit, like 90s, 250ms or 5min")
        total += float(match[1]) * factor
        position = match.end()
    if math.isinf(total):
        raise ValueError(f"{text!r} is too large for a duration")
    return sign * total


def format_ratio(ratio: float) -> str:
    """Write a ratio for people: `12.0×`, `2.98×`, `0.96×`.

    >>> format_ratio(11.96)
    '12.0×'
    """
    return f"{_significant(ratio)}×"
