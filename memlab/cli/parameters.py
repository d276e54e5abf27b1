"""What stands after options: durations, meters and settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from memlab.printable import printable
from memlab.units import parse_seconds

if TYPE_CHECKING:
    _SecondsType = click.ParamType[float]
    _NamesType = click.ParamType[tuple[str, ...]]
else:
    # Generic only in the newer versions of click.
    _SecondsType = _NamesType = click.ParamType

_MOST_JOBS = 4
LONGEST_SECONDS = 30 * 24 * 3600.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]{1,3})?")


class Duration(_SecondsType):
    """A time above 0: `90s`, `5min`, `1 h 30 min`, or a number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds, as a float."""
        if isinstance(value, float):
            return value
        try:
            seconds = parse_seconds(str(value)[:200])
        except (ValueError, OverflowError) as error:
            self.fail(printable(str(error)), param, ctx)
        if not 0 < seconds <= LONGEST_SECONDS:
            self.fail(f"{printable(str(value), 40)} is not between 0 and 30 days", param, ctx)
        return seconds


class Meters(_NamesType):
    """Names of meters with commas between; `os` is among them, said or not, and `-` and `_` are equal."""

    name = "meters"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The meters in the order of the plan."""
        if isinstance(value, tuple):
            return value
        from memlab.plan import HEADLINE_METER, METERS

        wanted = {word.strip().replace("-", "_") for word in str(value)[:1000].split(",")}
        for word in sorted(wanted.difference(METERS)):
            known = f"{', '.join(METERS[:-1])} and {METERS[-1]}"
            self.fail(f"there is no meter called {printable(word, 40)!r}; there are {known}", param, ctx)
        return tuple(meter for meter in METERS if meter in wanted or meter == HEADLINE_METER)


def usual_jobs() -> int:
    """How many trials may run side by side where nobody says it."""
    from memlab.kernel.resolution import cpus_allowed

    return min(_MOST_JOBS, cpus_allowed())


def command_line(context: click.Context) -> tuple[str, ...]:
    """The words that memlab was called with, as a run keeps them."""
    return ("memlab", *context.find_root().meta.get("memlab.arguments", ()))


def parse_settings(words: tuple[str, ...]) -> dict[str, object]:
    """What `--set NAME=VALUE` says, given any number of times.

    A value is a whole number, a number, `true` or `false`, or a text.

    Raises:
        click.BadParameter: no `=`, no name, or a name that was set before.
    """
    settings: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        shown = printable(word, 60)
        if not equals or not _NAME.fullmatch(name):
            raise click.BadParameter(f"{shown!r} is not NAME=VALUE, like count=32", param_hint="'--set'")
        if name in settings:
            raise click.BadParameter(f"{printable(name, 60)} is set twice", param_hint="'--set'")
        settings[name] = _value(value)
    return settings


def _value(text: str) -> object:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower(), text)
