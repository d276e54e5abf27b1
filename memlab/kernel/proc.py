"""Processes as /proc shows them, through files that are opened once and kept.

Facts from the kernel's documentation (Documentation/filesystems/proc.rst): `VmHWM` in /proc/PID/status is the peak
resident set ("high water mark"); writing 5 to /proc/PID/clear_refs resets it to the current resident set; field 24 of
/proc/PID/stat is the resident set in pages. Files opened before go on working after exec and after the process made
itself non-dumpable, which new openings would not. Since Linux 6.2 the resident counters are per-CPU: status adds them
up exactly for VmRSS, while stat and the stored mark use the cheap, approximate sum (see `memlab.kernel.resolution`).
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_BUFFER_BYTES = 8192
_STATUS = re.compile(rb"^(VmHWM|VmRSS|RssAnon|RssFile|RssShmem|VmSwap|HugetlbPages):\s*(.*?)(?: kB)?$", re.MULTILINE)
_PSS = re.compile(rb"^(Rss|Anonymous|Pss|Pss_Anon|Pss_File|Pss_Shmem):\s*(\d+) kB$", re.MULTILINE)


class Status(NamedTuple):
    """/proc/PID/status at one moment; bytes. `high_water_bytes` is the mark since the last reset."""

    high_water_bytes: int
    resident_bytes: int
    anonymous_bytes: int
    file_bytes: int
    shared_bytes: int
    swap_bytes: int
    hugetlb_bytes: int


class Stat(NamedTuple):
    """/proc/PID/stat at one moment.

    `level_bytes` is field 24, the counter the mark is taken from; `faults` is minor plus major faults;
    `started` tells a process from a later one with the same id.
    """

    state: str
    parent: int
    faults: int
    started: int
    level_bytes: int


class ProportionalSet(NamedTuple):
    """/proc/PID/smaps_rollup: resident bytes, and shares of pages divided by how many processes map them.

    The first two are not divided; all are of one walk over the page tables, so they can be held against each other.
    """

    resident_bytes: int
    resident_anonymous_bytes: int
    total_bytes: int
    anonymous_bytes: int
    file_bytes: int
    shared_bytes: int


class ProcessFiles:
    """The files of one process, opened at once and kept.

    A process that has gone reads as None everywhere.

    Raises:
        FileNotFoundError, ProcessLookupError: there is no such process.
        PermissionError: its status can't be opened.
    """

    def __init__(self, process: int | str = "self") -> None:
        self.process = process
        self._folder = f"/proc/{process}"
        self._buffer = bytearray(_BUFFER_BYTES)
        self._buffers = [self._buffer]
        self._status = os.open(f"{self._folder}/status", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._stat = os.open(f"{self._folder}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(self._status)
            raise
        try:
            self._clear: int | None = os.open(f"{self._folder}/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self._clear = None
        self._identities = self._identify()

    def are_intact(self) -> bool:
        """Whether the descriptors are still these files: a program may close all it finds, and open others."""
        try:
            return self._identify() == self._identities
        except OSError:
            return False

    def _identify(self) -> list[tuple[int, int]]:
        kept = [one for one in (self._status, self._stat, self._clear) if one is not None]
        return [(status.st_dev, status.st_ino) for status in map(os.fstat, kept)]

    def close(self) -> None:
        """Close the files."""
        for descriptor in (self._status, self._stat, self._clear):
            if descriptor is not None and descriptor >= 0:
                try:
                    os.close(descriptor)
                except OSError:
                    pass
        self._status = self._stat = -1
        self._clear = None

    def raw_status(self) -> int:
        """Read status into the buffer kept for it, and nothing more: no object is made.

        Returns:
            the number of bytes read; `parse_status` makes sense of them.
        """
        return os.preadv(self._status, self._buffers, 0)

    def parse_status(self, length: int) -> Status | None:
        """Make sense of what `raw_status` read."""
        return parse_status(bytes(self._buffer[:length]))

    def status(self) -> Status | None:
        """The process's status now; None for one that has gone, or is a zombie or a kernel thread."""
        try:
            return self.parse_status(self.raw_status())
        except OSError:
            return None

    def stat(self) -> Stat | None:
        """The process's stat now; None when it has gone."""
        try:
            length = os.preadv(self._stat, self._buffers, 0)
        except OSError:
            return None
        return parse_stat(bytes(self._buffer[:length]))

    def reset(self) -> bool:
        """Reset the mark to the current resident set; False where that isn't allowed or the process has gone."""
        if self._clear is None:
            return False
        try:
            os.write(self._clear, b"5")
        except OSError:
            return False
        return True


