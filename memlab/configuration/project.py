"""`[tool.memlab]` of a project's pyproject.toml: what `memlab check` does without being told.

    [tool.memlab]
    recipes = ["generators", "benchmarks/mine.py"]      names, or paths from the pyproject.toml's folder
    baseline = "memlab-baseline.json"                   a path from there
    fail-on = "growth>5% and >2MiB"
    trials = 5
    max-trials = 9
    timeout = "5min"
    jobs = 2
    meters = ["os", "memray"]
    strict-improvement = false

    [tool.memlab.budgets]
    generators = ["stream<64MiB", "stream<0.1×load_all"]

    [tool.memlab.set.generators]
    count = 8

In keys and in names of recipes `-` and `_` are equal.
"""

from __future__ import annotations

import os
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from memlab.configuration.values import Place, check_number, check_seconds, check_settings, check_text, check_texts
from memlab.errors import UsageError
from memlab.limits import DEFAULT_FAIL_ON, Budget, FailOn, normal_name, parse_budget, parse_fail_on
from memlab.printable import printable

FILE = "pyproject.toml"
BASELINE_FILE = "memlab-baseline.json"
_TABLE = "tool.memlab"
_METERS = ("os", "tracemalloc", "memray", "memory_profiler")
_KEYS = (
    "recipes",
    "baseline",
    "fail-on",
    "trials",
    "max-trials",
    "timeout",
    "jobs",
    "meters",
    "strict-improvement",
    "budgets",
    "set",
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a project says of its checks; None is what it doesn't say.

    Attributes:
        file: the pyproject.toml; None where none on the way up says anything of memlab.
        recipes: names, and absolute paths of files.
        baseline: the absolute path of the baseline file.
        budgets: each of the recipe that it names.
        settings: of the inputs, by the recipe's name.
    """

    file: str | None
    baseline: str
    recipes: tuple[str, ...] = ()
    fail_on: FailOn = DEFAULT_FAIL_ON
    trials: int | None = None
    max_trials: int | None = None
    timeout_seconds: float | None = None
    jobs: int | None = None
    meters: tuple[str, ...] | None = None
    strict_improvement: bool = False
    budgets: tuple[Budget, ...] = ()
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def settings_of(self, recipe: str) -> dict[str, object]:
        """The settings of a recipe's inputs, by its name."""
        return dict(self.settings.get(normal_name(recipe), {}))


def find_configuration(start: str | None = None) -> Configuration:
    """Read the first pyproject.toml with a `[tool.memlab]`, from a folder upwards.

    Args:
        start: the folder; the working folder unless said.

    Raises:
        UsageError: a pyproject.toml on the way can't be read or is damaged, or says what can't be meant.
    """
    try:
        folder = os.path.abspath(os.getcwd() if start is None else start)
    except OSError as error:
        raise UsageError(f"the folder memlab was started in can't be found: {error.strerror}") from None
    for above in _upwards(folder):
        file = os.path.join(above, FILE)
        if os.path.isfile(file):
            table = _read(file)
            if table is not None:
                return _configuration(file, table)
    return Configuration(file=None, baseline=os.path.join(folder, BASELINE_FILE))


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _read(file: str) -> dict[str, Any] | None:
    """The table `[tool.memlab]`; None where the file has none."""
    shown = printable(file)
    try:
        with open(file, "rb") as opened:
            content = opened.read()
        if content.startswith(BOM_UTF8):
            hint = "save it as UTF-8 without one"
            raise UsageError(f"{shown} is not valid TOML: it begins with a byte order mark", hint=hint)
        whole = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{shown} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{shown} is not valid TOML: it is not UTF-8 in line {line}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{shown} is not valid TOML: {printable(str(error))}") from None
    tool = whole.get("tool", {})
    if not isinstance(tool, dict) or "memlab" not in tool:
        return None
    table: object = tool["memlab"]
    if not isinstance(table, dict):
        raise Place(file, _TABLE).wrong(table, "a table")
    return table


def _configuration(file: str, table: dict[str, Any]) -> Configuration:
    folder = os.path.dirname(file)
    values = _known(Place(file, _TABLE), table)
    said: dict[str, Any] = {}
    for key, (place, value) in values.items():
        match key:
            case "recipes":
                said[key] = tuple(_recipe(folder, text) for text in check_texts(place, value))
            case "baseline":
                said[key] = os.path.join(folder, check_text(place, value))
            case "fail-on":
                said[key] = parse_fail_on(check_text(place, value), name=str(place))
            case "trials" | "max-trials":
                said[key] = check_number(place, value, 1, 1000)
            case "jobs":
                said[key] = check_number(place, value, 1, 64)
            case "timeout":
                said["timeout_seconds"] = check_seconds(place, value)
            case "meters":
                said[key] = _meters(place, value)
            case "strict-improvement":
                if not isinstance(value, bool):
                    raise place.wrong(value, "true or false")
                said[key] = value
            case "budgets":
                said[key] = tuple(_budgets(place, value))
            case "set":
                said["settings"] = {
                    name: check_settings(inner, one) for name, (inner, one) in _by_recipe(place, value).items()
                }
    said = {key.replace("-", "_"): value for key, value in said.items()}
    trials, most = said.get("trials"), said.get("max_trials")
    if trials is not None and most is not None and most < trials:
        raise UsageError(f"{values['max-trials'][0]} is {most}, less than trials, which is {trials}")
    return Configuration(**({"file": file, "baseline": os.path.join(folder, BASELINE_FILE)} | said))


def _known(table: Place, values: dict[str, Any]) -> dict[str, tuple[Place, Any]]:
    """The values by the keys as this module writes them."""
    found: dict[str, tuple[Place, Any]] = {}
    for key, value in values.items():
        place = table.below(key)
        known = key.replace("_", "-")
        if known not in _KEYS:
            raise table.unknown(key, _KEYS)
        if known in found:
            raise UsageError(f"{place} is there twice, with - and with _")
        found[known] = (place, value)
    return found


def _by_recipe(table: Place, values: object) -> dict[str, tuple[Place, Any]]:
    """The values of a table that has a key for each recipe, by the recipes' names."""
    if not isinstance(values, dict):
        raise table.wrong(values, "a table with a key for each recipe")
    found: dict[str, tuple[Place, Any]] = {}
    for key, value in values.items():
        place, name = table.below(key), normal_name(key)
        if not name.isidentifier():
            raise UsageError(f"{place}: {printable(key, 60)!r} is not the name of a recipe")
        if name in found:
            raise UsageError(f"{place} is there twice, with - and with _")
        found[name] = (place, value)
    return found


def _budgets(table: Place, values: object) -> Iterator[Budget]:
    for recipe, (place, value) in _by_recipe(table, values).items():
        for text in check_texts(place, value):
            budget = parse_budget(text, name=str(place))
            if not budget.is_of(recipe):
                raise UsageError(f"{place}: {printable(text, 80)!r} is a budget of {budget.recipe}")
            yield replace(budget, recipe=recipe)


def _recipe(folder: str, text: str) -> str:
    """A name as it is; a path (whatever ends in .py or holds a separator) from the file's folder."""
    is_path = text.endswith(".py") or any(one in text for one in ("/", os.sep, os.altsep or os.sep))
    return os.path.normpath(os.path.join(folder, text)) if is_path else text


def _meters(place: Place, value: object) -> tuple[str, ...]:
    meters = [text.replace("-", "_") for text in check_texts(place, value)]
    for meter in meters:
        if meter not in _METERS:
            raise UsageError(
                f"{place}: there is no meter called {printable(meter, 40)!r}; there are {', '.join(_METERS)}"
            )
    return tuple(meter for meter in _METERS if meter in meters or meter == "os")
