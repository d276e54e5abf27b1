"""The comparison in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from memlab.analysis.comparison import MeasuredVariant
from memlab.model.report import Comparison
from memlab.units import format_bytes, format_ratio

_VERBS = {
    "growth": ("needs", "memory"),
    "retained": ("retains", "memory"),
    "kept": ("leaves", "memory with the allocator"),
}


def headline_sentence(
    comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant], baseline: str, figure: str
) -> str:
    """Say what the recipe's main technique does: the first that saves, in the order of the recipe.

    "stream needs 12.0× less memory than load_all: 12.4 MiB instead of 148 MiB".
    """
    verb, what = _VERBS[figure]
    held = measured[baseline].values(figure)
    if not held:
        return f"{baseline} could not be measured, so there is nothing to compare with"
    techniques = [one for one in comparisons.values() if measured[one.variant].description.role == "technique"]
    chosen = _first_saving(techniques)
    if chosen is None:
        if not techniques:
            return f"{baseline} {verb} {format_bytes(median(held))} of {what}"
        return _no_saving(techniques, measured, baseline, figure)
    own = median(measured[chosen.variant].values(figure))
    ratio = chosen.ratio
    assert ratio is not None
    factor = f"{format_ratio(ratio.value)}" if ratio.value else f"at least {format_ratio(ratio.at_least or 0)}"
    size = format_bytes(own) if ratio.value else f"under {format_bytes(measured[chosen.variant].floor_bytes)}"
    sentence = f"{chosen.variant} {verb} {factor} less {what} than {baseline}: {size} instead of "
    return sentence + format_bytes(median(held))


def _first_saving(techniques: Sequence[Comparison]) -> Comparison | None:
    for verdict in ("saves", "inconclusive"):
        for one in techniques:
            ratio = one.ratio
            if one.verdict == verdict and ratio is not None and (ratio.value or ratio.at_least or 0) > 1.05:
                return one
    return None


def _no_saving(
    techniques: Sequence[Comparison], measured: Mapping[str, MeasuredVariant], baseline: str, figure: str
) -> str:
    verb, what = _VERBS[figure]
    compared = [one for one in techniques if measured[one.variant].values(figure) and one.verdict is not None]
    if not compared:
        return f"no technique could be compared with {baseline}"
    one = compared[0]
    own, held = median(measured[one.variant].values(figure)), median(measured[baseline].values(figure))
    floor = max(measured[one.variant].floor_bytes, measured[baseline].floor_bytes)
    if max(own, held) < floor:
        both = f"{one.variant} and {baseline} both {verb.rstrip('s')} less than {format_bytes(floor)} of {what}"
        return f"{both}: too little to compare"
    names = "no technique saves" if len(compared) > 1 else f"{one.variant} does not save"
    return f"{names} {what} here: {one.variant} {verb} {format_bytes(own)}, {baseline} {format_bytes(held)}"
