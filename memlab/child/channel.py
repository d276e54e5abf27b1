"""The measured process's line to the supervisor: two named pipes in the trial's folder.

Lines go out on `events`; on `go` comes one byte for each `wait`. A recipe may close every descriptor it finds, and
another file may take the number: each use looks whether the descriptor is still the pipe, and opens it again by
name if not.
"""

from __future__ import annotations

import os
import select
import time

EVENTS = "events"
GO = "go"
_PATIENCE_SECONDS = 30.0


class Channel:
    """Both pipes of one trial.

    Raises:
        OSError: the pipes aren't there; the supervisor makes them before it starts the process.
    """

    def __init__(self, folder: str) -> None:
        self._events = _Pipe(os.path.join(folder, EVENTS), os.O_WRONLY)
        self._go = _Pipe(os.path.join(folder, GO), os.O_RDONLY)

    def send(self, line: bytes) -> bool:
        """Send a line; False when the pipe is full or lost."""
        try:
            return os.write(self._events.descriptor(), line) == len(line)
        except OSError:
            return False

    def wait(self) -> bool:
        """Wait for the supervisor's word; False when it doesn't come."""
        end = time.monotonic() + _PATIENCE_SECONDS
        try:
            while (left := end - time.monotonic()) > 0:
                poll = select.poll()
                poll.register(self._go.descriptor(), select.POLLIN)
                if poll.poll(min(left, 1.0) * 1000) and os.read(self._go.descriptor(), 1):
                    return True
        except OSError:
            pass
        return False


class _Pipe:
    def __init__(self, path: str, mode: int) -> None:
        self._path = os.path.abspath(path)
        self._mode = mode | os.O_NONBLOCK | os.O_CLOEXEC
        self._descriptor = os.open(self._path, self._mode)
        status = os.fstat(self._descriptor)
        self._identity = (status.st_dev, status.st_ino)

    def descriptor(self) -> int:
        try:
            status = os.fstat(self._descriptor)
            if (status.st_dev, status.st_ino) == self._identity:
                return self._descriptor
        except OSError:
            pass
        self._descriptor = os.open(self._path, self._mode)
        return self._descriptor
