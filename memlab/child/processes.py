"""Note which processes Python code starts, so that those too short to be measured are counted and said.

The kernel keeps no such count. A shared page takes the ids: a forked process notes itself, `subprocess`,
`multiprocessing` and posix_spawn are noted as they return. What a shell or another program starts by itself is
seen by the supervisor or not at all.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Callable
from typing import Any

_MOST = 1000
_page: mmap.mmap | None = None


def note_started_processes() -> None:
    """Begin to note; once a process."""
    global _page
    if _page is not None or not hasattr(os, "fork"):
        return
    _page = mmap.mmap(-1, 8 * (_MOST + 1))
    os.register_at_fork(after_in_child=lambda: _note(os.getpid()))
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
        _page[:8] = bytes(8)


def started_processes() -> tuple[list[int], bool]:
    """The ids noted so far, and whether there were more than the page holds."""
    if _page is None:
        return [], False
    (count,) = struct.unpack_from("<q", _page)
    kept = min(count, _MOST)
    return list(struct.unpack_from(f"<{kept}q", _page, 8)), count > _MOST


def _note(process: int) -> None:
    # Two processes that note at the same instant can lose one entry: a count of the short-lived, not a ledger.
    if _page is not None:
        (count,) = struct.unpack_from("<q", _page)
        struct.pack_into("<q", _page, 0, count + 1)
        if count < _MOST:
            struct.pack_into("<q", _page, 8 * (count + 1), process)


def _noting(start: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        process = start(*args, **kwargs)
        _note(process)
        return process

    return noted
