"""A variant's figures as the words of a table's cells."""

from __future__ import annotations

from memlab.model.report import Comparison, Report, Spread, VariantReport
from memlab.render.signs import Signs
from memlab.units import MIB, format_bytes, format_ratio, format_seconds

_GRAIN_BYTES = 256 << 10
FIGURES = ("growth", "retained", "kept")
METERS = {"memray": "heap", "tracemalloc": "Python", "memory_profiler": "sampled"}
"""Meters beside the headline's, with what their figures are called."""


def in_order(headline: str) -> tuple[str, ...]:
    """The figures with the recipe's headline first."""
    return (headline, *(figure for figure in FIGURES if figure != headline))


def value_of(variant: VariantReport, figure: str) -> float | None:
    """The median of a figure in bytes; None where there is none, or nothing to draw."""
    if figure == "growth":
        growth = variant.peak_growth_bytes
        return None if growth is None or (growth.below_resolution and not growth.at_least) else growth.median
    spread = _spread(variant, figure)
    return None if spread is None else spread.median


def cell(variant: VariantReport, figure: str, signs: Signs) -> str:
    """A figure: `148 MiB`, `<2.00 MiB` below the resolution, `≥148 MiB` where it is a lower bound."""
    if figure != "growth":
        spread = _spread(variant, figure)
        return signs.dash if spread is None else format_bytes(_without_grain(round(spread.median)))
    growth = variant.peak_growth_bytes
    if growth is None:
        return "failed" if variant.failed else signs.dash
    if growth.at_least:
        return signs.at_least + format_bytes(growth.median)
    if growth.below_resolution:
        return f"<{format_bytes(floor_bytes(growth.resolution_bytes))}"
    return format_bytes(growth.median)


def meter_value(variant: VariantReport, meter: str) -> int | None:
    """What a meter beside the headline's saw at its peak."""
    if meter == "memray":
        return variant.heap_peak_bytes
    return variant.traced_peak_bytes if meter == "tracemalloc" else variant.memory_profiler_peak_bytes


def meter_cell(variant: VariantReport, meter: str, signs: Signs) -> str:
    """The same as the words of a cell."""
    value = meter_value(variant, meter)
    return signs.dash if value is None else format_bytes(_without_grain(value))


def floor_bytes(resolution_bytes: int) -> int:
    """What growth has to reach to be told from nothing, at a machine's resolution."""
    return max(2 * MIB, 2 * resolution_bytes)


def range_of(variant: VariantReport, figure: str, signs: Signs) -> str | None:
    """The range over the trials: `147–149 MiB`; None where it says no more than the median."""
    if figure == "growth":
        growth = variant.peak_growth_bytes
        if growth is None or growth.below_resolution:
            return None
        low, high = float(growth.low), float(growth.high)
    else:
        spread = _spread(variant, figure)
        if spread is None:
            return None
        low, high = spread.low, spread.high
    if variant.trials < 2:
        return None
    first, last = format_bytes(round(low)), format_bytes(round(high))
    if first == last:
        return f"each time {first}"
    if first.split()[1] == last.split()[1]:
        first = first.split()[0]
    if first.startswith("-") or last.startswith("-"):
        return f"{first} to {last}"
    return f"{first}{signs.dash}{last}"


def time(variant: VariantReport, report: Report, signs: Signs) -> str:
    """The baseline's duration; of another variant how many times that it took.

    Where the outputs differ, and where there is no baseline to compare with, the duration itself.
    """
    if variant.seconds is None:
        return signs.dash
    baseline = next((other for other in report.variants if other.name == report.baseline), None)
    comparison = comparison_of(variant, report)
    if (
        baseline is None
        or baseline is variant
        or baseline.seconds is None
        or baseline.seconds.median <= 0
        or comparison is None
        or comparison.time_ratio is None
    ):
        return signs.text(format_seconds(variant.seconds.median))
    ratio = variant.seconds.median / baseline.seconds.median
    return signs.text("<0.01×" if ratio < 0.005 else format_ratio(ratio))


def comparison_of(variant: VariantReport, report: Report) -> Comparison | None:
    """How the variant compares with its reference."""
    return next((comparison for comparison in report.comparisons if comparison.variant == variant.name), None)


def same(variant: VariantReport, report: Report, signs: Signs) -> str:
    """Whether the output agrees with the baseline's, in decibels where it isn't equal; in capitals where it differs
    undeclared."""
    comparison = comparison_of(variant, report)
    if comparison is None or comparison.agreement is None:
        return signs.dash
    agreement = comparison.agreement
    if agreement.same:
        return "yes" if agreement.psnr_db is None else f"{agreement.psnr_db:.0f} dB"
    return "no" if agreement.declared else "NO"


def _without_grain(size_bytes: int) -> int:
    """A few pages less than at the start are no finding, and would only puzzle: that is nothing."""
    return 0 if -_GRAIN_BYTES < size_bytes < 0 else size_bytes


def _spread(variant: VariantReport, figure: str) -> Spread | None:
    return variant.retained_bytes if figure == "retained" else variant.kept_by_allocator_bytes
