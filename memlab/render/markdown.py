"""A check as Markdown: for the comment on a pull request, and the summary of a job.

What fails stands open, all else is folded. Whatever the check holds, the page keeps within its limit: it is filled in
the order of importance, with whole rows and whole details, and says how many there were more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from memlab.model.check import CheckReport, FigureCheck, GrownLine, RecipeCheck, VariantCheck
from memlab.model.report import Finding
from memlab.render.findings import SEVERITIES, evidence
from memlab.render.markdown_page import COMMENT_BYTES, SIGNS, Page
from memlab.render.markdown_text import code, fenced, html_code, prose, table_opening, table_row, text
from memlab.render.verdicts import (
    Outcome,
    changed_classes,
    difference,
    failing,
    figure_of,
    grown_line_sizes,
    hints,
    move,
    share,
    tolerance,
    trial_range,
    unsaid_findings,
    verdict_severity,
    verdict_words,
    worst_first,
)
from memlab.units import format_bytes

MARK = "<!-- memlab check -->"
"""The first line, by which a comment is found again to be replaced."""
_NAME_LIMIT = 80


def check_markdown(report: CheckReport, *, limit_bytes: int = COMMENT_BYTES) -> str:
    """The check as a page that ends in a newline.

    Args:
        limit_bytes: the most the page may have in UTF-8; at least 16 KiB.
    """
    sign = SIGNS[{0: "", 1: "error"}.get(report.exit_code, "warning")]
    ending = _ending(report)
    page = Page(limit_bytes, reserved=ending)
    page.add(f"{MARK}\n### {sign} memlab check\n\n{prose(report.sentence)}\n\n")
    failed = failing(report)
    # A part takes no more than its share, so that there is room for those after it; what it leaves is theirs.
    page.each([_failing_row(one) for one in failed], _failing_opening(), "\n", share=0.4)
    page.each([f"- {prose(hint)}\n" for hint in hints(failed)], "**What to do**\n\n", "\n", share=0.3, most=10)
    details = (_details(one, report) for one in failed)
    page.each([one for one in details if one], share=0.5)
    page.each([_conditions(report)] if report.conditions else [])
    page.each(_findings(report), after="\n", share=0.5)
    page.folded("Need less than accepted", *_compared(report, "improved"), share=0.5)
    page.folded("Budgets", *_budgets(report), share=0.6)
    page.folded("As accepted", *_compared(report, "ok"), share=0.9)
    page.folded("Skipped", *_skipped(report), share=1)
    return page.ended(ending)


def _failing_opening() -> str:
    return table_opening(["", "", "verdict", "accepted → measured", "difference", "heap", "tolerance"], [3, 4, 5, 6])


def _failing_row(outcome: Outcome) -> str:
    name = code(outcome.recipe, _NAME_LIMIT, cell=True) if outcome.kind != "check" else ""
    if outcome.kind in ("variant", "budget"):
        name += f" {code(outcome.name, _NAME_LIMIT, cell=True)}"
    if outcome.others:
        name += f" and {outcome.others} more"
    verdict = f"**{verdict_words(outcome.verdict)}**"
    sign = _sign(outcome.verdict)
    if outcome.variant is None or not outcome.variant.figures:
        # Without figures the message takes their place.
        return table_row([sign, name or "the check", f"{verdict}: {prose(outcome.message, cell=True)}", "", "", "", ""])
    return table_row([sign, name, verdict, *_figure_cells(outcome.variant)])


def _figure_cells(variant: VariantCheck) -> list[str]:
    """The headline figure, the heap, and the headline's tolerance."""
    figure, heap = variant.figures[0], figure_of(variant, "heap")
    named = "" if figure.figure == "growth" else f"{figure.figure} "
    heap_cell = "" if heap is None or heap is figure else f"{difference(heap)}{_percent(heap)}"
    cells = [f"{named}{move(figure)}", f"{difference(figure)}{_percent(figure)}", heap_cell]
    return [*cells, format_bytes(figure.tolerance_bytes)]


def _percent(figure: FigureCheck) -> str:
    known = share(figure)
    return f" ({known})" if known else ""


def _details(outcome: Outcome, report: CheckReport) -> str:
    """All that is known of what fails; nothing where the table has said it."""
    parts: list[str] = []
    variant = outcome.variant
    if variant is not None and variant.figures:
        parts += [f"{prose(outcome.message)}\n\n", *_figure_table(variant), "\n"]
        lines = [f"growth class {text(one)}" for one in changed_classes(variant)]
        lines += map(_grown_line, variant.grown_lines)
        parts += [f"- {line}\n" for line in lines]
    shown = _evidence(outcome, report)
    if shown:
        parts += ["\n", fenced(shown)]
    if not parts:
        return ""
    title = f"{html_code(outcome.title, 2 * _NAME_LIMIT)} {verdict_words(outcome.verdict)}"
    return "".join([f"<details><summary>{title}</summary>\n\n", *parts, "\n</details>\n\n"])


