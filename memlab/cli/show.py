"""`memlab show`."""

from __future__ import annotations

import sys

import click

from memlab.cli.streams import display, write_bytes, write_text


@click.command()
@click.argument("recipe")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def command(recipe: str, as_json: bool) -> int:
    """Show what RECIPE explains, and the role, the words and the source of each variant.

    RECIPE is a name from `memlab list`, or the path of a file, like ./mine.py.

    Where the terminal is wide enough, some 110 columns, each technique and pitfall stands beside the function that it
    is held against: `~` marks a line that was changed, `-` one that is gone, `+` one that was added. In a pipe or a
    file lines stay as long as they are; set COLUMNS to have them laid out for that width.
    """
    from memlab.workflow.describe import describe

    description = describe(recipe)
    if as_json:
        from memlab.render.json import description_json

        write_bytes(description_json(description))
        return 0
    from memlab.render.description import render_description

    screen = display(sys.stdout)
    width = screen.layout_width
    write_text(render_description(description, width=width, colour=screen.colour, unicode=screen.unicode))
    return 0
