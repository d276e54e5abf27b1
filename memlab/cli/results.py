"""What becomes of a comparison's results: printed, written to the files asked for, and drawn beside the run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memlab.cli.errors import USAGE, print_error
from memlab.cli.streams import display, write_error, write_text
from memlab.errors import UsageError

if TYPE_CHECKING:
    from memlab.workflow.compare import CompareResult
    from memlab.workflow.contents import Contents, Drawings
    from memlab.workflow.files import OutputFile


@dataclass(frozen=True)
class Wanted:
    """What is to become of the results.

    Attributes:
        files: those to be written.
        as_json: the document is printed, and nothing else.
        opened: the page is to be opened, and made beside the run where no file is one.
        replace: it may take the place of a file that is there (--force).
    """

    files: Sequence[OutputFile]
    as_json: bool
    opened: bool
    replace: bool


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


def write_files(wanted: Wanted, contents: Contents) -> int:
    """Write the files that were asked for, and open the page; one that can't be written doesn't keep the others from
    it.

    Returns:
        an exit code: 0, or that of the file that could not be written.
    """
    from memlab.workflow.files import UnwrittenError, page_to_open, write_file

    code, page, files = 0, None, list(wanted.files)
    if wanted.opened:
        try:
            page = page_to_open(files, contents.run_file, several=contents.several, replace=wanted.replace)
            files += [page] if page not in files else []
        except UsageError as error:
            print_error(error.message, hint=error.hint)
            code = USAGE
    for file in files:
        try:
            write_file(file, contents.of(file))
        except UnwrittenError as error:
            print_error(error.message, hint=error.hint)
            code = USAGE
            page = None if file is page else page
    if page is not None:
        _open(page)
    return code


def _open(page: OutputFile) -> None:
    from memlab.cli.browser import open_page

    where = f"the page is {page.shown}"
    print_error(where if open_page(page.path) else f"no browser can be opened here; {where}")


def keep_charts(result: CompareResult, drawings: Drawings) -> None:
    """Draw the charts into the run's folder; where that fails, it is said, and nothing else is lost."""
    if result.report.run_file is None:
        return
    from memlab.workflow.contents import draw_into

    for sentence in draw_into(os.path.dirname(result.run_file), drawings):
        print_error(f"warning: {sentence}")
