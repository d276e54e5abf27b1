"""What becomes of a comparison's results: printed, written to the files asked for, and drawn beside the run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from memlab.cli.errors import USAGE, print_error
from memlab.cli.streams import display, write_error, write_text

if TYPE_CHECKING:
    from memlab.workflow.compare import CompareResult
    from memlab.workflow.files import Drawings, OutputFile


def print_result(result: CompareResult, *, as_json: bool, show_output: bool) -> None:
    """Print the report, and what the trials printed: beside a JSON document only that, on standard error."""
    from memlab.render.outputs import render_outputs

    screen = display(sys.stderr if as_json else sys.stdout)
    printed = render_outputs(result.outputs, colour=screen.colour, unicode=screen.unicode) if show_output else ""
    if as_json:
        write_error(printed)
        return
    from memlab.render.terminal import render_report

    text = render_report(result.report, width=screen.width, colour=screen.colour, unicode=screen.unicode)
    write_text(text + printed)


def write_files(files: Sequence[OutputFile], document: bytes, drawings: Drawings | None) -> int:
    """Write the files that were asked for with -o; one that can't be written doesn't keep the others from it.

    Args:
        document: what goes into a .json file.
        drawings: what goes into the others; None where there are none.

    Returns:
        an exit code: 0, or that of the file that could not be written.
    """
    from memlab.workflow.files import UnwrittenError, write_file

    code = 0
    for file in files:
        try:
            if file.chart is None:
                write_file(file, document)
            elif drawings is not None:
                write_file(file, drawings.draw(file.chart, file.format))
        except UnwrittenError as error:
            print_error(error.message, hint=error.hint)
            code = USAGE
    return code


def keep_charts(result: CompareResult, drawings: Drawings) -> None:
    """Draw the charts into the run's folder; where that fails, it is said, and nothing else is lost."""
    if result.report.run_file is None:
        return
    from memlab.workflow.files import draw_into

    for sentence in draw_into(os.path.dirname(result.run_file), drawings):
        print_error(f"warning: {sentence}")
