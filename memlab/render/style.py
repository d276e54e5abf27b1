"""Colour and weight on a terminal; nothing says by colour what it doesn't say in words as well."""

from __future__ import annotations

from dataclasses import dataclass

ROLE_COLOURS = {"baseline": 166, "technique": 31, "pitfall": 175}
"""The nearest of the 256 terminal colours to #D55E00, #0072B2 and #CC79A7 that are legible on dark and on light."""
_SEVERITIES = {"error": "1;31", "warning": "33", "note": "2"}


@dataclass(frozen=True)
class Style:
    """How to write; without colour every method gives its text back as it is."""

    colour: bool

    def bold(self, text: str) -> str:
        """What is to be read first."""
        return self._wrapped(text, "1")

    def dim(self, text: str) -> str:
        """What may be passed over."""
        return self._wrapped(text, "2")

    def role(self, text: str, role: str) -> str:
        """In the colour of a variant's role."""
        return self._wrapped(text, f"38;5;{ROLE_COLOURS[role]}" if role in ROLE_COLOURS else "")

    def severity(self, text: str, severity: str) -> str:
        """In the colour of a finding's severity."""
        return self._wrapped(text, _SEVERITIES.get(severity, ""))

    def _wrapped(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text.strip() else text
