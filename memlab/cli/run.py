"""One command from its words to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from memlab.cli.group import group
from memlab.cli.streams import flush_output
from memlab.errors import Terminated
from memlab.printable import encodable

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_SECONDS = 0.02


def run(arguments: list[str]) -> int:
    """Run the command that the words ask for.

    Raises:
        BaseException: whatever stops it; `memlab.cli.errors` knows what to say of it.
    """
    from click.exceptions import Exit

    if "_MEMLAB_COMPLETE" in os.environ:
        # The shell asks for completions: click answers and ends the process.
        group.main(args=arguments, prog_name="memlab")
    # Not `group.main`: it answers a closed pipe and Ctrl-C in ways of its own.
    with _termination_raises(), _no_signal_lost():
        try:
            with group.make_context("memlab", arguments) as context:
                context.meta["memlab.arguments"] = tuple(map(encodable, arguments))
                code = group.invoke(context)
        except Exit as exit:
            code = exit.exit_code
        flush_output()
    return code if isinstance(code, int) else 0


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C does, so that what was measured is kept and every process is ended."""

    def terminate(_signum: int, _frame: FrameType | None) -> None:
        raise Terminated("memlab was asked to end (SIGTERM)")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _no_signal_lost() -> Iterator[None]:
    """Send a signal again whose exception Python dropped.

    A handler runs between any two bytecodes of the main thread. Where those are a destructor's or a weak reference's
    callback, as in importlib's locks, what it raises is handed to `sys.unraisablehook` and forgotten.
    """
    before = sys.unraisablehook

    def send_again(dropped: UnraisableHookArgs) -> None:
        numbers = {KeyboardInterrupt: signal.SIGINT, Terminated: signal.SIGTERM}
        number = numbers.get(dropped.exc_type)
        if number is None:
            before(dropped)
            return
        # Not at once: the handler would run within this hook, and what it raises would be dropped again.
        later = threading.Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), number))
        later.daemon = True
        later.start()

    sys.unraisablehook = send_again
    try:
        yield
    finally:
        sys.unraisablehook = before
