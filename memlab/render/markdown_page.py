"""A page of Markdown that keeps within a limit.

It is filled in the order of importance, with whole parts only, and says how many there were more.
"""

from __future__ import annotations

from collections.abc import Sequence

COMMENT_BYTES = 60 * 1024
"""GitHub takes comments of 65,536 characters, GitLab of more."""
SIGNS = {"error": "❌", "warning": "⚠️", "": "✅", "skipped": "➖", "note": "ℹ️"}
"""By a finding's severity; nothing: what is fine."""


class Page:
    """Text up to a limit: what has no room is left out whole, and counted."""

    def __init__(self, limit_bytes: int, reserved: str) -> None:
        self._parts: list[str] = []
        self._room = limit_bytes - len(reserved.encode())

    @property
    def room(self) -> int:
        """Bytes that are left."""
        return self._room

    def add(self, part: str) -> bool:
        """Add a part, if there is room for it."""
        size = len(part.encode())
        if size > self._room:
            return False
        self._room -= size
        self._parts.append(part)
        return True

    def ended(self, ending: str) -> str:
        """The whole page; the ending is what its room was reserved for."""
        return "".join([*self._parts, ending])

    def each(
        self, parts: Sequence[str], before: str = "", after: str = "", *, share: float = 1, most: int = 1000
    ) -> None:
        """As many of the parts as there is room for.

        Args:
            share: of the room that is left.
            most: how many at the most.
        """
        if parts:
            self._fill(before, parts, after, share, most, 0)

    def folded(self, title: str, opening: str, rows: Sequence[str], *, share: float) -> None:
        """A table that is shown when it is asked for."""
        start = f"<details><summary>{title}: {len(rows)}</summary>\n\n"
        self.each(rows, start + opening, "\n</details>\n\n", share=share)

    def folded_parts(self, title: str, opening: str, parts: Sequence[str], *, share: float) -> bool:
        """The same without their number; nothing, and False, where there is no room for any of them."""
        start = f"<details><summary>{title}</summary>\n\n{opening}"
        return self._fill(start, parts, "\n</details>\n\n", share, len(parts), 1)

    def _fill(self, opening: str, parts: Sequence[str], closing: str, share: float, most: int, least: int) -> bool:
        room = int(self._room * share) - len(f"{opening}{_more(len(parts))}{closing}".encode())
        chosen: list[str] = []
        for part in parts[:most]:
            room -= len(part.encode())
            if room < 0:
                break
            chosen.append(part)
        if len(chosen) < least:
            return False
        return self.add("".join([opening, *chosen, _more(len(parts) - len(chosen)), closing]))


def _more(count: int) -> str:
    return f"\n… and {count} more\n" if count else ""
