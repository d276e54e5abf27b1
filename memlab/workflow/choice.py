"""What of a recipe is measured, and with which meters: as asked for, and as far as it is there."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from memlab import libraries
from memlab.errors import RecipeError, UsageError
from memlab.model.description import RecipeDescription
from memlab.model.run import MissingMeter, SkippedVariant
from memlab.plan import METERS

_LIBRARIES = {"memray": "memray", "memory_profiler": "memory_profiler"}
_MEMRAY_PLATFORMS = ("linux", "darwin")


def choose_variants(
    recipe: RecipeDescription, wanted: Sequence[str], skipped: Sequence[SkippedVariant]
) -> tuple[str, ...]:
    """The variants to measure: those wanted, with the baseline and what pitfalls are held against.

    Args:
        wanted: names as the user typed them, `-` and `_` being equal; empty for all.
        skipped: variants that can't be measured here.

    Raises:
        UsageError: there is no such variant.
        RecipeError: the baseline is among those that can't be measured.
    """
    names = {variant.name.replace("-", "_"): variant for variant in recipe.variants}
    chosen = set()
    for name in wanted:
        variant = names.get(name.replace("-", "_"))
        if variant is None:
            raise UsageError(f"{recipe.name} has no variant called {name!r}", hint=f"there are {', '.join(names)}")
        chosen |= {variant.name, variant.against or recipe.baseline.name}
    left_out = {one.variant for one in skipped}
    for one in skipped:
        if one.variant == recipe.baseline.name:
            raise RecipeError(f"{recipe.name} can't be compared without its baseline: {one.message}")
    order = [variant.name for variant in recipe.variants if not wanted or variant.name in chosen]
    if recipe.baseline.name not in order:
        order.insert(0, recipe.baseline.name)
    return tuple(name for name in order if name not in left_out)


def choose_timelines(recipe: RecipeDescription, variants: Sequence[str], *, quick: bool) -> tuple[str, ...]:
    """The variants whose memory over time is recorded: all, but where time is short the baseline's and the first
    technique's alone, which show what the recipe is about."""
    techniques = [one.name for one in recipe.variants if one.role == "technique" and one.name in variants]
    return (recipe.baseline.name, *techniques[:1]) if quick else tuple(variants)


def choose_meters(wanted: Collection[str]) -> tuple[tuple[str, ...], tuple[MissingMeter, ...]]:
    """The meters to use, `os` first, and those of the wanted ones that are not there."""
    missing = {meter: message for meter in METERS if meter in wanted and (message := _why_missing(meter))}
    used = tuple(meter for meter in METERS if meter == METERS[0] or (meter in wanted and meter not in missing))
    return used, tuple(MissingMeter(meter, message) for meter, message in missing.items())


def _why_missing(meter: str) -> str | None:
    module = _LIBRARIES.get(meter)
    if module is None:
        return None
    if meter == "memray" and not sys.platform.startswith(_MEMRAY_PLATFORMS):
        return f"memray runs on Linux and macOS only, so its figures are missing on {sys.platform}"
    return next((libraries.install_sentence(one) for one in libraries.missing((module,))), None)
