"""A check's verdicts and figures in words, the same for people and for programs, and what of it fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol, TypeVar

from memlab.model.check import (
    VERDICTS,
    BudgetCheck,
    CheckReport,
    FigureCheck,
    GrownLine,
    RecipeCheck,
    VariantCheck,
)
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.units import format_bytes, format_ratio, format_signed_bytes

_WORDS = {
    "missing_from_project": "missing from the project",
    "missing_from_baseline": "missing from the baseline",
    "improved_unaccepted": "improved, not accepted",
}
_ORDER = {verdict: place for place, verdict in enumerate(VERDICTS)}
_NAMED_PERCENT = 1000
_LINE_LIMIT = 120


class Judged(Protocol):
    """Whatever has a verdict."""

    @property
    def verdict(self) -> str: ...


AnyJudged = TypeVar("AnyJudged", bound=Judged)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that was judged, wherever it stands in the report.

    Attributes:
        kind: `variant`, `budget`, `recipe` (it is gone, or none of its variants has its verdict), or `check` (the
            whole).
        recipe: the recipe's name; empty of the whole.
        name: the variant's, the budget's expression, the recipe's, or the code of a finding.
        variant, budget: what it was made of.
        file, line: where the variant stands, of a budget too.
        others: how many more have this verdict, this very message and the same way out.
    """

    kind: str
    recipe: str
    name: str
    verdict: str
    message: str
    hint: str | None = None
    variant: VariantCheck | None = None
    budget: BudgetCheck | None = None
    file: str | None = None
    line: int | None = None
    others: int = 0

    @property
    def title(self) -> str:
        """`generators/stream`, `generators/stream and 3 more`, `generators: stream<64MiB`, or its own name."""
        between = {"variant": "/", "budget": ": "}.get(self.kind)
        name = self.name if between is None else f"{self.recipe}{between}{self.name}"
        return f"{name} and {self.others} more" if self.others else name


def verdict_words(verdict: str) -> str:
    """The verdict as people read it."""
    return _WORDS.get(verdict, verdict.replace("_", " "))


def fails(verdict: str) -> bool:
    """Whether the check fails by it."""
    return VERDICTS.get(verdict, 1) != 0


def verdict_severity(verdict: str) -> str:
    """`error` where something is worse than accepted, `warning` where that can't be said, else nothing."""
    return {0: "", 1: "error"}.get(VERDICTS.get(verdict, 1), "warning")


def worst_first(judged: Iterable[AnyJudged]) -> list[AnyJudged]:
    """By verdict; those of one verdict stay in their order."""
    return sorted(judged, key=lambda one: _ORDER.get(one.verdict, 0))


def recipe_outcomes(recipe: RecipeCheck) -> list[Outcome]:
    """All that was judged of one recipe: itself where its variants don't say it, its variants, its budgets."""
    found = [_of_variant(recipe, variant) for variant in recipe.variants]
    places = {variant.variant: (variant.file, variant.line) for variant in recipe.variants}
    found += [_of_budget(recipe, budget, *places.get(budget.variant, (None, None))) for budget in recipe.budgets]
    if is_gone(recipe) or (fails(recipe.verdict) and recipe.verdict not in {outcome.verdict for outcome in found}):
        hint = next((finding.hint for finding in recipe.findings if finding.severity == "error"), None)
        hint = hint or next((outcome.hint for outcome in found), None)
        found.insert(0, Outcome("recipe", recipe.recipe, recipe.recipe, recipe.verdict, recipe.message, hint))
    return found


def whole_outcomes(report: CheckReport) -> list[Outcome]:
    """What was judged of the check as a whole; one of these or of the recipes' fails where the check does."""
    found = [_of_finding(finding) for finding in report.findings if finding.severity == "error"]
    if report.exit_code and not found and not any(fails(recipe.verdict) for recipe in report.recipes):
        found.append(Outcome("check", "", "check", "failed", report.sentence))
    return found


def failing(report: CheckReport) -> list[Outcome]:
    """What fails, the worst first; what has one verdict, message and way out once, with how many others have them.

    Of a recipe that is gone it is the recipe, not each of its variants.
    """
    found: dict[tuple[str, str, str | None], Outcome] = {}
    for outcome in chain.from_iterable((*map(_failing_of, report.recipes), whole_outcomes(report))):
        key = outcome.verdict, outcome.message, outcome.hint
        known = found.get(key)
        found[key] = outcome if known is None else replace(known, others=known.others + 1)
    return worst_first(found.values())


def _failing_of(recipe: RecipeCheck) -> list[Outcome]:
    gone = is_gone(recipe)
    return [one for one in recipe_outcomes(recipe) if fails(one.verdict) and not (gone and one.kind == "variant")]


def is_gone(recipe: RecipeCheck) -> bool:
    """Whether the recipe itself is gone from the project, not only some of its variants."""
    return recipe.verdict == "missing_from_project" and all(one.verdict == recipe.verdict for one in recipe.variants)


