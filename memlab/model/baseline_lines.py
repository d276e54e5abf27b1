"""Accepted recipes as the lines of a baseline file, each a key that reads as words and one value.

    recipe  headline | inputs | conditions
    recipe  library  module
    recipe  variant  role | growth_bytes | retained_bytes | kept_bytes | growth_high_bytes | heap_bytes | output
    recipe  variant  growth_class in  setting
    recipe  variant  memory at file function: source text

One space stands between words. A name that is empty, that holds white space or `'`, or that could be taken for one of
the words above in its place, stands in single quotes, with `''` for each `'` in it. What follows `memory at` is as it
is, to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from memlab.model.baseline import GROWTH_CLASSES, AcceptedRecipe, AcceptedVariant, Conditions
from memlab.printable import printable
from memlab.recipe.recipe import HEADLINES, ROLES

LARGEST_BYTES = (1 << 63) - 1
_OF_RECIPES = ("headline", "inputs", "conditions", "library")
_REQUIRED = ("role", "growth_bytes", "retained_bytes")
_SIZES = ("growth_bytes", "retained_bytes", "kept_bytes", "growth_high_bytes", "heap_bytes")
_GROWTH_CLASS = "growth_class in "
_MEMORY = "memory at "


class LineError(ValueError):
    """A line is none of a baseline file; the sentence says which and why."""


def lines_of(recipes: Mapping[str, AcceptedRecipe]) -> dict[str, Any]:
    """Key and value of each line, sorted by key."""
    lines: dict[str, Any] = {}
    for name, recipe in recipes.items():
        own = _word(name)
        lines[f"{own} headline"] = recipe.headline
        lines[f"{own} inputs"] = recipe.inputs
        lines[f"{own} conditions"] = msgspec.to_builtins(recipe.conditions)
        lines |= {f"{own} library {_word(module)}": version for module, version in recipe.libraries.items()}
        for variant, accepted in recipe.variants.items():
            for what, value in _facts(accepted):
                lines[f"{own} {_word(variant, _OF_RECIPES)} {what}"] = value
    return dict(sorted(lines.items()))


def recipes_of(lines: Mapping[str, Any]) -> dict[str, AcceptedRecipe]:
    """Read such lines back, in any order.

    Raises:
        LineError: a key or a value is not possible, said twice, or missing.
    """
    facts: dict[str, dict[str, Any]] = {}
    libraries: dict[str, dict[str, str]] = {}
    variants: dict[str, dict[str, dict[str, Any]]] = {}
    for key, value in lines.items():
        recipe, rest, _ = _first_word(key, key)
        second, what, in_quotes = _first_word(rest, key)
        of_recipe = facts.setdefault(recipe, {})
        if in_quotes or second not in _OF_RECIPES:
            of_variant = variants.setdefault(recipe, {}).setdefault(second, {"growth_classes": {}, "lines": {}})
            _read_fact(of_variant, what, key, value)
        elif second == "library":
            module, end, _ = _first_word(what, key)
            _nothing_more(end, key)
            _put(libraries.setdefault(recipe, {}), module, _text(value, key), key)
        else:
            _nothing_more(what, key)
            _put(of_recipe, second, _recipe_fact(second, value, key), key)
    return {
        name: AcceptedRecipe(
            **_whole(of_recipe, ("headline", "inputs", "conditions"), _word(name)),
            libraries=libraries.get(name, {}),
            variants={
                variant: AcceptedVariant(**_whole(known, _REQUIRED, f"{_word(name)} {_word(variant, _OF_RECIPES)}"))
                for variant, known in variants.get(name, {}).items()
            },
        )
        for name, of_recipe in facts.items()
    }


def _facts(accepted: AcceptedVariant) -> Iterator[tuple[str, Any]]:
    for name in (*_REQUIRED, "kept_bytes", "growth_high_bytes", "heap_bytes", "output"):
        value = getattr(accepted, name)
        if value is not None:
            yield name, value
    for setting, growth_class in accepted.growth_classes.items():
        yield f"{_GROWTH_CLASS}{_word(setting)}", growth_class
    for place, size in accepted.lines.items():
        yield f"{_MEMORY}{place}", size


def _read_fact(known: dict[str, Any], what: str, key: str, value: Any) -> None:
    if what in _SIZES:
        _put(known, what, _size(value, key, below_zero=what == "retained_bytes"), key)
    elif what == "role":
        _put(known, what, _one_of(ROLES, value, key), key)
    elif what == "output":
        _put(known, what, _text(value, key), key)
    elif what.startswith(_MEMORY):
        _put(known["lines"], what.removeprefix(_MEMORY), _size(value, key), key)
    elif what.startswith(_GROWTH_CLASS):
        setting, end, _ = _first_word(what.removeprefix(_GROWTH_CLASS), key)
        _nothing_more(end, key)
        _put(known["growth_classes"], setting, _one_of(GROWTH_CLASSES, value, key), key)
    else:
        raise LineError(f"{_shown(key)} says nothing of a recipe or a variant that this memlab knows")


def _recipe_fact(name: str, value: Any, key: str) -> Any:
    if name == "headline":
        return _one_of(HEADLINES, value, key)
    if name == "inputs":
        return _text(value, key)
    try:
        conditions = msgspec.convert(value, Conditions)
    except msgspec.ValidationError as error:
        raise LineError(f"{_shown(key)}: {error}") from None
    for size in (conditions.memory_limit_bytes or 0, conditions.resolution_bytes, conditions.cpus):
        _size(size, key)
    return conditions


def _word(name: str, reserved: tuple[str, ...] = ()) -> str:
    plain = name and not any(character.isspace() or character == "'" for character in name)
    return name if plain and name not in reserved else "'" + name.replace("'", "''") + "'"


def _first_word(text: str, key: str) -> tuple[str, str, bool]:
    """The first word, what follows behind the space after it, and whether the word stood in quotes."""
    if not text.startswith("'"):
        word, _, rest = text.partition(" ")
        if not word:
            raise LineError(f"{_shown(key)} lacks a word")
        return word, rest, False
    place = 1
    while (place := text.find("'", place)) >= 0 and text[place + 1 : place + 2] == "'":
        place += 2
    if place < 0 or text[place + 1 : place + 2] not in ("", " "):
        raise LineError(f"{_shown(key)} has a quote that doesn't end where a word does")
    return text[1:place].replace("''", "'"), text[place + 2 :], True


def _nothing_more(rest: str, key: str) -> None:
    if rest:
        raise LineError(f"{_shown(key)} has a word too many")


def _put(known: dict[str, Any], name: str, value: Any, key: str) -> None:
    if name in known:
        raise LineError(f"{_shown(key)} is there twice, written in two ways")
    known[name] = value


def _whole(known: dict[str, Any], required: tuple[str, ...], whose: str) -> dict[str, Any]:
    for name in required:
        if name not in known:
            raise LineError(f"the line {_shown(f'{whose} {name}')} is missing")
    return known


def _size(value: Any, key: str, *, below_zero: bool = False) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise LineError(f"{_shown(key)} is {_value(value)}, not a whole number of bytes")
    if not (-LARGEST_BYTES if below_zero else 0) <= value <= LARGEST_BYTES:
        raise LineError(f"{_shown(key)} is {_value(value)}, which is no possible number of bytes")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise LineError(f"{_shown(key)} is {_value(value)}, not a text")
    return value


def _one_of(known: tuple[str, ...], value: Any, key: str) -> str:
    if value not in known:
        raise LineError(f"{_shown(key)} is {_value(value)}, none of {', '.join(known)}")
    return str(value)


def _shown(key: str) -> str:
    return f'"{printable(key, 160)}"'


def _value(value: Any) -> str:
    return printable(repr(value), 40)
