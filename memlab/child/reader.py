"""This process's own memory, read while next to nothing is made: from the kernel's files, or by psutil without them."""

from __future__ import annotations

from typing import Any

from memlab.kernel.marks import SAMPLED, mark_source, open_own_files
from memlab.kernel.proc import ProcessFiles


class OwnMemory:
    """What this process holds, by the best source there is.

    Args:
        wanted: `kernel`, or `psutil` to be sampled from outside although the kernel could do better.

    Attributes:
        source: `kernel`, `kernel_whole_life` or `sampled`.
    """

    def __init__(self, wanted: str) -> None:
        self._files = open_own_files()
        self.source = mark_source(self._files) if wanted == "kernel" else SAMPLED
        self._process: Any = None
        if self._files is None or self.source == SAMPLED:
            import psutil

            self._process = psutil.Process()

    def _current(self) -> ProcessFiles | None:
        """The kernel's files, opened anew when the recipe has closed them; None where samples are taken."""
        if self._process is not None or self._files is None:
            return None
        if not self._files.are_intact():
            self._files = open_own_files() or self._files
        return self._files

    def level_bytes(self) -> int:
        """The counter that the mark is taken from, now."""
        files = self._current()
        stat = None if files is None else files.stat()
        if stat is not None:
            return stat.level_bytes
        return self.resident_bytes()

    def resident_bytes(self) -> int:
        """The exact resident set, now."""
        files = self._current()
        status = None if files is None else files.status()
        if status is not None:
            return status.resident_bytes
        return int(self._process.memory_info().rss)

    def file_bytes(self) -> int | None:
        """Pages of mapped files among the resident ones, now; None where they can't be told apart."""
        files = self._current()
        status = None if files is None else files.status()
        return None if status is None else status.file_bytes

    def reset(self) -> None:
        """Forget the peak so far, where the kernel lets us."""
        files = self._current()
        if self.source == "kernel" and files is not None:
            files.reset()

    def capture(self) -> int:
        """Read the mark into a buffer, making next to nothing; `captured` tells what was read."""
        files = self._current()
        return 0 if files is None else files.raw_status()

    def captured(self, token: int) -> tuple[int, int]:
        """The (peak, resident) bytes that `capture` read. Sampled, both are the resident set of now."""
        files = self._files if self._process is None else None
        status = None if files is None else files.parse_status(token)
        if status is not None:
            return status.high_water_bytes, status.resident_bytes
        resident = self.resident_bytes()
        return resident, resident
