"""The line to a supervisor: start it, hand it requests, stop it, and survive its death."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from memlab.errors import MeasurementError
from memlab.kernel.subreaper import end_session
from memlab.model.trial import Outcome, Request
from memlab.runner.surroundings import trial_environment

_PATIENCE_SECONDS = 20.0
"""How much longer than a trial's timeout its outcome may take: ending its processes takes its time."""


class SupervisorLostError(MeasurementError):
    """The supervisor has ended while a trial ran: somebody killed it, or it met a bug."""


class SupervisorLink:
    """One supervisor process, for as long as trials are wanted. Use it as a context manager.

    Args:
        scratch: the folder of memlab's temporary files; the supervisor removes it should memlab be killed.

    Attributes:
        deadline: by when (time.monotonic) the outcome of the trial that runs must be there.

    Its standard input is the control pipe: when it ends, however that comes about, the supervisor kills everything
    below it.

    Raises:
        MeasurementError: it can't be started.
        OSError: there is no room for temporary files.
    """

    def __init__(self, scratch: Path) -> None:
        self.deadline = float("inf")
        self._session: int | None = None
        self._answer: dict[str, Any] | None = None
        self._lost: SupervisorLostError | None = None
        self._rest = b""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the supervisor)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "memlab.supervisor", str(scratch), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=trial_environment(),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._errors.close()
            raise MeasurementError(f"memlab's supervisor can't be started: {error.strerror or error}") from None

    def __enter__(self) -> SupervisorLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def carry_out(self, request: Request) -> Outcome:
        """Have a trial carried out, and wait for its end.

        Raises:
            SupervisorLostError: the supervisor was killed, or ended by itself, or gives no answer.
            OSError: what it found could not be written.
            KeyboardInterrupt, Terminated: passed on after the trial was stopped and everything below it ended.
        """
        try:
            self.begin(request)
            wait_for_one((self,))
        except BaseException:
            close_all((self,))
            raise
        return self.outcome()

    def begin(self, request: Request) -> None:
        """Have a trial started; `outcome` has what became of it, once `wait_for_one` has given this link back.

        Raises:
            OSError: the request can't be written.
        """
        file = Path(request.folder, "request.json")
        # json, since msgspec has no way to write environment variables that aren't UTF-8.
        file.write_text(json.dumps(msgspec.to_builtins(request)), encoding="ascii")
        self._answer = self._lost = None
        self.deadline = time.monotonic() + request.timeout_seconds + _PATIENCE_SECONDS
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(str(file)).encode() + b"\n")
        except BrokenPipeError:
            self._lost = self._death()

    def outcome(self) -> Outcome:
        """What became of the trial.

        Raises:
            SupervisorLostError: the supervisor was killed, or ended by itself, or gives no answer.
            OSError: what it found could not be written.
        """
        if self._answer is None:
            # A trial can stop its parent: the timeout is kept by nobody then.
            raise self._lost or SupervisorLostError("memlab's supervisor gave no answer, and was ended")
        if "error" in self._answer:
            raise OSError(self._answer["error"], os.strerror(self._answer["error"]))
        return msgspec.json.decode(Path(self._answer["outcome"]).read_bytes(), type=Outcome)

    @property
    def has_answered(self) -> bool:
        """Whether `outcome` knows what became of the trial."""
        return self._answer is not None or self._lost is not None

    def fileno(self) -> int:
        """The descriptor that is readable when `receive` has something to read."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def receive(self) -> None:
        """Read what the supervisor says."""
        part = os.read(self.fileno(), 65536)
        if not part:
            self._lost = self._death()
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            answer: dict[str, Any] = json.loads(line)
            if "started" in answer:
                self._session = answer["started"]
            else:
                self._answer = answer

    def close(self) -> None:
        """End the supervisor, and with it everything it has started."""
        self.hang_up()
        stdout = self._process.stdout
        assert stdout is not None
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()
        self._errors.close()

    def hang_up(self) -> None:
        """Let the supervisor begin to end everything, without waiting for it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _death(self) -> SupervisorLostError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self._session is not None:
            # The trial's process dies with the supervisor; what it had started is found by its session.
            end_session(self._session)
        code = self._process.returncode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        self._errors.seek(0)
        text = self._errors.read().decode(errors="backslashreplace")
        return SupervisorLostError(f"memlab's supervisor {how} while it ran", detail=text or None)


def wait_for_one(links: Collection[SupervisorLink]) -> SupervisorLink:
    """Wait until one of several trials has come to its end, or its supervisor is lost.

    One thread waits for all of them, so that an interrupt or a signal ends the waiting at once.

    Raises:
        KeyboardInterrupt, Terminated: the trials still run.
    """
    poll = select.poll()
    for link in links:
        poll.register(link, select.POLLIN)
    by_descriptor = {link.fileno(): link for link in links}
    while True:
        now = time.monotonic()
        for link in links:
            if link.has_answered or now >= link.deadline:
                return link
        left = min(link.deadline for link in links) - now
        for descriptor, _ in poll.poll(min(left, 3600.0) * 1000 + 1):
            by_descriptor[descriptor].receive()


def close_all(links: Collection[SupervisorLink]) -> None:
    """End several supervisors at once, whatever state they are in, and wait until nothing is left of their trials."""
    with signals_held(again=False):
        for link in links:
            link.hang_up()
        for link in links:
            with suppress(Exception):
                link.close()


@contextmanager
def signals_held(*, again: bool) -> Iterator[None]:
    """Carry out what has to come to its end, against an impatient second Ctrl-C or SIGTERM as well.

    Args:
        again: let a signal that came meanwhile have its effect afterwards; without it the first one is having it.
    """
    came: list[int] = []
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # not in the main thread
                before[number] = signal.signal(number, lambda number, _frame: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if again and came:
            signal.raise_signal(came[0])
