"""Two functions beside each other: equal lines stand opposite each other, and those that differ are marked."""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from memlab.render.alignment import align, differing_words
from memlab.render.layout import cell_width, fit
from memlab.render.signs import Signs
from memlab.render.source import Listing, Span
from memlab.render.style import ROLE_COLOURS, Style

LEAST_CODE = 45
"""Cells that the code of each side must have: lines folded into less are harder to read than one below the other."""

_BESIDE_CODE = 4
"""Cells of a side that are neither code nor line number: the sign, and three spaces."""
_BETWEEN = 3


@dataclass(frozen=True)
class Side:
    """One of the two functions.

    Attributes:
        name: its variant's.
        role: its variant's.
        listing: its source.
        shown: indices of the lines to be shown; see `lines_of_code`.
    """

    name: str
    role: str
    listing: Listing
    shown: Sequence[int]

    @property
    def beside_code(self) -> int:
        """Cells of this side that aren't code."""
        return _BESIDE_CODE + self.listing.number_width


@dataclass(frozen=True)
class ComparedLine:
    """A line of one side as it compares with what stands opposite.

    Attributes:
        index: of the line in the side's listing.
        sign: a space where both are equal, `~` where this one was changed, `-` or `+` where only this side has it.
        changed: spans of the line that differ from the other side's.
    """

    index: int
    sign: str
    changed: Sequence[Span]


def lines_of_code(source: str, role: str) -> list[int]:
    """Which lines of a variant's source say what it does, counted from 0.

    Left out are the decorator that declares the variant, the docstring, and blank lines after it. Between two variants
    they always differ, and they are told in words elsewhere.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    left_out: set[int] = set()
    text = textwrap.dedent("\n".join(lines))
    for function in _statements(text):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in function.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Attribute) and called.attr == role:
                    left_out.update(_lines_of(decorator))
            left_out.update(_lines_of_docstring(function, text.split("\n")))
    return [index for index in range(len(lines)) if index not in left_out]


def fits_side_by_side(left: Side, right: Side, width: int) -> bool:
    """Whether `width` cells have room for both sides."""
    return _room(left, right, width) >= 2 * LEAST_CODE


def render_side_by_side(left: Side, right: Side, width: int, style: Style, signs: Signs) -> list[str]:
    """Both sides as lines of at most `width` cells: a sign in the margin, the line number, the code.

    `~` on both sides marks a line that was changed, `-` one that only the left side has, `+` one that only the right
    side has. With colour the words that differ within a changed line stand out as well.

    Args:
        width: cells, enough for `fits_side_by_side`.
    """
    rooms = _rooms(left, right, _room(left, right, width))
    bar = style.dim("│" if signs.unicode else "|")
    titles = [_title(side, room, style, signs) for side, room in zip((left, right), rooms, strict=True)]
    lines = [f"{titles[0]} {bar} {titles[1]}".rstrip()]
    for one, other in compared_lines(left, right):
        halves = (_half(left, one, rooms[0], style), _half(right, other, rooms[1], style))
        blank = " " * (left.beside_code + rooms[0])
        lines += [f"{first or blank} {bar} {second or ''}".rstrip() for first, second in zip_longest(*halves)]
    return lines


def compared_lines(left: Side, right: Side) -> Iterator[tuple[ComparedLine | None, ComparedLine | None]]:
    """The lines of both sides, row by row: what stands opposite each other; None where nothing stands."""
    texts = _text(left), _text(right)
    for row in align(*texts):
        changed: tuple[Sequence[Span], Sequence[Span]] = ((), ())
        if row.how == "changed" and row.left is not None and row.right is not None:
            changed = differing_words(texts[0][row.left], texts[1][row.right])
        sign = {"equal": " ", "changed": "~"}.get(row.how)
        yield (
            None if row.left is None else ComparedLine(left.shown[row.left], sign or "-", changed[0]),
            None if row.right is None else ComparedLine(right.shown[row.right], sign or "+", changed[1]),
        )


def _statements(text: str) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            # What Python thinks of its escapes is said where the recipe is imported.
            warnings.simplefilter("ignore")
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _lines_of(node: ast.expr | ast.stmt) -> range:
    return range(node.lineno - 1, node.end_lineno or node.lineno)


def _lines_of_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> range:
    """With the blank lines after it; none where a line of it holds other code as well."""
    if ast.get_docstring(function, clean=False) is None:
        return range(0)
    docstring = function.body[0]
    found = _lines_of(docstring)
    end = function.body[1].lineno - 1 if len(function.body) > 1 else found.stop
    if lines[found.start].encode()[: docstring.col_offset].strip() or end < found.stop:
        return range(0)
    while found.stop < end and not lines[found.stop].strip():
        found = range(found.start, found.stop + 1)
    return found


def _half(side: Side, line: ComparedLine | None, room: int, style: Style) -> list[str]:
    """One side of a row, each line filled up to the side's width."""
    if line is None:
        return []
    emphasis = f"bold color({ROLE_COLOURS.get(side.role, 0)})"
    margin = f"{style.bold(style.role(line.sign, side.role))} {style.dim(side.listing.number(line.index))}  "
    lines = []
    for text, cells in side.listing.pieces(line.index, room, line.changed, emphasis):
        lines.append(margin + text + " " * (room - cells))
        margin = " " * side.beside_code
    return lines


def _title(side: Side, room: int, style: Style, signs: Signs) -> str:
    title = fit(f"{side.role}: {side.name}", room, signs)
    filling = " " * (room - cell_width(title))
    return " " * side.beside_code + style.bold(style.role(title, side.role)) + filling


def _text(side: Side) -> list[str]:
    return [side.listing.lines[index] for index in side.shown]


def _room(left: Side, right: Side, width: int) -> int:
    """Cells for the code of both sides together."""
    return width - left.beside_code - right.beside_code - _BETWEEN


def _rooms(left: Side, right: Side, room: int) -> tuple[int, int]:
    """The room shared out: half each, unless one side needs less and the other can have more."""
    needs = [max([LEAST_CODE, *map(cell_width, _text(side))]) for side in (left, right)]
    first = min(needs[0], max(room // 2, room - needs[1]))
    return first, min(needs[1], room - first)
