"""`printable`: foreign text made safe to show on one line of a terminal, a log or a message.

Names, paths, messages and outputs come from files and programs that memlab doesn't control. A terminal obeys
what it is sent: an escape sequence recolours or rewrites the screen, a right-to-left override turns a name
round, a zero-width character hides a difference, a newline fakes a line of memlab's own. All of these are shown
as the escapes that Python would write for them.
"""

from __future__ import annotations

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str, limit: int | None = 200, *, ellipsis: str = "…") -> str:
    """The text on one line, of visible characters only.

    What `str.isprintable` refuses (controls, escapes, bidirectional and zero-width formats, lone surrogates,
    line separators, unassigned code points) becomes `\\n`, `\\x1b`, `\\u202e`, ...; other kinds of space become
    a plain space.

    Args:
        text: any text.
        limit: the most characters of the result; what is longer loses its middle. None: no limit.
        ellipsis: what stands for the middle.
    """
    if limit is not None and len(text) > 2 * limit:
        # Only the ends can be left in the end: don't escape megabytes first. One character in between makes
        # sure that the result is too long and is cut below.
        text = text[: limit + 1] + text[-limit:]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else _escape(character) for character in text)
    return text if limit is None else shorten(text, limit, ellipsis)


def printable_lines(text: str, *, limit: int | None = None) -> list[str]:
    """The lines of a text of several lines (source, a traceback, a program's output), each made printable.

    Args:
        text: any text; `\\n`, `\\r\\n` and `\\r` end a line, tabs are expanded to eight columns.
        limit: the most characters of one line, as for `printable`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [printable(line.expandtabs(8), limit) for line in lines]


def shown(value: object, limit: int | None = 60) -> str:
    """A value as Python would write it, printable; by its type where it can't be written.

    That fails for an object whose `__repr__` raises, and for a number of more digits than Python writes.
    """
    try:
        return printable(repr(value), limit)
    except Exception:
        return printable(f"a value of type {type(value).__name__}", limit)


def encodable(text: str) -> str:
    """The text with an escape for each lone surrogate: what stands for a byte that is not UTF-8 can't be saved."""
    return text.encode("utf-8", "backslashreplace").decode()


def shorten(text: str, limit: int, ellipsis: str = "…") -> str:
    """The text, without its middle where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    if limit <= len(ellipsis):
        return text[: max(0, limit)]
    room = limit - len(ellipsis)
    tail = room // 2
    return text[: room - tail] + ellipsis + (text[-tail:] if tail else "")


def _escape(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if character.isspace() and code > 0x9F and code not in (0x2028, 0x2029):
        return " "
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
