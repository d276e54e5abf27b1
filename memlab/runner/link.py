"""The line to the supervisor: start it, hand it requests, stop it, and survive its death."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
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

    Its standard input is the control pipe: when it ends, however that comes about, the supervisor kills everything
    below it.

    Raises:
        MeasurementError: it can't be started.
        OSError: there is no room for temporary files.
    """

    def __init__(self, scratch: Path) -> None:
        self._session: int | None = None
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
        file = Path(request.folder, "request.json")
        # json, since msgspec has no way to write environment variables that aren't UTF-8.
        file.write_text(json.dumps(msgspec.to_builtins(request)), encoding="ascii")
        try:
            self._send(json.dumps(str(file)).encode() + b"\n")
            answer = self._answer(time.monotonic() + request.timeout_seconds + _PATIENCE_SECONDS)
        except BaseException:
            self._stop()
            raise
        if "error" in answer:
            raise OSError(answer["error"], os.strerror(answer["error"]))
        return msgspec.json.decode(Path(answer["outcome"]).read_bytes(), type=Outcome)

    def close(self) -> None:
        """End the supervisor, and with it everything it has started."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(OSError):
            stdin.close()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()
        self._errors.close()

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
        except BrokenPipeError:
            raise self._death() from None

    def _answer(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        buffer = b""
        while True:
            line, newline, rest = buffer.partition(b"\n")
            if not newline:
                left = deadline - time.monotonic()
                if left > 0 and not poll.poll(min(left, 3600.0) * 1000):
                    continue
                if left <= 0:
                    # A trial can stop its parent: the timeout is kept by nobody then.
                    raise SupervisorLostError("memlab's supervisor gave no answer, and was ended")
                part = self._process.stdout.read(65536)
                if not part:
                    raise self._death()
                buffer += part
                continue
            buffer = rest
            answer: dict[str, Any] = json.loads(line)
            if "started" not in answer:
                return answer
            self._session = answer["started"]

    def _stop(self) -> None:
        """Stop the trial that runs and wait until nothing of it is left, also against an impatient second Ctrl-C."""
        before = None
        with suppress(ValueError):  # not in the main thread
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.close_quietly()
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)

    def close_quietly(self) -> None:
        """Close, whatever state the supervisor is in."""
        with suppress(Exception):
            self.close()

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
