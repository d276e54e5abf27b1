"""Memory control groups: this process's limit, and a group of its own for a trial where one can be made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from memlab.kernel.proc import keyed_number

_ROOT = "/sys/fs/cgroup"
_NO_LIMIT = 1 << 60


def own_memory_folder() -> tuple[str, int] | None:
    """The folder of this process's memory cgroup and the version (1 or 2) of its hierarchy."""
    try:
        with open("/proc/self/cgroup", encoding="ascii", errors="replace") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return None
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if "memory" in controllers.split(","):
            return _existing(f"{_ROOT}/memory", path, "memory.limit_in_bytes", 1)
    for number, controllers, path in (line for line in lines if len(line) == 3):
        if number == "0" and not controllers:
            return _existing(_ROOT, path, "memory.current", 2)
    return None


def _existing(root: str, path: str, name: str, version: int) -> tuple[str, int] | None:
    # In a container the path is the host's, and the mounted tree begins at the container's own group.
    for folder in (root + path.rstrip("/"), root):
        if os.path.exists(f"{folder}/{name}"):
            return folder, version
    return None


def memory_limit_bytes() -> int | None:
    """The smallest memory limit on the way from this process's cgroup to the root; None without one."""
    return min((limit for _, limit, _ in _limits()), default=None)


def free_bytes() -> int | None:
    """What this process's memory cgroup and those above it may still take, page cache not counted; None without a
    limit."""
    free = []
    for folder, limit, version in _limits():
        used = _number(f"{folder}/{'memory.current' if version == 2 else 'memory.usage_in_bytes'}") or 0
        # Only version 2 counts the groups below without being asked to, as `used` does in both.
        cache = ("inactive_file", "active_file") if version == 2 else ("total_inactive_file", "total_active_file")
        free.append(max(0, limit - used + sum(keyed_number(f"{folder}/memory.stat", key) for key in cache)))
    return min(free, default=None)


def _limits() -> Iterator[tuple[str, int, int]]:
    """Each limit on the way from this process's cgroup to the root: its folder, its bytes, the version."""
    own = own_memory_folder()
    if own is None:
        return
    folder, version = own
    name = "memory.max" if version == 2 else "memory.limit_in_bytes"
    # In a container the mounted root is the container's own group, and has a limit; a real root has no such file.
    while folder == _ROOT or folder.startswith(f"{_ROOT}/"):
        limit = _number(f"{folder}/{name}")
        if limit is not None and limit < _NO_LIMIT:
            yield folder, limit, version
        folder = os.path.dirname(folder)


class TrialGroup:
    """A memory cgroup for one trial, made below this process's own.

    Raises:
        OSError: it can't be made (the usual case: not delegated, not root).
    """

    def __init__(self, name: str) -> None:
        own = own_memory_folder()
        if own is None:
            raise OSError("there is no memory cgroup")
        parent, self.version = own
        self.folder = f"{parent}/{name}"
        os.mkdir(self.folder)
        peak = "memory.peak" if self.version == 2 else "memory.max_usage_in_bytes"
        try:
            # Since Linux 6.12 writing resets the peak that is read through the same descriptor.
            self._peak = os.open(f"{self.folder}/{peak}", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            os.rmdir(self.folder)
            raise

    def add(self, process: int) -> None:
        """Put a process into the group; what it starts follows.

        Raises:
            OSError: not allowed.
        """
        with open(f"{self.folder}/cgroup.procs", "w", encoding="ascii") as file:
            file.write(str(process))

    def begin(self) -> int | None:
        """Forget the peak so far and return the level now; None where the peak can't be reset."""
        try:
            os.write(self._peak, b"0")
        except OSError:
            return None
        return _number(f"{self.folder}/{'memory.current' if self.version == 2 else 'memory.usage_in_bytes'}")

    def peak_bytes(self) -> int | None:
        """The group's peak since `begin`, page cache included."""
        try:
            return int(os.pread(self._peak, 32, 0))
        except (OSError, ValueError):
            return None

    def out_of_memory(self) -> bool:
        """Whether the kernel killed one of the group for lack of memory."""
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        return keyed_number(f"{self.folder}/{name}", "oom_kill") > 0

    def close(self) -> None:
        """Remove the group; it must be empty."""
        with suppress(OSError):
            os.close(self._peak)
        with suppress(OSError):
            os.rmdir(self.folder)


def remove_groups(prefix: str) -> None:
    """Remove the groups below this process's own whose names begin so; those that aren't empty stay."""
    own = own_memory_folder()
    if own is None:
        return
    with suppress(OSError):
        for name in os.listdir(own[0]):
            if name.startswith(prefix):
                with suppress(OSError):
                    os.rmdir(f"{own[0]}/{name}")


def out_of_memory_kills() -> int:
    """How many processes this machine's kernel has killed for lack of memory, cgroups' limits included."""
    return keyed_number("/proc/vmstat", "oom_kill")


def _number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None
