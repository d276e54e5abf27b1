"""A check in one sentence: how many of what, and the worst of them in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memlab.analysis.tolerance import enumeration
from memlab.model.check import VERDICTS, BudgetCheck, GrownLine, RecipeCheck, VariantCheck
from memlab.model.report import Finding
from memlab.printable import shorten
from memlab.units import format_bytes

_ORDER = tuple(VERDICTS)
_LONGEST_TEXT = 60
# What so many do: of one, of several.
_WORDS = {
    "growth_class_changed": (
        "grows faster with its inputs than accepted",
        "grow faster with their inputs than accepted",
    ),
    "regressed": ("regressed", "regressed"),
    "over_budget": ("is over its budget", "are over their budgets"),
    "output_changed": ("gives another result", "give another result"),
    "missing_from_project": ("is gone from the project", "are gone from the project"),
    "improved_unaccepted": ("improved and is not accepted", "improved and are not accepted"),
    "failed": ("failed", "failed"),
    "no_baseline": ("has no baseline", "have no baseline"),
    "missing_from_baseline": ("is missing from the baseline", "are missing from the baseline"),
    "inconclusive": ("is inconclusive", "are inconclusive"),
}


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts; `ok` of none."""
    return min(verdicts, key=_ORDER.index, default="ok")


def recipe_message(
    variants: Sequence[VariantCheck], budgets: Sequence[BudgetCheck], of_the_whole: Finding | None = None
) -> str:
    """The outcome of one recipe.

    Args:
        of_the_whole: a finding that makes the whole recipe's measurement invalid.
    """
    counts = _counts(variants, budgets)
    if not counts:
        return of_the_whole.message if of_the_whole is not None else _fine(variants, budgets, 1)
    return f"{counts}: {_worst_message(variants, budgets, None)}"


def check_sentence(recipes: Sequence[RecipeCheck]) -> str:
    """The outcome of a whole check.

    `2 of 14 variants regressed: generators' stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB),
    because recipes/generators.py:103 `images = list(…)` holds 60.0 MiB more`.
    """
    variants = [variant for recipe in recipes for variant in recipe.variants]
    budgets = [budget for recipe in recipes for budget in recipe.budgets]
    # A recipe can have a verdict that none of its variants has, as one that could not be measured, or is gone.
    alone = [one for one in recipes if VERDICTS[one.verdict] and one.verdict not in _verdicts(one)]
    counts = enumeration([text for text in (_recipe_counts(alone, len(recipes)), _counts(variants, budgets)) if text])
    if not counts:
        return _fine(variants, budgets, len(recipes))
    verdict = worst(one.verdict for one in recipes)
    first = next(one for one in recipes if one.verdict == verdict)
    if first in alone:
        return f"{counts}: {first.message}"
    return f"{counts}: {_worst_message(first.variants, first.budgets, first.recipe)}"


def _verdicts(recipe: RecipeCheck) -> set[str]:
    return {one.verdict for one in recipe.variants} | {one.verdict for one in recipe.budgets}


def _recipe_counts(recipes: Sequence[RecipeCheck], total: int) -> str:
    counts = {verdict: sum(one.verdict == verdict for one in recipes) for verdict in _WORDS}
    return enumeration(
        [
            f"{count} of {_many(total, 'recipe')} {_WORDS[verdict][count > 1]}"
            for verdict, count in counts.items()
            if count
        ]
    )


def _counts(variants: Sequence[VariantCheck], budgets: Sequence[BudgetCheck]) -> str:
    """What does not pass: `2 of 14 variants regressed, 1 gives another result and 1 of 3 budgets is exceeded`."""
    parts: list[str] = []
    for verdict in _WORDS:
        count = sum(one.verdict == verdict for one in variants)
        if count:
            whole = "" if parts else f" of {_many(len(variants), 'variant')}"
            parts.append(f"{count}{whole} {_WORDS[verdict][count > 1]}")
    total = f" of {_many(len(budgets), 'budget')}"
    for verdict, one, several in (
        ("over_budget", "is exceeded", "are exceeded"),
        ("failed", "can't be judged", "can't be judged"),
        ("inconclusive", "is inconclusive", "are inconclusive"),
    ):
        count = sum(budget.verdict == verdict for budget in budgets)
        if count:
            parts.append(f"{count}{total} {several if count > 1 else one}")
    return enumeration(parts)


def _worst_message(variants: Sequence[VariantCheck], budgets: Sequence[BudgetCheck], recipe: str | None) -> str:
    verdict = worst([*(one.verdict for one in variants), *(one.verdict for one in budgets)])
    variant = next((one for one in variants if one.verdict == verdict), None)
    if variant is None:
        message = next(one.message for one in budgets if one.verdict == verdict)
        return message if recipe is None else f"{recipe}: {message}"
    message = _whose(variant, recipe)
    if not variant.grown_lines:
        return message
    # What the lines say goes before what the meters say of each other.
    return f"{message.partition('; ')[0]}, because {line_words(variant.grown_lines[0])}"


def _whose(variant: VariantCheck, recipe: str | None) -> str:
    """The message with the recipe's name before it: `generators' stream needs …`."""
    if recipe is None:
        return variant.message
    if not variant.message.startswith(f"{variant.variant} "):
        return f"{recipe}: {variant.message}"
    apostrophe = "'" if recipe.endswith("s") else "'s"
    return f"{recipe}{apostrophe} {variant.message}"


def line_words(line: GrownLine) -> str:
    """``recipes/generators.py:103 `images = list(…)` holds 60.0 MiB more``."""
    text = f" `{shorten(line.text, _LONGEST_TEXT)}`" if line.text else f" in {line.function}"
    size = format_bytes(line.measured_bytes - line.accepted_bytes)
    held = f"holds {size} more" if line.accepted_bytes else f"holds {size} and was not among the largest"
    return f"{line.file}:{line.line}{text} {held}"


def _fine(variants: Sequence[VariantCheck], budgets: Sequence[BudgetCheck], recipes: int) -> str:
    """`12 of 14 variants are as accepted and 2 need less; 3 budgets are kept; 1 variant is skipped`."""
    compared = [one for one in variants if one.figures]
    better = sum(one.verdict == "improved" for one in compared)
    kept = sum(one.verdict == "ok" for one in budgets)
    skipped = sum(one.verdict == "skipped" for one in variants)
    parts = []
    if compared:
        whole = _many(len(compared), "variant") + (f" of {recipes} recipes" if recipes > 1 else "")
        same = len(compared) - better
        parts.append(f"{whole} {'is' if len(compared) == 1 else 'are'} as accepted")
        if better == len(compared):
            parts = [f"{whole} {'needs' if better == 1 else 'need'} less than accepted"]
        elif better:
            less = f"{better} {'needs' if better == 1 else 'need'} less"
            parts = [f"{same} of {whole} {'is' if same == 1 else 'are'} as accepted and {less}"]
    if kept:
        parts.append(f"{_many(kept, 'budget')} {'is' if kept == 1 else 'are'} kept")
    if skipped:
        parts.append(f"{_many(skipped, 'variant')} {'is' if skipped == 1 else 'are'} skipped")
    return "; ".join(parts) or "nothing was compared"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
