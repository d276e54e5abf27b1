"""Standard output and error: what they can show, and writing to them whatever they are."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from memlab.errors import MemlabError


class OutputError(MemlabError):
    """Standard output can't be written: closed, a full disk, ... (exit 2)."""


@dataclass(frozen=True)
class Display:
    """What a stream can show.

    Attributes:
        terminal: a person reads it as it comes.
        width: cells; what COLUMNS says, else a terminal's own, or 100.
        colour: escape sequences for colour and weight may be written.
        unicode: more than ASCII may be written.
        moves: the cursor can be moved, as a progress bar does.
        width_set: COLUMNS says how wide it is to be.
    """

    terminal: bool
    width: int
    colour: bool
    unicode: bool
    moves: bool
    width_set: bool = False

    @property
    def layout_width(self) -> int | None:
        """Cells to lay lines out for; None where the lines are for another program, and nobody set a width."""
        return self.width if self.terminal or self.width_set else None


def display(stream: TextIO | None) -> Display:
    """Look at a stream; NO_COLOR, TERM=dumb and CI make it plain."""
    terminal = _is_terminal(stream)
    plain = os.environ.get("TERM") == "dumb" or in_ci()
    return Display(
        terminal=terminal,
        width=_width(stream if terminal else None),
        colour=terminal and not plain and not os.environ.get("NO_COLOR"),
        unicode=_shows_unicode(stream),
        moves=terminal and not plain,
        width_set=_set_width() is not None,
    )


def in_ci() -> bool:
    """Whether a CI system runs memlab: nobody looks on."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def prepare_streams() -> None:
    """Make sure that writing can't fail for a character, and that no file opened later becomes a standard stream.

    A text that the encoding lacks is written as escapes. Where descriptor 0, 1 or 2 is closed (`memlab list >&-`),
    the next file to be opened would get its number, and whatever is printed would land in it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write_text(text: str) -> None:
    """Write to standard output.

    Raises:
        OutputError: it can't be written.
        BrokenPipeError: whoever read it has stopped.
    """
    _write(text, None)


def write_bytes(content: bytes) -> None:
    """Write to standard output as it is, whatever its encoding.

    Raises:
        OutputError, BrokenPipeError: as `write_text`.
    """
    _write("", content)


def write_error(text: str) -> None:
    """Write to standard error, where there is one; nobody is left to be told when that fails."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        pass


def flush_output() -> None:
    """Hand over what is buffered, while an error can still be reported.

    Raises:
        OutputError, BrokenPipeError: as `write_text`.
    """
    if sys.stdout is not None:
        _write("", None)


def abandon_unwritable_output() -> None:
    """Let what can't be written go nowhere: Python flushes once more as it ends, and would complain in its own way."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


def _write(text: str, content: bytes | None) -> None:
    if sys.stdout is None:
        raise OutputError("the output can't be written: standard output is closed")
    try:
        sys.stdout.write(text)
        if content is not None:
            buffer = getattr(sys.stdout, "buffer", None)
            if buffer is None:
                sys.stdout.write(content.decode("utf-8"))
            else:
                sys.stdout.flush()
                buffer.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"the output can't be written: {error.strerror or error}") from None


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _width(terminal: TextIO | None) -> int:
    width_set = _set_width()
    if width_set is not None:
        return width_set
    if terminal is not None:
        try:
            width = os.get_terminal_size(terminal.fileno()).columns
        except (OSError, ValueError):
            width = 0
        return width or 80
    return 100


def _set_width() -> int | None:
    columns = os.environ.get("COLUMNS", "")
    return int(columns[:6]) if columns.isdecimal() and 0 < int(columns[:6]) < 100_000 else None


def _shows_unicode(stream: TextIO | None) -> bool:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("_", "-")
    return encoding.startswith(("utf-8", "utf8", "utf-16", "utf16", "utf-32", "utf32", "cp65001"))
