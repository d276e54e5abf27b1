"""Which lines memory belongs to: those of the user's code, with the line of a library that made the allocation."""

from __future__ import annotations

import ast
import linecache
import os
import re
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

MOST_LINES = 10
NO_FRAME = "<no Python frame>"
"""What the place is called of an allocation made while no Python code was on the stack: a thread of a library's."""
_MOST_TEXT = 200
_CHILD = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_MEMLAB = os.path.dirname(os.path.dirname(_CHILD)) + os.sep
_CALL_THE_VARIANT = (
    os.path.join(_CHILD, "meters", "attempt.py"),
    os.path.join(_CHILD, "host.py"),
    os.path.join(_CHILD, "functions.py"),
)
_LIBRARIES = re.compile(r"[\\/](?:site|dist)-packages[\\/]")

Frame = tuple[str, int, str]
"""File, line (from 1; 0 where it isn't known), function ("" where it isn't known)."""


class Lines:
    """Gathers allocations by the line they belong to.

    That is the innermost line of the user's: neither of the standard library, nor of a package that was installed,
    nor of memlab. The recipe's own folder is the user's wherever it lies. Without such a line it is the innermost.

    Args:
        recipe_folder: the recipe's; "" where it has none.
    """

    def __init__(self, recipe_folder: str) -> None:
        self._recipe_folder = recipe_folder and os.path.join(recipe_folder, "")
        standard = {os.path.dirname(os.path.abspath(os.__file__)), sysconfig.get_path("stdlib")}
        self._standard = tuple(os.path.join(folder, "") for folder in standard if folder)
        self._is_users: dict[str, bool] = {}
        self._functions: dict[str, list[tuple[int, int, str]]] = {}
        self._sizes: dict[tuple[str, int], dict[tuple[Frame, Frame], int]] = {}

    def add(self, size_bytes: int, frames: Iterable[Frame]) -> None:
        """Count an allocation.

        Args:
            frames: where it was made, the innermost first.
        """
        innermost: Frame | None = None
        own: Frame | None = None
        place: Frame | None = None
        for frame in frames:
            innermost = innermost or frame
            if self._users(frame[0]):
                place = frame
                break
            if own is None and frame[0].startswith(_MEMLAB):
                own = frame
            if frame[0].startswith(_CHILD):  # what lies further out only has the variant measured
                break
        if place is None:
            # What the trial does for itself is none of the variant's, unless the call of the variant lies between.
            if own is not None and (own is innermost or own[0] not in _CALL_THE_VARIANT):
                return
            place = innermost or (NO_FRAME, 0, "")
        innermost = innermost or place
        ways = self._sizes.setdefault(place[:2], {})
        ways[place, innermost] = ways.get((place, innermost), 0) + size_bytes

    def largest(self) -> list[dict[str, Any]]:
        """The lines with the most bytes (`memlab.model.trial.LineFigure` as dicts), the largest first."""
        totals = [(sum(ways.values()), ways) for ways in self._sizes.values()]
        totals.sort(key=lambda one: one[0], reverse=True)
        return [self._described(size, ways) for size, ways in totals[:MOST_LINES] if size > 0]

    def _users(self, file: str) -> bool:
        known = self._is_users.get(file)
        if known is None:
            known = self._is_users[file] = self._decide(file)
        return known

    def _decide(self, file: str) -> bool:
        if not os.path.isabs(file) or file.startswith(_CHILD):  # "<frozen os>", "<string>", a compiled module's name
            return False
        folder = self._recipe_folder
        # The folder may hold a virtual environment, and a recipe may be installed like a library.
        inside = bool(folder) and file.startswith(folder) and not _LIBRARIES.search(file, len(folder) - 1)
        if inside and (folder.startswith(self._standard) or not file.startswith(self._standard)):
            return True
        return not (file.startswith((*self._standard, _MEMLAB)) or _LIBRARIES.search(file))

    def _described(self, size_bytes: int, ways: dict[tuple[Frame, Frame], int]) -> dict[str, Any]:
        (file, line, function), innermost = max(ways, key=lambda way: ways[way])
        through = ""
        if innermost[:2] != (file, line):
            function_inside = self._function(*innermost)
            through = f"{self._short(innermost[0])}:{innermost[1]} {function_inside}".strip()
        return {
            "file": file,
            "line": line,
            "function": self._function(file, line, function),
            "text": source_line(file, line),
            "size_bytes": size_bytes,
            "through": through,
        }

    def _short(self, file: str) -> str:
        """A path from the package on."""
        for match in reversed(list(_LIBRARIES.finditer(file))):
            return file[match.end() :]
        for folder in (*self._standard, os.path.join(os.path.dirname(_MEMLAB[:-1]), "")):
            if file.startswith(folder):
                return file[len(folder) :]
        return os.path.basename(file) if os.path.isabs(file) else file

    def _function(self, file: str, line: int, known: str) -> str:
        """The function that a line stands in: by the source where the meter doesn't say, or says `<listcomp>`."""
        if known and not known.startswith("<"):
            return known
        if file not in self._functions:
            self._functions[file] = _functions_of(file)
        inside = [(first, name) for first, last, name in self._functions[file] if first <= line <= last]
        if inside:
            return max(inside)[1]
        return known or ("<module>" if source_line(file, line) else "")


def source_line(file: str, line: int) -> str:
    """A line's text, stripped and at most 200 characters long; "" where it can't be read."""
    text = linecache.getline(file, line).strip() if line > 0 else ""
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"


def _functions_of(file: str) -> list[tuple[int, int, str]]:
    """First line, last line and name of each function of a file; nothing where it can't be read."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.parse("".join(linecache.getlines(file)))
        return [
            (node.lineno, node.end_lineno or node.lineno, node.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    return []
