"""What a trial prints: drained all the time, so that it never blocks, and only its end is kept."""

from __future__ import annotations

import json
import os

_KEPT_BYTES = 64 << 10
_MOST_READS = 64
_MOST_SAVED_BYTES = 96 << 10


class OutputTail:
    """The reading end of a trial's standard output and error; non-blocking."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.total_bytes = 0
        self.open = True
        self._tail = b""
        os.set_blocking(descriptor, False)

    def drain(self) -> None:
        """Read what there is, at most a few MiB, so that marks are read in time."""
        for _ in range(_MOST_READS):
            try:
                part = os.read(self.descriptor, _KEPT_BYTES)
            except BlockingIOError:
                return
            except OSError:
                part = b""
            if not part:
                self.open = False
                return
            self.total_bytes += len(part)
            self._tail = part if len(part) >= _KEPT_BYTES else (self._tail + part)[-_KEPT_BYTES:]

    def text(self) -> str:
        """The last 64 KiB as text; bytes that are no UTF-8 are shown as escapes."""
        tail = self._tail
        if self.total_bytes > len(tail):
            # The cut may go through a character: begin after the bytes (at most three) that only continue one.
            begin = 0
            while begin < 3 and begin < len(tail) and tail[begin] & 0xC0 == 0x80:
                begin += 1
            tail = tail[begin:]
        return _cut(tail.decode("utf-8", "backslashreplace"))

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.descriptor)


def _cut(text: str) -> str:
    """The end of a text that takes no more than 96 KiB where it is saved: what is no text is escaped twice there."""
    while (size := len(json.dumps(text, ensure_ascii=False).encode())) > _MOST_SAVED_BYTES:
        text = text[max(1, len(text) * (size - _MOST_SAVED_BYTES) // size) :]
    return text