def _figure_table(variant: VariantCheck) -> Iterator[str]:
    yield table_opening(["", "accepted → measured", "difference", "trials", "moved", "tolerance"], [1, 2, 3])
    for figure in variant.figures:
        moved = "" if figure.moved == "no" else figure.moved
        change = f"{difference(figure)}{_percent(figure)}"
        yield table_row([figure.figure, move(figure), change, trial_range(figure), moved, text(tolerance(figure), 300)])


def _evidence(outcome: Outcome, report: CheckReport) -> list[str]:
    """The traceback, or the end of what was printed, of what failed."""
    findings = [finding for recipe in report.recipes if recipe.recipe == outcome.recipe for finding in recipe.findings]
    variant = outcome.name if outcome.kind == "variant" else None
    return next(
        (
            shown
            for one in findings
            if one.variant == variant and one.message in outcome.message
            if (shown := evidence(one))
        ),
        [],
    )


def _grown_line(line: GrownLine) -> str:
    where = code(line.text) if line.text else f"in {text(line.function, 200)}"
    return f"{code(f'{line.file}:{line.line}')} {where} holds {grown_line_sizes(line)}"


def _conditions(report: CheckReport) -> str:
    return f"Conditions are others than the baseline's: {text(', '.join(report.conditions))}.\n\n"


def _findings(report: CheckReport) -> list[str]:
    """The findings that no table tells, the worst first, each on a line."""
    told = {outcome.message for outcome in failing(report)}
    found = [(finding, "") for finding in report.findings]
    found += [(finding, recipe.recipe) for recipe in report.recipes for finding in unsaid_findings(recipe)]
    known = {severity: place for place, severity in enumerate(SEVERITIES)}
    found.sort(key=lambda one: known.get(one[0].severity, len(known)))
    return [_finding(finding, recipe) for finding, recipe in found if finding.message not in told]


def _finding(finding: Finding, recipe: str) -> str:
    sign = SIGNS.get(finding.severity, SIGNS["note"])
    whose = f"{recipe}/{finding.variant}" if recipe and finding.variant else recipe
    start = f"- {sign} {code(whose, 2 * _NAME_LIMIT)}: " if whose else f"- {sign} "
    hint = f" ({prose(finding.hint)})" if finding.hint else ""
    return f"{start}{prose(finding.message)}{hint}\n"


def _compared(report: CheckReport, verdict: str) -> tuple[str, list[str]]:
    """The table of the variants of one verdict that have figures."""
    headings = ["", "accepted → measured", "difference", "heap", "tolerance"]
    rows = [
        table_row([_variant_name(recipe, variant), *_figure_cells(variant)])
        for recipe, variant in _variants(report.recipes)
        if variant.verdict == verdict and variant.figures
    ]
    return table_opening(headings, [1, 2, 3, 4]), rows


def _skipped(report: CheckReport) -> tuple[str, list[str]]:
    rows = [
        table_row([_variant_name(recipe, variant), prose(variant.message, cell=True)])
        for recipe, variant in _variants(report.recipes)
        if variant.verdict == "skipped"
    ]
    return table_opening(["", "why"]), rows


def _variants(recipes: Iterable[RecipeCheck]) -> list[tuple[RecipeCheck, VariantCheck]]:
    return [(recipe, variant) for recipe in recipes for variant in recipe.variants]


def _variant_name(recipe: RecipeCheck, variant: VariantCheck) -> str:
    return f"{code(recipe.recipe, _NAME_LIMIT, cell=True)} {code(variant.variant, _NAME_LIMIT, cell=True)}"


def _budgets(report: CheckReport) -> tuple[str, list[str]]:
    headings = ["", "", "budget", "verdict", "measured", "limit", "stated by"]
    rows = []
    for recipe in report.recipes:
        for budget in worst_first(recipe.budgets):
            measured = "" if budget.measured_bytes is None else format_bytes(budget.measured_bytes)
            limit = "" if budget.limit_bytes is None else format_bytes(budget.limit_bytes)
            name, expression = (code(one, _NAME_LIMIT, cell=True) for one in (recipe.recipe, budget.expression))
            verdict, origin = verdict_words(budget.verdict), text(budget.origin, 100)
            rows.append(table_row([_sign(budget.verdict), name, expression, verdict, measured, limit, origin]))
    return table_opening(headings, [4, 5]), rows


def _sign(verdict: str) -> str:
    return SIGNS["skipped" if verdict == "skipped" else verdict_severity(verdict)]


def _ending(report: CheckReport) -> str:
    environment = report.environment
    if report.against is not None:
        against = f"Held against revision {code(report.against)} by the rule {code(report.fail_on)}. "
    elif report.baseline is not None:
        against = f"Held against {code(report.baseline)} by the rule {code(report.fail_on)}. "
    else:
        against = ""
    cpus = f"{environment.cpus_allowed} CPU{'' if environment.cpus_allowed == 1 else 's'}"
    python = f"{environment.python_implementation} {environment.python_version}"
    machine = text(f"{python}, {environment.platform}, {cpus}, memlab {report.memlab_version}", 300)
    return f"{against}{machine}\n"
