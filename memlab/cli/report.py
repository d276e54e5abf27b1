"""`memlab report`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from memlab.cli.output_options import output_options
from memlab.cli.results import Wanted, write_files
from memlab.cli.streams import display, write_bytes, write_text

if TYPE_CHECKING:
    from memlab.model.report import Report


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@output_options
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where runs are saved.")
def command(
    runs: tuple[str, ...],
    as_json: bool,
    outputs: tuple[str, ...],
    charts: tuple[str, ...],
    force: bool,
    opened: bool,
    reports: str,
) -> int:
    """Show RUN again, or make a page, a table or a chart of it. Nothing is measured.

    RUN is a recipe's name, for its newest run, or the path of a run.json or of the folder it lies in; without any, it
    is the newest run of all. Several come one after the other: `memlab report generators views -o both.html` makes
    one page with a table of contents. With -o nothing is printed. What was interrupted is shown as far as it came.

    The exit code is 0 whatever was measured, and 2 where a run can't be read or a file can't be written.
    """
    from memlab.model.report import encode_reports
    from memlab.render.json import report_json
    from memlab.workflow.contents import Contents, Drawings
    from memlab.workflow.files import plan_files
    from memlab.workflow.saved_runs import load_runs

    shown = load_runs(runs, reports)
    found = [one.report for one in shown]
    sources = [report.run_file for report in found if report.run_file is not None]
    files = plan_files(outputs, charts, replace=force, several=len(found) > 1, spared=sources)
    document = report_json(found[0]) if len(found) == 1 else encode_reports(found)
    if as_json:
        write_bytes(document)
    elif not files:
        _print(found)
    drawings = Drawings(found[0]) if len(found) == 1 else None
    return write_files(
        Wanted(files, as_json=as_json, opened=opened, replace=force), Contents(shown, document, drawings)
    )


def _print(reports: Sequence[Report]) -> None:
    from memlab.render.overview import OverviewRow, recipe_heading, render_overview
    from memlab.render.terminal import render_report

    screen = display(sys.stdout)
    for report in reports:
        if len(reports) > 1:
            write_text(recipe_heading(report.recipe, colour=screen.colour, unicode=screen.unicode))
        write_text(render_report(report, width=screen.width, colour=screen.colour, unicode=screen.unicode))
    if len(reports) > 1:
        rows = [OverviewRow(report.recipe, report, None, None) for report in reports]
        write_text(render_overview(rows, width=screen.width, colour=screen.colour, unicode=screen.unicode))
