"""The processes of one trial: found, opened at once, and followed until they end."""

from __future__ import annotations

import os
import time

from memlab.kernel.proc import (
    PAGE_BYTES,
    ProcessFiles,
    Stat,
    Status,
    descendants,
    keyed_number,
    process_name,
    share_memory,
)

_HUGE_PAGE = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"


class Member:
    """One process of the tree.

    Attributes:
        mark_bytes: the maximum of the interval that ended at the last reading.
        peak_bytes: its highest mark since the start of the run.
        faults: how many page faults it has had, at the last reading that reset the mark.
        status: its last reading.
    """

    def __init__(self, process: int, files: ProcessFiles, started: int, seconds: float) -> None:
        self.process = process
        self.started = started
        self.files = files
        self.name = process_name(process)
        self.first_seconds = self.last_seconds = seconds
        self.mark_bytes = 0
        self.peak_bytes = 0
        self.faults = 0
        self.status: Status | None = None


class Window:
    """How long the moments between reading and resetting were, and what could have hidden in them.

    What rises and falls between the two is lost. It can't be more than what was faulted in meanwhile: faults × page
    size. A fault may bring in a transparent huge page; the kernel counts those of all processes together
    (thp_fault_alloc in /proc/vmstat), so that what was added to this count meanwhile bounds how many there were.
    Pages that the kernel maps around a file's fault are in the page cache already and are not counted.
    """

    def __init__(self) -> None:
        self.unseen_growth_bytes = 0
        self.slowest_seconds = 0.0
        self._huge_bytes = _huge_page_bytes()
        self._huge_faults = 0

    def open(self) -> None:
        """A window is about to open."""
        if self._huge_bytes:
            self._huge_faults = _huge_faults()

    def bound(self, faults: int, seconds: float) -> int:
        """The bound of one window in bytes."""
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        if faults <= 0:
            return 0
        huge = 0
        if self._huge_bytes:
            huge = min(faults, _huge_faults() - self._huge_faults)
        return huge * self._huge_bytes + (faults - huge) * PAGE_BYTES

    def note(self, bound_bytes: int) -> None:
        """Keep the largest bound of one round over the tree."""
        self.unseen_growth_bytes = max(self.unseen_growth_bytes, bound_bytes)


class Members:
    """All processes of a trial but the supervisor, dead ones included.

    Args:
        root: the trial's own process.
        files: its files, where they could be opened before it ran any of the recipe's code.

    Attributes:
        too_short: ids of processes that were seen and gone before they could be read.
        unreadable: ids of processes that didn't let themselves be read.
    """

    def __init__(self, root: int, files: ProcessFiles | None) -> None:
        self.root = root
        self.alive: dict[int, Member] = {}
        self.ended: list[Member] = []
        self.too_short: set[int] = set()
        self.unreadable: set[int] = set()
        self.window = Window()
        self._own = os.getpid()
        self._gone: dict[int, int] = {}  # id -> when it was started: a zombie stays listed until it is reaped
        stat = None if files is None else files.stat()
        if files is not None and stat is not None:
            self.alive[root] = Member(root, files, stat.started, 0.0)

    def find(self, seconds: float) -> bool:
        """Look for processes that have come; True when there are new ones."""
        came = False
        for process in descendants(self._own):
            if process in self.alive or process in self.unreadable:
                continue
            try:
                files = ProcessFiles(process)
            except PermissionError:
                self.unreadable.add(process)
                continue
            except OSError:
                if process not in self._gone:  # else it was measured, and reaped just after it was listed
                    self.too_short.add(process)
                continue
            stat = files.stat()
            if stat is not None and (self._gone.get(process) == stat.started or self._borrows(files, stat)):
                files.close()
                continue
            self.alive[process] = Member(process, files, 0 if stat is None else stat.started, seconds)
            came = True
        return came

    def _borrows(self, files: ProcessFiles, stat: Stat) -> bool:
        """Whether a process still runs in its parent's memory (vfork(2)): that counts once, until it has its own."""
        parent = self.alive.get(stat.parent)
        return parent is not None and share_memory(parent.files, files)

    def read(self, seconds: float, *, reset: bool) -> list[Member]:
        """Read every member's mark, and reset it at once if asked to; returns those alive."""
        bound = 0
        gone = []
        for member in self.alive.values():
            status, hidden = self._read_one(member, reset=reset)
            bound += hidden
            if status is None:
                gone.append(member)
                continue
            member.status = status
            member.mark_bytes = status.high_water_bytes + status.hugetlb_bytes
            member.last_seconds = seconds
        for member in gone:
            self._leave(member)
        self.window.note(bound)
        return list(self.alive.values())

    def _read_one(self, member: Member, *, reset: bool) -> tuple[Status | None, int]:
        files = member.files
        try:
            if not reset:
                return files.parse_status(files.raw_status()), 0
            self.window.open()
            before = files.stat()
            began = time.monotonic()
            length = files.raw_status()
            files.reset()
            took = time.monotonic() - began
            status = files.parse_status(length)  # before the next reading takes the buffer
            after = files.stat()
        except OSError:
            return None, 0
        if after is not None:
            member.faults = after.faults
        return status, self.window.bound(_faults_between(before, after), took)

    def _leave(self, member: Member) -> None:
        member.files.close()
        del self.alive[member.process]
        self._gone[member.process] = member.started
        if member.status is None:
            self.too_short.add(member.process)
        else:
            self.ended.append(member)

    def close(self) -> None:
        """Close all files."""
        for member in self.alive.values():
            member.files.close()


def _faults_between(before: Stat | None, after: Stat | None) -> int:
    return 0 if before is None or after is None else after.faults - before.faults


def _huge_page_bytes() -> int:
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
            if "[never]" in file.read():
                return 0
        with open(_HUGE_PAGE, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def _huge_faults() -> int:
    return keyed_number("/proc/vmstat", "thp_fault_alloc")
