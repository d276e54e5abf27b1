"""Measure one variant once.

The order is what makes the figure right: import the recipe, prepare, warm up on tiny inputs, collect, clear, trim,
reset the mark, run, read the mark, and only then anything that allocates for memlab itself. Nothing of memlab's own
is made between start and end.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

import memlab.recipe.phases
from memlab.child.channel import Channel
from memlab.child.deferred import refuse_decoded, undecoded_pictures
from memlab.child.endstates import read_end_states, settle
from memlab.child.failure import describe_failure, release_reserve
from memlab.child.kept_outputs import keep_output
from memlab.child.load import load_recipe
from memlab.child.meters import Meter, chosen_meter
from memlab.child.outputs import describe_output
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
from memlab.recipe import Recipe, Variant


class _FailedError(Exception):
    def __init__(self, failure: dict[str, Any]) -> None:
        super().__init__()
        self.failure = failure


def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Carry out one trial; returns the reply (`memlab.model.trial.Reply` as a dict)."""
    reply: dict[str, Any] = {"status": "failed", "meter": spec["meter"]}
    channel = Channel(spec["folder"])
    # Opened before any of the recipe's code runs: a process that makes itself non-dumpable can't do it later.
    memory = OwnMemory(spec["source"])
    reply["source"] = memory.source
    note_started_processes()
    try:
        recipe, variant, argument = _make_ready(spec)
        meter = chosen_meter(spec, variant.function, lambda: _prepare(recipe, spec["inputs"]))
        _Trial(recipe, variant, memory, channel, reply, meter).run(argument, spec)
    except _FailedError as failed:
        reply["failure"] = failed.failure
    else:
        reply["status"] = "measured"
    reply["libraries"] = _libraries()
    reply["allocator"] = allocator_name()
    return reply


def _make_ready(spec: dict[str, Any]) -> tuple[Recipe, Variant, Any]:
    recipe: Recipe = _guarded("import", lambda: load_recipe(spec["recipe"]))[0]
    variant = recipe.variants[spec["variant"]]
    argument = _guarded("prepare", lambda: _prepare(recipe, spec["inputs"]))

    def warm_up() -> None:
        (recipe.warm_up_function or variant.function)(_prepare(recipe, spec["warm_up_inputs"]))

    if recipe.inputs is not None or recipe.warm_up_function is not None:
        _guarded("warm_up", warm_up)
    return recipe, variant, argument


def _prepare(recipe: Recipe, inputs: list[str]) -> Any:
    paths = list(inputs)
    return paths if recipe.prepare_function is None else recipe.prepare_function(paths)


class _Trial:
    def __init__(
        self,
        recipe: Recipe,
        variant: Variant,
        memory: OwnMemory,
        channel: Channel,
        reply: dict[str, Any],
        meter: Meter | None,
    ) -> None:
        self._recipe, self._channel, self._reply = recipe, channel, reply
        self._meter = meter
        self._function = variant.function if meter is None else meter.around(variant.function)
        self._process = os.getpid()
        self._memory = memory
        self._allocator = glibc()
        self._book = PhaseBook(memory, self._send_mark)

    def run(self, argument: Any, spec: dict[str, Any]) -> None:
        memory, reply = self._memory, self._reply
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
        if self._meter is not None:
            self._meter.at_end()
        reply["end_states"] = states = read_end_states(self._ended_bytes, memory, self._allocator)
        reply["reusable_after_bytes"] = pymalloc.free_bytes()
        # Kept only now that every figure but the last is read, and without a trace in that one.
        reply["output"] = self._digest(value, spec)
        del value
        settle(self._allocator)
        if self._allocator is not None:
            states["released"] = memory.resident_bytes()
        if self._meter is not None:
            reply["figures"] = self._meter.figures()

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
            failure = describe_failure(error, "run", max(0, book.peak_bytes - level_bytes))
            self._reply["peak_bytes"] = book.peak_bytes
            raise _FailedError(failure) from None
        token = memory.capture()
        end_ns = time.monotonic_ns()
        end_if_forked(self._process, 0)
        cpu_end = time.process_time_ns()
        peak, self._ended_bytes = memory.captured(token)
        book.note(peak)
        self._end(end_ns, peak)
        self._reply |= {
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
            self._reply["children_peak_bytes"] = reaped_bytes
        if self._meter is None:  # one of them may have started processes of its own
            self._reply["started_processes"], self._reply["started_more"] = started_processes()
            self._reply["forked_level_bytes"] = forked_level_bytes()
        return value

    def _digest(self, value: Any, spec: dict[str, Any]) -> dict[str, Any]:
        make, folder = self._recipe.output_function, spec["outputs"]

        def describe_and_keep() -> dict[str, Any]:
            undecoded = undecoded_pictures(value)
            output = value if make is None else make(value)
            described = describe_output(output)
            refuse_decoded(undecoded)
            known = spec["known_outputs"]
            self._reply["output_kept"] = folder is not None and keep_output(output, described["digest"], folder, known)
            return described

        described: dict[str, Any] = _guarded("output", describe_and_keep)
        return described

    def _send_mark(self, now_ns: int, peak_bytes: int) -> bool:
        return self._channel.send(b"mark %d %d\n" % (now_ns, peak_bytes))

    def _end(self, end_ns: int, last_mark_bytes: int) -> None:
        unknown_bytes = max(last_mark_bytes, self._book.unsent_bytes)
        self._channel.send(b"end %d %d\n" % (end_ns, unknown_bytes))
        self._channel.wait()


def _guarded(stage: str, step: Any) -> Any:
    process = os.getpid()
    try:
        value = step()
    except BaseException as error:
        release_reserve()
        end_if_forked(process, 1)
        raise _FailedError(describe_failure(error, stage)) from None
    end_if_forked(process, 0)
    return value


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
