"""Values of a configuration file: held against what they must be, and refused with the key and the file."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from memlab.errors import UsageError
from memlab.printable import printable
from memlab.units import parse_seconds

LONGEST_SECONDS = 30 * 24 * 3600.0
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A key of a file.

    Attributes:
        file: its path; key: dotted, as TOML writes it.
    """

    file: str
    key: str

    def below(self, key: str) -> Place:
        """A key of the table at this place."""
        return Place(self.file, f"{self.key}.{printable(key, 60) if _BARE_KEY.fullmatch(key) else _quoted(key)}")

    def wrong(self, value: object, wanted: str) -> UsageError:
        """The error to raise when the value is of another kind than was wanted."""
        return UsageError(f"{self} is {_kind(value)}, not {wanted}")

    def unknown(self, key: str, known: Sequence[str]) -> UsageError:
        """The error to raise when the table at this place has a key that isn't known."""
        close = difflib.get_close_matches(key[:200].replace("_", "-"), known, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}?" if close else None
        return UsageError(f"{self.below(key)} is unknown; there are {', '.join(known)}", hint=hint)

    def __str__(self) -> str:
        return f"{self.key} in {printable(self.file)}"


def check_text(place: Place, value: object) -> str:
    """A text with something in it.

    Raises:
        UsageError: it isn't one.
    """
    if not isinstance(value, str):
        raise place.wrong(value, "a text")
    if not value.strip():
        raise UsageError(f"{place} is empty")
    if "\0" in value:
        raise UsageError(f"{place} holds a null character")
    return value


def check_texts(place: Place, value: object) -> list[str]:
    """A list of texts with something in them.

    Raises:
        UsageError: it isn't one.
    """
    if not isinstance(value, list):
        raise place.wrong(value, "a list of texts")
    return [check_text(Place(place.file, f"{place.key}[{number}]"), one) for number, one in enumerate(value)]


def check_number(place: Place, value: object, least: int, most: int) -> int:
    """A whole number.

    Raises:
        UsageError: it isn't one, or not between the two.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.wrong(value, "a whole number")
    if not least <= value <= most:
        raise UsageError(f"{place} is {printable(str(value), 40)}, not between {least} and {most}")
    return value


def check_seconds(place: Place, value: object) -> float:
    """A duration: a text like `90s`, or a number of seconds.

    Raises:
        UsageError: it isn't one, or not between 0 and 30 days.
    """
    wanted = 'a duration like "90s" or "5min"'
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise place.wrong(value, wanted)
    try:
        seconds = parse_seconds(value[:200]) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        raise UsageError(f"{place} is {printable(repr(value), 40)}, not {wanted}") from None
    if not 0 < seconds <= LONGEST_SECONDS:
        raise UsageError(f"{place} is {printable(str(value), 40)}, not between 0 and 30 days")
    return seconds


def check_settings(place: Place, value: object) -> dict[str, object]:
    """Settings of inputs: names with numbers, texts, true or false. What can be set is each recipe's own matter.

    Raises:
        UsageError: it is no table, or holds something else.
    """
    if not isinstance(value, dict):
        raise place.wrong(value, "a table of settings, like count = 8")
    for name, setting in value.items():
        plain = isinstance(setting, str | bool | int) or (isinstance(setting, float) and math.isfinite(setting))
        if not plain:
            raise place.below(name).wrong(setting, "a number, a text, true or false")
    return dict(value)


def _kind(value: object) -> str:
    # bool before int: in Python it is one.
    kinds = (
        (bool, "true or false"),
        (str, "a text"),
        (int, "a whole number"),
        (float, "a decimal number"),
        (list, "a list"),
        (dict, "a table"),
    )
    if isinstance(value, float) and not math.isfinite(value):
        return "not a finite number"
    return next((words for kind, words in kinds if isinstance(value, kind)), "a date or time")


def _quoted(key: str) -> str:
    return '"' + printable(key, 60).replace('"', '\\"') + '"'
