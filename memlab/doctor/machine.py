"""What the machine and the environment are like, where that bears on figures: tried or read, never guessed."""

from __future__ import annotations

import ctypes
import os
import re
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping

from memlab.kernel.proc import can_list_children, proportional_set
from memlab.model.doctor import Abilities
from memlab.units import MIB

_PROBE_BYTES = 4 * MIB
_OCTAL = re.compile(r"\\([0-7]{3})")
IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")


def abilities(*, mark: str | None, trial_cgroups: bool, allocator: str | None) -> Abilities:
    """What the machine allows.

    Args:
        mark, trial_cgroups, allocator: what the trials found; see `memlab.model.doctor.Abilities`.
    """
    folder = tempfile.gettempdir()
    return Abilities(
        mark=mark,
        children_listed=can_list_children(),
        proportional_sets=proportional_set(os.getpid()) is not None,
        trial_cgroups=trial_cgroups,
        heap_functions=heap_functions(),
        allocator=allocator,
        swap_used_bytes=swap_used_bytes(),
        temporary_folder=folder,
        temporary_filesystem=filesystem_of(folder),
    )


def heap_functions() -> str:
    """Whether psutil's `heap_info` and `heap_trim` tell of this process's malloc: `work`, `blind` or `missing`.

    They ask glibc (on Windows and macOS the system's heap). Where another allocator serves malloc they go on
    answering about a heap that nobody uses, so a test allocation has to show.
    """
    import psutil

    info = getattr(psutil, "heap_info", None)
    if info is None or getattr(psutil, "heap_trim", None) is None:
        return "missing"
    try:
        library = ctypes.CDLL(None)
        library.malloc.argtypes, library.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
        library.free.argtypes, library.free.restype = [ctypes.c_void_p], None
        before = info()
        block = library.malloc(_PROBE_BYTES)
        after = info()
        library.free(block)
    except (AttributeError, OSError, TypeError, psutil.Error):
        return "missing"
    moved = after.heap_used + after.mmap_used - before.heap_used - before.mmap_used
    return "work" if moved >= _PROBE_BYTES else "blind"


def swap_used_bytes() -> int | None:
    """How much of this machine's memory is swapped out; None where /proc/meminfo doesn't say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            found = dict(line.split(":", 1) for line in file if line.startswith("Swap"))
        return (int(found["SwapTotal"].split()[0]) - int(found["SwapFree"].split()[0])) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return None


def filesystem_of(path: str, mounts: Iterable[str] | None = None) -> str | None:
    """The kind of file system a path lies on, such as "ext4" or "tmpfs"; None where that can't be read.

    Args:
        mounts: the lines of /proc/self/mountinfo (proc_pid_mountinfo(5)), of this process unless given.
    """
    if mounts is None:
        try:
            with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
                mounts = list(file)
        except OSError:
            return None
    path = os.path.realpath(path)
    best, kind = "", None
    for line in mounts:
        mount, _, rest = line.partition(" - ")
        words = mount.split(" ")
        if len(words) < 5 or not rest:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), words[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # Of several on one another the last mounted is the one that is seen.
        if inside and len(point) >= len(best):
            best, kind = point, rest.split(" ")[0]
    return kind


def python_build() -> tuple[str, ...]:
    """What is unusual about this Python, of `debug` and `free_threaded`."""
    found = (("debug", "Py_DEBUG"), ("free_threaded", "Py_GIL_DISABLED"))
    return tuple(name for name, variable in found if sysconfig.get_config_var(variable))


def is_set(environment: Mapping[str, str], name: str) -> bool:
    """Whether a setting is there and not switched off by an empty value or 0."""
    return environment.get(name, "") not in ("", "0")
