"""One trial from its start to the last of its processes."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from memlab.kernel import cgroup
from memlab.kernel.marks import open_own_files
from memlab.kernel.proc import ProcessFiles
from memlab.kernel.subreaper import end_everything_below
from memlab.supervisor.endings import end_leftovers
from memlab.supervisor.events import EventPipes
from memlab.supervisor.output import OutputTail
from memlab.supervisor.watch import KERNEL_INTERVAL_SECONDS, KernelWatch, Watch

_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024


class Wakeup:
    """A pipe that becomes readable when a child ends, so that nobody waits for the next interval."""

    def __init__(self) -> None:
        self.descriptor, writing = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def clear(self) -> None:
        """Take what has come."""
        try:
            while os.read(self.descriptor, 4096):
                pass
        except BlockingIOError:
            pass


class TrialRunner:
    """Carries out one request (`memlab.model.trial.Request` as a dict).

    Args:
        request: what to start and how to watch it.
        wakeup: readable when a child ended.
        control: the descriptor of memlab's commands; readable or ended means stop.
        announce: told the id of the trial's process, which leads its session.
    """

    def __init__(self, request: dict[str, Any], wakeup: Wakeup, control: int, announce: Callable[[int], None]) -> None:
        self._request = request
        self._announce = announce
        self._wakeup = wakeup
        self._control = control
        self._began = time.monotonic()
        self._watch: Watch | None = None
        self._reached = "started"
        self._source: str | None = None
        self._last_gap_bytes = self._root_reached_bytes = self._reaped_before_bytes = 0
        self._exit: tuple[int | None, int | None] | None = None
        self._ending: str | None = None
        self._group: cgroup.TrialGroup | None = None
        self._group_start: int | None = None
        self._group_peak: int | None = None

    def run(self) -> dict[str, Any]:
        """Start the trial, watch it, end it; returns `memlab.model.trial.Outcome` as a dict."""
        request = self._request
        kills = cgroup.out_of_memory_kills()
        own_mark_bytes = _reset_own_mark()
        try:
            self._pipes = EventPipes(request["folder"])
        except OSError as error:
            return self._not_started(f"the trial's folder can't be used: {error.strerror}")
        try:
            process = self._start()
        except OSError as error:
            self._pipes.close()
            return self._not_started(f"the trial can't be started: {error.strerror or error}")
        assert process.stdout is not None
        output = OutputTail(os.dup(process.stdout.fileno()))
        process.stdout.close()
        self._root = process.pid
        # Before it runs any of the recipe's code: a process that makes itself non-dumpable lets nobody in later.
        self._files = _open_files(process.pid)
        self._announce(process.pid)
        try:
            self._loop(output)
        finally:
            left_behind = end_leftovers(self._reap, group=process.pid)
            missed = end_everything_below(os.getpid(), group=process.pid)
            # One that forks itself away all the time is missed by a listing, and counted many times here.
            left_behind = left_behind or min(1, missed)
            process.returncode = 0  # reaped here, not by subprocess
        while output.open:
            before = output.total_bytes
            output.drain()
            if output.total_bytes == before:
                break
        return self._outcome(output, left_behind, own_mark_bytes, kills)

    def _start(self) -> subprocess.Popen[bytes]:
        request = self._request
        process = subprocess.Popen(
            request["argv"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=request["environment"],
            cwd=request["working_folder"],
            start_new_session=True,
            bufsize=0,
        )
        if request["use_cgroup"]:
            try:
                self._group = cgroup.TrialGroup(f"memlab-{os.getpid()}-{process.pid}")
                self._group.add(process.pid)
            except OSError:
                if self._group is not None:
                    self._group.close()
                    self._group = None
        return process

    def _loop(self, output: OutputTail) -> None:
        poll = select.poll()
        for descriptor in (self._wakeup.descriptor, self._pipes.descriptor, output.descriptor, self._control):
            poll.register(descriptor, select.POLLIN)
        listening = True
        deadline = self._began + self._request["timeout_seconds"]
        next_tick = time.monotonic()
        while self._exit is None:
            now = time.monotonic()
            if now >= deadline:
                self._ending = "timed_out"
                return
            if now >= next_tick and self._watch is not None:
                self._watch.tick()
                now = time.monotonic()
                next_tick = max(next_tick + self._watch.interval_seconds, now + 0.001)
            elif now >= next_tick:
                next_tick = now + KERNEL_INTERVAL_SECONDS
            # Rounded up: a mark read a millisecond late costs nothing, turning round until then would.
            ready = poll.poll(max(0, math.ceil((min(next_tick, deadline) - now) * 1000)))
            for descriptor, _ in ready:
                if descriptor == self._wakeup.descriptor:
                    self._wakeup.clear()
                    self._take_events()  # what a process said before it ended came before its end
                    self._reap()
                elif descriptor == output.descriptor:
                    output.drain()
                    if not output.open and listening:
                        poll.unregister(output.descriptor)
                        listening = False
                elif descriptor == self._control:
                    self._ending = "stopped"
                    return
                else:
                    self._take_events()
        self._take_events()

    def _take_events(self) -> None:
        for words in self._pipes.read():
            try:
                self._take_event(words)
            except (IndexError, ValueError):
                continue  # the recipe wrote into the pipe: nothing of it counts

    def _take_event(self, words: list[bytes]) -> None:
        kind, moment = words[0], int(words[1]) / 1e9
        if kind == b"ready" and self._watch is None:
            self._source = words[2].decode()
            self._watch = self._make_watch(self._source)
            self._watch.ready()
            if self._group is not None:
                self._group_start = self._group.begin()
            self._pipes.go()
        elif self._watch is None:
            return
        elif kind == b"start" and self._reached == "started":
            level_bytes, self._reaped_before_bytes = int(words[2]), int(words[3])
            self._reached = "running"
            self._watch.start(moment, level_bytes)
        elif kind == b"mark":
            self._watch.mark(int(words[2]))
        elif kind == b"end" and self._reached == "running":
            self._reached = "ended"
            self._watch.end(moment, int(words[2]))
            if self._group is not None:
                self._group_peak = self._group.peak_bytes()
            self._pipes.go()

    def _make_watch(self, source: str) -> Watch:
        request = self._request
        if source == "sampled":
            from memlab.supervisor.sampling import SampledWatch

            return SampledWatch(self._root, timeline=request["timeline"])
        return KernelWatch(self._root, self._files, source, timeline=request["timeline"], reset=request["reset"])

    def _reap(self) -> None:
        """Reap whatever has ended, orphans included; only wait4 knows their last moments."""
        while True:
            try:
                process, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            reached_bytes = usage.ru_maxrss * _RUSAGE_UNIT
            if process == self._root:
                self._root_reached_bytes = reached_bytes
            elif self._reached == "running":
                self._last_gap_bytes = max(self._last_gap_bytes, reached_bytes)
            if process == self._root and self._exit is None:
                code = os.waitstatus_to_exitcode(status)
                self._exit = (code, None) if code >= 0 else (None, -code)

    def _not_started(self, message: str) -> dict[str, Any]:
        return {"ending": "not_started", "seconds": 0.0, "reached": "started", "message": message}

    def _outcome(self, output: OutputTail, left_behind: int, own_mark_bytes: int, kills: int) -> dict[str, Any]:
        code, number = self._exit or (None, None)
        ending = self._ending or ("signalled" if number is not None else "exited")
        outcome: dict[str, Any] = {
            "ending": ending,
            "seconds": time.monotonic() - self._began,
            "reached": self._reached,
            "exit_code": code if ending == "exited" else None,
            "signal": number if ending == "signalled" else None,
            "source": self._source,
            "left_behind": left_behind,
            "output_tail": output.text(),
            "output_bytes": output.total_bytes,
        }
        killed = ending == "signalled" and number == signal.SIGKILL
        in_group = self._group is not None and self._group.out_of_memory()
        if killed or in_group:
            # Without a group of its own, the machine's count tells; that may be of others, unless this one was killed.
            outcome["out_of_memory"] = in_group or cgroup.out_of_memory_kills() > kills
        if self._watch is not None:
            outcome |= self._watch.report()
            self._watch.close()
        if self._files is not None:
            self._files.close()
        # Only now is it known how far the trial's own process came. What it had reaped before its run is in its figure.
        if self._reached == "running" and self._root_reached_bytes > self._reaped_before_bytes:
            self._last_gap_bytes = max(self._last_gap_bytes, self._root_reached_bytes)
        if self._last_gap_bytes > own_mark_bytes:
            outcome["last_gap_bytes"] = self._last_gap_bytes
        if self._group is not None:
            if self._group_start is not None:
                outcome["cgroup_start_bytes"] = self._group_start
                outcome["cgroup_peak_bytes"] = self._group_peak
            self._group.close()
        output.close()
        self._pipes.close()
        return outcome


def _open_files(process: int) -> ProcessFiles | None:
    try:
        return ProcessFiles(process)
    except OSError:
        return None


def _reset_own_mark() -> int:
    """Reset this process's mark, from which a child's `ru_maxrss` starts; returns the mark after that."""
    files = open_own_files()
    if files is None:
        return 1 << 62
    files.reset()
    status = files.status()
    files.close()
    return 1 << 62 if status is None else status.high_water_bytes
