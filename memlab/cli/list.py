"""`memlab list`."""

from __future__ import annotations

import sys

import click

from memlab.catalogue import CatalogueEntry, find_all
from memlab.cli.errors import print_error
from memlab.cli.streams import display, write_text
from memlab.libraries import install_sentence, missing
from memlab.render.listing import render_list


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def command(as_json: bool) -> int:
    """List the recipes, a line each.

    Recipes come with memlab and with any installed package that has an entry point `memlab.recipes`. A file of your
    own needs no listing: `memlab compare ./mine.py`.
    """
    entries = find_all()
    if as_json:
        write_text(_document(entries))
        return 0
    usable = [entry for entry in entries if entry.problem is None]
    screen = display(sys.stdout)
    rows = [(_shown_name(entry, usable), _shown_summary(entry)) for entry in usable]
    write_text(
        render_list(
            rows,
            width=screen.layout_width,
            colour=screen.colour,
            unicode=screen.unicode,
        )
    )
    for entry in entries:
        if entry.problem is not None:
            print_error(f"{entry.file or entry.name} {entry.problem}")
    if not entries:
        print_error("there are no recipes", hint="memlab's own come with it; reinstalling memlab brings them back")
    return 0


def _shown_name(entry: CatalogueEntry, entries: list[CatalogueEntry]) -> str:
    namesakes = sum(other.name == entry.name for other in entries)
    return entry.name if namesakes == 1 else f"{entry.origin}:{entry.name}"


def _shown_summary(entry: CatalogueEntry) -> str:
    absent = missing(entry.needs)
    return f"{entry.summary} ({install_sentence(absent[0])})" if absent else entry.summary


def _document(entries: list[CatalogueEntry]) -> str:
    import json

    recipes = [
        {
            "name": entry.name,
            "summary": entry.summary,
            "file": entry.file,
            "origin": entry.origin,
            "needs": list(entry.needs),
            "missing": list(missing(entry.needs)),
            "variants": [{"name": name, "role": role} for name, role in entry.variants],
            "problem": entry.problem,
        }
        for entry in entries
    ]
    return json.dumps({"format": "memlab.list", "version": 1, "recipes": recipes}, indent=1) + "\n"
