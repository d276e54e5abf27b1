"""What the process of a measured test tells pytest: its reports and warnings, in a file, as they come.

Each message is written as soon as there is something to say, so that a process that crashes has told all until then.
marshal keeps tuples as tuples, which pytest's reports need, and holds nothing but plain values. The file lies in the
private folder of trials, and is written and read by the same Python.
"""

from __future__ import annotations

import importlib
import marshal
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO


class Teller:
    """The writing end.

    Args:
        file: open for writing, in binary.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def tell(self, kind: str, value: object = None) -> None:
        """Write a message; what marshal can't hold is told as its `repr`."""
        marshal.dump((kind, _plain(value)), self._file)
        self._file.flush()


@dataclass
class Told:
    """What a process has told until it ended.

    Attributes:
        reports: as `pytest_report_to_serializable` makes them.
        warnings: keyword arguments of the hook `pytest_warning_recorded`, as `described_warning` made them.
        problem: what else went wrong, in pytest's words: why the test could not be run, where there are no reports.
        stopped: `(reason, return code)` of a test that called `pytest.exit`; an empty reason and None of one that
            raised KeyboardInterrupt; None where neither happened.
        ended: its session came to its end.
    """

    reports: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    problem: str | None = None
    stopped: tuple[str, int | None] | None = None
    ended: bool = False


def read(path: Path) -> Told:
    """All whole messages of a file; none where there is no file."""
    told = Told()
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return told
    with file:
        while True:
            try:
                kind, value = marshal.load(file)
            except (EOFError, ValueError, TypeError):  # its process ended in the middle of a message
                return told
            if kind == "report":
                told.reports.append(value)
            elif kind == "warning":
                told.warnings.append(value)
            elif kind == "problem":
                told.problem = told.problem or value
            elif kind == "stopped":
                told.stopped = value
            elif kind == "ended":
                told.ended = True


def described_warning(warning: warnings.WarningMessage) -> dict[str, Any]:
    """A warning as plain values."""
    category = warning.category
    return {
        "message": str(warning.message),
        "module": category.__module__,
        "category": category.__qualname__,
        "filename": warning.filename,
        "lineno": warning.lineno,
        "line": warning.line,
    }


def made_warning(described: dict[str, Any]) -> warnings.WarningMessage:
    """The warning again; of a category that can't be found here, a UserWarning."""
    category: Any = UserWarning
    try:
        found = getattr(importlib.import_module(described["module"]), described["category"])
        if isinstance(found, type) and issubclass(found, Warning):
            category = found
    except (ImportError, AttributeError):
        pass
    try:
        message = category(described["message"])
    except Exception:  # its class wants other arguments
        category, message = UserWarning, UserWarning(described["message"])
    return warnings.WarningMessage(
        message, category, described["filename"], described["lineno"], None, described["line"]
    )


def _plain(value: Any) -> Any:
    try:
        marshal.dumps(value)
    except ValueError:
        if isinstance(value, dict):
            return {str(name): _plain(one) for name, one in value.items()}
        if isinstance(value, list):
            return [_plain(one) for one in value]
        if isinstance(value, tuple):
            return tuple(map(_plain, value))
        return str(value) if isinstance(value, str) else repr(value)
    return value
