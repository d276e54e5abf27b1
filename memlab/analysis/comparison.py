"""One variant against its reference: ratio, verdict, agreement, and whether a pitfall shows what it should."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from memlab.analysis.agreement import AgreementRule
from memlab.analysis.measured import MeasuredVariant
from memlab.analysis.statistics import ratio_interval
from memlab.model.report import AgreementReport, Comparison, Ratio

SAME_WITHIN = 0.05
_NO_SAVING_BELOW = 1.1
_COSTS_BELOW = 0.95


def compare(
    variant: MeasuredVariant,
    reference: MeasuredVariant,
    baseline: MeasuredVariant,
    figure: str,
    rule: AgreementRule,
) -> Comparison:
    """Hold a variant against its reference, and its output by the recipe's rule against the baseline's."""
    ratio = memory_ratio(reference, variant, figure)
    verdict = _verdict(ratio, variant, reference, figure)
    agreement = rule.report(variant, baseline)
    # Another result may have been less work: whatever it needs compares with nothing.
    same_work = agreement is None or agreement.same
    reference_agrees = rule.same_output(reference, baseline) is not False
    confirmed = None
    if variant.description.role == "pitfall":
        judged = reference_agrees and (agreement is None or agreement.same or agreement.declared)
        figures = _Figures(ratio, verdict, variant, reference, figure)
        known = None if rule.unknown(variant, baseline) else agreement
        confirmed = _all(_shown(what, known, figures if judged else None) for what in variant.description.shows)
    comparable = same_work and reference_agrees
    return Comparison(
        variant=variant.name,
        baseline=reference.name,
        figure=figure,
        ratio=ratio if comparable else None,
        verdict=verdict if comparable else None,
        time_ratio=_time_ratio(variant, reference) if comparable else None,
        agreement=agreement,
        confirmed=confirmed,
    )


def memory_ratio(reference: MeasuredVariant, variant: MeasuredVariant, figure: str) -> Ratio | None:
    """Reference's figure ÷ variant's; "at least" where the variant's is below the floor; None where the reference's
    is, or where one of them isn't known."""
    above, below = reference.values(figure), variant.values(figure)
    if not above or not below or median(above) < reference.floor_bytes:
        return None
    if median(below) < variant.floor_bytes:
        return Ratio(None, None, None, at_least=median(above) / variant.floor_bytes)
    low, high = ratio_interval(above, below) or (None, None)
    return Ratio(median(above) / median(below), low, high)


def _verdict(ratio: Ratio | None, variant: MeasuredVariant, reference: MeasuredVariant, figure: str) -> str | None:
    above, below = reference.values(figure), variant.values(figure)
    if not above or not below:
        return None
    # What is below the floor can be anything up to it.
    if ratio is None:
        low, high = ratio_interval(_at_least(above, reference.floor_bytes), below) or (None, None)
    elif ratio.at_least is not None:
        low, high = ratio_interval(above, _at_least(below, variant.floor_bytes)) or (None, None)
    else:
        low, high = ratio.low, ratio.high
    if low is None or high is None:
        return "inconclusive"
    floor = max(variant.floor_bytes, reference.floor_bytes)
    difference = median(above) - median(below)
    if low > 1 + SAME_WITHIN and difference > floor:
        return "saves"
    if high < 1 - SAME_WITHIN and -difference > floor:
        return "costs"
    if ratio is not None and ratio.value is not None and low >= 1 - SAME_WITHIN and high <= 1 + SAME_WITHIN:
        return "no_difference"
    return "inconclusive"


def _at_least(values: Sequence[float], floor: int) -> list[float]:
    return [max(value, float(floor)) for value in values]


def _time_ratio(variant: MeasuredVariant, reference: MeasuredVariant) -> Ratio | None:
    """The variant's time ÷ the reference's: 1.2 is a fifth slower."""
    above, below = variant.seconds, reference.seconds
    if not above or not below or median(below) <= 0:
        return None
    low, high = ratio_interval(above, below) or (None, None)
    return Ratio(median(above) / median(below), low, high)


class _Figures(NamedTuple):
    ratio: Ratio | None
    verdict: str | None
    variant: MeasuredVariant
    reference: MeasuredVariant
    figure: str


def _shown(what: str, agreement: AgreementReport | None, figures: _Figures | None) -> bool | None:
    """Whether a pitfall shows this; None where that can't be said."""
    if what == "wrong_output":
        return None if agreement is None else not agreement.same
    if figures is None:
        return None
    if what == "retains":
        return _retains(figures)
    ratio = figures.ratio
    if ratio is None:
        return True if figures.verdict == "costs" else None
    if ratio.value is None:
        return False
    return None if ratio.high is None else ratio.high < (_COSTS_BELOW if what == "costs" else _NO_SAVING_BELOW)


def _retains(figures: _Figures) -> bool | None:
    figure = "kept" if figures.figure == "kept" else "retained"
    own, other = figures.variant.values(figure), figures.reference.values(figure)
    if not own or not other:
        return None
    # Who keeps nothing that can be told from nothing retains nothing, however little the reference does.
    return median(own) >= max(median(other) / _NO_SAVING_BELOW, figures.variant.floor_bytes)


def _all(shown: Iterable[bool | None]) -> bool | None:
    """False where one is, else None where one is."""
    found = set(shown)
    return False if False in found else None if None in found else True
