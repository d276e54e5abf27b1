"""What the recipe's own code raised, as values: with its traceback from the recipe's frame on."""

from __future__ import annotations

import mmap
import os
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MOST_TEXT = 4000
_MOST_TRACEBACK = 16000
_reserve = mmap.mmap(-1, 4 << 20)  # address space only: no page of it is ever touched


def release_reserve() -> None:
    """Give back the address space that is kept for saying that there is none left (`ulimit -v`)."""
    _reserve.close()


def describe_failure(error: BaseException, stage: str, reached_bytes: int | None = None) -> dict[str, Any]:
    """Make values of an exception.

    Args:
        stage: import, describe, prepare, warm_up, run, output, host.
        reached_bytes: how much memory it had taken until then.
    """
    kind = "error"
    if isinstance(error, SystemExit):
        kind = "exit"
    elif isinstance(error, MemoryError):
        kind = "memory"
        with suppress(Exception):
            # What the recipe's functions hold is alive as long as their frames are.
            traceback.clear_frames(error.__traceback__)
    try:
        message = str(error)
    except Exception:
        message = "(its text could not be made)"
    try:
        lines = traceback.format_exception(type(error), error, _from_recipe_on(error.__traceback__))
        text = "".join(lines)
    except Exception:
        text = ""
    if len(text) > _MOST_TRACEBACK:
        half = _MOST_TRACEBACK // 2
        text = text[:half] + "\n  […]\n" + text[-half:]
    return {
        "stage": stage,
        "kind": kind,
        "type": type(error).__name__,
        "message": _encodable(message[:_MOST_TEXT]),
        "traceback": _encodable(text),
        "missing_module": error.name if isinstance(error, ModuleNotFoundError) else None,
        "reached_bytes": reached_bytes,
    }


def _from_recipe_on(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith((_OWN, "<frozen importlib")) and not file.endswith("importlib/__init__.py"):
            return trace
        trace = trace.tb_next
    return None


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
