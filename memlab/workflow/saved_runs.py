"""Runs that were saved: found by what users call them, read, and made into what a page shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.errors import DocumentError, UsageError
from memlab.limits.names import normal_name
from memlab.model.report import Report
from memlab.model.run import Run
from memlab.model.shown import Shown
from memlab.storage import RUN_FILE, list_runs, load_run

_SEE_RUNS = "memlab runs lists those there are; --reports names another folder"
_WHAT_NAMES_RUNS = "a run is named by its run.json, the folder of that, or its recipe; memlab runs lists what there is"
_SOURCE = ".py"
_LONGEST_SECONDS = 366 * 24 * 3600.0


def find_run(name: str, reports: str | Path) -> Path:
    """The file of the run that a user means.

    Args:
        name: a recipe's name (`-` and `_` are equal) or the path of its source, for its newest run; or the path of a
            run, its file or folder. What has runs in `reports` is a recipe; with a separator in it, it is a path.
        reports: the folder of all runs.

    Raises:
        UsageError: there is no such run, or the folder of all runs can't be read. Whether what is named is a run
            shows when it is read.
    """
    is_path = any(separator in name for separator in (os.sep, os.altsep or os.sep))
    of_source = name.endswith(_SOURCE)
    runs = runs_of(name, reports) if of_source or not is_path else []
    if runs:
        return runs[0]
    if not of_source and (is_path or (name and "\0" not in name and os.path.lexists(name))):
        return _run_file(name)
    where = "" if of_source else ", and no file or folder of that name"
    raise UsageError(f"there is no run of {name!r} in {os.fspath(reports)}{where}", hint=_SEE_RUNS)


def newest_run(reports: str | Path) -> Path:
    """The newest run of all.

    Raises:
        UsageError: there is none, or the folder can't be read.
    """
    runs = list_runs(reports)
    if not runs:
        raise UsageError(
            f"there is no run in {os.fspath(reports)}",
            hint="memlab compare generators makes one; --reports names another folder",
        )
    return runs[0]


def runs_of(recipe: str, reports: str | Path) -> list[Path]:
    """The run files of a recipe, newest first.

    Args:
        recipe: its name, as `memlab list` prints it or with `-` for `_`; or the path of its source.

    Raises:
        UsageError: the folder can't be read.
    """
    stem = os.path.basename(recipe).removesuffix(_SOURCE) if recipe.endswith(_SOURCE) else recipe.rpartition(":")[2]
    wanted = normal_name(stem)
    return [file for file in list_runs(reports) if normal_name(file.parent.parent.name) == wanted]


def load_runs(names: Sequence[str], reports: str | Path) -> list[Shown]:
    """Find and read runs, and report on each; one that is named twice is there once.

    Args:
        names: as for `find_run`; none for the newest of all.

    Raises:
        UsageError: there is no such run.
        DocumentError: one can't be read, or is none.
    """
    found = [find_run(name, reports) for name in names] if names else [newest_run(reports)]
    files = {os.path.realpath(file): file for file in found}
    return [load_shown(file) for file in files.values()]


def _run_file(path: str) -> Path:
    if not os.path.isdir(path):
        return Path(path)
    file = Path(path, RUN_FILE)
    if not os.path.lexists(file):
        raise UsageError(f"there is no {RUN_FILE} in {path}", hint=_WHAT_NAMES_RUNS)
    return file


def load_shown(path: str | Path) -> Shown:
    """Read a run, and make of it what a page shows.

    Raises:
        DocumentError: it can't be read, or is none.
    """
    try:
        run = load_run(path)
        return show_run(run, report_again(run, path))
    except DocumentError as error:
        raise DocumentError(error.message, hint=error.hint or _WHAT_NAMES_RUNS) from None


def report_again(run: Run, path: str | Path) -> Report:
    """The report of a run that was read.

    Raises:
        DocumentError: what it says can't have been measured. Reading has held its values to their types, not to each
            other.
    """
    times = [
        point[0]
        for trial in run.trials
        for point in (() if trial.outcome.timeline is None else trial.outcome.timeline.points)
    ]
    try:
        if not all(0 <= time <= _LONGEST_SECONDS for time in times):
            raise ValueError("a timeline with impossible times")
        return make_report(run, os.fspath(path))
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise DocumentError(f"{os.fspath(path)} is damaged: no report can be made of it ({what})") from None


def show_run(run: Run, report: Report) -> Shown:
    """What a page shows of a run, with the report that was made of it."""
    return Shown(report, run, trial_rows(run))
