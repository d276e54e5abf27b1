"""`memlab runs`."""

from __future__ import annotations

import sys

import click

from memlab.cli.streams import display, write_bytes, write_text


@click.command()
@click.argument("recipe", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    metavar="N",
    help="List the newest N at most.",
)
@click.option("--all", "every", is_flag=True, help="List all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where runs are saved.")
def command(recipe: str | None, limit: int, every: bool, as_json: bool, reports: str) -> int:
    """List the runs that are saved, of all recipes or of RECIPE, the newest first.

    Each with what it found, when it was (UTC), how many trials it has, and its path, by which `memlab report` shows it
    again. One that can't be read is listed with the reason.
    """
    from memlab.workflow.run_list import list_saved_runs

    listed = list_saved_runs(reports, recipe, None if every else limit)
    if as_json:
        from memlab.model.run_list import encode_run_list

        write_bytes(encode_run_list(listed))
        return 0
    from datetime import UTC, datetime

    from memlab.render.run_list import render_run_list

    screen = display(sys.stdout)
    now = datetime.now(UTC)
    write_text(render_run_list(listed, now=now, width=screen.width, colour=screen.colour, unicode=screen.unicode))
    return 0
