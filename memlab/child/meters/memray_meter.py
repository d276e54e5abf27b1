"""memray: who had allocated what at the heap's peak, C code included; by what was requested, touched or not."""

from __future__ import annotations

import logging
import os
from typing import Any

from memlab.child.meters import Function, no_figures, some_figures, why
from memlab.child.meters.attempt import Attempt
from memlab.child.meters.lines import Lines


class MemrayMeter:
    """The heap's high-water mark and the lines below which it had been allocated. Threads count, processes don't.

    Args:
        path: of the file that memray writes as the run ends. It is read after that.
        lines: gathers them; None when nobody wants to know.

    Raises:
        ImportError: memray is not installed, or has no build for this Python.
        OSError: the file can't be made.
    """

    def __init__(self, path: str, lines: Lines | None) -> None:
        import memray

        library: Any = memray  # not all of it is in its type hints
        library.set_log_level(logging.ERROR)  # it would print where it found another way, among the recipe's output
        self._lines = lines
        self._path = path = os.path.realpath(path)
        self._note: str | None = None
        self._read: Any = library.FileReader
        self._tracker: Any = library.Tracker(
            destination=library.FileDestination(path, overwrite=True, compress_on_exit=False),
            file_format=library.FileFormat.AGGREGATED_ALLOCATIONS,
            native_traces=False,
        )
        self._descriptor = _descriptor_of(path)
        self._identity = self._descriptor and _identity(self._descriptor)

    def around(self, function: Function) -> Function:
        """See `Meter.around`."""

        def tracked(argument: Any) -> Any:
            try:
                self._tracker.__enter__()
            except Exception as error:
                self._note = why("memray", error)
                return function(argument)
            attempt = Attempt(function, argument)
            self._switch_off()
            return attempt.result()

        return tracked

    def at_end(self) -> None:
        """See `Meter.at_end`: the file is written already."""

    def figures(self) -> dict[str, Any]:
        """See `Meter.figures`."""
        if self._note is not None:
            return no_figures(self._note)
        try:
            with self._read(self._path) as reader:
                peak = self._peak(reader.get_high_watermark_allocation_records(merge_threads=True))
                end = sum(record.size for record in reader.get_leaked_allocation_records(merge_threads=True))
        except Exception as error:
            return no_figures(why("memray", error))
        return some_figures(peak, end_bytes=end, lines=None if self._lines is None else self._lines.largest())

    def _switch_off(self) -> None:
        # A variant may close every descriptor it finds, and open a file of its own under the same number: memray
        # would write into that.
        if self._descriptor is not None and _identity(self._descriptor) != self._identity:
            self._note = "the variant closed the file that memray was to write"
            return
        try:
            self._tracker.__exit__(None, None, None)
        except Exception as error:
            self._note = why("memray", error)

    def _peak(self, records: Any) -> int:
        peak = 0
        for record in records:
            peak += record.size
            if self._lines is not None:
                self._lines.add(record.size, ((file, line, name) for name, file, line in record.stack_trace()))
        return peak


def _descriptor_of(path: str) -> int | None:
    """The number under which this process holds a file open; None where it doesn't, or that can't be known."""
    try:
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{name}") == path:
                    return int(name)
            except OSError:  # the listing's own descriptor
                continue
    except OSError:
        pass
    return None


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino
