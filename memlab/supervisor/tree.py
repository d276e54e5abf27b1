"""A tree's memory: upper bound, estimate, lower bound.

Each process has its own mark, and marks of one interval are simultaneous to within that interval. Their sum is an
upper bound of what the tree needed at one time; it counts shared pages once for each process that maps them. The
estimate takes off what is shared. The lower bound is the larger of the largest single peak and a sum of PSS that was
read twice and agreed within 1 %; a sum of PSS alone is no bound, since processes come and go while it is read.
"""

from __future__ import annotations

import time

from memlab.kernel.proc import PAGE_BYTES, ProportionalSet, proportional_set
from memlab.supervisor.members import Member

_PSS_SHARE_OF_TIME = 0.1
_WORTH_READING_FAULTS = (1 << 20) // PAGE_BYTES
_AGREEMENT = 0.01


class TreeMeter:
    """Follows the sums over the members of one trial, from the start of its run."""

    def __init__(self) -> None:
        self.upper_bytes = self.estimate_bytes = self.lower_bytes = 0
        self.start_bytes = self.start_upper_bytes = 0
        self._shared_bytes = 0
        self._shared_among: frozenset[int] = frozenset()
        self._faults = self._faults_before = 0
        self._settled_bytes = self._owed_bytes = self._owed_at_bytes = 0
        self._reading_seconds = 0.0
        self._began = time.monotonic()

    def begin(self, members: list[Member]) -> None:
        """Take the level at the start: what the members hold before the run."""
        total = sum(member.status.resident_bytes for member in members if member.status is not None)
        self.start_upper_bytes = total
        self.start_bytes = total
        if len(members) > 1:
            self._read_shared(members)
            self.start_bytes = total - self._capped(members, total)
        self._reading_seconds = 0.0
        self._began = time.monotonic()

    def note(self, members: list[Member]) -> int:
        """Take one interval; returns the sum of its maxima."""
        upper = sum(member.mark_bytes for member in members)
        largest = max((member.mark_bytes for member in members), default=0)
        self.lower_bytes = max(self.lower_bytes, largest)
        self.upper_bytes = max(self.upper_bytes, upper)
        if len(members) > 1 and upper > self._settled_bytes:
            if self._worth_reading(members):
                self._read_shared(members)
            if _ids(members) == self._shared_among:
                self._take(upper, upper - self._capped(members, upper), members)
            # Else one of them ended while it was read: without knowing what was shared there is no sum.
        self._settled_bytes = max(self._settled_bytes, upper if len(members) == 1 else largest)
        self.estimate_bytes = max(self._settled_bytes, self._owed_bytes)
        self._faults_before = sum(member.faults for member in members)
        return upper

    def _take(self, upper: int, estimate: int, members: list[Member]) -> None:
        """Keep the largest estimate, and apart from it one that rests on what was shared before the tree grew.

        A forked process maps more and more of what its parent has: such a one would stay too large, and holds only
        until what is shared could be read at that size.
        """
        if sum(member.faults for member in members) < self._faults + _WORTH_READING_FAULTS:
            self._settled_bytes = max(self._settled_bytes, estimate)
            if upper + _WORTH_READING_FAULTS * PAGE_BYTES > self._owed_at_bytes:
                self._owed_bytes = self._owed_at_bytes = 0
        elif estimate > self._owed_bytes:
            self._owed_bytes, self._owed_at_bytes = estimate, upper

    def _worth_reading(self, members: list[Member]) -> bool:
        """Reading walks the page tables: at once for a new set, else after pages have come or were copied (a forked
        process that writes to a shared page makes it its own, and no resident set grows), and then for a tenth of the
        time, or when nobody takes pages at the moment and so nobody waits for it."""
        if _ids(members) != self._shared_among:
            return True
        faults = sum(member.faults for member in members)
        if 0 < faults < self._faults + _WORTH_READING_FAULTS:
            return False
        quiet = 0 < faults == self._faults_before
        return quiet or self._reading_seconds <= _PSS_SHARE_OF_TIME * (time.monotonic() - self._began)

    def _read_shared(self, members: list[Member]) -> None:
        began = time.monotonic()
        first = _read(members)
        if first is not None:
            self._shared_bytes = _shared_bytes(members, first)
            self._shared_among = _ids(members)
            self._faults = sum(member.faults for member in members)
            total = _total(first)
            if total > self.lower_bytes:
                second = _read(members)
                if second is not None and abs(_total(second) - total) <= _AGREEMENT * total:
                    self.lower_bytes = max(self.lower_bytes, min(total, _total(second)))
        self._reading_seconds += time.monotonic() - began

    def _capped(self, members: list[Member], upper: int) -> int:
        """What is shared can't bring the tree below its largest process."""
        largest = max((member.mark_bytes for member in members), default=0)
        return max(0, min(self._shared_bytes, upper - largest))


def _ids(members: list[Member]) -> frozenset[int]:
    return frozenset(member.process for member in members)


def _read(members: list[Member]) -> list[ProportionalSet | None] | None:
    """Each member's proportional set, None where it may not be read; nothing at all when one has ended meanwhile."""
    sets = [proportional_set(member.process) for member in members]
    # Memory goes before the process itself does. Where some has gone, the shares read after it were larger.
    return None if any(member.files.status() is None for member in members) else sets


def _total(sets: list[ProportionalSet | None]) -> int:
    return sum(one.total_bytes for one in sets if one is not None)


def _shared_bytes(members: list[Member], sets: list[ProportionalSet | None]) -> int:
    """What the members' resident sets count more than once; of those that may not be read nothing is known.

    Anonymous and shared memory is mapped by relatives only, so resident less proportional is what they share. A
    library's pages are mapped by strangers too: there at most all but the largest mapping counts twice.
    """
    known = [
        (member.status.shared_bytes, one)
        for member, one in zip(members, sets, strict=True)
        if member.status is not None and one is not None
    ]
    anonymous = sum(one.resident_anonymous_bytes - one.anonymous_bytes for _, one in known)
    shared = sum(resident - one.shared_bytes for resident, one in known)
    files = [one.resident_bytes - one.resident_anonymous_bytes - resident for resident, one in known]
    file_backed = sum(files) - sum(one.file_bytes for _, one in known)
    twice = sum(files) - max(files, default=0)
    return max(0, anonymous) + max(0, shared) + max(0, min(file_backed, twice))
