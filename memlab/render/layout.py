"""Text laid out in terminal cells: widths, padding, wrapping. No styles here: they take no cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from memlab.render.signs import Signs


def cell_width(text: str) -> int:
    """How many terminal cells the text takes: 2 for wide East Asian characters and emoji, 0 for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def pad(text: str, width: int) -> str:
    """The text with spaces after it, up to `width` cells."""
    return text + " " * max(0, width - cell_width(text))


def pad_left(text: str, width: int) -> str:
    """The text with spaces before it, up to `width` cells."""
    return " " * max(0, width - cell_width(text)) + text


def fit(text: str, width: int, signs: Signs) -> str:
    """The text in at most `width` cells, without its middle where it is longer."""
    if cell_width(text) <= width:
        return text
    room = width - cell_width(signs.ellipsis)
    if room < 2:
        return _head(text, width)
    tail = _head(text[::-1], room // 2)[::-1]
    return _head(text, room - cell_width(tail)) + signs.ellipsis + tail


def wrap(text: str, width: int, *, first: str = "", rest: str | None = None) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces, and within words that are longer than a line.

    Args:
        first: stands before the first line.
        rest: stands before every other line; as many spaces as `first` is wide unless said.
    """
    rest = " " * cell_width(first) if rest is None else rest
    lines: list[str] = []
    line, used, prefix = first, cell_width(first), first
    for word in text.split():
        while True:
            gap = 0 if line == prefix else 1
            if used + gap + cell_width(word) <= width:
                line, used = f"{line}{' ' * gap}{word}", used + gap + cell_width(word)
                break
            if line != prefix:
                lines.append(line)
                line, used, prefix = rest, cell_width(rest), rest
                continue
            piece = _head(word, max(2, width - used), least=1)
            lines.append(line + piece)
            line, used, prefix = rest, cell_width(rest), rest
            word = word[len(piece) :]
            if not word:
                break
    if line != prefix or not lines:
        lines.append(line.rstrip() if line == prefix else line)
    return lines


def flow(items: Iterable[str], width: int, *, indent: str, signs: Signs) -> list[str]:
    """Items after one another with a dot between, broken between items, and within one only where it must be."""
    lines: list[str] = []
    line = ""
    for item in items:
        joined = f"{line} {signs.dot} {item}" if line else indent + item
        if cell_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        pieces = wrap(item, width, first=indent, rest=indent + "  ")
        lines.extend(pieces[:-1])
        line = pieces[-1]
    if line:
        lines.append(line)
    return lines


def cut(text: str, width: int) -> list[str]:
    """A line of preformatted text in pieces of at most `width` cells."""
    pieces = []
    while cell_width(text) > width:
        piece = _head(text, width, least=1)
        pieces.append(piece)
        text = text[len(piece) :]
    return [*pieces, text]


def path_lines(label: str, path: str, width: int) -> list[str]:
    """A label and a path; below it and in one piece, so that it can be copied, where both don't fit on a line."""
    line = f"{label} {path}"
    return [line] if cell_width(line) <= width else [label, path]


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _head(text: str, width: int, least: int = 0) -> str:
    """As much of the text as goes into `width` cells, and `least` characters however wide they are."""
    used = 0
    for index, character in enumerate(text):
        used += _cells(character)
        if used > width:
            return text[: max(least, index)]
    return text
