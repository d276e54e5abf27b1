"""The process between memlab and the one that serves: it waits, and clears up whatever happened to the other.

A trial knows its parent's id, and may kill or stop it. What it has started would then be nobody's.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

from memlab.kernel import cgroup
from memlab.kernel.subreaper import end_everything_below

_PATIENCE_SECONDS = 2.0


def guard(worker: int, control: int, scratch: str, memlab: int) -> None:
    """Wait for the worker's end, end everything it has left, and end in the way it did.

    Args:
        worker: the process that serves, a child of this one.
        control: standard input; when it ends, the worker is expected to end soon.
        scratch: the folder of memlab's temporary files, removed when memlab itself can't do it any more.
        memlab: the id of memlab's process.
    """
    try:
        status = _wait(worker, control)
    finally:
        end_everything_below(os.getpid())
        cgroup.remove_groups(f"memlab-{worker}-")
        if os.getppid() != memlab:
            import shutil

            shutil.rmtree(scratch, ignore_errors=True)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with suppress(OSError):  # SIGKILL needs no handler, and takes none
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _wait(worker: int, control: int) -> int:
    """The worker's wait status. One that has been stopped doesn't see its control pipe end: it is killed."""
    try:
        ended = os.pidfd_open(worker)
    except (AttributeError, OSError):
        return os.waitpid(worker, 0)[1]
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(control, 0)  # only its end; what comes through it is the worker's to read
    if ended not in (descriptor for descriptor, _ in poll.poll()):
        poll.unregister(control)
        if not poll.poll(_PATIENCE_SECONDS * 1000):
            os.kill(worker, signal.SIGKILL)
    return os.waitpid(worker, 0)[1]
