"""What `@pytest.mark.memlab(...)` and the ini values say of a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from memlab.errors import UsageError
from memlab.integrations.pytest_plugin.judged import Limit
from memlab.printable import printable, shown
from memlab.units import parse_bytes, parse_seconds

PROCESS, INLINE = "process", "inline"
_MOST_TRIALS = 100
_LARGEST_BYTES = sys.maxsize
_LONGEST_SECONDS = 366 * 24 * 3600.0
_LIMITS = ("peak", "retained")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a test is to be measured, and what it may need.

    Attributes:
        trials: how many fresh processes; more are made where that may settle something.
        isolation: `process` or `inline`.
        timeout_seconds: of one process, pytest's start and the test's fixtures included.
    """

    limits: tuple[Limit, ...]
    trials: int
    isolation: str
    timeout_seconds: float


def wanted(item: pytest.Item) -> Wanted:
    """What is wanted of a marked test.

    Of several markers, of the parameters, the function, its class and its module, the nearest that has a word counts;
    then the ini value. `None` lifts a limit.

    Raises:
        UsageError: a marker or an ini value makes no sense; names the test, or the ini value.
    """
    said: dict[str, Any] = {}
    for marker in item.iter_markers("memlab"):
        try:
            said = _words(marker) | said
        except ValueError as error:
            raise UsageError(f"{item.nodeid}: @pytest.mark.memlab: {error}") from None
    ini = {name: _ini(item.config, name) for name in ("peak", "retained", "trials", "timeout") if name not in said}
    limits = [Limit(name, said[name]) for name in _LIMITS if said.get(name) is not None]
    limits += [Limit(name, ini[name], f"memlab_{name}") for name in _LIMITS if ini.get(name) is not None]
    both = ini | said
    return Wanted(
        limits=tuple(sorted(limits, key=lambda limit: _LIMITS.index(limit.figure))),
        trials=both["trials"],
        isolation=both.get("isolation", PROCESS),
        timeout_seconds=both["timeout"],
    )


def _words(marker: pytest.Mark) -> dict[str, Any]:
    """What one marker says.

    Raises:
        ValueError: in words.
    """
    if marker.args:
        raise ValueError(f"write {' or '.join(f'{name}=' for name in _LIMITS)} before {shown(marker.args[0])}")
    unknown = [name for name in marker.kwargs if name not in _READERS]
    if unknown:
        known = ", ".join(f"{name}=" for name in _READERS)
        raise ValueError(f"there is no {printable(unknown[0], 60)}=; it takes {known}")
    words = {}
    for name, value in marker.kwargs.items():
        try:
            words[name] = _READERS[name](value)
        except ValueError as error:
            raise ValueError(f"{name}={shown(value)}: {error}") from None
    return words


def _ini(config: pytest.Config, name: str) -> Any:
    text = str(config.getini(f"memlab_{name}")).strip()
    try:
        return None if not text and name in _LIMITS else _READERS[name](int(text) if name == "trials" else text)
    except ValueError as error:
        wrong = f"{printable(text, 60)!r} is no number" if name == "trials" and not text.isdigit() else error
        raise UsageError(f"the ini value memlab_{name}: {wrong}") from None


def _limit(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, str):
        size = parse_bytes(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    else:
        raise ValueError('write a size like "64MiB", or a number of bytes')
    if size < 0:
        raise ValueError("a limit can't be negative")
    if size > _LARGEST_BYTES:
        raise ValueError("no machine has that much")
    return size


def _trials(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_TRIALS:
        raise ValueError(f"write a number from 1 to {_MOST_TRIALS}")
    return value


def _isolation(value: object) -> str:
    if not isinstance(value, str) or value not in (PROCESS, INLINE):
        raise ValueError(f'write "{PROCESS}" or "{INLINE}"')
    return value


def _timeout(value: object) -> float:
    seconds: int | float
    if isinstance(value, str):
        seconds = parse_seconds(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value
    else:
        raise ValueError('write a number of seconds, or a text like "90s"')
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError("a time has to be above 0, and not longer than a year")
    return float(seconds)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "peak": _limit,
    "retained": _limit,
    "trials": _trials,
    "isolation": _isolation,
    "timeout": _timeout,
}
