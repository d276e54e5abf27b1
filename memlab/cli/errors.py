"""The one place where errors are printed, and become exit codes.

`memlab: <one sentence>`, below it the way out, below that further text such as a recipe's own traceback; all of it
on standard error, all of it made printable. The exit codes are those of `memlab.errors`, and 141 where whoever read
memlab's output stopped reading (`memlab list | head -1`): memlab then ends without a word, with the code that a
shell reports for a program ended by SIGPIPE, as git and most others end.
"""

from __future__ import annotations

import os

from memlab.cli.streams import write_error
from memlab.errors import MemlabError
from memlab.printable import printable, printable_lines

BUG = 3
USAGE = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
_MESSAGE_LIMIT = 2000
_DETAIL_LINES = 200


def report_error(error: BaseException) -> int:
    """Say what stopped the command, and give back its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0 if error.code is None else USAGE
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    if isinstance(error, MemlabError):
        print_error(error.message, hint=error.hint, detail=error.detail)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        print_error("interrupted")
        return INTERRUPTED
    if isinstance(error, OSError):
        return _operating_system(error)
    if isinstance(error, MemoryError):
        print_error("memlab itself ran out of memory")
        return BUG
    return _click_error(error) if _is_click_error(error) else _bug(error)


def print_error(message: str, *, hint: str | None = None, detail: str | None = None) -> None:
    """Print one error to standard error: the sentence, the way out below it, and further text after a gap."""
    lines = [f"memlab: {printable(message, _MESSAGE_LIMIT)}"]
    if hint:
        lines.append(f"  {printable(hint, _MESSAGE_LIMIT)}")
    if detail:
        shown = printable_lines(detail, limit=_MESSAGE_LIMIT)
        if len(shown) > _DETAIL_LINES:
            half = _DETAIL_LINES // 2
            shown = [*shown[:half], f"... {len(shown) - 2 * half} lines ...", *shown[-half:]]
        lines += ["", *(f"  {line}".rstrip() for line in shown)]
    write_error("\n".join(lines) + "\n")


def _operating_system(error: OSError) -> int:
    said = error.strerror or str(error) or type(error).__name__
    where = f"{printable(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
    print_error(f"{where}{said}", detail=_trace(error))
    return USAGE


def _is_click_error(error: BaseException) -> bool:
    from click.exceptions import Abort, ClickException

    return isinstance(error, ClickException | Abort)


def _click_error(error: BaseException) -> int:
    from click.exceptions import ClickException, UsageError

    if not isinstance(error, ClickException):
        print_error("interrupted")
        return INTERRUPTED
    message = error.format_message().strip().removesuffix(".")
    if message[:2].istitle():
        message = message[0].lower() + message[1:]
    hint = None
    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx is not None else "memlab"
        hint = f"{command} --help says what can be asked for"
    print_error(message, hint=hint)
    return USAGE


def _bug(error: BaseException) -> int:
    print_error(
        f"this is a bug in memlab: {type(error).__name__}: {error}",
        hint="please report it; with MEMLAB_DEBUG=1 in the environment the traceback is shown",
        detail=_trace(error),
    )
    return BUG


def _trace(error: BaseException) -> str | None:
    if os.environ.get("MEMLAB_DEBUG") != "1":
        return None
    import traceback

    return "".join(traceback.format_exception(error))
