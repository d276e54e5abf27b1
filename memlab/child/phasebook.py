"""Phases of the measured run: the mark is read and reset at each boundary."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from memlab.child.reader import OwnMemory

_MOST_INTERVALS = 600
_MOST_NAMES = 200
OTHERS = "(other phases)"
"""What the phases are called together that come when there are more than 200 names."""
_SEND_EVERY_NS = 5_000_000
_RECORD_BYTES = 1 << 20


class PhaseBook:
    """Keeps each phase's peak, and tells the supervisor of peaks that its own readings can no longer see.

    A boundary belongs to the whole process: what was read at it counts for every phase open at that moment, in
    whichever thread.

    Args:
        memory: this process's own memory.
        send: takes (nanoseconds, peak bytes) of a reading; False when it could not be sent.

    Attributes:
        peak_bytes: the highest reading so far.
        unsent_bytes: the highest reading that could not be sent, or was not worth it yet; 0 for none.
    """

    def __init__(self, memory: OwnMemory, send: Any) -> None:
        self._memory = memory
        self._send = send
        self._lock = threading.Lock()
        self._open: list[list[Any]] = []  # name, nanoseconds when it began, peak so far
        self._books: dict[str, list[Any]] = {}
        self._sent_bytes = 0
        self._last_sent_ns = 0
        self._intervals = 0
        self._process: int | None = None
        self.peak_bytes = 0
        self.unsent_bytes = 0

    @property
    def source(self) -> str:
        """What the readings are worth; see `OwnMemory`."""
        return self._memory.source

    def begin(self, process: int) -> None:
        """The run begins; forked processes are not this book's."""
        self._process = process

    def enter(self, name: str) -> None:
        """A phase begins."""
        if self._foreign():
            return
        with self._lock:
            now = self._boundary()
            self._open.append([name, now, 0])
            if name not in self._books and len(self._books) <= _MOST_NAMES:
                self._books[name] = [0, 0, 0, []]  # count, nanoseconds, peak, intervals

    def leave(self, name: str) -> int | None:
        """The phase entered last under this name ends; returns its peak."""
        if self._foreign():
            return None
        with self._lock:
            now = self._boundary()
            for place in range(len(self._open) - 1, -1, -1):
                if self._open[place][0] == name:
                    _, began, peak = self._open.pop(place)
                    book = self._book_of(name)
                    book[0] += 1
                    book[1] += now - began
                    if self._intervals < _MOST_INTERVALS:
                        self._intervals += 1
                        book[3].append((began, now))
                    return int(peak)
        return None

    def _book_of(self, name: str) -> list[Any]:
        """A name's book; names beyond the most there can be share one."""
        return self._books.get(name) or self._books.setdefault(OTHERS, [0, 0, 0, []])

    def note(self, peak_bytes: int) -> None:
        """A reading of the mark counts for the run and for every open phase."""
        with self._lock:
            self._note(peak_bytes)

    def _note(self, peak_bytes: int) -> None:
        if peak_bytes > self.peak_bytes:
            self.peak_bytes = peak_bytes
        for phase in self._open:
            for place in (phase, self._book_of(phase[0])):
                if peak_bytes > place[2]:
                    place[2] = peak_bytes

    def phases(self, start_ns: int) -> list[dict[str, Any]]:
        """All phases, in the order in which they first began, times counted from the start."""
        with self._lock:  # a thread that the recipe left running may still be going through phases
            return self._described(start_ns)

    def _described(self, start_ns: int) -> list[dict[str, Any]]:
        return [
            {
                "name": name.encode("utf-8", "backslashreplace").decode(),
                "count": count,
                "seconds": nanoseconds / 1e9,
                "peak_bytes": peak,
                "intervals": [((a - start_ns) / 1e9, (b - start_ns) / 1e9) for a, b in intervals],
            }
            for name, (count, nanoseconds, peak, intervals) in self._books.items()
        ]

    def _foreign(self) -> bool:
        return os.getpid() != self._process

    def _boundary(self) -> int:
        token = self._memory.capture()
        self._memory.reset()
        now = time.monotonic_ns()
        peak, _ = self._memory.captured(token)
        self._note(peak)
        self.unsent_bytes = max(self.unsent_bytes, peak)
        # A loop may cross thousands of boundaries a second: the supervisor needs the maximum of a few milliseconds,
        # and a much higher one at once, since what is sent later counts for a later interval.
        due = now - self._last_sent_ns >= _SEND_EVERY_NS
        record = self.unsent_bytes > self._sent_bytes + _RECORD_BYTES
        if (due or record) and self._send(now, self.unsent_bytes):
            self._last_sent_ns, self._sent_bytes, self.unsent_bytes = now, self.unsent_bytes, 0
        return now
