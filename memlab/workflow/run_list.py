"""List the runs that are saved, newest first; one that can't be read is listed with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from memlab.errors import DocumentError
from memlab.model.run import Run
from memlab.model.run_list import RunList, SavedRun
from memlab.storage import REPORT_FILE, list_runs, load_run
from memlab.workflow.saved_runs import report_again, runs_of

_LARGEST_REPORT_BYTES = 64 << 20


class _Said(msgspec.Struct):
    """What is read of the report beside a run."""

    created: str
    complete: bool
    sentence: str


def list_saved_runs(reports: str, recipe: str | None, most: int | None) -> RunList:
    """The newest runs. Only those that are listed are read.

    Args:
        reports: the folder of all runs.
        recipe: of this recipe only, by its name.
        most: how many to list; None for all.

    Raises:
        UsageError: the folder is there and can't be read.
    """
    files = list_runs(reports) if recipe is None else runs_of(recipe, reports)
    return RunList(reports, recipe, len(files), tuple(_saved_run(file) for file in files[:most]))


def _saved_run(file: Path) -> SavedRun:
    try:
        run = load_run(file)
        sentence = _sentence(file, run)
    except DocumentError as error:
        return SavedRun(os.fspath(file), file.parent.parent.name, problem=error.message)
    return SavedRun(
        path=os.fspath(file),
        recipe=run.recipe.name,
        created=run.created,
        complete=run.complete,
        trials=len(run.trials),
        planned=run.planned,
        sentence=sentence,
        memlab_version=run.memlab_version,
        python_version=run.environment.python_version,
    )


def _sentence(file: Path, run: Run) -> str:
    """What the report beside the run says: the intervals of many trials take long to compute anew. Where there is none,
    as after an interrupt, or it is another run's, it is computed after all."""
    beside = file.with_name(REPORT_FILE)
    try:
        if beside.is_file() and beside.stat().st_size <= _LARGEST_REPORT_BYTES:
            said = msgspec.json.decode(beside.read_bytes(), type=_Said)
            if (said.created, said.complete) == (run.created, run.complete):
                return said.sentence
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return report_again(run, file).sentence
