"""The line to the supervisor: start it, hand it requests, stop it, and survive its death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from memlab.errors import MeasurementError
from memlab.kernel.subreaper import end_session
from memlab.model.trial import Outcome, Request
from memlab.runner.surroundings import trial_environment


class SupervisorLostError(MeasurementError):
    """The supervisor has ended while a trial ran: somebody killed it, or it met a bug."""


class SupervisorLink:
    """One supervisor process, for as long as trials are wanted. Use it as a context manager.

    Its standard input is the control pipe: when it ends, however that comes about, the supervisor kills everything
    below it.
    """

    def __init__(self) -> None:
        self._session: int | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the supervisor)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "memlab.supervisor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=trial_environment(),
            cwd="/" if os.name == "posix" else None,
            start_new_session=True,
            bufsize=0,
        )

    def __enter__(self) -> SupervisorLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def carry_out(self, request: Request) -> Outcome:
        """Have a trial carried out, and wait for its end.

        Raises:
            SupervisorLostError: the supervisor was killed, or ended by itself.
            KeyboardInterrupt, Terminated: passed on after the trial was stopped and everything below it ended.
        """
        file = Path(request.folder, "request.json")
        file.write_bytes(msgspec.json.encode(request))
        try:
            self._send(json.dumps(str(file)).encode() + b"\n")
            answer = self._answer()
        except BaseException:
            self._stop()
            raise
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

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        buffer = b""
        while True:
            line, newline, rest = buffer.partition(b"\n")
            if not newline:
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
