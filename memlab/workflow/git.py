"""Run git: none of a repository's hooks, no questions, and no leftovers when memlab is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress

from memlab.errors import UsageError
from memlab.printable import printable

_CONFIGURATION = (
    f"core.hooksPath={os.devnull}",
    # A repository's own configuration names the program of this one as well.
    "core.fsmonitor=false",
    "advice.detachedHead=false",
    "submodule.recurse=false",
    "gc.auto=0",
)
_ELSEWHERE = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
"""What git sets for its hooks, such as one that calls memlab: another repository than the folder's, or its index."""
_PATIENCE_SECONDS = 10.0


class GitError(Exception):
    """git refused; the text is what it said, in its own words, on one line."""


def git(folder: str, *words: str) -> str:
    """Run git in a folder.

    It gets a session of its own, so that Ctrl-C reaches memlab alone, which ends it in an orderly way, and so that
    nothing can ask on the terminal.

    Returns:
        what it wrote to standard output, without the last line's end.

    Raises:
        GitError: it ended with another code than 0.
        UsageError: git is not installed.
        BaseException: what interrupted memlab; git has ended before.
    """
    program = shutil.which("git")
    if program is None:
        raise UsageError("git is not installed, and without it no other revision can be measured")
    options = [word for setting in _CONFIGURATION for word in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        process = subprocess.Popen(
            [program, *options, "-C", folder, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"git can't be started: {error.strerror or error}") from None
    except ValueError:
        raise GitError("a name holds a null character") from None
    with process:
        try:
            out, said = process.communicate()
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        raise GitError(_reason(said.decode(errors="surrogateescape")) or f"git ended with code {process.returncode}")
    return os.fsdecode(out).removesuffix("\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with what it has started. Asked to end, git removes what is half made; killed, it doesn't."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_SECONDS)
            return


def _reason(said: str) -> str:
    """The first line that says what went wrong; later ones say what became of it."""
    lines = said.splitlines()
    for line in lines:
        kind, colon, rest = line.partition(": ")
        if colon and kind in ("error", "fatal"):
            return printable(rest.strip())
    return printable(lines[-1].strip()) if lines else ""
