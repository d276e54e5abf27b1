"""One file of a report, for a caller who has the report in hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from memlab.errors import UsageError
from memlab.model.report import Report, encode_report
from memlab.model.run import Run
from memlab.render.charts import CHARTS
from memlab.workflow.contents import Contents, Drawings
from memlab.workflow.files import plan_files, write_file
from memlab.workflow.saved_runs import show_run


def write_one(run: Run, report: Report, name: str, *, chart: str, replace: bool) -> Path:
    """Write what the ending of a file's name asks for.

    Args:
        chart: what an image file is to show.
        replace: take the place of a file that is there.

    Raises:
        UsageError: the name means nothing, there is no such chart, the file is there already, or can't be written.
        UnwrittenError: it could be planned, and then not be made or written.
    """
    if chart not in CHARTS:
        raise UsageError(f"there is no chart {chart!r}; there are {', '.join(CHARTS)}")
    try:
        (planned,) = plan_files([name], [], replace=replace, several=False)
    except UsageError as error:
        hint = "replace=True replaces it" if error.hint == "--force replaces it" else error.hint
        raise UsageError(error.message.replace("-o takes", "write takes"), hint=hint) from None
    file = planned if planned.chart is None else dataclasses.replace(planned, chart=chart)
    write_file(file, Contents([show_run(run, report)], encode_report(report), Drawings(report)).of(file))
    return file.path
