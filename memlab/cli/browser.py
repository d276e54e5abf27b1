"""Open a page in the user's browser, where there is one that doesn't take over the terminal of somebody else."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memlab.cli.streams import display, in_ci

_IN_A_TERMINAL = frozenset({"www-browser", "links", "links2", "elinks", "lynx", "w3m", "browsh", "chawan", "cha"})


def open_page(path: Path) -> bool:
    """Open a file in a browser.

    Never in CI. On a system with X11 or Wayland, only where there is a display, or where BROWSER says what to do and
    a person sits at the terminal: what is left without a display are browsers for terminals, which show no charts.

    Returns:
        False where there is none, or it said that it can't.
    """
    if in_ci():
        return False
    at_a_terminal = display(sys.stdin).moves and display(sys.stdout).moves
    if not _has_display() and not (os.environ.get("BROWSER") and at_a_terminal):
        return False
    try:
        browser = webbrowser.get()
        if not at_a_terminal and os.path.basename(getattr(browser, "name", "")) in _IN_A_TERMINAL:
            return False
        with _streams_kept():
            return bool(browser.open(path.absolute().as_uri()))
    except (webbrowser.Error, OSError, ValueError):
        return False


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32", "cygwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def _streams_kept() -> Iterator[None]:
    """Let what is started meanwhile inherit no stream that isn't a terminal: a browser prints what it likes, and
    whoever reads memlab's output from a pipe would wait for it to be closed."""
    kept: list[tuple[int, int]] = []
    try:
        for stream in (1, 2):
            with suppress(OSError):
                if os.isatty(stream):
                    continue
                kept.append((os.dup(stream), stream))
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream)
                os.close(nowhere)
        yield
    finally:
        for copy, stream in kept:
            os.dup2(copy, stream)
            os.close(copy)
