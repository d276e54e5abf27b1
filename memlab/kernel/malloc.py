"""The C allocator of this process: which one it is, and giving its free memory back."""

from __future__ import annotations

import ctypes
import os
import re

_KNOWN = re.compile(r"lib(jemalloc|tcmalloc|mimalloc|hoard|snmalloc|rpmalloc|scudo)[^/]*$")
_PROBE_BYTES = 4 << 20


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


class Glibc:
    """glibc's malloc, where it is the one in use.

    A preloaded jemalloc or tcmalloc leaves glibc's functions in place, blind: a test allocation tells.
    """

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._trim = library.malloc_trim
        self._trim.argtypes = [ctypes.c_size_t]
        self._trim.restype = ctypes.c_int
        self._info = getattr(library, "mallinfo2", None)
        if self._info is not None:
            self._info.restype = _Mallinfo2
        self._malloc, self._free = library.malloc, library.free
        self._malloc.argtypes, self._malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
        self._free.argtypes, self._free.restype = [ctypes.c_void_p], None

    def live_bytes(self) -> int | None:
        """Bytes handed out and not freed, in the heap and by mmap; None before glibc 2.33."""
        if self._info is None:
            return None
        info = self._info()
        return int(info.uordblks) + int(info.hblkhd)

    def trim(self) -> None:
        """Give all free pages of the heap back to the kernel (malloc_trim(3))."""
        self._trim(0)

    def is_in_use(self) -> bool:
        """Whether malloc is glibc's: a 4 MiB allocation must show in its own books."""
        before = self.live_bytes()
        if before is None:
            return _preloaded() is None
        block = self._malloc(_PROBE_BYTES)
        after = self.live_bytes()
        self._free(block)
        return bool(block) and after is not None and after - before >= _PROBE_BYTES


def glibc() -> Glibc | None:
    """glibc's malloc, or None where another allocator serves malloc or the platform has none."""
    try:
        allocator = Glibc()
        return allocator if allocator.is_in_use() else None
    except (AttributeError, OSError, TypeError):
        return None


def allocator_name() -> str | None:
    """Which allocator is mapped into this process, such as "glibc 2.36" or "jemalloc"; None where unknown."""
    other = _preloaded()
    if other is not None:
        return other
    try:
        version = ctypes.CDLL(None).gnu_get_libc_version
        version.restype = ctypes.c_char_p
        return f"glibc {version().decode()}"
    except (AttributeError, OSError, TypeError):
        return "musl" if _maps_has("ld-musl") else None


def _maps_has(word: str) -> bool:
    return any(word in line for line in _maps())


def _preloaded() -> str | None:
    for line in _maps():
        found = _KNOWN.search(line)
        if found:
            return found[1]
    return None


def _maps() -> list[str]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            return [os.path.basename(line.rstrip("\n")) for line in file if "/" in line]
    except OSError:
        return []
