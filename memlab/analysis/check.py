"""From a run, its report and what was accepted to the check of one recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from memlab.analysis.accepted import conditions_now, has_exact_output, headline_libraries
from memlab.analysis.budgets import EvaluatedBudget, Measured, StatedBudget, evaluate
from memlab.analysis.check_sentence import recipe_message, worst
from memlab.analysis.growth_class import Sweep
from memlab.analysis.identity import library_differences
from memlab.analysis.inputs_line import inputs_line
from memlab.analysis.observed import observe
from memlab.analysis.renamed import renamed_variants
from memlab.analysis.tolerance import Rules, condition_differences, enumeration
from memlab.analysis.variant_check import (
    CheckedVariant,
    MeasuredForCheck,
    Wording,
    check_variant,
    output_changed,
    plain_check,
)
from memlab.limits import FailOn, normal_name
from memlab.model.baseline import AcceptedRecipe, AcceptedVariant
from memlab.model.check import RecipeCheck, VariantCheck
from memlab.model.report import Finding, Report
from memlab.model.run import Run

_ABOUT_OUTPUTS = ("outputs_differ", "output_varies")


@dataclass(frozen=True, slots=True)
class NoBaseline:
    """Why there is nothing to hold figures against: no file, or none of its sections fits.

    Attributes:
        message, hint: one sentence, and the way out.
        fine: nobody wants any, because there are only budgets.
    """

    message: str
    hint: str | None = None
    fine: bool = False


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """By what recipes are checked.

    Attributes:
        root: the project's folder, absolute: files in it are named from there.
        accept: the command that accepts this recipe, such as `memlab accept generators`.
    """

    fail_on: FailOn
    root: str
    accept: str
    budgets: tuple[StatedBudget, ...] = ()
    strict_improvement: bool = False


@dataclass(frozen=True, slots=True)
class CheckedRecipe:
    """A recipe's check.

    Attributes:
        wants_trials: the variants of which more headline trials, and one more of memray's, may settle a verdict.
        conditions: in words, what differs from when its figures were accepted.
    """

    check: RecipeCheck
    wants_trials: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Recipe:
    run: Run
    report: Report
    options: CheckOptions
    trials_left: bool
    sweeps: Mapping[str, Mapping[str, Sweep]] = field(default_factory=dict)


def check_recipe(
    run: Run,
    report: Report,
    accepted: AcceptedRecipe | NoBaseline | None,
    options: CheckOptions,
    *,
    sweeps: Mapping[str, Mapping[str, Sweep]] | None = None,
    trials_left: bool = False,
    seconds: float = 0.0,
) -> CheckedRecipe:
    """Check one recipe.

    Args:
        run, report: what was measured at the default size, with the report made of that run.
        accepted: what was accepted of it under this identity; None where the baseline file has others only.
        sweeps: by variant and setting, figures at several sizes.
        trials_left: more trials can be made: what they may settle stays inconclusive, and is asked for.
        seconds: how long it took.
    """
    recipe = _Recipe(run, report, options, trials_left, sweeps or {})
    measured = {one.description.name: one for one in _measured(recipe)}
    conditions: tuple[str, ...] = ()
    wants: dict[str, None] = {}
    why_not = _why_not_comparable(run, accepted, options)
    if isinstance(accepted, AcceptedRecipe) and why_not is None:
        now = conditions_now(run, report)
        conditions = condition_differences(accepted.conditions, now)
        other_instructions = now.instruction_sets != accepted.conditions.instruction_sets
        rules = Rules(
            options.fail_on, run.recipe.headline, accepted.conditions, conditions, trials_left, other_instructions
        )
        checked = _compare(recipe, measured, accepted, rules)
        wants |= dict.fromkeys(one.check.variant for one in checked if one.wants_trials)
        variants = [one.check for one in checked]
    else:
        assert why_not is not None
        variants = [_without_baseline(one, *why_not) for one in measured.values()]
    variants += _skipped(recipe)
    budgets = _budgets(recipe, measured)
    if trials_left:
        wants |= dict.fromkeys(name for one in budgets for name in one.wants_trials)
    checks = tuple(one.check for one in budgets)
    of_the_whole = next((one for one in report.findings if one.severity == "error" and one.variant is None), None)
    verdict = worst([*(one.verdict for one in variants), *(one.verdict for one in checks)])
    if of_the_whole is not None:
        verdict = worst([verdict, "failed"])
    check = RecipeCheck(
        recipe=run.recipe.name,
        verdict=verdict,
        message=recipe_message(variants, checks, of_the_whole),
        inputs=inputs_line(run.inputs),
        variants=tuple(variants),
        budgets=checks,
        findings=tuple(one for one in report.findings if one.severity in ("error", "warning")),
        run_file=report.run_file,
        seconds=seconds,
    )
    return CheckedRecipe(check, tuple(wants), conditions)


def _measured(recipe: _Recipe) -> Sequence[MeasuredForCheck]:
    """The variants that were tried, with the first finding that makes their figures invalid."""
    run, report = recipe.run, recipe.report
    described = {one.name: one for one in run.recipe.variants}
    found = []
    for one in report.variants:
        description, observed = described[one.name], observe(run, one)
        errors = [error for error in report.findings if error.variant == one.name and error.severity == "error"]
        failure = next((error for error in errors if error.code != "outputs_differ"), next(iter(errors), None))
        if failure is None and not observed.trials:
            failure = Finding("trial_failed", "error", one.name, f"{one.name} has no trial that counts")
        found.append(
            MeasuredForCheck(
                description=description,
                report=one,
                observed=observed,
                exact=has_exact_output(run.recipe, description),
                sweeps=recipe.sweeps.get(one.name, {}),
                failure=failure,
            )
        )
    return found


def _compare(
    recipe: _Recipe, measured: Mapping[str, MeasuredForCheck], accepted: AcceptedRecipe, rules: Rules
) -> list[CheckedVariant]:
    options = recipe.options
    wording = Wording(options.root, options.accept, options.strict_improvement)
    in_recipe = {one.name for one in recipe.run.recipe.variants}
    gone = {name: one for name, one in accepted.variants.items() if name not in in_recipe}
    new = {name: one.observed for name, one in measured.items() if name not in accepted.variants}
    renamed = renamed_variants(gone, new)
    checked = []
    for name, one in measured.items():
        known = accepted.variants.get(name)
        one = _without_output_failure(one, known, measured, accepted)
        if known is None and one.failure is None:
            old = next((before for before, after in renamed.items() if after == name), None)
            checked.append(CheckedVariant(_missing_from_baseline(one, old, options)))
        elif known is None:
            checked.append(CheckedVariant(_failed(one)))
        else:
            checked.append(check_variant(one, known, rules, wording))
    return checked + [
        CheckedVariant(_missing_from_project(name, one, renamed.get(name), options)) for name, one in gone.items()
    ]


def _without_output_failure(
    measured: MeasuredForCheck,
    known: AcceptedVariant | None,
    all_measured: Mapping[str, MeasuredForCheck],
    accepted: AcceptedRecipe,
) -> MeasuredForCheck:
    """The variant without a failure that a changed output explains: its own, or that of the recipe's baseline.

    Outputs that differ within the run fail a variant. Where one of the two is another than was accepted, that one's
    verdict says so, and the other's memory is what it was.
    """
    if measured.failure is None or measured.failure.code != "outputs_differ" or known is None:
        return measured
    baseline = next(one for one in all_measured.values() if one.description.role == "baseline")
    of_baseline = accepted.variants.get(baseline.description.name)
    explained = output_changed(measured, known) or (of_baseline is not None and output_changed(baseline, of_baseline))
    return replace(measured, failure=None) if explained else measured


def _why_not_comparable(
    run: Run, accepted: AcceptedRecipe | NoBaseline | None, options: CheckOptions
) -> tuple[str, str, str | None] | None:
    """The verdict, the sentence and the way out where there is nothing to compare with; None where there is."""
    if isinstance(accepted, NoBaseline):
        return "ok" if accepted.fine else "no_baseline", accepted.message, accepted.hint
    name, hint = run.recipe.name, f"`{options.accept}` accepts what is measured here"
    if accepted is None:
        return "missing_from_baseline", f"{name} is not in the baseline", hint
    libraries = headline_libraries(run)
    # A library that is loaded now and wasn't then, or the other way round, is a change of the code, which is judged.
    both = {module: version for module, version in accepted.libraries.items() if module in libraries}
    others = library_differences(both, {module: libraries[module] for module in both})
    if others:
        return "no_baseline", f"what was accepted of {name} is of other libraries: here is {enumeration(others)}", hint
    inputs = inputs_line(run.inputs)
    if inputs != accepted.inputs:
        message = f"what was accepted of {name} is of other inputs: {accepted.inputs}, and here are {inputs}"
        return "missing_from_baseline", message, hint
    return None


def _without_baseline(one: MeasuredForCheck, verdict: str, message: str, hint: str | None) -> VariantCheck:
    return _failed(one) if one.failure is not None else plain_check(one, verdict, message, hint)


def _failed(one: MeasuredForCheck) -> VariantCheck:
    assert one.failure is not None
    return plain_check(one, "failed", one.failure.message, one.failure.hint)


def _missing_from_baseline(one: MeasuredForCheck, old: str | None, options: CheckOptions) -> VariantCheck:
    name = one.description.name
    message = f"{name} is not in the baseline" + (f"; was it renamed from {old}?" if old is not None else "")
    return plain_check(one, "missing_from_baseline", message, f"`{options.accept}` accepts what is measured here")


def _missing_from_project(name: str, accepted: AcceptedVariant, new: str | None, options: CheckOptions) -> VariantCheck:
    message = f"{name} is in the baseline and no longer in the recipe"
    if new is not None:
        message += f"; was it renamed to {new}?"
    hint = f"if that is meant, `{options.accept}` takes it out of the baseline"
    return VariantCheck(name, accepted.role, "missing_from_project", message, hint)


def _skipped(recipe: _Recipe) -> list[VariantCheck]:
    described = {one.name: one for one in recipe.run.recipe.variants}
    return [
        VariantCheck(
            variant=one.variant,
            role=described[one.variant].role,
            verdict="skipped",
            message=one.message,
            file=None if (source := described[one.variant].source) is None else source.file,
            line=None if source is None else source.line,
        )
        for one in recipe.run.skipped
        if one.variant in described
    ]


def _budgets(recipe: _Recipe, measured: Mapping[str, MeasuredForCheck]) -> tuple[EvaluatedBudget, ...]:
    run = recipe.run
    # What gives another result than the recipe's baseline has still needed what it needed.
    failures = {
        name: one.failure.message
        for name, one in measured.items()
        if one.failure is not None and one.failure.code not in _ABOUT_OUTPUTS
    }
    held_against = Measured(
        observed={name: one.observed for name, one in measured.items() if name not in failures},
        phases={
            one.report.name: {phase.name: phase.peak_growth_bytes for phase in one.report.phases}
            for one in measured.values()
        },
        sweeps=recipe.sweeps,
        failures=failures,
        skipped={one.variant: one.message for one in run.skipped},
        settings=tuple(normal_name(setting) for setting in run.recipe.sweep),
    )
    return evaluate(recipe.options.budgets, run.recipe.name, held_against)
