"""This process's high-water mark, shared by all who measure by it at the same time.

There is one mark a process, and a reset forgets what everybody else wanted to know. So each reading counts for every
stretch that is open, in whichever thread, before the mark is reset for a new one.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from memlab.kernel.marks import KERNEL, KERNEL_WHOLE_LIFE, SAMPLED, mark_source, open_own_files
from memlab.kernel.proc import ProcessFiles, Status

_RUSAGE_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class Stretch:
    """A time in this process's life whose peak is wanted.

    Attributes:
        start_bytes: the level at its beginning, by the mark's own counter.
        mark_bytes: the mark before it began.
        peak_bytes: the highest reading that counts for it; absolute.
        at_least: the peak may have been higher, and no reading tells.
    """

    def __init__(self, start_bytes: int, mark_bytes: int) -> None:
        self.start_bytes, self.mark_bytes = start_bytes, mark_bytes
        self.peak_bytes = start_bytes
        self.at_least = False


class OwnMark:
    """The mark of this process, by the best source there is.

    Attributes:
        source: `kernel`; `kernel_whole_life`: it can't be reset, and tells of a stretch only if it rises in it;
            `sampled`: there is none, and only the levels at the beginning and the end are known.
    """

    def __init__(self) -> None:
        self.process = os.getpid()
        self._lock = threading.RLock()
        self._open: list[Stretch] = []
        self._files = open_own_files()
        self._psutil: Any = None
        if self._files is not None:
            self.source = mark_source(self._files)
        else:
            import psutil

            self._psutil = psutil.Process()
            self.source = SAMPLED if self._whole_life_bytes() is None else KERNEL_WHOLE_LIFE

    @property
    def is_watched(self) -> bool:
        """Whether a stretch is open."""
        return bool(self._open)

    def begin(self) -> Stretch:
        """Open a stretch, from the present level on."""
        with self._lock:
            level_bytes = self.level_bytes()
            mark_bytes = self._hand_on()
            if self.source == KERNEL and self._files is not None:
                self._files.reset()
            stretch = Stretch(level_bytes, mark_bytes)
            self._open.append(stretch)
            return stretch

    def end(self, stretch: Stretch) -> None:
        """Close a stretch, whose peak is then known."""
        with self._lock:
            mark_bytes = self._hand_on()
            self._open.remove(stretch)
            if self.source == KERNEL_WHOLE_LIFE and mark_bytes > stretch.mark_bytes:
                stretch.peak_bytes = mark_bytes
            elif self.source != KERNEL:
                stretch.peak_bytes = max(stretch.peak_bytes, self.level_bytes())
                stretch.at_least = True

    def resident_bytes(self) -> int:
        """The exact resident set, now."""
        status = self._status()
        return self._memory_info().rss if status is None else status.resident_bytes

    def swap_bytes(self) -> int:
        """How much of this process is swapped out now, where that is known."""
        status = self._status()
        return 0 if status is None else status.swap_bytes

    def _hand_on(self) -> int:
        """Read the mark, and have it count for every open stretch."""
        status = self._status()
        mark_bytes = (self._whole_life_bytes() or 0) if status is None else status.high_water_bytes
        if self.source == KERNEL:
            for stretch in self._open:
                stretch.peak_bytes = max(stretch.peak_bytes, mark_bytes)
        return mark_bytes

    def level_bytes(self) -> int:
        """The counter that the mark is taken from, now."""
        with self._lock:
            stat = None if self._files is None else self._current().stat()
        return self.resident_bytes() if stat is None else stat.level_bytes

    def _status(self) -> Status | None:
        if self._files is None:
            return None
        with self._lock:
            return self._current().status()

    def _current(self) -> ProcessFiles:
        """The kernel's files, opened anew when somebody has closed them."""
        assert self._files is not None
        if not self._files.are_intact():
            self._files = open_own_files() or self._files
        return self._files

    def _memory_info(self) -> Any:
        if self._psutil is None:
            import psutil

            self._psutil = psutil.Process()
        return self._psutil.memory_info()

    def _whole_life_bytes(self) -> int | None:
        """The peak of the process's whole life as other systems keep it; None where that isn't known."""
        windows = getattr(self._memory_info(), "peak_wset", None)
        if windows is not None:
            return int(windows)
        try:
            import resource
        except ImportError:
            return None
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * _RUSAGE_UNIT_BYTES


_own: OwnMark | None = None


def own_mark() -> OwnMark:
    """The one mark of this process; a forked one begins anew."""
    global _own
    if _own is None or _own.process != os.getpid():
        _own = OwnMark()
    return _own
