"""The comparison in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from memlab.analysis.comparison import SAME_WITHIN
from memlab.analysis.measured import MeasuredVariant
from memlab.analysis.wording import says
from memlab.model.report import Comparison, Ratio
from memlab.units import format_bytes, format_ratio


def headline_sentence(
    comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant], baseline: str, figure: str
) -> str:
    """Say what the recipe's main technique does: the first that saves, in the order of the recipe.

    "stream needs 12.0× less memory than load_all: 12.4 MiB instead of 148 MiB".
    """
    held = measured[baseline].values(figure)
    if not measured[baseline].trials:
        return f"{baseline} has no trial that counts, so there is nothing to compare with"
    if not held:
        return "what the allocator keeps can't be known on this machine, so there is nothing to compare"
    if not any(variant.description.role == "technique" for variant in measured.values()):
        floor = measured[baseline].floor_bytes
        if figure == "growth" and median(held) < floor:
            return f"{baseline} {says(figure, f'less than {format_bytes(floor)} of')}: too little to measure"
        return f"{baseline} {says(figure, f'{format_bytes(median(held))} of')}"
    techniques = [one for one in comparisons.values() if measured[one.variant].description.role == "technique"]
    chosen = _first_saving(techniques)
    if chosen is None:
        return _no_saving(techniques, measured, baseline, figure)
    variant, ratio = measured[chosen.variant], chosen.ratio
    assert ratio is not None
    if ratio.value is not None:
        factor, size = format_ratio(ratio.value), format_bytes(median(variant.values(figure)))
    else:
        factor, size = f"at least {format_ratio(ratio.at_least or 0)}", f"under {format_bytes(variant.floor_bytes)}"
    sentence = f"{chosen.variant} {says(figure, f'{factor} less')} than {baseline}: {size} instead of "
    doubt = "" if chosen.verdict == "saves" else f" ({_doubt(ratio)})"
    return sentence + format_bytes(median(held)) + doubt


def _first_saving(techniques: Sequence[Comparison]) -> Comparison | None:
    for verdict in ("saves", "inconclusive"):
        for one in techniques:
            ratio = one.ratio
            if one.verdict == verdict and ratio is not None and (ratio.value or ratio.at_least or 0) > 1 + SAME_WITHIN:
                return one
    return None


def _doubt(ratio: Ratio) -> str:
    if ratio.low is not None and ratio.high is not None and ratio.low <= 1 + SAME_WITHIN:
        return f"uncertain: between {format_ratio(ratio.low)} and {format_ratio(ratio.high)}"
    return "uncertain"


def _no_saving(
    techniques: Sequence[Comparison], measured: Mapping[str, MeasuredVariant], baseline: str, figure: str
) -> str:
    compared = [one for one in techniques if measured[one.variant].values(figure) and one.verdict is not None]
    if not compared:
        return f"no technique could be compared with {baseline}"
    one = min(compared, key=lambda other: median(measured[other.variant].values(figure)))
    own, held = median(measured[one.variant].values(figure)), median(measured[baseline].values(figure))
    floor = max(measured[one.variant].floor_bytes, measured[baseline].floor_bytes)
    if max(own, held) < floor:
        both = f"{one.variant} and {baseline} both {says(figure, f'less than {format_bytes(floor)} of', several=True)}"
        return f"{both}: too little to compare"
    outcome, who = f"{one.variant} saves nothing", "it"
    if len(compared) > 1:
        outcome, who = "no technique saves anything", one.variant
    return f"{outcome} here: {who} {says(figure, format_bytes(own) + ' of')}, {baseline} {format_bytes(held)}"
