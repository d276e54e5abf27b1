"""One variant against its reference: ratio, verdict, agreement, and whether a pitfall shows what it should."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import msgspec

from memlab.analysis.figures import TrialFigures
from memlab.analysis.statistics import ratio_interval
from memlab.model.description import VariantDescription
from memlab.model.report import AgreementReport, Comparison, Ratio
from memlab.model.trial import OutputDescription

_SAME_WITHIN = 0.05
_NO_SAVING_BELOW = 1.1
_COSTS_BELOW = 0.95


@dataclass(frozen=True, slots=True)
class MeasuredVariant:
    """One variant with the figures of its headline trials; `floor_bytes` is what can't be told from nothing."""

    description: VariantDescription
    trials: tuple[TrialFigures, ...]
    floor_bytes: int
    output: OutputDescription | None

    def values(self, figure: str) -> list[float]:
        """The figure of each trial: growth, retained or kept."""
        if figure == "retained":
            return [float(trial.retained_bytes) for trial in self.trials]
        if figure == "kept":
            return [float(trial.kept_bytes) for trial in self.trials if trial.kept_bytes is not None]
        return [float(trial.growth_bytes) for trial in self.trials]


def compare(variant: MeasuredVariant, reference: MeasuredVariant, baseline: MeasuredVariant, figure: str) -> Comparison:
    """Hold a variant against its reference, and its output against the baseline's."""
    ratio = memory_ratio(reference, variant, figure)
    comparison = Comparison(
        variant=variant.description.name,
        baseline=reference.description.name,
        figure=figure,
        ratio=ratio,
        verdict=_verdict(ratio, variant, reference, figure),
        time_ratio=_time_ratio(variant, reference),
        agreement=_agreement(variant, baseline),
    )
    if variant.description.role == "pitfall":
        confirmed = all(_shown(what, comparison, variant, reference) for what in variant.description.shows)
        comparison = msgspec.structs.replace(comparison, confirmed=confirmed)
    if comparison.agreement is not None and not comparison.agreement.same:
        # Another result may have been less work: whatever it needs compares with nothing.
        return msgspec.structs.replace(comparison, ratio=None, verdict=None)
    return comparison


def memory_ratio(reference: MeasuredVariant, variant: MeasuredVariant, figure: str) -> Ratio | None:
    """Reference's figure ÷ variant's; "at least" where the variant's is below the floor; None where both are."""
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
    floor = max(variant.floor_bytes, reference.floor_bytes)
    difference = median(above) - median(below)
    if ratio is None:
        # The reference is below the floor: a variant far above it costs, by whatever factor.
        clearly = min(below) - max(above) > floor and len(below) > 1
        return "costs" if clearly else "inconclusive"
    if ratio.at_least is not None:
        certain = len(above) > 1 and len(below) > 1 and difference > floor and ratio.at_least > 1 + _SAME_WITHIN
        return "saves" if certain else "inconclusive"
    if ratio.low is None or ratio.high is None:
        return "inconclusive"
    if ratio.low > 1 + _SAME_WITHIN and difference > floor:
        return "saves"
    if ratio.high < 1 - _SAME_WITHIN and -difference > floor:
        return "costs"
    if ratio.low >= 1 - _SAME_WITHIN and ratio.high <= 1 + _SAME_WITHIN:
        return "no_difference"
    return "inconclusive"


def _time_ratio(variant: MeasuredVariant, reference: MeasuredVariant) -> Ratio | None:
    """The variant's time ÷ the reference's: 1.2 is a fifth slower."""
    above = [trial.seconds for trial in variant.trials]
    below = [trial.seconds for trial in reference.trials]
    if not above or not below or median(below) <= 0:
        return None
    low, high = ratio_interval(above, below) or (None, None)
    return Ratio(median(above) / median(below), low, high)


def _agreement(variant: MeasuredVariant, baseline: MeasuredVariant) -> AgreementReport | None:
    if variant.output is None or baseline.output is None:
        return None
    return AgreementReport(
        kind="exact",
        same=variant.output.digest == baseline.output.digest,
        declared="wrong_output" in variant.description.shows,
    )


def _shown(what: str, comparison: Comparison, variant: MeasuredVariant, reference: MeasuredVariant) -> bool:
    ratio = comparison.ratio
    if what == "wrong_output":
        return comparison.agreement is not None and not comparison.agreement.same
    if what == "retains":
        figure = "kept" if comparison.figure == "kept" else "retained"
        own, other = variant.values(figure), reference.values(figure)
        return bool(own and other) and median(own) >= median(other) / _NO_SAVING_BELOW
    if ratio is None:
        return what == "costs" and comparison.verdict == "costs"
    if ratio.value is None or ratio.high is None:
        return False
    return ratio.high < (_COSTS_BELOW if what == "costs" else _NO_SAVING_BELOW)
