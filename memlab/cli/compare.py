"""`memlab compare`."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from memlab.cli.parameters import Duration, parse_settings
from memlab.cli.streams import display, write_bytes, write_error, write_text

if TYPE_CHECKING:
    from memlab.workflow.compare import CompareResult


@click.command()
@click.argument("recipe")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document and nothing else.")
@click.option("--variant", "variants", metavar="NAME", multiple=True, help="Only this variant; may be repeated.")
@click.option(
    "--trials",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    metavar="N",
    help="Trials of each variant, besides the one that records its timeline.",
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
    recipe: str,
    as_json: bool,
    variants: tuple[str, ...],
    trials: int,
    timeout: float,
    words: tuple[str, ...],
    images: str | None,
    source: str,
    reports: str,
    show_output: bool,
) -> int:
    """Measure the variants of RECIPE, each in fresh processes, and say how they differ.

    RECIPE is a name from `memlab list`, or the path of a file, like ./mine.py. The results are printed, and
    everything that was measured is saved below ./reports.

    The exit code is 0 when every measurement is valid, 3 when one is not (it raised, crashed, timed out, or gave
    another result), 2 when the recipe or an option can't be used, 130 after Ctrl-C.
    """
    settings = parse_settings(words)
    from memlab.cli.progress import progress_sink
    from memlab.workflow.compare import CompareOptions, compare

    options = CompareOptions(
        recipe=recipe,
        variants=tuple(dict.fromkeys(variants)),
        trials=trials,
        timeout_seconds=timeout,
        settings=settings,
        images=images,
        source=source,
        reports=reports,
        show_output=show_output,
        command=("memlab", *context.find_root().meta.get("memlab.arguments", ())),
    )
    with closing(progress_sink(sys.stderr, quiet=as_json)) as progress:
        result = compare(options, progress)
    _print(result, as_json=as_json, show_output=show_output)
    return result.exit_code


def _print(result: CompareResult, *, as_json: bool, show_output: bool) -> None:
    from memlab.render.outputs import render_outputs

    if as_json:
        from memlab.render.json import report_json

        if show_output:
            screen = display(sys.stderr)
            write_error(render_outputs(result.outputs, colour=screen.colour, unicode=screen.unicode))
        write_bytes(report_json(result.report))
        return
    from memlab.render.terminal import render_report

    screen = display(sys.stdout)
    text = render_report(result.report, width=screen.width, colour=screen.colour, unicode=screen.unicode)
    if show_output:
        text += render_outputs(result.outputs, colour=screen.colour, unicode=screen.unicode)
    write_text(text)
