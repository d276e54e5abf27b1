"""What `memlab check` and `memlab accept` have in common: how recipes are measured, by words and by pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from memlab.cli.parameters import Duration, Meters, command_line, parse_settings, usual_jobs

if TYPE_CHECKING:
    from memlab.configuration import Configuration
    from memlab.workflow.project import MeasuringOptions

_Command = TypeVar("_Command", bound=Callable[..., Any])
_TIMEOUT_SECONDS = 300.0


def measuring_options(command: _Command) -> _Command:
    """Give a command the options that `read_options` reads, and `--baseline`."""
    options = (
        click.option(
            "--baseline",
            metavar="FILE",
            help="The baseline file; memlab-baseline.json beside pyproject.toml unless that says another.",
        ),
        click.option("--trials", type=click.IntRange(1, 1000), metavar="N", help="Trials that count; 3 unless said."),
        click.option(
            "--max-trials",
            type=click.IntRange(1, 1000),
            metavar="N",
            help="Add trials of what is inconclusive until there are so many; 9 unless said.",
        ),
        click.option(
            "--meters",
            type=Meters(),
            metavar="LIST",
            help="What to measure with besides os; memray unless said.",
        ),
        click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="As of `memlab compare`."),
        click.option(
            "--timeout", type=Duration(), metavar="DURATION", help="The longest a trial may take; 5min unless said."
        ),
        click.option(
            "--set",
            "words",
            metavar="NAME=VALUE",
            multiple=True,
            help="Set the inputs of every recipe, like count=8; may be repeated.",
        ),
        click.option("--quick", is_flag=True, help="The recipes' small inputs. Figures of other inputs don't compare."),
        click.option("--no-sweep", is_flag=True, help="Don't measure how variants grow with their inputs."),
        click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where runs are saved."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def read_options(
    context: click.Context, configuration: Configuration, given: dict[str, Any]
) -> tuple[MeasuringOptions, str, str | None]:
    """How to measure: by the command line, else by pyproject.toml, else as usual.

    Args:
        given: what click has read of the options of `measuring_options`, by name.

    Returns:
        that, the path of the baseline file as it is shown, and as it was given.
    """
    from memlab.analysis.more_trials import MOST_TRIALS
    from memlab.workflow.project import METERS, TRIALS, MeasuringOptions

    trials = given["trials"] or configuration.trials or TRIALS
    most = given["max_trials"] or configuration.max_trials
    if most is not None and given["max_trials"] is not None and most < trials:
        raise click.UsageError(f"--max-trials {most} is less than the {trials} trials there are anyhow")
    options = MeasuringOptions(
        trials=trials,
        most_trials=max(most or MOST_TRIALS, trials),
        timeout_seconds=given["timeout"] or configuration.timeout_seconds or _TIMEOUT_SECONDS,
        command=command_line(context),
        meters=given["meters"] or configuration.meters or METERS,
        jobs=given["jobs"] or configuration.jobs or usual_jobs(),
        settings=parse_settings(given["words"]),
        quick=given["quick"],
        sweep=not given["no_sweep"],
        reports=given["reports"],
    )
    named = given["baseline"]
    return options, named or _shown(configuration.baseline), named


def _shown(path: str) -> str:
    """A path from here where that is shorter to say."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
