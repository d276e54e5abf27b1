"""The runs that are saved, as `memlab runs` lists them."""

from __future__ import annotations

import msgspec

from memlab.model.document import encode

FORMAT = "memlab.runs"
VERSION = 1
"""1: the first."""


class SavedRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One run.

    Attributes:
        path: its run.json.
        recipe: its name; of a run that can't be read, the name of the folder it lies in.
        created: UTC, ISO 8601; None where the run can't be read.
        complete: False when it was interrupted, or still goes on.
        trials: how many were measured, of those that were planned.
        sentence: what its report says; None where the run can't be read.
        problem: why it can't be read; None where it can.
    """

    path: str
    recipe: str
    created: str | None = None
    complete: bool = False
    trials: int = 0
    planned: int = 0
    sentence: str | None = None
    memlab_version: str | None = None
    python_version: str | None = None
    problem: str | None = None


class RunList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Saved runs, newest first.

    Attributes:
        reports: the folder they are in.
        recipe: the only recipe whose runs are listed; None for all.
        total: how many runs there are; the list may hold fewer, the newest.
    """

    reports: str
    recipe: str | None
    total: int
    runs: tuple[SavedRun, ...]


def encode_run_list(listed: RunList) -> bytes:
    """A list of runs as the bytes of a JSON document."""
    return encode(listed, format=FORMAT, version=VERSION)
