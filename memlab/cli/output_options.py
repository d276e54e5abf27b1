"""What `memlab compare` and `memlab report` have in common: the files they write, and the page they open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def output_options(command: _Command) -> _Command:
    """Give a command the options `outputs`, `charts`, `force`, `opened` and `as_json`."""
    options = (
        click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document and nothing else."),
        click.option(
            "-o",
            "--output",
            "outputs",
            metavar="FILE",
            multiple=True,
            help="Write a page (.html, .md), every trial (.csv), the report (.json) or a chart (.svg, .png) to this "
            "file; may be repeated.",
        ),
        click.option(
            "--chart",
            "charts",
            type=click.Choice(["peaks", "timeline", "retained"]),
            multiple=True,
            help="Which chart the .svg or .png file is to show; peaks unless said.",
        ),
        click.option("--force", is_flag=True, help="Let -o replace files that are there."),
        click.option(
            "--open",
            "opened",
            is_flag=True,
            help="Open the page in a browser; without -o FILE.html it is report.html beside the run.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
