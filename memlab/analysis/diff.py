"""Two runs of one recipe: what changed, beyond noise, and in which environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from memlab.analysis.accepted import accepted_variant, conditions_now
from memlab.analysis.diff_variant import Measured, diff_variant, measured_in, not_compared, without_other
from memlab.analysis.diff_words import DIFFERENCES, diff_sentence
from memlab.analysis.environment_diff import environment_differences
from memlab.analysis.inputs_line import inputs_line
from memlab.analysis.renamed import renamed_variants
from memlab.analysis.tolerance import Rules, condition_differences
from memlab.limits import DEFAULT_FAIL_ON
from memlab.model.diff import Diff, DiffSide, VariantDiff
from memlab.model.report import Report
from memlab.model.run import Run


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run with the report that was made of it, whose `run_file` says where it is."""

    run: Run
    report: Report


def diff_runs(old: ReportedRun, new: ReportedRun, memlab_version: str) -> Diff:
    """Hold two runs of one recipe against each other.

    Args:
        memlab_version: the one that makes the diff.
    """
    why_not = _why_not(old.run, new.run)
    then, now = _measured(old), _measured(new)
    variants = tuple(_variants(then, now, _rules(old, new), comparable=why_not is None))
    differing = _differing(variants)
    sides = _side(old), _side(new)
    sentence = diff_sentence(variants, differing) if why_not is None else f"not comparable: {why_not}"
    if sides[0].run_file == sides[1].run_file:
        sentence = "no difference: both are the same run"
    return Diff(
        memlab_version=memlab_version,
        recipe=new.run.recipe.name,
        headline=new.run.recipe.headline,
        sentence=sentence,
        changed=why_not is not None or any(kind != "inconclusive" for kind, _ in differing),
        comparable=why_not is None,
        why_not=why_not,
        old=sides[0],
        new=sides[1],
        environment=tuple(environment_differences(old.run, old.report, new.run, new.report)),
        variants=variants,
        remarks=tuple(_remarks(old, new)),
    )


def _why_not(old: Run, new: Run) -> str | None:
    before, now = inputs_line(old.inputs), inputs_line(new.inputs)
    return None if before == now else f"the inputs are {now}, and were {before}"


def _rules(old: ReportedRun, new: ReportedRun) -> Rules:
    then, now = (conditions_now(one.run, one.report) for one in (old, new))
    return Rules(DEFAULT_FAIL_ON, new.run.recipe.headline, then, condition_differences(then, now))


def _measured(one: ReportedRun) -> dict[str, Measured]:
    return {variant.name: measured_in(one.run, one.report, variant.name) for variant in one.run.recipe.variants}


def _variants(
    then: Mapping[str, Measured], now: Mapping[str, Measured], rules: Rules, *, comparable: bool
) -> Iterator[VariantDiff]:
    """Each variant that one of the runs measured, in the order of the new recipe; those that are gone come last."""
    renamed = {new: old for old, new in _renamed(then, now).items()} if comparable else {}
    for name, measured in now.items():
        old = then.get(renamed.get(name, name))
        if old is None:
            yield without_other(measured, "added")
        elif old.report is None and measured.report is None:
            continue
        elif not comparable:
            yield not_compared(old, measured)
        else:
            yield diff_variant(old, measured, rules)
    for name, measured in then.items():
        if name not in now and name not in renamed.values():
            yield without_other(measured, "removed")


def _renamed(then: Mapping[str, Measured], now: Mapping[str, Measured]) -> dict[str, str]:
    gone = {
        name: accepted_variant(one.run, one.report, one.observed, one.root)
        for name, one in then.items()
        if name not in now and one.report is not None and one.observed is not None and one.failure is None
    }
    new = {
        name: one.observed
        for name, one in now.items()
        if name not in then and one.observed is not None and one.failure is None
    }
    return renamed_variants(gone, new)


def _differing(variants: tuple[VariantDiff, ...]) -> list[tuple[str, VariantDiff]]:
    """What there is to say of each variant that isn't as before, the most important first."""
    found = []
    for one in variants:
        if one.verdict in ("more", "less", "fails_now", "fails_no_more", "added", "removed", "inconclusive"):
            found.append((one.verdict, one))
        elif one.output == "changed":
            found.append(("output", one))
        elif one.renamed_from is not None:
            found.append(("renamed", one))
    return sorted(found, key=lambda pair: DIFFERENCES.index(pair[0]))


def _side(one: ReportedRun) -> DiffSide:
    run = one.run
    return DiffSide(
        run_file=one.report.run_file or "",
        created=run.created,
        memlab_version=run.memlab_version,
        inputs=inputs_line(run.inputs),
        complete=run.complete,
        trials=max((variant.trials for variant in one.report.variants), default=0),
    )


def _remarks(old: ReportedRun, new: ReportedRun) -> Iterator[str]:
    for which, one in (("old", old), ("new", new)):
        if not one.run.complete:
            yield f"the {which} run was interrupted: only the trials that had finished are counted"
    if old.run.created > new.run.created:
        yield "the old run was measured after the new one"
    meters = [set(one.run.options.meters) for one in (old, new)]
    for which, missing in (("old", meters[1] - meters[0]), ("new", meters[0] - meters[1])):
        if "memray" in missing:
            yield f"the {which} run was measured without memray: it has no heap, and no lines at its peak"
    if old.run.recipe.headline != new.run.recipe.headline:
        yield f"the recipe is about {new.run.recipe.headline} now, and was about {old.run.recipe.headline}"
    if msgspec.to_builtins(old.run.recipe.agree) != msgspec.to_builtins(new.run.recipe.agree):
        yield "the recipe's rule for outputs is another"
