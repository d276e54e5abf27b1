"""What a baseline file keeps of a report: the figures to hold, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from memlab.analysis.baseline_sections import find_section
from memlab.analysis.grown_lines import MOST_LINES, lines_at_peak
from memlab.analysis.growth_class import Sweep
from memlab.analysis.identity import conditions_of, identity_of
from memlab.analysis.inputs_line import inputs_line
from memlab.analysis.observed import Observed, observe
from memlab.analysis.regression import CONFIRMING_TRIALS
from memlab.analysis.tolerance import heap_noise_bytes
from memlab.analysis.variant_check import classes_of
from memlab.model.baseline import AcceptedRecipe, AcceptedVariant, Baseline, Conditions
from memlab.model.description import RecipeDescription, VariantDescription
from memlab.model.report import Finding, Report, VariantReport
from memlab.model.run import Run
from memlab.units import format_bytes

_FIGURES = {"growth_bytes": "growth", "heap_bytes": "heap", "retained_bytes": "retained", "kept_bytes": "kept"}


def not_acceptable(report: Report) -> tuple[Finding, ...]:
    """Why figures of this report can't be accepted: whatever makes one of them invalid; none where they can be."""
    return tuple(finding for finding in report.findings if finding.severity == "error")


def wants_trials(run: Run, report: Report) -> tuple[str, ...]:
    """The variants whose growth scatters by more than the counters can be off by.

    Of those, three trials don't tell how far: accept them after as many as `memlab.analysis.more_trials` allows.
    """
    return tuple(one.name for one in report.variants if not observe(run, one).steady)


def accepted_recipe(
    run: Run,
    report: Report,
    root: str,
    *,
    sweeps: Mapping[str, Mapping[str, Sweep]] | None = None,
    before: AcceptedRecipe | None = None,
) -> AcceptedRecipe:
    """The figures of a report, to be held from now on.

    A figure that differs from the one accepted before by no more than the meter can be off by stays as it was, so that
    a baseline file changes only where something did. It is still the figure of then that later ones are held against:
    many small steps add up, and are found.

    Args:
        root: the project's folder, absolute: files in it are named from there.
        sweeps: by variant and setting, figures at several sizes.
        before: what is accepted of this recipe so far, under this identity and of these inputs; variants that were
            passed over this time, or failed (`not_acceptable`), keep what they had.
    """
    conditions = conditions_now(run, report)
    kept = {passed.variant for passed in run.skipped} | {finding.variant for finding in not_acceptable(report)}
    variants: dict[str, AcceptedVariant] = {}
    for description in run.recipe.variants:
        name = description.name
        one = next((variant for variant in report.variants if variant.name == name), None)
        old = None if before is None else before.variants.get(name)
        if one is None or not one.trials or name in kept:
            if old is not None and name in kept:
                variants[name] = old
            continue
        observed = observe(run, one)
        classes = classes_of((sweeps or {}).get(name, {}), {} if old is None else old.growth_classes)
        new = accepted_variant(run, one, observed, root, classes)
        variants[name] = new if before is None or old is None else _settled(new, old, observed, before.conditions)
    return AcceptedRecipe(
        inputs=inputs_line(run.inputs),
        headline=run.recipe.headline,
        libraries=headline_libraries(run),
        conditions=conditions,
        variants=variants,
    )


def accepted_variant(
    run: Run, report: VariantReport, observed: Observed, root: str, growth_classes: Mapping[str, str] | None = None
) -> AcceptedVariant:
    """The figures of one variant, which has trials that count, to be held.

    Args:
        observed: what `observe` makes of the run and the report.
        root: files in it, an absolute folder, are named from there.
        growth_classes: by setting of a sweep.
    """
    description = next(one for one in run.recipe.variants if one.name == report.name)
    exact = report.output is not None and has_exact_output(run.recipe, description)
    lines = lines_at_peak(report.top_lines, root)
    return AcceptedVariant(
        role=report.role,
        growth_bytes=observed.figure("growth") or 0,
        retained_bytes=observed.figure("retained") or 0,
        kept_bytes=observed.figure("kept"),
        growth_high_bytes=None if observed.steady else max(observed.values["growth"]),
        heap_bytes=observed.figure("heap"),
        output=report.output.digest if exact and report.output is not None else None,
        growth_classes=dict(growth_classes or {}),
        lines=dict(list(lines.items())[:MOST_LINES]),
    )


def accepted_so_far(run: Run, baseline: Baseline | None) -> AcceptedRecipe | None:
    """What is accepted of the recipe so far, where figures of now can be told from it or taken for it."""
    section = None if baseline is None else find_section(baseline, identity_of(run.environment))
    known = None if section is None else section.recipes.get(run.recipe.name)
    if known is None or known.inputs != inputs_line(run.inputs):
        return None
    libraries = headline_libraries(run)
    same = all(libraries.get(module, version) == version for module, version in known.libraries.items())
    return known if same else None


