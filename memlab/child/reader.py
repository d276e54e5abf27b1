"""This process's own memory, read without making anything: from the kernel's files, or by psutil without them."""

from __future__ import annotations

from typing import Any

from memlab.kernel.marks import SAMPLED, mark_source, open_own_files


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

    def level_bytes(self) -> int:
        """The counter that the mark is taken from, now."""
        if self._process is None and self._files is not None:
            stat = self._files.stat()
            if stat is not None:
                return stat.level_bytes
        return self.resident_bytes()

    def resident_bytes(self) -> int:
        """The exact resident set, now."""
        if self._process is None and self._files is not None:
            status = self._files.status()
            if status is not None:
                return status.resident_bytes
        return int(self._process.memory_info().rss)

    def reset(self) -> None:
        """Forget the peak so far, where the kernel lets us."""
        if self.source == "kernel" and self._files is not None:
            self._files.reset()

    def capture(self) -> int:
        """Read the mark into a buffer without making anything; `captured` tells what was read."""
        if self._process is None and self._files is not None:
            return self._files.raw_status()
        return 0

    def captured(self, token: int) -> tuple[int, int]:
        """The (peak, resident) bytes that `capture` read. Sampled, both are the resident set of now."""
        if self._process is None and self._files is not None:
            status = self._files.parse_status(token)
            if status is not None:
                return status.high_water_bytes, status.resident_bytes
        resident = self.resident_bytes()
        return resident, resident