def parse_status(content: bytes) -> Status | None:
    """Read the text of a status file; None when it has no memory lines (zombies, kernel threads)."""
    values = dict(_STATUS.findall(content))
    if b"VmHWM" not in values:
        return None
    return Status(
        *(
            int(values.get(key, b"0")) * 1024
            for key in (b"VmHWM", b"VmRSS", b"RssAnon", b"RssFile", b"RssShmem", b"VmSwap", b"HugetlbPages")
        )
    )


def parse_stat(content: bytes) -> Stat | None:
    """Read the text of a stat file. The name in it may hold spaces and brackets: the last bracket ends it."""
    fields = content[content.rfind(b")") + 2 :].split()
    if len(fields) < 22:
        return None
    return Stat(
        state=fields[0].decode(),
        parent=int(fields[1]),
        faults=int(fields[7]) + int(fields[9]),
        started=int(fields[19]),
        level_bytes=int(fields[21]) * PAGE_BYTES,
    )


def share_memory(parent: ProcessFiles, child: ProcessFiles) -> bool:
    """Whether a child runs in its parent's memory, as it does between vfork(2) and exec: the counters are the same.

    The parent is read before and after, since its other threads may go on. A process made by fork(2) is told apart by
    its file-backed pages, which are not copied but mapped again when they are needed.
    """
    before, own, after = parent.status(), child.status(), parent.status()
    if before is None or own is None or after is None:
        return False
    return all(
        min(first, last) <= middle <= max(first, last)
        for first, middle, last in (
            (before.anonymous_bytes, own.anonymous_bytes, after.anonymous_bytes),
            (before.file_bytes, own.file_bytes, after.file_bytes),
            (before.shared_bytes, own.shared_bytes, after.shared_bytes),
        )
    )


def process_name(process: int) -> str:
    """The process's name as the kernel keeps it (at most 15 bytes), or "?" when it has gone."""
    try:
        with open(f"/proc/{process}/comm", "rb") as file:
            return file.read().rstrip(b"\n").decode(errors="backslashreplace") or "?"
    except OSError:
        return "?"


def proportional_set(process: int) -> ProportionalSet | None:
    """Read smaps_rollup: exact, but the kernel walks all page tables for it (25 ms at 2 GiB)."""
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            values = {key: int(value) * 1024 for key, value in _PSS.findall(file.read())}
    except OSError:
        return None
    if b"Pss" not in values:
        return None
    anonymous, shared = values.get(b"Pss_Anon"), values.get(b"Pss_Shmem", 0)
    file_backed = values.get(b"Pss_File", 0)
    if anonymous is None:
        # Before Linux 5.9 only the sum is given.
        anonymous, file_backed = values[b"Pss"], 0
    return ProportionalSet(
        resident_bytes=values.get(b"Rss", 0),
        resident_anonymous_bytes=values.get(b"Anonymous", 0),
        total_bytes=values[b"Pss"],
        anonymous_bytes=anonymous,
        file_bytes=file_backed,
        shared_bytes=shared,
    )


def children(process: int) -> list[int]:
    """The process's children now, all threads' together; empty when it has gone.

    proc.rst: fast, and not reliable while processes come and go, so callers look again.
    """
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            descriptor = os.open(f"/proc/{process}/task/{thread}/children", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        content = b""
        try:
            while part := os.read(descriptor, 65536):
                content += part
        except OSError:
            pass
        finally:
            os.close(descriptor)
        found.extend(map(int, content.split()))
    return found


def descendants(process: int) -> list[int]:
    """All processes below this one, parents before their children."""
    found: list[int] = []
    waiting = [process]
    known = {process}
    while waiting:
        for child in children(waiting.pop()):
            if child not in known:
                known.add(child)
                found.append(child)
                waiting.append(child)
    return found


def has_ended(process: int) -> bool:
    """Whether it has gone, or is past its end: without memory, and so without a command line to know it by."""
    try:
        files = ProcessFiles(process)
    except OSError:
        return True
    status = files.status()
    files.close()
    return status is None


def session_members(session: int) -> list[int]:
    """The living processes of a session, by field 6 of their stat; zombies left out."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                content = file.read()
        except OSError:
            continue
        fields = content[content.rfind(b")") + 2 :].split()
        if len(fields) > 3 and int(fields[3]) == session and fields[0] not in (b"Z", b"X"):
            found.append(int(name))
    return found


def can_list_children() -> bool:
    """Whether this kernel has /proc/PID/task/*/children (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def keyed_number(path: str, key: str) -> int:
    """The number after a key in a file of "key number" lines such as /proc/vmstat; 0 where it isn't there."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(" ")
                if name == key:
                    return int(value)
    except (OSError, ValueError):
        pass
    return 0
