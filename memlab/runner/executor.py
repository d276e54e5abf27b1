"""Carry out specs: write the spec, let the supervisor run it, read the reply, remove the trial's folder."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from memlab.errors import MeasurementError, UsageError
from memlab.model.output import AgreeReply
from memlab.model.trial import Outcome, Reply, Request, TrialSpec
from memlab.runner.link import signals_held
from memlab.runner.side_by_side import SideBySide
from memlab.runner.surroundings import trial_environment

_NOT_WRITTEN = 74
"""The exit code of a child that could not write its reply, as `memlab.child` has it: EX_IOERR of sysexits.h."""
_REPLY_BYTES = 1 << 20
"""More than a reply takes."""


class ScratchFolderError(MeasurementError):
    """The folder for temporary files can't be used: it is full, or gone."""


class Executor(Protocol):
    """Whoever can carry out a spec; the real one starts processes, the replaying one remembers."""

    def measure(
        self, spec: TrialSpec, *, timeout_seconds: float, timeline: bool, reset: bool
    ) -> tuple[Outcome, Reply | None]:
        """Carry out a measurement; the reply is None when the process never gave one."""

    def describe(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, dict[str, Any] | None]:
        """Have a recipe described; the reply is the child's, undecoded."""

    def agree(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, AgreeReply | None]:
        """Have kept outputs held against each other; the reply is None when the process never gave one."""

    def start(self, spec: TrialSpec, *, timeout_seconds: float) -> int:
        """Begin a measurement beside those that run, and return its number."""

    def wait(self) -> tuple[int, Outcome, Reply | None]:
        """Wait for the first of those begun by `start` to end: its number, and as `measure`."""


@dataclass(frozen=True)
class _Running:
    """A trial that was begun: its folder, its task, and how its reply is read."""

    folder: Path
    task: str
    read: Callable[[bytes], Any]


class ProcessExecutor:
    """Carries out specs in fresh processes under supervisors. Use it as a context manager.

    Args:
        paths: folders that its trials look for modules in before all others.

    Attributes:
        scratch: a private folder for what belongs to this executor's trials; removed at the end.

    Raises:
        UsageError: there is no folder for temporary files to work in, or this is Windows.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        if sys.platform == "win32":
            raise UsageError(
                "memlab can't measure on Windows: its supervisor needs named pipes, signals and wait4",
                hint="run it under WSL, where it measures as on Linux",
            )
        self._working_folder = _working_folder()
        self._paths = tuple(paths)
        try:
            self.scratch = Path(tempfile.mkdtemp(prefix="memlab-"))
        except OSError as error:
            raise UsageError(
                f"no folder for temporary files can be made: {error.strerror}",
                hint="set TMPDIR to a folder that can be written to and has room",
            ) from None
        self._supervisors = SideBySide(self.scratch)
        self._running: dict[int, _Running] = {}
        self._number = 0

    def __enter__(self) -> ProcessExecutor:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        with signals_held(again=error is None):
            self._supervisors.close()
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

    def agree(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, AgreeReply | None]:
        """See `Executor.agree`.

        Raises:
            MeasurementError: as `measure`.
        """
        return self._carry_out(spec, timeout_seconds, False, False, _decode_agree_reply)

    def start(self, spec: TrialSpec, *, timeout_seconds: float) -> int:
        """See `Executor.start`.

        Raises:
            MeasurementError: as `measure`.
        """
        return self._begin(spec, timeout_seconds, False, False, _decode_reply)

    def wait(self) -> tuple[int, Outcome, Reply | None]:
        """See `Executor.wait`; a trial for whose reply there was no room counts as lost."""
        number, ended, outcome = self._next_ended()
        try:
            return number, *self._read(ended, outcome)
        except ScratchFolderError as error:
            return number, Outcome(ending="lost", seconds=0.0, reached="started", message=error.message), None

    def _carry_out(
        self, spec: TrialSpec, timeout_seconds: float, timeline: bool, reset: bool, read: Callable[[bytes], Any]
    ) -> tuple[Outcome, Any]:
        """Have it carried out while nothing else runs."""
        assert not self._running
        self._begin(spec, timeout_seconds, timeline, reset, read)
        _, ended, outcome = self._next_ended()
        return self._read(ended, outcome)

    def _begin(
        self, spec: TrialSpec, timeout_seconds: float, timeline: bool, reset: bool, read: Callable[[bytes], Any]
    ) -> int:
        self._number += 1
        folder = self.scratch / f"trial-{self._number}"
        try:
            folder.mkdir(mode=0o700)
            spec = msgspec.structs.replace(spec, folder=str(folder))
            spec_file = folder / "spec.json"
            # json, since msgspec has no way to write a path that isn't UTF-8.
            spec_file.write_text(json.dumps(msgspec.to_builtins(spec)), encoding="ascii")
            self._supervisors.begin(
                Request(
                    id=str(self._number),
                    argv=(sys.executable, "-P", "-m", "memlab.child", str(spec_file)),
                    environment=trial_environment(paths=self._paths),
                    working_folder=self._working_folder,
                    folder=str(folder),
                    timeout_seconds=timeout_seconds,
                    timeline=timeline,
                    reset=reset,
                    source=spec.source,
                )
            )
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _named(error) from None
        self._running[self._number] = _Running(folder, spec.task, read)
        return self._number

    def _next_ended(self) -> tuple[int, _Running, Outcome | OSError]:
        id, outcome = self._supervisors.wait()
        number = int(id)
        return number, self._running.pop(number), outcome

    def _read(self, ended: _Running, outcome: Outcome | OSError) -> tuple[Outcome, Any]:
        """The outcome and the reply; the trial's folder is removed."""
        try:
            if isinstance(outcome, OSError):
                raise outcome
            reply = None
            with suppress(FileNotFoundError):
                reply = ended.read((ended.folder / "reply.json").read_bytes())
            if reply is None and outcome.exit_code == _NOT_WRITTEN and not _is_its_own_doing(ended, outcome):
                raise OSError(errno.ENOSPC, "a trial could not write its reply")
            return outcome, reply
        except OSError as error:
            raise _named(error) from None
        finally:
            shutil.rmtree(ended.folder, ignore_errors=True)


def _is_its_own_doing(ended: _Running, outcome: Outcome) -> bool:
    """Whether a trial without a reply ended like that by itself: a variant may end its process with any exit code,
    or forbid it to write (setrlimit). Then there is room for a reply."""
    if ended.task not in ("measure", "host"):
        return False
    if outcome.reached != "ended":
        return True
    try:
        with tempfile.TemporaryFile(dir=ended.folder, buffering=0) as file:
            return file.write(bytes(_REPLY_BYTES)) == _REPLY_BYTES
    except OSError:
        return False


def _named(error: BaseException) -> BaseException:
    """What to say of an error that trials meet: of the operating system's, that it is about temporary files."""
    if not isinstance(error, OSError):
        return error
    return ScratchFolderError(
        f"the folder for temporary files can't be used: {error.strerror}",
        hint="free some space, or set TMPDIR to a folder that has room",
    )


def _decode_reply(content: bytes) -> Reply:
    return msgspec.json.decode(content, type=Reply)


def _decode_agree_reply(content: bytes) -> AgreeReply:
    return msgspec.json.decode(content, type=AgreeReply)


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
