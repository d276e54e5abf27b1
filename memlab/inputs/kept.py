"""`KeptFiles`: a folder of files that are made once, and the place of memlab's cache.

Several memlabs may use the folder at once, and any of them may be killed at any moment. A file is written under
a name of its own and then renamed, so whoever reads it meets all of it or nothing. Its size and CRC-32 go to the
list `checksums` afterwards; a file that isn't in the list or doesn't match it (cut short by a power failure,
overwritten by a recipe that writes into its input) is made anew. The lock only keeps two memlabs from doing the
same work twice: nothing breaks without it.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memlab.inputs.made import is_utf8

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The error numbers that say there is no room: disk full, quota used up, file larger than allowed."""

_PATIENCE_SECONDS = 60.0
"""How long to wait for another memlab that makes one file; after that it is taken to be stopped."""
_STALE_SECONDS = 600.0
"""An unfinished file older than this was left by a memlab that was killed."""
_CHUNK_BYTES = 1 << 20
_ENTRY = re.compile(rb"([\w.]+) ([0-9]+) ([0-9a-f]{8})")


def cache_folder() -> Path | None:
    """Where memlab keeps what it makes: `$MEMLAB_CACHE`, or the user's cache folder of this platform.

    Returns:
        An absolute path, which need not exist yet; None where there is no such place: no home folder, or a path
        that no JSON document can hold.
    """
    named = os.environ.get("MEMLAB_CACHE")
    if named:
        folder = Path(os.path.abspath(os.path.expanduser(named)))
        return folder if is_utf8(folder) else None
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("memlab", appauthor=False))
    home = Path(os.path.expanduser("~"))
    if not folder.is_absolute() or not is_utf8(folder):
        return None
    # An empty HOME reads as "/", and a missing one must not be made by creating the folders above the cache.
    if folder.is_relative_to(home) and (os.environ.get("HOME") == "" or not home.is_dir()):
        return None
    return folder


class KeptFiles:
    """A folder of files that are made once and used again.

    Args:
        folder: where; made when the first file is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._list = folder / "checksums"
        self._entries: dict[str, tuple[int, int]] = {}
        self._state: tuple[int, int, int] | None = None
        self._swept = False
        self._patience_seconds = _PATIENCE_SECONDS

    def holds(self, name: str) -> bool:
        """Whether the file is there and is what was kept: its size and CRC-32 are compared."""
        self._read_list()
        entry = self._entries.get(name)
        try:
            return entry is not None and _fingerprint(self.folder / name, entry[0]) == entry
        except OSError:
            return False

    def keep(self, name: str, make: Callable[[], bytes]) -> None:
        """See that the file is there; unless another process has just made it, write what `make` returns.

        Raises:
            OSError: the folder can't be written to, or the disk is full; no half file is left.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._sweep()
            if not self.holds(name):
                self._write(name, make())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, or go on without it when it can't be had in good time."""
        with open(self.folder / "lock", "ab") as file:
            patient_until = time.monotonic() + self._patience_seconds
            while not _try_lock(file.fileno()):
                if time.monotonic() >= patient_until:
                    # Whoever holds it is stopped: wait for it once, not once a file.
                    self._patience_seconds = 0.0
                    break
                time.sleep(0.02)
            # Closing the file lets go, and so does the end of the process, however it ends.
            yield

    def _write(self, name: str, content: bytes) -> None:
        unfinished = self.folder / f".{name}.{os.getpid()}-{secrets.token_hex(4)}.part"
        try:
            with open(unfinished, "xb") as file:
                file.write(content)
            os.replace(unfinished, self.folder / name)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        with open(self._list, "ab") as file:
            # The newline before it ends a line that a full disk may have cut short.
            file.write(f"\n{name} {len(content)} {zlib.crc32(content):08x}\n".encode())

    def _read_list(self) -> None:
        """Read the list again where it has changed; of a name that stands there twice the last line counts."""
        try:
            with open(self._list, "rb") as file:
                found = os.fstat(file.fileno())
                state = (found.st_ino, found.st_size, found.st_mtime_ns)
                if state == self._state:
                    return
                lines = file.read().splitlines()
        except OSError:
            state, lines = None, []
        matches = (_ENTRY.fullmatch(line) for line in lines)
        self._entries = {match[1].decode(): (int(match[2]), int(match[3], 16)) for match in matches if match}
        self._state = state

    def _sweep(self) -> None:
        """Remove what killed memlabs left, once."""
        if self._swept:
            return
        self._swept = True
        oldest = time.time() - _STALE_SECONDS
        for path in self.folder.glob(".*.part"):
            with suppress(OSError):
                if path.lstat().st_mtime < oldest:
                    path.unlink()


def _fingerprint(path: Path, expected_bytes: int) -> tuple[int, int] | None:
    """Size and CRC-32 of a regular file; None when its size is not the expected one, without reading it."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size != expected_bytes:
        return None
    size_bytes, checksum = 0, 0
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK_BYTES):
            size_bytes += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
    return size_bytes, checksum


def _try_lock(descriptor: int) -> bool:
    """Lock a file without waiting. False while another process holds it; True also where nothing can be locked."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # A file system without locks.
    return True
