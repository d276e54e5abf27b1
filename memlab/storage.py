"""What runs leave behind: `reports/<recipe>/<UTC time>/run.json` and what was made of it; made exclusively, replaced
atomically. And the baseline file, which lies where its project wants it."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from memlab.errors import DocumentError, UsageError
from memlab.model.baseline import Baseline
from memlab.model.baseline_file import decode_baseline, encode_baseline
from memlab.model.run import Run, decode_run, encode_run

RUN_FILE = "run.json"
REPORT_FILE = "report.json"
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}Z)(?:-([0-9]{1,9}))?")
_START_BYTES = 4096


class RunFolder:
    """One run's own folder.

    Making it is also the test that runs can be saved here at all, before anything is measured.

    Args:
        reports: the folder of all runs; made if it isn't there.
        recipe: the recipe's name.
        now: the time it is named after; UTC now unless said.

    Raises:
        UsageError: the folder can't be made or written to.
    """

    def __init__(self, reports: str | Path, recipe: str, now: datetime | None = None) -> None:
        moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H-%M-%SZ")
        parent = Path(reports, recipe)
        self._made: list[Path] = []
        try:
            os.fspath(reports).encode()
        except UnicodeEncodeError:
            # Where the run is saved is part of reports, and JSON can't hold it.
            raise UsageError(
                f"the path of the reports folder, {os.fspath(reports)!r}, is not valid UTF-8",
                hint="name another folder with --reports",
            ) from None
        try:
            self._made = _missing_folders(parent)
            self.path = _exclusive(parent, moment)
            self._made.insert(0, self.path)
            with tempfile.TemporaryFile(dir=self.path) as file:
                file.write(b"memlab")
        except (OSError, ValueError) as error:
            self.discard()
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(
                f"runs can't be saved in {os.fspath(reports)}: {reason}",
                hint="name another folder with --reports",
            ) from None

    @property
    def run_file(self) -> Path:
        """Where the run is saved."""
        return self.path / RUN_FILE

    def save(self, run: Run) -> None:
        """Save the run as it is now, in place of what was saved before.

        Raises:
            OSError: it could not be written; what was saved before is untouched.
        """
        write_atomically(self.run_file, encode_run(run))

    def save_report(self, content: bytes) -> None:
        """Save a report's document beside the run.

        Raises:
            OSError: it could not be written.
        """
        write_atomically(self.path / REPORT_FILE, content)

    def discard(self) -> None:
        """Remove the folder if nothing was saved in it, and those above it that were made for it."""
        for folder in self._made:
            with suppress(OSError, ValueError):
                folder.rmdir()


def write_atomically(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Put a file in its place whole or not at all.

    Args:
        replace: take the place of a file of that name.

    Raises:
        OSError: it could not be written, or is there already and not to be replaced; nothing is left of the attempt.
    """
    # Not named after the file: a name may be as long as the file system lets it be.
    descriptor, unfinished = tempfile.mkstemp(prefix=".memlab-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(unfinished, 0o666 & ~_umask())
        if replace:
            os.replace(unfinished, path)
        else:
            _put_in_place(unfinished, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


def _put_in_place(unfinished: str, path: Path) -> None:
    """Give a file its name, unless there is one of that name by now."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: somebody else's file could come in between, which is as good as never.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path)) from None
        os.replace(unfinished, path)
    else:
        os.unlink(unfinished)


def load_run(path: str | Path) -> Run:
    """Read a run: its file, or the folder it lies in.

    Raises:
        DocumentError: it isn't there or can't be read, is damaged, foreign or newer.
    """
    file = Path(path)
    try:
        if file.is_dir():
            file = file / RUN_FILE
        content = _document(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(f"{os.fspath(path)} can't be read: {reason}") from None
    if content is None:
        raise DocumentError(f"{os.fspath(path)} can't be read: it is no regular file")
    return decode_run(content, name=os.fspath(path))


def _document(file: Path) -> bytes | None:
    """The bytes of a file, or the first of them where no document begins so; None where it is no regular file.

    Opening a pipe would wait for whoever writes to it, and a video somebody named by mistake is not to be read whole.
    """
    if not stat.S_ISREG(file.stat().st_mode):
        return None
    with file.open("rb") as opened:
        start = opened.read(_START_BYTES)
        return start if start.strip() and not start.lstrip().startswith(b"{") else start + opened.read()


def list_runs(reports: str | Path) -> list[Path]:
    """All run files below a reports folder, newest first by their folders' names; those that lie in folders of other
    names were put there by somebody, and are known by their paths.

    Raises:
        UsageError: the folder is there and can't be read.
    """
    try:
        with os.scandir(reports) as entries:
            recipes = [entry.path for entry in entries]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"the reports folder {os.fspath(reports)} can't be read: {reason}") from None
    found = []
    for recipe in recipes:
        with suppress(OSError), os.scandir(recipe) as entries:
            found += [Path(entry.path, RUN_FILE) for entry in entries if _MOMENT.fullmatch(entry.name)]
    return sorted((file for file in found if os.path.lexists(file)), key=_moment, reverse=True)


def is_run_folder(path: str | Path) -> bool:
    """Whether the folder is named as those are that memlab makes for runs, so that what lies in it is memlab's."""
    return _MOMENT.fullmatch(Path(path).name) is not None


def load_baseline(path: str | Path) -> Baseline | None:
    """Read a baseline file; None where there is none.

    Raises:
        DocumentError: it can't be read, is damaged, foreign or newer, or holds a merge conflict.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(f"the baseline file {os.fspath(path)} can't be read: {reason}") from None
    return decode_baseline(content, name=os.fspath(path))


def require_writable(path: str | Path) -> None:
    """See that a baseline file can be written, before anything is measured for it.

    Raises:
        UsageError: it can't.
    """
    shown, real = os.fspath(path), os.path.realpath(path)
    try:
        if os.path.isdir(real):
            raise UsageError(f"{shown} is a folder", hint="--baseline names the file")
        with tempfile.TemporaryFile(dir=os.path.dirname(real)) as file:
            file.write(b"memlab")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"the baseline file {shown} can't be written: {reason}") from None


def save_baseline(path: str | Path, baseline: Baseline) -> None:
    """Put a baseline file in its place, whole or not at all; where that is a link, behind it.

    Raises:
        UsageError: it can't be written; what was there is untouched.
    """
    try:
        write_atomically(Path(os.path.realpath(path)), encode_baseline(baseline))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the baseline file {os.fspath(path)} can't be written: {reason}",
            hint="name another file with --baseline",
        ) from None


def _moment(file: Path) -> tuple[str, int, str]:
    """The moment a run's folder is named after, its number among those of that second, and its recipe."""
    match = _MOMENT.fullmatch(file.parent.name)
    assert match is not None
    return match[1], int(match[2] or 1), file.parent.parent.name


def _exclusive(parent: Path, name: str) -> Path:
    number = 1
    while True:
        # Each time anew: another memlab that has nothing to save may remove it in this moment.
        parent.mkdir(parents=True, exist_ok=True)
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
            return path
        except FileNotFoundError:
            continue
        except FileExistsError:
            number += 1


def _missing_folders(path: Path) -> list[Path]:
    """The folders on the way that aren't there yet, innermost first."""
    return [folder for folder in (path, *path.parents) if not folder.exists()]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
