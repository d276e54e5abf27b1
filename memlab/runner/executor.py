"""Carry out specs: write the spec, let the supervisor run it, read the reply, remove the trial's folder."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from memlab.errors import MeasurementError, UsageError
from memlab.model.trial import Outcome, Reply, Request, TrialSpec
from memlab.runner.link import SupervisorLink, SupervisorLostError
from memlab.runner.surroundings import trial_environment

_NOT_WRITTEN = 74
"""The exit code of a child that could not write its reply, as `memlab.child` has it: EX_IOERR of sysexits.h."""


class Executor(Protocol):
    """Whoever can carry out a spec; the real one starts processes, the replaying one remembers."""

    def measure(
        self, spec: TrialSpec, *, timeout_seconds: float, timeline: bool, reset: bool
    ) -> tuple[Outcome, Reply | None]:
        """Carry out a measurement; the reply is None when the process never gave one."""

    def describe(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, dict[str, Any] | None]:
        """Have a recipe described; the reply is the child's, undecoded."""


class ProcessExecutor:
    """Carries out specs in fresh processes under one supervisor. Use it as a context manager.

    Attributes:
        scratch: a private folder for what belongs to this executor's trials; removed at the end.

    Raises:
        UsageError: there is no folder for temporary files to work in, or this is Windows.
    """

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise UsageError(
                "memlab can't measure on Windows: its supervisor needs named pipes, signals and wait4",
                hint="run it under WSL, where it measures as on Linux",
            )
        self._working_folder = _working_folder()
        try:
            self.scratch = Path(tempfile.mkdtemp(prefix="memlab-"))
        except OSError as error:
            raise UsageError(
                f"no folder for temporary files can be made: {error.strerror}",
                hint="set TMPDIR to a folder that can be written to and has room",
            ) from None
        self._link: SupervisorLink | None = None
        self._number = 0

    def __enter__(self) -> ProcessExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        if self._link is not None:
            self._link.close_quietly()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def measure(
        self, spec: TrialSpec, *, timeout_seconds: float, timeline: bool, reset: bool
    ) -> tuple[Outcome, Reply | None]:
        """See `Executor.measure`.

        Raises:
            MeasurementError: the supervisor can't be started, or the temporary folder is full.
        """
        return self._carry_out(spec, timeout_seconds, timeline, reset, _decode_reply)

    def describe(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, dict[str, Any] | None]:
        """See `Executor.describe`."""
        return self._carry_out(spec, timeout_seconds, False, False, msgspec.json.decode)

    def _carry_out(
        self, spec: TrialSpec, timeout_seconds: float, timeline: bool, reset: bool, read: Callable[[bytes], Any]
    ) -> tuple[Outcome, Any]:
        self._number += 1
        folder = self.scratch / f"trial-{self._number}"
        try:
            if self._link is None:
                self._link = SupervisorLink(self.scratch)
            folder.mkdir(mode=0o700)
            spec = msgspec.structs.replace(spec, folder=str(folder))
            spec_file = folder / "spec.json"
            # json, since msgspec has no way to write a path that isn't UTF-8.
            spec_file.write_text(json.dumps(msgspec.to_builtins(spec)), encoding="ascii")
            request = Request(
                id=str(self._number),
                argv=(sys.executable, "-P", "-m", "memlab.child", str(spec_file)),
                environment=trial_environment(),
                working_folder=self._working_folder,
                folder=str(folder),
                timeout_seconds=timeout_seconds,
                timeline=timeline,
                reset=reset,
                source=spec.source,
            )
            try:
                outcome = self._link.carry_out(request)
            except SupervisorLostError as lost:
                self._link.close_quietly()
                self._link = None
                message = f"{lost.message}\n{lost.detail}" if lost.detail else lost.message
                return Outcome(ending="lost", seconds=0.0, reached="started", message=message), None
            reply = None
            with suppress(FileNotFoundError):
                reply = read((folder / "reply.json").read_bytes())
            came_to_its_end = spec.task == "describe" or outcome.reached == "ended"
            if reply is None and outcome.exit_code == _NOT_WRITTEN and came_to_its_end:
                raise OSError(errno.ENOSPC, "a trial could not write its reply")
            return outcome, reply
        except OSError as error:
            raise MeasurementError(
                f"the folder for temporary files can't be used: {error.strerror}",
                hint="free some space, or set TMPDIR to a folder that has room",
            ) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _decode_reply(content: bytes) -> Reply:
    return msgspec.json.decode(content, type=Reply)


def _working_folder() -> str:
    try:
        folder = os.getcwd()
    except OSError:
        raise UsageError("the folder memlab was started in has been deleted", hint="change to another one") from None
    try:
        folder.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the path of the folder memlab was started in is not valid UTF-8", hint="change to another one"
        ) from None
    return folder
