"""Hold two saved runs of one recipe against each other."""

from __future__ import annotations

from pathlib import Path

import memlab
from memlab.analysis.diff import ReportedRun, diff_runs
from memlab.errors import UsageError
from memlab.limits import normal_name
from memlab.model.diff import Diff
from memlab.printable import printable
from memlab.workflow.saved_runs import find_run, load_shown


def diff_saved(old: str, new: str, reports: str | Path) -> Diff:
    """Find two runs, read them, and say what changed from the one to the other.

    Args:
        old, new: as `memlab.workflow.saved_runs.find_run` takes them.
        reports: the folder of all runs.

    Raises:
        UsageError: there is no such run, or they are of different recipes.
        DocumentError: one can't be read, or is none.
    """
    files = [find_run(name, reports) for name in (old, new)]
    then, now = (ReportedRun(one.run, one.report) for one in map(load_shown, files))
    before, after = (one.run.recipe.name for one in (then, now))
    if normal_name(before) != normal_name(after):
        shown = [printable(name, 80) for name in (before, after)]
        raise UsageError(
            f"{printable(old, 200)} is a run of {shown[0]} and {printable(new, 200)} one of {shown[1]}: a diff is of "
            "two runs of one recipe",
            hint="memlab report shows runs of several recipes side by side",
        )
    return diff_runs(then, now, memlab.__version__)
