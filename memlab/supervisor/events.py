"""The trial's two named pipes, seen from the supervisor: lines come in, one byte goes out for each that waits."""

from __future__ import annotations

import os

EVENTS = "events"
GO = "go"


class EventPipes:
    """Makes both pipes in the trial's folder and holds them open at both ends, so that neither side meets an end.

    Raises:
        OSError: the folder can't hold pipes.
    """

    def __init__(self, folder: str) -> None:
        self._paths = [os.path.join(folder, name) for name in (EVENTS, GO)]
        for path in self._paths:
            os.mkfifo(path, 0o600)
        self.descriptor = os.open(self._paths[0], os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._go = os.open(self._paths[1], os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""

    def read(self) -> list[list[bytes]]:
        """The words of each whole line that has come."""
        try:
            while part := os.read(self.descriptor, 65536):
                self._rest += part
        except BlockingIOError:
            pass
        *lines, self._rest = self._rest.split(b"\n")
        return [line.split() for line in lines if line]

    def go(self) -> None:
        """Let the child that waits go on."""
        os.write(self._go, b"g")

    def close(self) -> None:
        """Close the pipes and remove their names."""
        for descriptor in (self.descriptor, self._go):
            os.close(descriptor)
        for path in self._paths:
            try:
                os.unlink(path)
            except OSError:
                pass
