"""Watching by sampling, where the kernel keeps no mark that can be read: psutil every 10 ms, from outside.

What rises and falls between two samples is not seen, and the report says so.
"""

from __future__ import annotations

import os
import time
from typing import Any

import psutil

from memlab.kernel.proc import can_list_children, descendants
from memlab.supervisor.timeline import TimelineKeeper

SAMPLE_INTERVAL_SECONDS = 0.010


class SampledWatch:
    """Adds up the resident sets of a trial's processes every 10 ms; see `memlab.supervisor.watch.Watch`."""

    interval_seconds = SAMPLE_INTERVAL_SECONDS

    def __init__(self, root: int, *, timeline: bool) -> None:
        self._root = psutil.Process(root)
        self._name = _name(self._root)
        self._last_seconds = 0.0
        self._keeper = TimelineKeeper() if timeline else None
        self._running = False
        self._start = 0.0
        self._level_bytes: int | None = None
        self._peak_bytes = 0
        self._start_others_bytes = 0
        self._tree_bytes = 0
        self._lower_bytes = 0
        self._others: dict[int, dict[str, Any]] = {}

    def ready(self) -> None:
        self._start_others_bytes = sum(self._sample_others(0.0).values())
        self._others.clear()

    def start(self, moment: float, level_bytes: int) -> None:
        self._running = True
        self._start = moment
        self._level_bytes = self._peak_bytes = self._tree_bytes = level_bytes

    def mark(self, peak_bytes: int) -> None:
        if self._running:
            self._peak_bytes = max(self._peak_bytes, peak_bytes)
            self._tree_bytes = max(self._tree_bytes, peak_bytes)

    def tick(self) -> None:
        if self._running:
            self._read(time.monotonic())

    def end(self, moment: float, peak_bytes: int) -> None:
        if self._running:
            self.mark(peak_bytes)
            self._read(moment)
            self._running = False

    def _read(self, moment: float) -> None:
        seconds = moment - self._start
        own = _resident_bytes(self._root)
        if own is None:
            return
        self._last_seconds = round(seconds, 4)
        others = self._sample_others(seconds)
        total = own + sum(others.values())
        self._peak_bytes = max(self._peak_bytes, own)
        self._tree_bytes = max(self._tree_bytes, total)
        self._lower_bytes = max(self._lower_bytes, own, *others.values(), 0)
        if self._keeper is not None:
            self._keeper.add(seconds, total)

    def _sample_others(self, seconds: float) -> dict[int, int]:
        found: dict[int, int] = {}
        for process in self._descendants():
            resident = _resident_bytes(process) if process.pid in self._others else _first_resident_bytes(process)
            if resident is None:
                continue
            found[process.pid] = resident
            figure = self._others.setdefault(
                process.pid,
                {"id": process.pid, "name": _name(process), "peak_bytes": 0, "first_seconds": round(seconds, 4)},
            )
            figure["peak_bytes"] = max(figure["peak_bytes"], resident)
            figure["last_seconds"] = round(seconds, 4)
        return found

    def _descendants(self) -> list[psutil.Process]:
        try:
            if not can_list_children():
                return list(self._root.children(recursive=True))
        except psutil.Error:
            return []
        known = []
        for process in descendants(os.getpid()):  # orphans were adopted by this process
            if process == self._root.pid:
                continue
            try:
                known.append(psutil.Process(process))
            except psutil.Error:
                continue
        return known

    def report(self) -> dict[str, Any]:
        level = self._level_bytes
        report: dict[str, Any] = {"level_bytes": level, "peak_bytes": None if level is None else self._peak_bytes}
        if self._keeper is not None:
            report["timeline"] = {"points": self._keeper.points(), "interval_seconds": self.interval_seconds}
        if self._others and level is not None:
            start = level + self._start_others_bytes
            report["tree"] = {
                "start_bytes": start,
                "start_upper_bytes": start,
                "lower_bytes": self._lower_bytes,
                "estimate_bytes": self._tree_bytes,
                "upper_bytes": self._tree_bytes,
                "processes": len(self._others),
                "unmeasured": 0,
                "unreadable": 0,
            }
            root = {
                "id": self._root.pid,
                "name": self._name,
                "peak_bytes": self._peak_bytes,
                "first_seconds": 0.0,
                "last_seconds": self._last_seconds,
            }
            report["processes"] = [root, *list(self._others.values())[:48]]
            report["seen_processes"] = list(self._others)[:1000]
        return report

    def close(self) -> None:
        """Nothing is kept open."""


def _resident_bytes(process: psutil.Process) -> int | None:
    try:
        return int(process.memory_info().rss) or None  # a zombie has none
    except psutil.Error:
        return None


def _first_resident_bytes(process: psutil.Process) -> int | None:
    """The same of a process not seen before; None while it still runs in its parent's memory.

    Between vfork(2) and exec the parent stands still, so what it held a moment before is what such a process shows.
    One made by fork(2) maps fewer pages of files.
    """
    try:
        parent = process.parent()
        theirs = None if parent is None else parent.memory_info()[:3]
        own = process.memory_info()
    except psutil.Error:
        return None
    return None if own[:3] == theirs else int(own.rss) or None


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return "?"
