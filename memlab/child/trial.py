"""The measuring of one function in this process, whoever calls for it: a recipe's trial, or a host.

The order is what makes the figure right: collect, clear, trim, reset the mark, run, read the mark, and only then
anything that allocates for memlab itself. Nothing of memlab's own is made between start and end.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

import memlab.recipe.phases
from memlab.child.channel import Channel
from memlab.child.endstates import read_end_states
from memlab.child.failure import describe_failure, release_reserve
from memlab.child.meters import Function, Meter
from memlab.child.phasebook import PhaseBook
from memlab.child.processes import (
    RUSAGE_UNIT_BYTES,
    forget_started_processes,
    forked_level_bytes,
    note_started_processes,
    started_processes,
)
from memlab.child.reader import OwnMemory
from memlab.child.surroundings import end_if_forked
from memlab.kernel import pymalloc
from memlab.kernel.malloc import allocator_name, glibc
from memlab.kernel.settling import settle


class Trial:
    """One trial; made before any of the user's code runs.

    Args:
        spec: `memlab.model.trial.TrialSpec` as a dict.

    Attributes:
        reply: what is known so far (`memlab.model.trial.Reply` as a dict).
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._channel = Channel(spec["folder"])
        # Opened this early: a process that makes itself non-dumpable can't do it later.
        self._memory = OwnMemory(spec["source"])
        self.reply: dict[str, Any] = {"status": "failed", "meter": spec["meter"], "source": self._memory.source}
        note_started_processes()

    def run(self, function: Function, argument: Any, meter: Meter | None) -> Any:
        """Measure one call of the function; all figures but the last end state and the meter's are in the reply then.

        Args:
            meter: the one that is on meanwhile; None for the headline's, which needs nothing of the process.

        Returns:
            what the function returned.

        Raises:
            BaseException: the function's own, which the reply then tells as its `failure`.
        """
        self._process = os.getpid()
        self._meter = meter
        self._function = function if meter is None else meter.around(function)
        memory, reply = self._memory, self.reply
        self._allocator = glibc()
        self._book = PhaseBook(memory, self._send_mark)
        settle(self._allocator)
        reusable = pymalloc.free_bytes()
        self._channel.send(b"ready %d %s\n" % (time.monotonic_ns(), memory.source.encode()))
        self._channel.wait()
        forget_started_processes()
        reply["start"] = start = {
            "level_bytes": memory.level_bytes(),
            "resident_bytes": memory.resident_bytes(),
            "reusable_bytes": reusable,
            "file_bytes": memory.file_bytes(),
        }
        self._book.begin(self._process)
        memlab.recipe.phases.listener = self._book
        try:
            value = self._measured(argument, start["level_bytes"] or 0)
        finally:
            memlab.recipe.phases.listener = None
        if meter is not None:
            meter.at_end()
        reply["end_states"] = read_end_states(self._ended_bytes, memory, self._allocator)
        reply["reusable_after_bytes"] = pymalloc.free_bytes()
        return value

    def released(self) -> None:
        """Read the last end state: the caller has let go of the value."""
        settle(self._allocator)
        if self._allocator is not None:
            self.reply["end_states"]["released"] = self._memory.resident_bytes()

    def read_meter(self) -> None:
        """Have the meter say what it saw, now that nothing else is to be read."""
        if self._meter is not None:
            self.reply["figures"] = self._meter.figures()

    def finished_reply(self) -> dict[str, Any]:
        """The reply, with what the trial loaded."""
        return self.reply | {"libraries": _libraries(), "allocator": allocator_name()}

    def _measured(self, argument: Any, level_bytes: int) -> Any:
        memory, book, function = self._memory, self._book, self._function
        reaped_before_bytes = _largest_reaped_bytes()
        message = b"start %d %d %d\n" % (time.monotonic_ns(), level_bytes, reaped_before_bytes)
        memory.reset()
        self._channel.send(message)
        cpu_start = time.process_time_ns()
        start_ns = time.monotonic_ns()
        try:
            value = function(argument)
        except BaseException as error:
            release_reserve()
            end_if_forked(self._process, 1)
            peak, _ = memory.captured(memory.capture())
            book.note(peak)
            self._end(time.monotonic_ns(), peak)
            self.reply["failure"] = describe_failure(error, "run", max(0, book.peak_bytes - level_bytes))
            self.reply["peak_bytes"] = book.peak_bytes
            raise
        token = memory.capture()
        end_ns = time.monotonic_ns()
        end_if_forked(self._process, 0)
        cpu_end = time.process_time_ns()
        peak, self._ended_bytes = memory.captured(token)
        book.note(peak)
        self._end(end_ns, peak)
        self.reply |= {
            "start_ns": start_ns,
            "seconds": (end_ns - start_ns) / 1e9,
            "cpu_seconds": (cpu_end - cpu_start) / 1e9,
            "peak_bytes": book.peak_bytes,
            "phases": book.phases(start_ns),
        }
        reaped_bytes = _largest_reaped_bytes()
        # Started by vfork, a process begins with the peak of the one it came from (getrusage(2), fs/exec.c): only
        # what exceeds this process's own peak, and what was reaped before the run, is surely a child's.
        if reaped_bytes > max(book.peak_bytes, reaped_before_bytes):
            self.reply["children_peak_bytes"] = reaped_bytes
        if self._meter is None:  # one of them may have started processes of its own
            self.reply["started_processes"], self.reply["started_more"] = started_processes()
            self.reply["forked_level_bytes"] = forked_level_bytes()
        return value

    def _send_mark(self, now_ns: int, peak_bytes: int) -> bool:
        return self._channel.send(b"mark %d %d\n" % (now_ns, peak_bytes))

    def _end(self, end_ns: int, last_mark_bytes: int) -> None:
        unknown_bytes = max(last_mark_bytes, self._book.unsent_bytes)
        self._channel.send(b"end %d %d\n" % (end_ns, unknown_bytes))
        self._channel.wait()


def _largest_reaped_bytes() -> int:
    """The largest `ru_maxrss` among the children reaped so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * RUSAGE_UNIT_BYTES


def _libraries() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, module in sorted(sys.modules.items()):
        if "." not in name and not name.startswith("_") and name not in sys.stdlib_module_names:
            version = getattr(module, "__version__", None)
            if isinstance(version, str) and name != "memlab" and len(found) < 50:
                found[name] = version[:60].encode("ascii", "backslashreplace").decode()
    return found
