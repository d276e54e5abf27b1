"""From the checks of recipes to the check as a whole: its sentence, its verdict and its exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memlab.analysis.check import CheckedRecipe, NoBaseline
from memlab.analysis.check_sentence import check_sentence, recipe_message, worst
from memlab.analysis.renamed import renamed_recipes
from memlab.errors import MemlabError, worst_exit_code
from memlab.limits import FailOn
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import VERDICTS, CheckReport, RecipeCheck, VariantCheck
from memlab.model.description import RecipeDescription
from memlab.model.environment import Environment
from memlab.model.report import Finding


def gone_recipes(
    accepted: Mapping[str, AcceptedRecipe], variants: Mapping[str, Sequence[str]], accept: str
) -> tuple[CheckedRecipe, ...]:
    """The checks of recipes that were accepted and are no longer in the project.

    Only a check of the whole project can say that: one of chosen recipes knows nothing of the others.

    Args:
        accepted: what the section of this identity holds, by recipe.
        variants: the names of the variants of each recipe of the project.
        accept: the command that accepts the project, such as `memlab accept`.
    """
    gone = {name: one for name, one in accepted.items() if name not in variants}
    new = {name: names for name, names in variants.items() if name not in accepted}
    renamed = renamed_recipes(gone, new)
    return tuple(_gone(name, one, renamed.get(name), accept) for name, one in gone.items())


def failed_recipe(name: str, error: MemlabError) -> CheckedRecipe:
    """The check of a recipe that could not be described or measured."""
    return CheckedRecipe(
        RecipeCheck(
            name,
            "failed",
            f"{name}: {error.message}",
            findings=(Finding("recipe_failed", "error", None, error.message, error.hint),),
        )
    )


def unmeasured_recipe(description: RecipeDescription, why: NoBaseline) -> CheckedRecipe:
    """The check of a recipe that wasn't measured, because there is nothing to hold its figures against."""
    variants = tuple(
        VariantCheck(
            one.name,
            one.role,
            "no_baseline",
            why.message,
            why.hint,
            file=None if one.source is None else one.source.file,
            line=None if one.source is None else one.source.line,
        )
        for one in description.variants
    )
    return CheckedRecipe(RecipeCheck(description.name, "no_baseline", recipe_message(variants, ()), variants=variants))


def make_check_report(
    recipes: Sequence[CheckedRecipe],
    *,
    memlab_version: str,
    created: str,
    command: tuple[str, ...],
    environment: Environment,
    fail_on: FailOn,
    baseline: str | None = None,
    against: str | None = None,
    findings: Sequence[Finding] = (),
    errors: Sequence[MemlabError] = (),
    options: Mapping[str, Any] | None = None,
) -> CheckReport:
    """Put the checks of all recipes together.

    Args:
        findings: of the check as a whole; one of severity `error` makes it fail with 3.
        errors: what kept recipes from being checked, for their exit codes: 1 goes before 2, 2 before 3.
    """
    checks = tuple(one.check for one in recipes)
    verdict = worst(one.verdict for one in checks)
    codes = {VERDICTS[one.verdict] for one in checks} | {error.exit_code for error in errors}
    codes |= {3 for one in findings if one.severity == "error"}
    return CheckReport(
        memlab_version=memlab_version,
        created=created,
        command=command,
        sentence=check_sentence(checks),
        verdict=verdict,
        exit_code=worst_exit_code(codes),
        baseline=baseline,
        against=against,
        fail_on=fail_on.text,
        environment=environment,
        conditions=tuple(dict.fromkeys(words for one in recipes for words in one.conditions)),
        recipes=checks,
        findings=tuple(findings),
        options=dict(options or {}),
    )


def _gone(name: str, accepted: AcceptedRecipe, new: str | None, accept: str) -> CheckedRecipe:
    message = f"{name} is in the baseline and no longer in the project"
    if new is not None:
        message += f"; was it renamed to {new}?"
    hint = f"if that is meant, `{accept}` takes it out of the baseline"
    variants = tuple(
        VariantCheck(variant, one.role, "missing_from_project", f"{variant} is gone with its recipe {name}", hint)
        for variant, one in accepted.variants.items()
    )
    return CheckedRecipe(RecipeCheck(name, "missing_from_project", message, accepted.inputs, variants))