def accepted_changes(recipe: str, before: AcceptedRecipe | None, now: AcceptedRecipe) -> tuple[str, ...]:
    """What accepting changes, a line each: `generators stream: growth 80.4 MiB instead of 12.5 MiB`."""
    if before is None:
        count = len(now.variants)
        return (f"{recipe}: accepted for the first time, {count} variant{'' if count == 1 else 's'}",)
    lines = []
    if before.inputs != now.inputs:
        lines.append(f"{recipe}: inputs {now.inputs} instead of {before.inputs}")
    if before.headline != now.headline:
        lines.append(f"{recipe}: headline {now.headline} instead of {before.headline}")
    for name in now.variants.keys() | before.variants.keys():
        old, new = before.variants.get(name), now.variants.get(name)
        if old is None or new is None:
            lines.append(f"{recipe} {name}: {'new' if old is None else 'no longer there'}")
        elif parts := list(_changes(old, new)):
            lines.append(f"{recipe} {name}: {', '.join(parts)}")
    return tuple(sorted(lines))


def conditions_now(run: Run, report: Report) -> Conditions:
    """What this run was measured under; without a resolution where growth isn't from a mark that was reset."""
    conditions = conditions_of(run.environment)
    peaks = [one.peak_growth_bytes for one in report.variants if one.peak_growth_bytes is not None]
    if all(peak.source == "kernel" for peak in peaks):
        return conditions
    return msgspec.structs.replace(conditions, resolution_bytes=0)


def headline_libraries(run: Run) -> dict[str, str]:
    """Versions of what the headline's trials had loaded; other meters load libraries of their own."""
    found: dict[str, str] = {}
    for trial in run.trials:
        if trial.reply is not None and trial.meter == "os":
            found |= trial.reply.libraries
    return dict(sorted(found.items()))


def has_exact_output(recipe: RecipeDescription, variant: VariantDescription) -> bool:
    """Whether the variant's output has to stay the same, byte by byte.

    Not by the rule psnr, and not of a pitfall whose result is wrong anyway.
    """
    return recipe.agree.get("kind") == "exact" and "wrong_output" not in variant.shows


def _settled(new: AcceptedVariant, old: AcceptedVariant, observed: Observed, then: Conditions) -> AcceptedVariant:
    """The new figures, but for those that can't be told from the old ones."""
    heap_noise = heap_noise_bytes(old.heap_bytes or 0)
    noise = dict.fromkeys(
        ("growth_bytes", "retained_bytes", "kept_bytes"),
        observed.error_bytes() + observed.error_bytes(then.resolution_bytes),
    )
    if _same(new.heap_bytes, old.heap_bytes, heap_noise):
        noise["heap_bytes"] = heap_noise
    elif None not in (new.heap_bytes, old.heap_bytes):
        # The exact meter says that it did change, however little the other one can tell.
        del noise["growth_bytes"]
    kept: dict[str, object] = {
        name: getattr(old, name) for name, size in noise.items() if _same(getattr(new, name), getattr(old, name), size)
    }
    if "growth_bytes" in kept and (new.growth_high_bytes is not None or observed.trials < CONFIRMING_TRIALS):
        # So few trials can all have met the lower of two levels.
        kept["growth_high_bytes"] = max(new.growth_high_bytes or 0, old.growth_high_bytes or 0) or None
    same_lines = new.lines.keys() == old.lines.keys()
    if same_lines and all(_same(size, old.lines[line], heap_noise) for line, size in new.lines.items()):
        kept["lines"] = old.lines
    return msgspec.structs.replace(new, **kept)


def _same(new: int | None, old: int | None, noise_bytes: int) -> bool:
    return new is not None and old is not None and abs(new - old) <= noise_bytes


def _changes(old: AcceptedVariant, new: AcceptedVariant) -> Iterator[str]:
    for field, word in _FIGURES.items():
        then, now = getattr(old, field), getattr(new, field)
        if then != now:
            yield f"{word} {_size(now)} instead of {_size(then)}"
    if old.output != new.output:
        yield "another result"
    for setting in sorted({*old.growth_classes, *new.growth_classes}):
        was, is_now = old.growth_classes.get(setting), new.growth_classes.get(setting)
        if was != is_now:
            yield f"{is_now or 'no growth class'} in {setting} instead of {was or 'none'}"
    if old.role != new.role:
        yield f"{new.role} instead of {old.role}"


def _size(size_bytes: int | None) -> str:
    return "none" if size_bytes is None else format_bytes(size_bytes)
