"""Reads an expression from left to right, and says where it can't go on."""

from __future__ import annotations

import re
import unicodedata

from memlab.errors import UsageError
from memlab.printable import printable

_BEFORE, _AFTER = 50, 25
"""How many characters of a long expression are shown on either side of the mistake."""
_WORD = re.compile(r"[\w.%-]+|\S")


class Scanner:
    """One expression.

    Args:
        text: the expression.
        name: what errors call it, such as `--budget`.
        hint: what such an expression looks like.

    Raises:
        UsageError: the text holds half of a surrogate pair, which no document can.
    """

    def __init__(self, text: str, *, name: str, hint: str) -> None:
        self.text, self.name, self.hint = text, name, hint
        self.position = 0
        for place, character in enumerate(text):
            if "\ud800" <= character <= "\udfff":
                raise self.expected("valid UTF-8", place)

    def skip_spaces(self) -> None:
        """Go to the next character that isn't white space, or to the end."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def take(self, pattern: str) -> str | None:
        """What matches the pattern here, behind any white space; None where it doesn't, and nothing is taken then."""
        self.skip_spaces()
        match = re.compile(pattern).match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return match[0]

    def at_end(self) -> bool:
        """Whether there is nothing more but white space."""
        self.skip_spaces()
        return self.position == len(self.text)

    def expected(self, what: str, position: int | None = None) -> UsageError:
        """The error to raise when something else was expected.

        Args:
            what: what was, in words.
            position: where; here, behind any white space, unless said.
        """
        if position is None:
            self.skip_spaces()
            position = self.position
        match = _WORD.match(self.text, position)
        if match is not None:
            found = f"found {printable(match[0], 40)!r}"
        else:
            found = "found nothing" if not self.text.strip() else "it ends there"
        return UsageError(
            f"{self.name}: expected {what}, and {found}", hint=self.hint, detail=self._pointing_at(position)
        )

    def _pointing_at(self, position: int) -> str:
        """The expression, and a caret below the position."""
        before, after = self.text[:position], self.text[position:]
        if len(before) > _BEFORE:
            before = "…" + before[-_BEFORE + 1 :]
        if len(after) > _AFTER:
            after = after[: _AFTER - 1] + "…"
        before, after = printable(before, None), printable(after, None)
        return f"{before}{after}\n{' ' * _columns(before)}^"


def _columns(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
