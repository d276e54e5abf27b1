"""What a trial leaves behind: let housekeepers finish, count and end the rest."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from memlab.kernel.proc import can_list_children, descendants, has_ended

_GRACE_SECONDS = 0.5
"""How long what is ending may take to: on a machine with other work it waits for its turn."""
_HOUSEKEEPERS = (b"multiprocessing.resource_tracker", b"multiprocessing.forkserver")
_HOUSEKEEPER_SECONDS = 1.0


def end_leftovers(reap: Callable[[], None], *, group: int) -> int:
    """End the trial's descendants, but let multiprocessing's housekeepers end by themselves.

    The resource tracker ends when the last process that could still share something has ended; killed with the
    others it would leave shared memory behind in /dev/shm, which is memory nobody owns. The fork server ends with
    the process it served. Neither was started by the variant's own words.

    Args:
        reap: reaps what has ended.
        group: the trial's process group, killed where descendants can't be listed.

    Returns:
        how many processes were still alive a moment after the trial's end, housekeepers not counted.
    """
    if not can_list_children():
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        return 0
    own = os.getpid()
    reap()
    end = time.monotonic() + _GRACE_SECONDS
    while (left := _alive(own)) and time.monotonic() < end:
        time.sleep(0.002)
        reap()
    housekeepers = {process for process in left if _is_housekeeper(process)}
    others = [process for process in left if process not in housekeepers]
    end = time.monotonic() + _HOUSEKEEPER_SECONDS
    while left and time.monotonic() < end:
        for process in left:
            if process not in housekeepers:
                with suppress(OSError):
                    os.kill(process, signal.SIGKILL)
        time.sleep(0.001)
        reap()
        left = _alive(own)
        if not housekeepers.intersection(left):
            break
    return len(others)


def _alive(own: int) -> list[int]:
    return [process for process in descendants(own) if not has_ended(process)]


def _is_housekeeper(process: int) -> bool:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            words = file.read(4096)
    except OSError:
        return False
    return any(module in words for module in _HOUSEKEEPERS)
