"""`memlab diff`."""

from __future__ import annotations

import sys

import click

from memlab.cli.streams import display, write_bytes, write_text

_CHANGED = 1


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print the diff as one JSON document and nothing else.")
@click.option("--exit-code", "as_exit_code", is_flag=True, help="End with 1 where something changed, as git diff does.")
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where runs are saved.")
def command(old: str, new: str, as_json: bool, as_exit_code: bool, reports: str) -> int:
    """Say what changed from OLD to NEW, two runs of one recipe, beyond what figures can be off by.

    Each is the path of a run.json or of the folder it lies in, or the recipe's name, for its newest run:
    `memlab diff reports/generators/2030-01-02T03-04-05Z generators`. For each variant it says whether it needs more
    or less than before, by which factor, which lines hold it at the peak, whether its result is the same, and how its
    source differs; and what is another in the environment, which can explain it. Nothing is measured.

    A figure has changed when `memlab check` would say so, growth by more than 5 % and 2 MiB; or by less, where the heap
    says the same. Times are shown, and not judged.

    The exit code is 0 whether something changed or not, unless --exit-code is given, and 2 where a run can't be read,
    or they are of different recipes. `memlab check` is for judging.
    """
    from memlab.workflow.diff import diff_saved

    diff = diff_saved(old, new, reports)
    if as_json:
        from memlab.model.diff import encode_diff

        write_bytes(encode_diff(diff))
    else:
        from memlab.render.diff import render_diff

        screen = display(sys.stdout)
        write_text(render_diff(diff, width=screen.width, colour=screen.colour, unicode=screen.unicode))
    return _CHANGED if as_exit_code and diff.changed else 0
