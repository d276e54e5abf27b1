"""Findings that rest on comparisons: pitfalls, techniques, what they cost in time, and what was not compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from memlab.analysis.agreement import AgreementRule
from memlab.analysis.comparison import SAME_WITHIN
from memlab.analysis.measured import MeasuredVariant
from memlab.analysis.wording import about, larger_inputs, listed, number, own_inputs, says
from memlab.model.report import Comparison, Finding, Ratio
from memlab.model.run import Run
from memlab.units import format_bytes, format_ratio

_SLOWER = 1.2


def comparison_findings(
    run: Run, comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant], rule: AgreementRule
) -> Iterator[Finding]:
    """What the comparisons say; of a result that nothing declares to be another they say nothing."""
    baseline = run.recipe.baseline.name
    for name, variant in measured.items():
        if name not in comparisons and variant.trials and variant.description.against not in (None, baseline):
            yield _not_compared(variant)
    for name, comparison in comparisons.items():
        variant, agreement = measured[name], comparison.agreement
        if agreement is not None and not agreement.same and not agreement.declared:
            continue
        if variant.description.role == "pitfall":
            yield _pitfall(run, variant, measured[comparison.baseline], measured[baseline], comparison, rule)
        elif variant.description.role == "technique":
            yield from _technique(run, variant, measured[comparison.baseline], comparison)
    yield from _time_costs(comparisons, measured)


def _not_compared(variant: MeasuredVariant) -> Finding:
    name, reference = variant.name, variant.description.against
    return Finding(
        "not_compared",
        "note",
        name,
        f"{name} is not compared: {reference}, against which it is held, has no trial that counts",
        None,
        {"reference": reference},
    )


def _pitfall(
    run: Run,
    variant: MeasuredVariant,
    reference: MeasuredVariant,
    baseline: MeasuredVariant,
    comparison: Comparison,
    rule: AgreementRule,
) -> Finding:
    description, ratio = variant.description, comparison.ratio
    name, other = description.name, comparison.baseline
    shown = {
        "no_saving": f"saves nothing compared with {other}",
        "costs": f"{says(comparison.figure, 'more')} than {other}",
        "retains": f"keeps no less than {other}",
        "wrong_output": f"gives a wrong result{_how_wrong(comparison)}",
    }
    words = " and ".join(shown[what] for what in description.shows)
    evidence = {"shows": list(description.shows), "ratio": None if ratio is None else ratio.value}
    if comparison.confirmed:
        because = f", because {description.because}" if description.because else ""
        return Finding("pitfall_confirmed", "note", name, f"{name} {words}{because}", None, evidence)
    if comparison.confirmed is None:
        return Finding(
            "pitfall_not_judged",
            "note",
            name,
            f"whether {name} {words} can't be said here: {_why_not_judged(variant, reference, baseline, ratio, rule)}",
            None,
            evidence,
        )
    measured = ""
    if ratio is not None and ratio.value:
        measured = f" (it {says(comparison.figure, f'{format_ratio(1 / ratio.value)} as much')})"
    return Finding(
        "pitfall_not_confirmed",
        "warning",
        name,
        f"not shown here, against what the recipe says: {name} {words}{measured}",
        own_inputs(run) or "another library version or machine can be why; the recipe's explanation may tell",
        evidence,
    )


def _how_wrong(comparison: Comparison) -> str:
    agreement = comparison.agreement
    if agreement is None or agreement.same:
        return ""
    if agreement.psnr_db is not None and agreement.at_least_db is not None:
        return f" ({agreement.psnr_db:.1f} dB where {agreement.at_least_db:g} are asked for)"
    if agreement.largest_difference is not None:
        return f" (off by up to {number(agreement.largest_difference)})"
    return ""


def _why_not_judged(
    variant: MeasuredVariant,
    reference: MeasuredVariant,
    baseline: MeasuredVariant,
    ratio: Ratio | None,
    rule: AgreementRule,
) -> str:
    if rule.unknown(variant, baseline):
        return f"its result could not be held against that of {baseline.name}"
    if rule.same_output(reference, baseline) is False:
        return f"the result of {reference.name} is not that of {baseline.name}"
    if min(len(variant.trials), len(reference.trials)) < 2:
        return "one trial gives no interval"
    if ratio is None:
        return f"{reference.name} stays under {format_bytes(reference.floor_bytes)}"
    return "in some trials its figure is 0 or less"


def _technique(
    run: Run, variant: MeasuredVariant, reference: MeasuredVariant, comparison: Comparison
) -> Iterator[Finding]:
    name, other, ratio, figure = comparison.variant, comparison.baseline, comparison.ratio, comparison.figure
    evidence = {"ratio": None if ratio is None else ratio.value, "verdict": comparison.verdict}
    if comparison.verdict == "costs":
        if ratio is not None and ratio.value:
            more = f"{says(figure, f'{format_ratio(1 / ratio.value)} as much')} as {other}"
        else:
            own, floor = median(variant.values(figure)), format_bytes(reference.floor_bytes)
            more = f"{says(figure, 'more')} than {other}: {format_bytes(own)} instead of under {floor}"
        yield Finding(
            "technique_costs", "warning", name, f"{name} is meant to save, and {more}", own_inputs(run), evidence
        )
    elif comparison.verdict == "no_difference":
        message = f"{name} is meant to save, and {says(figure, 'as much')} as {other}"
        yield Finding("technique_without_effect", "warning", name, message, own_inputs(run), evidence)
    elif (
        comparison.verdict == "inconclusive" and ratio is not None and ratio.low is not None and ratio.high is not None
    ):
        if ratio.low > 1 + SAME_WITHIN or ratio.high < 1 - SAME_WITHIN:
            floor = format_bytes(max(variant.floor_bytes, reference.floor_bytes))
            why, hint = f"the difference is under {floor}", larger_inputs(run)
        else:
            why = f"the ratio lies between {format_ratio(ratio.low)} and {format_ratio(ratio.high)}"
            hint = (
                "leave out --quick, which takes few trials of small inputs"
                if run.options.quick
                else f"more than {run.options.trials} trials (--trials) narrow it"
            )
        message = f"whether {name} {says(figure, 'less')} than {other} can't be said: {why}"
        yield Finding("inconclusive", "note", name, message, hint, evidence)


def _time_costs(comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant]) -> Iterator[Finding]:
    """Techniques that surely take longer than what they are held against."""
    slower: dict[str, dict[str, dict[str, Any]]] = {}
    for name, comparison in comparisons.items():
        time = comparison.time_ratio
        if measured[name].description.role != "technique" or time is None or time.low is None or time.value is None:
            continue
        if time.low > _SLOWER:
            evidence = {"time_ratio": time.value, "low": time.low, "high": time.high}
            slower.setdefault(comparison.baseline, {})[name] = evidence
    for other, cases in slower.items():
        ratios = [format_ratio(evidence["time_ratio"]) for evidence in cases.values()]
        if len(cases) == 1:
            (name,) = cases
            saves = comparisons[name].verdict == "saves"
            takes = f"takes {ratios[0]} the time of {other}"
            message = f"what {name} saves costs time: it {takes}" if saves else f"{name} {takes}"
        else:
            ordered = sorted(ratios, key=lambda ratio: float(ratio[:-1]))
            times = ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"
            message = f"{listed(cases)} take {times} the time of {other}"
        yield about("time_cost", "note", cases, message)