def figure_of(variant: VariantCheck, name: str) -> FigureCheck | None:
    """The figure of that name, where it was compared."""
    return next((figure for figure in variant.figures if figure.figure == name), None)


def headline_of(variants: Iterable[VariantCheck]) -> str:
    """The figure that a recipe is about: the first of each of its variants."""
    return next((variant.figures[0].figure for variant in variants if variant.figures), "growth")


def move(figure: FigureCheck) -> str:
    """`12.5 MiB → 80.4 MiB`: what was accepted, and what was measured."""
    return f"{format_bytes(figure.accepted_bytes)} → {format_bytes(figure.measured_bytes)}"


def difference(figure: FigureCheck) -> str:
    """`+67.9 MiB`, `-3.10 MiB`, `0 B`."""
    return format_signed_bytes(figure.measured_bytes - figure.accepted_bytes)


def share(figure: FigureCheck) -> str | None:
    """The difference as a share of the accepted figure: `+5.4 %`, from ten times as much on `80.4×`.

    None where nothing was accepted to be a share of.
    """
    if figure.accepted_bytes <= 0:
        return None
    percent = 100 * (figure.measured_bytes - figure.accepted_bytes) / figure.accepted_bytes
    if percent >= _NAMED_PERCENT:
        return format_ratio(figure.measured_bytes / figure.accepted_bytes)
    if abs(percent) < 0.05:
        return "0 %"
    return f"{percent:+.0f} %" if abs(percent) >= 9.95 else f"{percent:+.1f} %"


def change(figure: FigureCheck) -> str:
    """`+67.9 MiB, +543 %`."""
    return ", ".join(filter(None, (difference(figure), share(figure))))


def trial_range(figure: FigureCheck) -> str:
    """`80.4 MiB to 80.5 MiB`, or one size where all trials say the same."""
    low, high = format_bytes(figure.low_bytes), format_bytes(figure.high_bytes)
    return low if low == high else f"{low} to {high}"


def tolerance(figure: FigureCheck) -> str:
    """`2.00 MiB (the rule growth>5% and >2MiB)`."""
    size = format_bytes(figure.tolerance_bytes)
    return f"{size} ({figure.tolerance_reason})" if figure.tolerance_reason else size


def changed_classes(variant: VariantCheck) -> list[str]:
    """`in count: constant → linear` for each setting in which the growth class is another than accepted."""
    return [
        f"in {setting}: {accepted} → {measured}"
        for setting, (accepted, measured) in variant.growth_classes.items()
        if accepted is not None and accepted != measured
    ]


def grown_line_words(line: GrownLine) -> str:
    """``recipes/generators.py:103 `images = list(…)` holds 60.0 MiB more (72.1 MiB instead of 12.1 MiB)``."""
    text = f"`{printable(line.text, _LINE_LIMIT)}`" if line.text else f"in {printable(line.function, _LINE_LIMIT)}"
    return f"{printable(line.file)}:{line.line} {text} holds {grown_line_sizes(line)}"


def grown_line_sizes(line: GrownLine) -> str:
    """What a line holds more: `60.0 MiB more (72.1 MiB instead of 12.1 MiB)`."""
    measured = format_bytes(line.measured_bytes)
    if line.accepted_bytes <= 0:
        return f"{measured}, and was not among the largest"
    more = format_bytes(line.measured_bytes - line.accepted_bytes)
    return f"{more} more ({measured} instead of {format_bytes(line.accepted_bytes)})"


def hints(judged: Iterable[Outcome]) -> list[str]:
    """The ways out, each once, in their order."""
    return list(dict.fromkeys(one.hint for one in judged if one.hint))


def unsaid_findings(recipe: RecipeCheck) -> list[Finding]:
    """The recipe's findings without those that a message says already: its variants', or its own where it has none."""
    said = [variant.message for variant in recipe.variants]
    if not (recipe.variants or recipe.budgets):
        said.append(recipe.message)
    return [finding for finding in recipe.findings if not any(finding.message in message for message in said)]


def _of_variant(recipe: RecipeCheck, variant: VariantCheck) -> Outcome:
    return Outcome(
        kind="variant",
        recipe=recipe.recipe,
        name=variant.variant,
        verdict=variant.verdict,
        message=variant.message,
        hint=variant.hint,
        variant=variant,
        file=variant.file,
        line=variant.line,
    )


def _of_budget(recipe: RecipeCheck, budget: BudgetCheck, file: str | None, line: int | None) -> Outcome:
    return Outcome(
        kind="budget",
        recipe=recipe.recipe,
        name=budget.expression,
        verdict=budget.verdict,
        message=budget.message,
        budget=budget,
        file=file,
        line=line,
    )


def _of_finding(finding: Finding) -> Outcome:
    verdict = finding.code if fails(finding.code) and finding.code in VERDICTS else "failed"
    return Outcome("check", "", finding.code, verdict, finding.message, finding.hint)
