"""`memlab accept`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from memlab.cli.errors import print_error
from memlab.cli.progress import progress_sink
from memlab.cli.project_options import measuring_options, read_options
from memlab.cli.streams import write_text
from memlab.printable import printable

if TYPE_CHECKING:
    from memlab.workflow.accept import Acceptance


@click.command()
@click.argument("recipes", metavar="[RECIPE]...", nargs=-1)
@measuring_options
@click.pass_context
def command(context: click.Context, /, recipes: tuple[str, ...], **given: Any) -> int:
    """Measure each RECIPE and accept its figures: write them into the baseline file, and say what changed.

    Without RECIPE all of the project's are measured, which pyproject.toml names ([tool.memlab] recipes), and those
    that are no longer there are taken out of the file. What fails is not accepted, all else is; figures of other
    Pythons, platforms and recipes stay as they are. Commit the file: `memlab check` holds later figures against it.

    The exit code is 0 when all was accepted, 3 when a measurement is invalid, 2 when a recipe, a file or an option
    can't be used.
    """
    from memlab.configuration import find_configuration
    from memlab.workflow.accept import accept
    from memlab.workflow.project import find_project

    configuration = find_configuration()
    options, baseline, _ = read_options(context, configuration, given)
    project = find_project(recipes, configuration)
    result = accept(project, options, baseline, lambda: progress_sink(sys.stderr, quiet=False))
    for failure in result.failures:
        if failure.error is not None:
            error = failure.error
            print_error(f"{failure.recipe} is not accepted: {error.message}", hint=error.hint, detail=error.detail)
        for finding in failure.findings:
            trace = finding.evidence.get("traceback")
            detail = trace if isinstance(trace, str) else None
            print_error(f"{failure.recipe} is not accepted: {finding.message}", hint=finding.hint, detail=detail)
    write_text(_summary(result))
    return result.exit_code


def _summary(result: Acceptance) -> str:
    lines = [printable(change, 1000) for change in result.changes]
    file = printable(result.baseline, None)
    if not result.written:
        lines.append(f"{file} stays as it is" if result.recipes else f"nothing was accepted; {file} stays as it is")
    else:
        recipes, variants = _many(result.recipes, "recipe"), _many(result.variants, "variant")
        lines.append(f"{file}: {variants} of {recipes} accepted")
    return "\n".join(lines) + "\n"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
