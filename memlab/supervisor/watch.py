"""Watching one trial: by the kernel's marks, or by sampling where there are none."""

from __future__ import annotations

import time
from typing import Any, Protocol

from memlab.kernel.marks import KERNEL
from memlab.kernel.proc import ProcessFiles
from memlab.supervisor.members import Member, Members
from memlab.supervisor.timeline import TimelineKeeper
from memlab.supervisor.tree import TreeMeter

KERNEL_INTERVAL_SECONDS = 0.020
_MOST_PROCESSES = 48
_MOST_SEEN = 1000


class Watch(Protocol):
    """What the trial's loop asks of a watch; times are CLOCK_MONOTONIC seconds."""

    interval_seconds: float

    def ready(self) -> None:
        """The child stands before its run and waits: take the levels."""

    def start(self, moment: float, level_bytes: int) -> None:
        """The run has begun."""

    def mark(self, peak_bytes: int) -> None:
        """The child has read its own mark, and reset it."""

    def tick(self) -> None:
        """Read everything once."""

    def end(self, moment: float, peak_bytes: int) -> None:
        """The run has ended; the child waits."""

    def report(self) -> dict[str, Any]:
        """What was seen, as parts of `memlab.model.trial.Outcome`."""

    def close(self) -> None:
        """Close all files."""


