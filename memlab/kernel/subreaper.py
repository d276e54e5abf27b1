"""Adopting orphaned descendants, and ending everything below a process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress

from memlab.kernel.proc import can_list_children, descendants, has_ended, session_members

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Let orphans among this process's descendants be adopted by it (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def signal_when_parent_ends(number: int) -> bool:
    """Have the kernel send this process a signal when the thread that started it ends (PR_SET_PDEATHSIG)."""
    return _prctl(_PR_SET_PDEATHSIG, int(number))


def _prctl(option: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (AttributeError, OSError):
        return False


def end_session(session: int, *, patience_seconds: float = 2.0) -> None:
    """Kill every process of a session (setsid(2)), wherever in the tree: for trials whose supervisor was killed."""
    end = time.monotonic() + patience_seconds
    while (members := session_members(session)) and time.monotonic() < end:
        for process in members:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.002)


def end_everything_below(own: int, *, group: int | None = None, patience_seconds: float = 10.0) -> int:
    """Kill and reap every descendant of this process, also those that fork while they are being killed.

    Args:
        own: this process's id; it must be the subreaper, or orphans escape.
        group: a process group that is killed as well, where descendants can't be listed.
        patience_seconds: give up after so long (a process in uninterruptible sleep can't be killed).

    Returns:
        how many different processes were found alive.
    """
    killed: set[int] = set()
    end = time.monotonic() + patience_seconds
    listing = can_list_children()
    while True:
        if group is not None:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        if listing:
            for process in descendants(own):
                ended = has_ended(process)  # and is only waiting to be reaped
                with suppress(OSError):
                    os.kill(process, signal.SIGKILL)
                    if not ended:
                        killed.add(process)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return len(killed)
        if time.monotonic() > end:
            return len(killed)
        time.sleep(0.0002)
