"""Runs made by hand and saved where memlab saves them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from made_runs import KIB, MIB, described, made_run, measured, three

from memlab.analysis.report import make_report
from memlab.model.report import encode_report
from memlab.model.run import Run
from memlab.storage import RunFolder

NOON = datetime(2999, 1, 2, 12, 0, 0, tzinfo=UTC)
"""Far ahead, so that no run is of so many days ago."""


def run_of(recipe: str, saving: int = 10, **more: Any) -> Run:
    """A run whose technique needs so many times less than its baseline, 100 MiB."""
    trials = [*three("load_all", 100 * MIB), *three("stream", 100 * MIB / saving)]
    made = made_run([described("load_all", "baseline"), described("stream")], trials, **more)
    reference = msgspec.structs.replace(made.recipe.reference, name=recipe)
    return msgspec.structs.replace(made, recipe=msgspec.structs.replace(made.recipe, reference=reference))


def save(reports: Path, run: Run, moment: datetime = NOON, *, report: bool = True) -> Path:
    """Save a run as memlab does; its file.

    Args:
        report: with its report beside it.
    """
    folder = RunFolder(reports, run.recipe.name, moment)
    run = msgspec.structs.replace(run, created=moment.isoformat(timespec="seconds"))
    folder.save(run)
    if report:
        folder.save_report(encode_report(make_report(run, str(folder.run_file))))
    return folder.run_file


def interrupted_run(recipe: str) -> Run:
    """A run of which only the baseline was measured, once."""
    whole = run_of(recipe)
    first = measured("load_all", 100 * MIB, retained=64 * KIB)
    return msgspec.structs.replace(whole, trials=(first,), planned=6, complete=False)
