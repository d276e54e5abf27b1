"""Note which processes Python code starts, so that those too short to be measured are counted and said.

The kernel keeps no such count. A shared page takes the ids: a forked process notes itself, `subprocess`,
`multiprocessing` and posix_spawn are noted as they return. What a shell or another program starts by itself is
seen by the supervisor or not at all.
"""

from __future__ import annotations

import mmap
import os
import resource
import struct
import sys
from collections.abc import Callable
from typing import Any

RUSAGE_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024

_MOST = 1000
_HEAD = struct.Struct("<qqq")  # how many; how many of them not by fork; the smallest level of a forked one
_page: mmap.mmap | None = None


def note_started_processes() -> None:
    """Begin to note; once a process."""
    global _page
    if _page is not None or not hasattr(os, "fork"):
        return
    _page = mmap.mmap(-1, _HEAD.size + 8 * _MOST)
    os.register_at_fork(after_in_child=_note_forked)
    import _posixsubprocess

    # `subprocess` takes its own name for this function when it is imported, which may still be to come.
    noted = _noting(_posixsubprocess.fork_exec)
    _posixsubprocess.fork_exec = noted
    if "subprocess" in sys.modules:
        sys.modules["subprocess"]._fork_exec = noted  # type: ignore[attr-defined]
    for name in ("posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            setattr(os, name, _noting(getattr(os, name)))


def forget_started_processes() -> None:
    """Begin anew: what was started before the run is not the run's."""
    if _page is not None:
        _HEAD.pack_into(_page, 0, 0, 0, 0)


def started_processes() -> tuple[list[int], bool]:
    """The ids noted so far, and whether there were more than the page holds."""
    if _page is None:
        return [], False
    count, _, _ = _HEAD.unpack_from(_page)
    kept = min(count, _MOST)
    return list(struct.unpack_from(f"<{kept}q", _page, _HEAD.size)), count > _MOST


def forked_level_bytes() -> int | None:
    """The smallest resident set that a forked process began with; None unless all that were noted were forked."""
    if _page is None:
        return None
    count, others, level = _HEAD.unpack_from(_page)
    return level if count and not others else None


def _note_forked() -> None:
    # The mark of a forked process begins with what it shares with its parent.
    _note(os.getpid(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RUSAGE_UNIT_BYTES)


def _note(process: int, forked_level: int | None) -> None:
    # Two processes that note at the same instant can lose one entry: a count of the short-lived, not a ledger.
    if _page is None:
        return
    count, others, level = _HEAD.unpack_from(_page)
    if forked_level is None:
        others += 1
    else:
        level = min(level or forked_level, forked_level)
    _HEAD.pack_into(_page, 0, count + 1, others, level)
    if count < _MOST:
        struct.pack_into("<q", _page, _HEAD.size + 8 * count, process)


def _noting(start: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        process = start(*args, **kwargs)
        _note(process, None)
        return process

    return noted
