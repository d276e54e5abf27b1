"""Source code for a terminal: highlighted where there is colour, and folded where a line is too long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from memlab.model.description import Source
from memlab.printable import printable_lines
from memlab.render.layout import cell_width
from memlab.render.signs import Signs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Span = tuple[int, int]
"""From one character of a line to before another."""
Piece = tuple[str, int]
"""A piece of a line as it is printed, and how many cells it takes."""

_CONTINUES = 4
"""Cells by which the rest of a folded line stands further in than its beginning."""
_BEFORE_A_FOLD = ",([{"


class Listing:
    """The lines of one source, safe to print.

    Attributes:
        lines: as they are shown, without colour.
        first: the number of the first line.
    """

    def __init__(self, source: Source, signs: Signs, *, colour: bool) -> None:
        self.lines = [signs.text(line) for line in printable_lines(source.text)]
        self.first = source.line
        self._coloured = _highlighted(self.lines) if colour else None

    @property
    def number_width(self) -> int:
        """Cells of the longest line number."""
        return len(str(self.first + max(0, len(self.lines) - 1)))

    def number(self, index: int) -> str:
        """The number of a line in its file, as wide as the others."""
        return str(self.first + index).rjust(self.number_width)

    def pieces(self, index: int, room: int, changed: Sequence[Span] = (), emphasis: str = "") -> list[Piece]:
        """A line in pieces of at most `room` cells.

        Args:
            changed: spans of the line that are to stand out; where there is no colour nothing does.
            emphasis: how, as rich writes a style: `bold color(31)`.
        """
        line, coloured = self.lines[index], None
        if self._coloured is not None:
            coloured = self._coloured[index].copy()
            for start, end in changed:
                coloured.stylize(emphasis, start, end)
        return [
            (
                " " * indent + (line[start:end] if coloured is None else _escapes(coloured[start:end])),
                indent + cell_width(line[start:end]),
            )
            for indent, (start, end) in folds(line, room)
        ]


def folds(line: str, room: int) -> list[tuple[int, Span]]:
    """Where to fold a line of code: for each piece the cells of space before it, and the characters it has.

    A line is folded after a space, or else after a comma or an opening bracket, where there is one in the second half
    of the room. Its rest is set in.

    Args:
        room: cells, at least 2.
    """
    indentation = len(line) - len(line.lstrip())
    further = min(indentation + _CONTINUES, room // 2)
    pieces: list[tuple[int, Span]] = []
    start = used = indent = after_space = after_sign = 0
    for position, character in enumerate(line):
        cells = cell_width(character)
        while indent + used + cells > room and position > start:
            end = next((place for place in (after_space, after_sign) if place > start), position)
            pieces.append((indent, (start, end)))
            start, indent = end, further
            used = cell_width(line[start:position])
        used += cells
        if position >= indentation and indent + used > room // 2:
            if character == " ":
                after_space = position + 1
            elif character in _BEFORE_A_FOLD:
                after_sign = position + 1
    pieces.append((indent, (start, len(line))))
    return pieces


def _highlighted(lines: list[str]) -> list[Text]:
    from rich.syntax import Syntax
    from rich.text import Text

    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    coloured = list(syntax.highlight("\n".join(lines)).split("\n", allow_blank=True))
    # The highlighter drops and adds blank lines at the ends; then no line can be told from another.
    if [text.plain for text in coloured[: len(lines)]] != lines:
        return [Text(line) for line in lines]
    return coloured[: len(lines)]


def _escapes(text: Text) -> str:
    from rich.color import ColorSystem

    return "".join(
        segment.style.render(segment.text, color_system=ColorSystem.EIGHT_BIT) if segment.style else segment.text
        for segment in text.render(_console())
    )


@cache
def _console() -> Console:
    """Text is rendered through one; nothing is printed on it."""
    import io

    from rich.console import Console

    return Console(file=io.StringIO(), width=1 << 20)
