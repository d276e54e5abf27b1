"""How the measured process stands among others: first to be killed for memory, never outliving its supervisor."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from memlab.kernel.subreaper import signal_when_parent_ends


def be_first_victim() -> None:
    """Let the kernel kill this process before any other when memory runs out (proc_pid_oom_score_adj(5))."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def die_with_parent() -> None:
    """Have the kernel kill this process when the supervisor dies (it has one thread, so only then).

    The supervisor ends everything below it by itself; this is for a supervisor that was killed.
    """
    if signal_when_parent_ends(signal.SIGKILL) and os.getppid() == 1:
        os._exit(1)


def end_if_forked(process: int, code: int) -> None:
    """End a process that the recipe forked, and that came back from the recipe's code as well: it is not the trial.

    Args:
        process: the trial's id.
    """
    if os.getpid() != process:
        flush_output()
        os._exit(code)


def flush_output() -> None:
    """Flush what the recipe printed; it may have closed or replaced the files."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
