"""Several supervisors, so that trials can run at the same time: each supervisor carries out one after the other."""

from __future__ import annotations

from pathlib import Path

from memlab.model.trial import Outcome, Request
from memlab.runner.link import SupervisorLink, SupervisorLostError, close_all, wait_for_one


class SideBySide:
    """As many supervisors as trials ever ran at the same time.

    Args:
        scratch: the folder of memlab's temporary files.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._idle: list[SupervisorLink] = []
        self._busy: dict[SupervisorLink, str] = {}

    def begin(self, request: Request) -> None:
        """Start a trial beside those that run.

        Raises:
            MeasurementError: a supervisor can't be started.
            OSError: the request can't be written, or there is no room for temporary files.
        """
        if not self._idle:
            self._idle.append(SupervisorLink(self._scratch))
        link = self._idle[-1]
        link.begin(request)
        self._busy[link] = request.id
        self._idle.pop()

    def wait(self) -> tuple[str, Outcome | OSError]:
        """Wait for the first of the trials that run to end.

        Returns:
            the id of its request; what became of it, or why that could not be written.

        Raises:
            KeyboardInterrupt, Terminated: passed on after everything was ended.
        """
        try:
            link = wait_for_one(self._busy)
        except BaseException:
            self.close()
            raise
        id = self._busy.pop(link)
        try:
            outcome = link.outcome()
        except SupervisorLostError as lost:
            close_all((link,))
            message = f"{lost.message}\n{lost.detail}" if lost.detail else lost.message
            return id, Outcome(ending="lost", seconds=0.0, reached="started", message=message)
        except OSError as error:
            self._idle.append(link)
            return id, error
        self._idle.append(link)
        return id, outcome

    def close(self) -> None:
        """End all supervisors, and with them everything they have started."""
        close_all((*self._busy, *self._idle))
        self._busy.clear()
        self._idle.clear()