class KernelWatch:
    """Reads the marks of a trial's processes every 20 ms.

    Until a descendant is seen, a headline trial's marks are only read: the child alone resets. Where descendants are
    known or found, marks are read and reset, so that each reading is the maximum of its interval and those of one
    interval can be added up.

    Args:
        root: the trial's own process.
        files: its files, opened before it ran any of the recipe's code; None where that wasn't allowed.
        source: what the child found its mark to be worth.
        timeline: keep the envelope.
        reset: read and reset from the beginning.
    """

    interval_seconds = KERNEL_INTERVAL_SECONDS

    def __init__(self, root: int, files: ProcessFiles | None, source: str, *, timeline: bool, reset: bool) -> None:
        self._members = Members(root, files)
        self._tree = TreeMeter()
        self._keeper = TimelineKeeper() if timeline else None
        self._resettable = source == KERNEL
        self._resets = self._resettable and (timeline or reset)
        self._root = root
        self._running = False
        self._start = self._end = 0.0
        self._level_bytes: int | None = None
        self._own_mark_bytes = 0
        self._at_start: dict[str, int] | None = None
        self._highest: dict[str, int] | None = None
        self._swap_bytes = self._hugetlb_bytes = 0

    def ready(self) -> None:
        self._members.find(0.0)
        alive = self._members.read(0.0, reset=self._resets)
        if len(alive) > 1 and self._resettable and not self._resets:
            # Processes of before the run, such as a pool: their marks are of their whole lives.
            self._resets = True
            for member in alive:
                member.files.reset()
        self._tree.begin(alive)
        self._at_start = _kinds(alive)
        for member in self._members.ended:
            self._members.too_short.discard(member.process)
        self._members.ended.clear()
        self._members.too_short.clear()

    def start(self, moment: float, level_bytes: int) -> None:
        self._running = True
        self._start = moment
        self._level_bytes = level_bytes
        root = self._members.alive.get(self._root)
        if root is not None and root.status is not None:
            # Growth is counted from the mark's own counter, which differs from the exact resident set.
            difference = level_bytes - root.status.resident_bytes
            self._tree.start_bytes += difference
            self._tree.start_upper_bytes += difference
            root.mark_bytes = root.peak_bytes = level_bytes

    def mark(self, peak_bytes: int) -> None:
        self._own_mark_bytes = max(self._own_mark_bytes, peak_bytes)

    def tick(self) -> None:
        if self._running:
            self._read(time.monotonic())

    def end(self, moment: float, peak_bytes: int) -> None:
        if not self._running:
            return
        self.mark(peak_bytes)
        self._read(moment)
        self._end = moment
        self._running = False

    def _read(self, moment: float) -> None:
        members = self._members
        seconds = moment - self._start
        came = members.find(seconds)
        alive = members.read(seconds, reset=self._resets)
        if came and len(alive) > 1 and self._resettable and not self._resets:
            self._resets = True
            self._take_levels(alive)
        for member in alive:
            if member.process == self._root:
                member.mark_bytes = max(member.mark_bytes, self._own_mark_bytes)
                self._own_mark_bytes = 0
            member.peak_bytes = max(member.peak_bytes, member.mark_bytes)
        upper = self._tree.note(alive)
        if self._keeper is not None and alive:
            self._keeper.add(seconds, upper)
        self._note_kinds(alive)

    @staticmethod
    def _take_levels(alive: list[Member]) -> None:
        """Marks since the start aren't simultaneous: keep them as peaks, and add up what is held now."""
        for member in alive:
            member.peak_bytes = max(member.peak_bytes, member.mark_bytes)
            member.files.reset()
            if member.status is not None:
                member.mark_bytes = member.status.resident_bytes

    def _note_kinds(self, alive: list[Member]) -> None:
        readings = [member.status for member in alive if member.status is not None]
        self._swap_bytes = max(self._swap_bytes, sum(reading.swap_bytes for reading in readings))
        self._hugetlb_bytes = max(self._hugetlb_bytes, sum(reading.hugetlb_bytes for reading in readings))
        kinds = _kinds(alive)
        if self._highest is None or kinds["resident_bytes"] > self._highest["resident_bytes"]:
            self._highest = kinds

    def report(self) -> dict[str, Any]:
        members = self._members
        seen = sorted([*members.alive.values(), *members.ended], key=lambda member: member.first_seconds)
        root = next((member for member in seen if member.process == self._root), None)
        others = [member for member in seen if member.process != self._root]
        window = members.window
        report: dict[str, Any] = {
            "level_bytes": self._level_bytes,
            "peak_bytes": None if root is None or self._level_bytes is None else root.peak_bytes,
            "at_start": self._at_start,
            "highest": self._highest,
            "unseen_growth_bytes": window.unseen_growth_bytes,
            "slowest_window_seconds": window.slowest_seconds,
            "swap_bytes": self._swap_bytes,
            "hugetlb_bytes": self._hugetlb_bytes,
            "seen_processes": [member.process for member in others[:_MOST_SEEN]],
        }
        if self._keeper is not None:
            report["timeline"] = {
                "points": self._keeper.points(),
                "interval_seconds": self.interval_seconds,
            }
        if others or members.too_short or members.unreadable:
            tree = self._tree
            report["tree"] = {
                "start_bytes": tree.start_bytes,
                "start_upper_bytes": tree.start_upper_bytes,
                "lower_bytes": tree.lower_bytes,
                "estimate_bytes": tree.estimate_bytes,
                "upper_bytes": tree.upper_bytes,
                "processes": len(others),
                "unmeasured": len(members.too_short),
                "unreadable": len(members.unreadable),
            }
            largest = sorted(others, key=lambda member: member.peak_bytes, reverse=True)[:_MOST_PROCESSES]
            report["processes"] = [
                {
                    "id": member.process,
                    "name": member.name,
                    "peak_bytes": member.peak_bytes,
                    "first_seconds": round(member.first_seconds, 4),
                    "last_seconds": round(member.last_seconds, 4),
                }
                for member in ([] if root is None else [root]) + sorted(largest, key=lambda one: one.first_seconds)
            ]
        return report

    def close(self) -> None:
        self._members.close()


def _kinds(alive: list[Member]) -> dict[str, int]:
    """The last readings of all members, added up by kind."""
    readings = [member.status for member in alive if member.status is not None]
    return {
        "resident_bytes": sum(reading.resident_bytes for reading in readings),
        "anonymous_bytes": sum(reading.anonymous_bytes for reading in readings),
        "file_bytes": sum(reading.file_bytes for reading in readings),
        "shared_bytes": sum(reading.shared_bytes for reading in readings),
    }
