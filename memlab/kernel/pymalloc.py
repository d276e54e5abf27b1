"""Free bytes in the arenas of CPython's small-object allocator: reused without the process growing."""

from __future__ import annotations

import os
import re
import sys
from typing import IO

_AVAILABLE = re.compile(rb"^# bytes in available blocks\s*=\s*([\d,]+)", re.MULTILINE)
_UNUSED = re.compile(rb"^(\d+) unused pools \* (\d+) bytes\s*=", re.MULTILINE)


def free_bytes() -> int | None:
    """Free bytes in pymalloc's arenas, as `sys._debugmallocstats` writes them to file descriptor 2.

    Pools of an arena that were never touched count as well although they take no memory yet, so this is the most
    that can be reused.

    Returns:
        bytes; None under another object allocator (PYTHONMALLOC=malloc, mimalloc of free-threaded builds) or
        another Python than CPython.
    """
    report = getattr(sys, "_debugmallocstats", None)
    if report is None:
        return None
    try:
        with _unnamed_file() as file:
            try:
                kept: int | None = os.dup(2)
            except OSError:
                kept = None  # the program closed it
            os.dup2(file.fileno(), 2)
            try:
                report()
            finally:
                if kept is None:
                    os.close(2)
                else:
                    os.dup2(kept, 2)
                    os.close(kept)
            file.seek(0)
            return parse(file.read())
    except OSError:
        return None


def _unnamed_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("memlab"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()


def parse(report: bytes) -> int | None:
    """Add up what the report of `sys._debugmallocstats` says is free; None when it says nothing of arenas."""
    available, unused = _AVAILABLE.search(report), _UNUSED.search(report)
    if available is None or unused is None:
        return None
    return int(available[1].replace(b",", b"")) + int(unused[1]) * int(unused[2])
