"""`memlab check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from memlab.cli.errors import USAGE, print_error
from memlab.cli.progress import progress_sink
from memlab.cli.project_options import measuring_options, read_options
from memlab.cli.streams import display, write_bytes, write_text

if TYPE_CHECKING:
    from memlab.model.check import CheckReport
    from memlab.workflow.files import OutputFile

_GITHUB_SUMMARY = "GITHUB_STEP_SUMMARY"


@click.command()
@click.argument("recipes", metavar="[RECIPE]...", nargs=-1)
@click.option(
    "--against",
    metavar="REVISION",
    help="Measure this git revision of the project beside it, and hold figures against those. No file is needed.",
)
@click.option(
    "--fail-on", metavar="RULE", help="When a figure has regressed; growth>5% and >2MiB unless pyproject.toml says."
)
@click.option(
    "--budget",
    "budgets",
    metavar="BUDGET",
    multiple=True,
    help="What a variant may need, like stream<64MiB or stream<0.1×load_all; may be repeated.",
)
@click.option("--strict-improvement", is_flag=True, help="Fail where less is needed than is accepted.")
@measuring_options
@click.option(
    "--format",
    "format",
    type=click.Choice(["text", "github"]),
    default="text",
    show_default=True,
    help="github: with annotations, and a summary of the job, for GitHub Actions.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the check as one JSON document and nothing else.")
@click.option("--junit", metavar="FILE", help="Write the check as JUnit XML too.")
@click.option("--markdown", metavar="FILE", help="Write the check as Markdown too, as for a comment.")
@click.option("--benchmark-json", metavar="FILE", help="Write the figures for github-action-benchmark too.")
@click.option("--force", is_flag=True, help="Let these options replace files that are there.")
@click.pass_context
def command(
    context: click.Context,
    /,
    recipes: tuple[str, ...],
    against: str | None,
    fail_on: str | None,
    budgets: tuple[str, ...],
    strict_improvement: bool,
    format: str,
    as_json: bool,
    junit: str | None,
    markdown: str | None,
    benchmark_json: str | None,
    force: bool,
    **given: Any,
) -> int:
    """Measure each RECIPE, and fail where it needs more memory than was accepted.

    Without RECIPE all of the project's are checked, which pyproject.toml names ([tool.memlab] recipes). The figures
    are held against those that `memlab accept` wrote into the baseline file, and against budgets, which need no
    file. Trials are added by themselves where the answer is unclear.

    The exit code is 0 when all is as accepted, 1 when something regressed, grows faster, is over its budget, gives
    another result or is gone, 3 when there is no valid answer (no figures of this environment, a failed trial), and
    2 when a recipe, a file or an option can't be used.
    """
    if as_json and format != "text":
        raise click.UsageError("--json prints one document and nothing else, so it can't be had with --format github")
    if against is not None and given["baseline"] is not None:
        raise click.UsageError("--against measures what figures are held against, so --baseline has no use beside it")
    from memlab.configuration import BASELINE_FILE, find_configuration
    from memlab.limits import parse_budget, parse_fail_on
    from memlab.workflow.check import CheckRequest, check
    from memlab.workflow.files import plan_reports
    from memlab.workflow.project import find_project

    configuration = find_configuration()
    options, baseline, named = read_options(context, configuration, given)
    spared = [file for file in (baseline, configuration.file) if file is not None]
    files = plan_reports(
        (("--junit", junit), ("--markdown", markdown), ("--benchmark-json", benchmark_json)), force, spared
    )
    request = CheckRequest(
        project=find_project(recipes, configuration),
        measuring=options,
        baseline=baseline,
        named=named is not None or os.path.basename(configuration.baseline) != BASELINE_FILE,
        baseline_option=named,
        fail_on=configuration.fail_on if fail_on is None else parse_fail_on(fail_on),
        budgets=tuple(parse_budget(budget, name="--budget") for budget in budgets),
        strict_improvement=strict_improvement or configuration.strict_improvement,
        against=against,
    )
    report = check(request, lambda: progress_sink(sys.stderr, quiet=as_json))
    _print(report, as_json=as_json, github=format == "github")
    code = _write(report, files)
    if format == "github":
        _summarise(report)
    return report.exit_code if report.exit_code == 1 else code or report.exit_code


def _print(report: CheckReport, *, as_json: bool, github: bool) -> None:
    if as_json:
        from memlab.model.check import encode_check

        write_bytes(encode_check(report))
        return
    from memlab.render.check import render_check

    screen = display(sys.stdout)
    text = render_check(report, width=screen.width, colour=screen.colour, unicode=screen.unicode)
    if github:
        from memlab.render.github import check_annotations, log_text

        text = log_text(text) + check_annotations(report, folder=_repository())
    write_text(text)


def _write(report: CheckReport, files: Sequence[OutputFile]) -> int:
    """Write the reports that were asked for; the code where one can't be written, else 0."""
    from memlab.render.benchmark_json import check_benchmark_json
    from memlab.render.junit import check_junit
    from memlab.render.markdown import check_markdown
    from memlab.workflow.files import UnwrittenError, write_file

    code = 0
    for file in files:
        if file.format == "junit":
            content = check_junit(report, folder=_repository())
        elif file.format == "markdown":
            content = check_markdown(report).encode("utf-8", "backslashreplace")
        else:
            content = check_benchmark_json(report)
        try:
            write_file(file, content)
        except UnwrittenError as error:
            print_error(error.message, hint=error.hint)
            code = USAGE
    return code


def _summarise(report: CheckReport) -> None:
    """Add the check to the job's summary. A runner without one, or a full disk, is no reason to fail."""
    from memlab.render.github import check_summary

    file = os.environ.get(_GITHUB_SUMMARY)
    if not file:
        return
    try:
        with open(file, "a", encoding="utf-8", errors="backslashreplace") as opened:
            opened.write(check_summary(report))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        print_error(f"warning: the job's summary can't be written: {reason}")


def _repository() -> str:
    """From where CI systems name files: the checkout's top folder, else the working folder."""
    return os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
