"""A tree's memory: upper bound, estimate, lower bound.

Each process has its own mark, and marks of one interval are simultaneous to within that interval. Their sum is an
upper bound of what the tree needed at one time; it counts shared pages once for each process that maps them. The
estimate takes off what was shared when the record was broken. The lower bound is the larger of the largest single
peak and a sum of PSS that was read twice and agreed within 1 %; a sum of PSS alone is no bound, since processes
come and go while it is read.
"""

from __future__ import annotations

import time

from memlab.kernel.proc import ProportionalSet, proportional_set
from memlab.supervisor.members import Member

_PSS_SHARE_OF_TIME = 0.1
_RECORD_BYTES = 1 << 20
_AGREEMENT = 0.01


class TreeMeter:
    """Follows the sums over the members of one trial, from the start of its run."""

    def __init__(self) -> None:
        self.upper_bytes = self.estimate_bytes = self.lower_bytes = 0
        self.start_bytes = self.start_upper_bytes = 0
        self._shared_bytes = 0
        self._shared_among: frozenset[int] = frozenset()
        self._read_at_bytes = 0
        self._reading_seconds = 0.0
        self._began = time.monotonic()

    def begin(self, members: list[Member]) -> None:
        """Take the level at the start: what the members hold before the run."""
        total = sum(member.status.resident_bytes for member in members if member.status is not None)
        self.start_upper_bytes = total
        self.start_bytes = total
        if len(members) > 1:
            self._read_shared(members)
            self.start_bytes = total - self._capped(self._shared_bytes, members, total)
        self._began = time.monotonic()

    def note(self, members: list[Member]) -> int:
        """Take one interval; returns the sum of its maxima."""
        upper = sum(member.mark_bytes for member in members)
        largest = max((member.mark_bytes for member in members), default=0)
        self.lower_bytes = max(self.lower_bytes, largest)
        self.upper_bytes = max(self.upper_bytes, upper)
        shared = 0
        if len(members) > 1:
            among = frozenset(member.process for member in members)
            same = among == self._shared_among
            if upper - (self._shared_bytes if same else 0) > self.estimate_bytes and self._worth_reading(upper, same):
                self._read_shared(members)
                self._read_at_bytes = upper
                same = True
            shared = self._capped(self._shared_bytes if same else 0, members, upper)
        self.estimate_bytes = max(self.estimate_bytes, upper - shared)
        return upper

    def _worth_reading(self, upper: int, same: bool) -> bool:
        # Reading walks the page tables: for a known set only when the record was broken by something, and never for
        # more than a tenth of the time.
        if not same:
            return True
        if upper < self._read_at_bytes + _RECORD_BYTES:
            return False
        return self._reading_seconds <= _PSS_SHARE_OF_TIME * (time.monotonic() - self._began)

    def _read_shared(self, members: list[Member]) -> None:
        began = time.monotonic()
        first = _read(members)
        if first is not None:
            self._shared_bytes = _shared_bytes(members, first)
            self._shared_among = frozenset(member.process for member in members)
            total = _total(first)
            if total > self.lower_bytes:
                second = _read(members)
                if second is not None and abs(_total(second) - total) <= _AGREEMENT * total:
                    self.lower_bytes = max(self.lower_bytes, min(total, _total(second)))
        self._reading_seconds += time.monotonic() - began

    @staticmethod
    def _capped(shared: int, members: list[Member], upper: int) -> int:
        """What is shared can't bring the tree below its largest process."""
        largest = max((member.mark_bytes for member in members), default=0)
        return max(0, min(shared, upper - largest))


def _read(members: list[Member]) -> list[ProportionalSet] | None:
    sets = [proportional_set(member.process) for member in members]
    return None if None in sets else [one for one in sets if one is not None]


def _total(sets: list[ProportionalSet]) -> int:
    return sum(one.total_bytes for one in sets)


def _shared_bytes(members: list[Member], sets: list[ProportionalSet]) -> int:
    """What the members' resident sets count more than once.

    Anonymous and shared memory is mapped by relatives only, so resident less proportional is what they share. A
    library's pages are mapped by strangers too: there at most all but the largest mapping counts twice.
    """
    known = [member.status for member in members if member.status is not None]
    anonymous = sum(one.anonymous_bytes for one in known) - sum(one.anonymous_bytes for one in sets)
    shared = sum(one.shared_bytes for one in known) - sum(one.shared_bytes for one in sets)
    files = [one.file_bytes for one in known]
    file_backed = sum(files) - sum(one.file_bytes for one in sets)
    twice = sum(files) - max(files, default=0)
    return max(0, anonymous) + max(0, shared) + max(0, min(file_backed, twice))
