"""A check for a terminal, from 60 columns up: what fails first, with where and by how much."""

from __future__ import annotations

from itertools import groupby

from memlab.model.check import CheckReport, FigureCheck, RecipeCheck, VariantCheck
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.check_table import VariantTable, verdict_sign
from memlab.render.findings import evidence_lines, finding_lines
from memlab.render.findings import worst_first as worst_findings_first
from memlab.render.layout import flow, path_lines, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.render.verdicts import (
    change,
    fails,
    grown_line_words,
    is_gone,
    move,
    tolerance,
    trial_range,
    unsaid_findings,
    verdict_severity,
    verdict_words,
    worst_first,
)
from memlab.units import format_bytes, format_seconds

_LEAST_WIDTH = 20
_TEXT_LIMIT = 600
_NAME_LIMIT = 60
_SILENT = ("ok", "skipped")
_TOO_MUCH = ("up", "unclear")
_BELOW = " " * 6


def render_check(report: CheckReport, *, width: int, colour: bool, unicode: bool) -> str:
    """The check as text that ends in a newline.

    Args:
        width: cells of the terminal; no line is longer, but for one that holds only a path, which stays in one
            piece so that it can be copied.
        colour: whether to write escape sequences for colour and weight.
        unicode: whether the terminal can show more than ASCII.
    """
    return _Text(max(_LEAST_WIDTH, width), Style(colour), signs(unicode)).of(report)


