"""The baseline file's layout: JSON with one fact on a line, so that a change of a figure is a change of one line.

    {
      "format": "memlab.baseline",
      "version": 1,
      "sections": [
        {
          "python": "CPython 3.11",
          "platform": "linux x86_64",
          "libc": "glibc 2.36",
          "allocator": "glibc 2.36",
          "settings": {},
          "accepted": {
            "generators headline": "growth",
            "generators stream growth_bytes": 13021184,
            ...

Sections are sorted by what they were made under, lines by their keys (`memlab.model.baseline_lines` has their
grammar). Characters that can't be seen are written as escapes. The same figures give the same bytes.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

from memlab.errors import DocumentError
from memlab.model.baseline import FORMAT, VERSION, Baseline, BaselineSection
from memlab.model.baseline_lines import LineError, lines_of, recipes_of
from memlab.model.document import check_envelope
from memlab.printable import printable

_IDENTITY = ("python", "platform", "libc", "allocator")
_KEYS = (*_IDENTITY, "settings", "accepted")
_MOST_DIGITS = 1000
_CONFLICT = re.compile(r"^<{7}(?: |\r?$)", re.MULTILINE)


def encode_baseline(baseline: Baseline) -> bytes:
    """A baseline as the bytes of its file, ending in a newline."""
    sections = sorted(baseline.sections, key=_sort_key)
    whole = ",\n".join(_section(section) for section in sections)
    lines = [
        "{",
        f'  "format": {_json(FORMAT)},',
        f'  "version": {VERSION},',
        f'  "sections": [\n{whole}\n  ]' if sections else '  "sections": []',
        "}\n",
    ]
    return "\n".join(lines).encode()


def decode_baseline(content: bytes, name: str = "the baseline file") -> Baseline:
    """Read a baseline file back.

    Args:
        name: how the errors call the file.

    Raises:
        DocumentError: damaged, foreign or newer, or with a merge conflict in it.
    """
    if not content.strip():
        raise DocumentError(f"{name} is empty")
    foreign = f"{name} is damaged or not one of memlab's"
    if content.startswith(BOM_UTF8):
        raise DocumentError(f"{foreign}: it begins with a byte order mark", hint="save it as UTF-8 without one")
    try:
        text = content.decode("utf-8")
        if (conflict := _CONFLICT.search(text)) is not None:
            line = text.count("\n", 0, conflict.start()) + 1
            raise DocumentError(
                f"{name} holds an unresolved merge conflict (line {line})",
                hint="keep the lines of one side, or remove the file, and memlab accept measures anew",
            )
        whole = json.loads(text, object_pairs_hook=_object, parse_int=_number, parse_constant=_no_number)
        # What is read must be possible to write: JSON's escapes can spell half a surrogate pair.
        json.dumps(whole, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise DocumentError(f"{foreign}: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{foreign}: line {line} is not UTF-8") from None
    except UnicodeEncodeError:
        raise DocumentError(f"{foreign}: it holds half of a surrogate pair") from None
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{foreign}: {error}") from None
    if not isinstance(whole, dict):
        raise DocumentError(f"{foreign}: it is no JSON object")
    found_format, version = whole.pop("format", None), whole.pop("version", None)
    if not isinstance(found_format, str) or isinstance(version, bool) or not isinstance(version, int):
        raise DocumentError(f"{foreign}: it doesn't begin with its format and version")
    check_envelope(found_format, version, format=FORMAT, newest=VERSION, name=name)
    try:
        return _baseline(whole)
    except LineError as error:
        raise DocumentError(f"{name} is damaged: {error}") from None


def _sort_key(section: BaselineSection) -> tuple[object, ...]:
    return (*(getattr(section, key) for key in _IDENTITY), sorted(section.settings.items()))


def _section(section: BaselineSection) -> str:
    lines = [f'      "{key}": {_json(getattr(section, key))},' for key in _IDENTITY]
    lines.append(f'      "settings": {_flat(section.settings)},')
    lines.append(f'      "accepted": {_flat(lines_of(section.recipes))}')
    return "\n".join(["    {", *lines, "    }"])


def _flat(values: Mapping[str, Any]) -> str:
    if not values:
        return "{}"
    lines = ",\n".join(f"        {_json(key)}: {_json(value)}" for key, value in sorted(values.items()))
    return f"{{\n{lines}\n      }}"


def _json(value: Any) -> str:
    """A value on one line; what can't be seen in a review, or would turn its text round, as an escape."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if text.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'"{printable(key, 160)}" is there twice')
        found[key] = value
    return found


def _number(digits: str) -> int:
    # Python reads no more than some thousand digits, and says so in its own terms.
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is none that it can hold")
    return int(digits)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _baseline(whole: dict[str, Any]) -> Baseline:
    sections = whole.pop("sections", None)
    if not isinstance(sections, list):
        raise LineError("it has no list of sections")
    if whole:
        raise LineError(f'"{printable(next(iter(whole)), 80)}" is unknown')
    read = tuple(_read_section(section, number) for number, section in enumerate(sections, 1))
    keys = [_sort_key(section) for section in read]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise LineError(f"sections {keys.index(key) + 1} and {number + 1} were made under the same")
    return Baseline(read)


def _read_section(section: Any, number: int) -> BaselineSection:
    if not isinstance(section, dict):
        raise LineError(f"section {number} is no JSON object")
    for key in _KEYS:
        if key not in section:
            raise LineError(f'section {number} has no "{key}"')
    for key in section:
        if key not in _KEYS:
            raise LineError(f'"{printable(key, 80)}" of section {number} is unknown')
    for key in _IDENTITY:
        if not isinstance(section[key], str):
            raise LineError(f'"{key}" of section {number} is not a text')
    settings, accepted = section["settings"], section["accepted"]
    if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
        raise LineError(f'"settings" of section {number} are not names with texts')
    if not isinstance(accepted, dict):
        raise LineError(f'"accepted" of section {number} is no JSON object')
    try:
        recipes = recipes_of(accepted)
    except LineError as error:
        raise LineError(f"in the section of {printable(section['python'], 60)}, {error}") from None
    return BaselineSection(**{key: section[key] for key in _IDENTITY}, settings=settings, recipes=recipes)
