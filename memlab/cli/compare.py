"""`memlab compare`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from memlab.cli.errors import print_error
from memlab.cli.output_options import output_options
from memlab.cli.parameters import Duration, Meters, command_line, parse_settings, usual_jobs
from memlab.cli.progress import progress_sink
from memlab.cli.results import Wanted, keep_charts, print_result, write_files
from memlab.cli.streams import display, write_bytes, write_text
from memlab.errors import worst_exit_code

if TYPE_CHECKING:
    from memlab.model.shown import Shown
    from memlab.workflow.compare import CompareOptions

_TRIALS, _QUICK_TRIALS = 3, 2


@click.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every recipe of `memlab list`, with an overview at the end.")
@click.option("--quick", is_flag=True, help="The recipe's small inputs, and two trials of each variant.")
@output_options
@click.option("--variant", "variants", metavar="NAME", multiple=True, help="Only this variant; may be repeated.")
@click.option(
    "--trials",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Trials of each variant that count for its figures; 3, with --quick 2.",
)
@click.option(
    "--meters",
    type=Meters(),
    default="os,tracemalloc,memray",
    show_default=True,
    metavar="LIST",
    help="What to measure with besides the system's own figures, os, which are always there: tracemalloc, memray, "
    "memory_profiler. Each takes one more trial of a variant.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many trials of tracemalloc and memray may run at the same time; as many as there are CPUs, at most 4. "
    "Trials that count for os figures and times always run alone.",
)
@click.option(
    "--timeout",
    type=Duration(),
    default="5min",
    show_default=True,
    metavar="DURATION",
    help="The longest a trial may take, like 90s or 10min.",
)
@click.option(
    "--set", "words", metavar="NAME=VALUE", multiple=True, help="Set the inputs, like count=32; may be repeated."
)
@click.option("--images", metavar="DIR", help="Use the pictures in this folder instead of generated ones.")
@click.option(
    "--source",
    type=click.Choice(["kernel", "psutil"]),
    default="kernel",
    show_default=True,
    help="Read the kernel's high-water mark, or take samples.",
)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where the run is saved.")
@click.option("--show-output", is_flag=True, help="Show what the trials printed.")
@click.pass_context
def command(
    context: click.Context,
    recipes: tuple[str, ...],
    every: bool,
    quick: bool,
    as_json: bool,
    outputs: tuple[str, ...],
    charts: tuple[str, ...],
    force: bool,
    opened: bool,
    variants: tuple[str, ...],
    trials: int | None,
    meters: tuple[str, ...],
    jobs: int | None,
    timeout: float,
    words: tuple[str, ...],
    images: str | None,
    source: str,
    reports: str,
    show_output: bool,
) -> int:
    """Measure the variants of each RECIPE, in fresh processes, and say how they differ.

    RECIPE is a name from `memlab list`, or the path of a file, like ./mine.py. The results are printed, and
    everything that was measured is saved below ./reports, with the report and its charts.

    The exit code is 0 when every measurement is valid, 3 when one is not (it raised, crashed, timed out, or gave
    another result), 2 when the recipe or an option can't be used, 130 after Ctrl-C. Of several recipes one that fails
    doesn't stop the others.
    """
    settings = parse_settings(words)
    from memlab.workflow.compare import CompareOptions
    from memlab.workflow.files import plan_files
    from memlab.workflow.several import each_once, every_recipe

    if not recipes and not every:
        raise click.UsageError("name a recipe, or say --all")
    chosen = each_once(((*every_recipe(),) if every else ()) + recipes)
    several = every or len(chosen) > 1
    files = plan_files(outputs, charts, replace=force, several=several)
    options = CompareOptions(
        recipe="" if several else chosen[0],
        variants=tuple(dict.fromkeys(variants)),
        trials=trials if trials is not None else _QUICK_TRIALS if quick else _TRIALS,
        timeout_seconds=timeout,
        settings=settings,
        images=images,
        source=source,
        reports=reports,
        show_output=show_output,
        command=command_line(context),
        meters=meters,
        jobs=usual_jobs() if jobs is None else jobs,
        quick=quick,
    )
    wanted = Wanted(files, as_json=as_json, opened=opened, replace=force)
    return _several(chosen, options, wanted) if several else _one(options, wanted)


def _one(options: CompareOptions, wanted: Wanted) -> int:
    from memlab.render.json import report_json
    from memlab.workflow.compare import compare
    from memlab.workflow.contents import Contents, Drawings
    from memlab.workflow.saved_runs import show_run

    with closing(progress_sink(sys.stderr, quiet=wanted.as_json)) as progress:
        result = compare(options, progress)
    print_result(result, as_json=wanted.as_json, show_output=options.show_output)
    document = report_json(result.report)
    if wanted.as_json:
        write_bytes(document)
    drawings = Drawings(result.report)
    code = write_files(wanted, Contents([show_run(result.run, result.report)], document, drawings))
    keep_charts(result, drawings)
    return worst_exit_code((result.exit_code, code))


def _several(recipes: Sequence[str], options: CompareOptions, wanted: Wanted) -> int:
    from memlab.model.report import FailedRecipe, encode_reports
    from memlab.render.overview import OverviewRow, recipe_heading, render_overview
    from memlab.workflow.contents import Contents, Drawings
    from memlab.workflow.saved_runs import show_run
    from memlab.workflow.several import compare_each

    screen = display(sys.stdout)
    rows: list[OverviewRow] = []
    shown: list[Shown] = []
    codes: list[int] = []
    for outcome in compare_each(recipes, options, lambda: progress_sink(sys.stderr, quiet=wanted.as_json)):
        codes.append(outcome.exit_code)
        result, error = outcome.result, outcome.error
        if error is not None:
            print_error(f"{outcome.recipe}: {error.message}", hint=error.hint, detail=error.detail)
        if result is not None:
            if not wanted.as_json:
                write_text(recipe_heading(outcome.recipe, colour=screen.colour, unicode=screen.unicode))
            print_result(result, as_json=wanted.as_json, show_output=options.show_output)
            keep_charts(result, Drawings(result.report))
            shown.append(show_run(result.run, result.report))
        report = None if result is None else result.report
        rows.append(OverviewRow(outcome.recipe, report, None if error is None else error.message, outcome.seconds))
    failed = [FailedRecipe(row.recipe, row.failure) for row in rows if row.failure is not None]
    document = encode_reports([one.report for one in shown], failed)
    if wanted.as_json:
        write_bytes(document)
    else:
        write_text(render_overview(rows, width=screen.width, colour=screen.colour, unicode=screen.unicode))
    codes.append(write_files(wanted, Contents(shown, document)))
    return worst_exit_code(codes)
