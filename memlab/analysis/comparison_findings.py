"""Findings that rest on comparisons: results, pitfalls, techniques, and what could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from memlab.analysis.comparison import SAME_WITHIN, MeasuredVariant, same_output
from memlab.analysis.wording import says
from memlab.model.report import Comparison, Finding, Ratio
from memlab.units import format_bytes, format_ratio

_SLOWER = 1.2


def comparison_findings(
    comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant], baseline: str
) -> Iterator[Finding]:
    """What the comparisons say.

    Args:
        baseline: the name of the recipe's baseline, with which all outputs are compared.
    """
    for name, variant in measured.items():
        if len(variant.outputs) > 1 and "wrong_output" not in variant.description.shows:
            yield _output_varies(variant)
        if name not in comparisons and variant.trials and variant.description.against not in (None, baseline):
            yield _not_compared(variant)
    for name, comparison in comparisons.items():
        variant, agreement = measured[name], comparison.agreement
        if agreement is not None and not agreement.same and not agreement.declared:
            if len(variant.outputs) == len(measured[baseline].outputs) == 1:
                yield _outputs_differ(variant, measured[baseline])
        elif variant.description.role == "pitfall":
            yield _pitfall(variant, measured[comparison.baseline], measured[baseline], comparison)
        elif variant.description.role == "technique":
            yield from _technique(variant, measured[comparison.baseline], comparison)


def _output_varies(variant: MeasuredVariant) -> Finding:
    name, texts = variant.description.name, [output.text for output in variant.outputs]
    return Finding(
        "output_varies",
        "error",
        name,
        f"{name} gave {len(texts)} different results in its trials{_both(texts[0], texts[1], ' and ')}; what changes "
        "from trial to trial can't be compared",
        "seed what is random, or say what is to be compared with @recipe.output",
        {"texts": texts[:10]},
    )


def _outputs_differ(variant: MeasuredVariant, baseline: MeasuredVariant) -> Finding:
    name, other = variant.description.name, baseline.description.name
    output, expected = variant.outputs[0], baseline.outputs[0]
    return Finding(
        "outputs_differ",
        "error",
        name,
        f"{name} gives another result than {other}{_both(output.text, expected.text, ' instead of ')}, so its memory "
        "is not compared",
        "make both do the same work, or say what is to be compared with @recipe.output",
        {"kind": output.kind, "text": output.text, "expected_kind": expected.kind, "expected_text": expected.text},
    )


def _both(one: str, other: str, between: str) -> str:
    return f" ({one}{between}{other})" if one != other else f" (both look like {one})"


def _not_compared(variant: MeasuredVariant) -> Finding:
    name, reference = variant.description.name, variant.description.against
    return Finding(
        "not_compared",
        "note",
        name,
        f"{name} is not compared: {reference}, against which it is held, has no trial that counts",
        None,
        {"reference": reference},
    )


def _pitfall(
    variant: MeasuredVariant, reference: MeasuredVariant, baseline: MeasuredVariant, comparison: Comparison
) -> Finding:
    description, ratio = variant.description, comparison.ratio
    name, other = description.name, comparison.baseline
    shown = {
        "no_saving": f"saves nothing compared with {other}",
        "costs": f"{says(comparison.figure, 'more')} than {other}",
        "retains": f"keeps no less than {other}",
        "wrong_output": "gives a wrong result",
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
            f"whether {name} {words} can't be said here: {_why_not_judged(variant, reference, baseline, ratio)}",
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
        f"not shown here: {name} {words}{measured}",
        "other inputs or library versions can change it; `memlab show` has the explanation",
        evidence,
    )


def _why_not_judged(
    variant: MeasuredVariant, reference: MeasuredVariant, baseline: MeasuredVariant, ratio: Ratio | None
) -> str:
    if same_output(reference, baseline) is False:
        return f"the result of {reference.description.name} is not that of {baseline.description.name}"
    if min(len(variant.trials), len(reference.trials)) < 2:
        return "one trial gives no interval"
    if ratio is None:
        return f"{reference.description.name} stays under {format_bytes(reference.floor_bytes)}"
    return "in some trials its figure is 0 or less"


def _technique(variant: MeasuredVariant, reference: MeasuredVariant, comparison: Comparison) -> Iterator[Finding]:
    name, other, ratio, figure = comparison.variant, comparison.baseline, comparison.ratio, comparison.figure
    evidence = {"ratio": None if ratio is None else ratio.value, "verdict": comparison.verdict}
    if comparison.verdict == "costs":
        if ratio is not None and ratio.value:
            more = f"{says(figure, f'{format_ratio(1 / ratio.value)} as much')} as {other}"
        else:
            own, floor = median(variant.values(figure)), format_bytes(reference.floor_bytes)
            more = f"{says(figure, 'more')} than {other}: {format_bytes(own)} instead of under {floor}"
        yield Finding("technique_costs", "warning", name, f"{name} is meant to save, and {more}", None, evidence)
    elif comparison.verdict == "no_difference":
        message = f"{name} is meant to save, and {says(figure, 'as much')} as {other}"
        yield Finding("technique_without_effect", "warning", name, message, None, evidence)
    elif (
        comparison.verdict == "inconclusive" and ratio is not None and ratio.low is not None and ratio.high is not None
    ):
        if ratio.low > 1 + SAME_WITHIN or ratio.high < 1 - SAME_WITHIN:
            floor = format_bytes(max(variant.floor_bytes, reference.floor_bytes))
            why, hint = f"the difference is under {floor}", "larger or more inputs (--set) would show more"
        else:
            why = f"the ratio lies between {format_ratio(ratio.low)} and {format_ratio(ratio.high)}"
            hint = "more trials (--trials) narrow it"
        message = f"whether {name} {says(figure, 'less')} than {other} can't be said: {why}"
        yield Finding("inconclusive", "note", name, message, hint, evidence)
    time = comparison.time_ratio
    if time is not None and time.low is not None and time.low > _SLOWER and time.value is not None:
        yield Finding(
            "time_cost",
            "note",
            name,
            f"{name} takes {format_ratio(time.value)} the time of {other}",
            None,
            {"time_ratio": time.value, "low": time.low, "high": time.high},
        )
