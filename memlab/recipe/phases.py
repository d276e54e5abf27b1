"""`phase`: names a stretch of a variant, so that its peak is measured by itself.

Outside a trial a phase costs one look at a module variable. Inside a trial the measured process installs a
listener that reads and resets the kernel's high-water mark at each boundary.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol


class PhaseListener(Protocol):
    """What the measured process installs while a variant runs."""

    def enter(self, name: str) -> None:
        """A phase begins in this thread."""

    def leave(self, name: str) -> int | None:
        """The phase that was entered last under this name ends: its peak in bytes, absolute, where it is known."""

    @property
    def source(self) -> str:
        """What the peaks are worth: `kernel`, `kernel_whole_life` or `sampled`."""


listener: PhaseListener | None = None

in_trial = False
"""Whether this process is one of memlab's trials, from before it imports anything of the user's; or was forked from
one."""


class phase:  # noqa: N801 (used like a keyword: `with phase("decode"):`)
    """Mark a phase of a variant: `with phase("decode"): ...`.

    Phases may nest and repeat; figures of one name are put together. Outside a trial nothing happens.

    Args:
        name: what the phase is called in reports, such as "decode".

    Raises:
        TypeError: the name is not a text.
        ValueError: the name is empty.
    """

    __slots__ = ("_entered", "name")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a phase's name is a text, not {type(name).__name__}")
        if not name.strip():
            raise ValueError("a phase needs a name")
        self.name = name
        self._entered: list[PhaseListener] = []  # one phase may be entered again before it ends

    def __enter__(self) -> phase:
        if listener is not None:
            listener.enter(self.name)
            self._entered.append(listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entered:
            self._entered.pop().leave(self.name)
