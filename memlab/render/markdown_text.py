"""Foreign text in Markdown: shown as it is, whatever it would mean there or to the site that shows it.

What a site makes of text after Markdown (mentions, references to issues, links of bare addresses) can't be escaped in
Markdown itself; a zero-width space keeps those apart. Code spans, from which text is copied, have no need of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from memlab.printable import printable

_BREAK = "&#8203;"
_SPECIAL = re.compile(
    r"""
    (?P<address> (?<=:)(?=//) | (?i:(?<=\bwww)(?=\.) | (?<=\bmailto:) | (?<=\bxmpp:) | (?<=\bGH)(?=-\d)) )
    | \A (?: (?P<item> \d{1,9} ) (?P<mark> [.)] ) (?=\s|\Z) | - )
    | (?P<reference> @ | [#!$&~%^](?=\w) )
    | [\\`*<>&\[\]|~$#+=!^{}] | (?<![^\W_])_ | _(?![^\W_])
    """,
    re.VERBOSE,
)


def text(foreign: str, limit: int = 600) -> str:
    """Foreign text on one line, for a paragraph, a cell of a table, or within HTML.

    Args:
        limit: the most characters of the text before it is escaped.
    """
    return _escaped(printable(foreign, limit).strip())


def prose(message: str, limit: int = 600, *, cell: bool = False) -> str:
    """A sentence of memlab's: as `text`, but what stands between backticks in it is code.

    Args:
        cell: it is to stand in a table.
    """
    parts = printable(message, limit).strip().split("`")
    if len(parts) % 2 == 0 or not all(part.strip() for part in parts[1:-1]):
        return _escaped("`".join(parts))
    return "".join(code(part, limit, cell=cell) if place % 2 else _escaped(part) for place, part in enumerate(parts))


def code(foreign: str, limit: int = 200, *, cell: bool = False) -> str:
    """Foreign text as a code span.

    Args:
        cell: it is to stand in a table, where a vertical bar would end the cell in a code span too.
    """
    shown = printable(foreign, limit).strip()
    if not shown:
        return html_code(foreign, limit)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    if cell:
        shown = shown.replace("|", "\\|")
    return f"{fence}{space}{shown}{space}{fence}"


def html_code(foreign: str, limit: int = 200) -> str:
    """The same as HTML, for where Markdown is not read."""
    return f"<code>{text(foreign, limit)}</code>"


def fenced(lines: Sequence[str]) -> str:
    """Lines that are safe to print as a block of code."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "".join(f"{line}\n" for line in (fence, *lines, fence))


def table_opening(headings: Sequence[str], right: Iterable[int] = ()) -> str:
    """The first two lines of a table.

    Args:
        headings: already Markdown.
        right: the places of the columns that are aligned to the right.
    """
    aligned = set(right)
    rule = ("---:" if place in aligned else "---" for place in range(len(headings)))
    return f"{table_row(headings)}{table_row(tuple(rule))}"


def table_row(cells: Sequence[str]) -> str:
    """A line of a table; cells are already Markdown."""
    return f"| {' | '.join(cells)} |\n"


def _escaped(shown: str) -> str:
    return _SPECIAL.sub(_replacement, shown)


def _replacement(match: re.Match[str]) -> str:
    """A character with a meaning as an entity: that is read alike in a cell, in a paragraph and within HTML."""
    if match["address"] is not None:
        return _BREAK
    if match["mark"]:
        return match["item"] + _entity(match["mark"])
    return _entity(match[0]) + (_BREAK if match["reference"] else "")


def _entity(character: str) -> str:
    return f"&#{ord(character)};"
