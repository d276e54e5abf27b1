"""The errors users meet: one sentence, the way out, and an exit code.

Whatever memlab refuses or cannot do is raised as a `MemlabError` and printed in one place, `memlab.cli`.
The exit codes are part of memlab's interface: 0 fine, 1 a verdict failed, 2 usage or a bad file or recipe,
3 an invalid measurement, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Self


def worst_exit_code(codes: Collection[int]) -> int:
    """The code for all of them: a failed verdict before what can't be used, and that before an invalid measurement."""
    return next((code for code in (1, 2, 3) if code in codes), 0)


class MemlabError(Exception):
    """Something a user can understand and act on.

    Args:
        message: one sentence that says what is wrong.
        hint: one sentence that says what to do about it, where there is something to do.
        detail: further text shown below, such as the recipe's own traceback.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def with_notes(self) -> Self:
        """Itself, with hint and detail as notes (PEP 678): Python prints them where a program lets it through."""
        for note in (self.hint, self.detail):
            if note is not None and note not in getattr(self, "__notes__", ()):
                self.add_note(note)
        return self


class UsageError(MemlabError):
    """The command's words, a file, a folder or a recipe are not usable (exit 2)."""


class DocumentError(MemlabError):
    """A saved file is damaged, foreign, or newer than this memlab (exit 2)."""


class RecipeError(MemlabError):
    """A recipe can't be described: syntax, import, no baseline, a missing library (exit 2)."""


class MeasurementError(MemlabError):
    """A measurement is invalid: it raised, crashed, timed out, was killed (exit 3)."""

    exit_code = 3


class Interrupted(MemlabError):
    """The user pressed Ctrl-C (exit 130); what was measured is kept."""

    exit_code = 130


class Terminated(MemlabError):
    """memlab was asked to end by a signal (exit 143); what was measured is kept."""

    exit_code = 143