class _Text:
    """How to write: for how wide a terminal, in which style, with which signs."""

    def __init__(self, width: int, style: Style, chosen: Signs) -> None:
        self.width, self.style, self.signs = width, style, chosen

    def of(self, report: CheckReport) -> str:
        recipes = worst_first(report.recipes)
        sections = [self.sentence(report), *map(self.recipe, recipes), self.findings(report), self.basis(report)]
        return "\n\n".join("\n".join(line.rstrip() for line in section) for section in sections if section) + "\n"

    def sentence(self, report: CheckReport) -> list[str]:
        severity = {0: "", 1: "error"}.get(report.exit_code, "warning")
        lines = wrap(self.text(report.sentence), self.width)
        return [self.style.severity(line, severity) if severity else self.style.bold(line) for line in lines]

    def recipe(self, recipe: RecipeCheck) -> list[str]:
        first, *rest = wrap(self.name(recipe.recipe), self.width)
        lines = [self.style.bold(first), *map(self.style.bold, rest)]
        facts = [self.text(recipe.inputs)] if recipe.inputs else []
        if recipe.seconds > 0:
            facts.append(self.signs.text(f"checked in {format_seconds(recipe.seconds)}"))
        lines += map(self.style.dim, flow(facts, self.width, indent="  ", signs=self.signs))
        hints = [variant.hint for variant in recipe.variants]
        if is_gone(recipe) or not (recipe.variants or recipe.budgets):
            lines += self.alone(recipe)
        else:
            lines += self.variants(worst_first(recipe.variants), recipe)
            lines += self.budgets(recipe)
        for finding in worst_findings_first(unsaid_findings(recipe)):
            lines += ["  " + line for line in self.finding(finding, self.width - 2)]
        for hint in dict.fromkeys(hint for hint in hints if hint):
            lines += [self.style.dim(line) for line in wrap(self.text(hint), self.width, first=self.signs.text("  → "))]
        if recipe.run_file is not None and fails(recipe.verdict):
            lines += path_lines("  saved in", self.signs.text(printable(recipe.run_file, None)), self.width)
        return lines

    def alone(self, recipe: RecipeCheck) -> list[str]:
        """A recipe that has no figures: it is gone, or could not be measured."""
        words = f"{verdict_sign(recipe.verdict, self.signs)} {verdict_words(recipe.verdict)}"
        lines = wrap(words, self.width, first="  ", rest="    ")
        severity = verdict_severity(recipe.verdict)
        return [
            *(self.style.severity(line, severity) for line in lines),
            *wrap(self.text(recipe.message), self.width, first=_BELOW),
        ]

    def variants(self, variants: list[VariantCheck], recipe: RecipeCheck) -> list[str]:
        table = VariantTable(variants, width=self.width, style=self.style, signs=self.signs)
        lines = table.heading()
        # What is true of all, such as that there is no baseline, is said once below them.
        for (_, message), group in groupby(variants, key=lambda variant: (variant.verdict, variant.message)):
            together = list(group)
            for variant in together:
                lines += table.lines(variant)
            last = together[-1]
            if last.verdict not in _SILENT or any(figure.moved in _TOO_MUCH for figure in last.figures):
                lines += wrap(self.text(message), self.width, first=_BELOW)
                lines += self.details(last, table, recipe)
        return lines

    def details(self, variant: VariantCheck, table: VariantTable, recipe: RecipeCheck) -> list[str]:
        items = [item for figure in variant.figures for item in self.figure_items(figure, table, variant)]
        above = next((figure for figure in variant.figures if figure.moved in _TOO_MUCH), None)
        if above is not None:
            items.append(self.text(f"tolerance of {above.figure} {tolerance(above)}"))
        lines = list(map(self.style.dim, flow(items, self.width, indent=_BELOW, signs=self.signs)))
        for line in variant.grown_lines:
            lines += wrap(self.text(grown_line_words(line)), self.width, first=_BELOW, rest=_BELOW + "  ")
        for finding in recipe.findings:
            if finding.variant == variant.variant and finding.message in variant.message:
                lines += evidence_lines(finding, width=self.width, style=self.style, signs=self.signs)
        return lines

    def figure_items(self, figure: FigureCheck, table: VariantTable, variant: VariantCheck) -> list[str]:
        """What the columns don't say of a figure."""
        items = []
        if figure.figure not in table.shown and (figure.moved != "no" or figure.figure == "heap"):
            items.append(f"{figure.figure} {move(figure)} ({change(figure)})")
        if figure.moved != "no" and figure.low_bytes != figure.high_bytes:
            trials = f" in {variant.trials} trials" if variant.trials else ""
            items.append(f"{figure.figure} {trial_range(figure)}{trials}")
        return [self.text(item) for item in items]

    def budgets(self, recipe: RecipeCheck) -> list[str]:
        lines: list[str] = []
        for budget in worst_first(recipe.budgets):
            kept = budget.verdict == "ok"
            expression = self.signs.text(printable(budget.expression, 120, ellipsis=self.signs.ellipsis))
            words = f"budget {expression}: {verdict_words(budget.verdict)}"
            if kept and budget.measured_bytes is not None and budget.limit_bytes is not None:
                words += f", {format_bytes(budget.measured_bytes)} of {format_bytes(budget.limit_bytes)}"
            first, *rest = wrap(f"{words} ({self.text(budget.origin)})", self.width, first="    ", rest=_BELOW)
            sign = self.style.severity(verdict_sign(budget.verdict, self.signs), verdict_severity(budget.verdict))
            lines += [f"  {sign} {first[4:]}", *rest]
            if not kept:
                lines += wrap(self.text(budget.message), self.width, first=_BELOW)
        return lines

    def findings(self, report: CheckReport) -> list[str]:
        lines: list[str] = []
        for finding in worst_findings_first(report.findings):
            lines += self.finding(finding, self.width)
        return lines

    def finding(self, finding: Finding, width: int) -> list[str]:
        message = self.text(finding.message)
        if finding.variant is not None and finding.variant not in finding.message:
            message = f"{self.name(finding.variant)}: {message}"
        hint = finding.hint and self.text(finding.hint)
        lines = finding_lines(
            self.text(finding.severity), message, hint, width=width, style=self.style, signs=self.signs
        )
        return lines + evidence_lines(finding, width=width, style=self.style, signs=self.signs)

    def basis(self, report: CheckReport) -> list[str]:
        """What the figures were held against, by which rule, and on what they were measured."""
        environment = report.environment
        texts = []
        if report.conditions:
            texts.append(f"conditions are others than the baseline's: {', '.join(report.conditions)}")
        if report.against is not None:
            texts.append(f"held against revision {report.against}, by the rule {report.fail_on}")
        elif report.baseline is not None:
            texts.append(f"held against {report.baseline}, by the rule {report.fail_on}")
        cpus = f"{environment.cpus_allowed} CPU{'' if environment.cpus_allowed == 1 else 's'}"
        python = f"{environment.python_implementation} {environment.python_version}"
        texts.append(f"{python}, {environment.platform}, {cpus}, memlab {report.memlab_version}")
        return [self.style.dim(line) for text in texts for line in wrap(self.text(text), self.width, rest="  ")]

    def text(self, text: str) -> str:
        return self.signs.text(printable(text, _TEXT_LIMIT, ellipsis=self.signs.ellipsis))

    def name(self, name: str) -> str:
        return self.signs.text(printable(name, _NAME_LIMIT, ellipsis=self.signs.ellipsis))
