"""From a recipe and options to the trials, interleaved; and the meters there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

TIMELINE = "timeline"
HEADLINE = "headline"
METER = "meter"

HEADLINE_METER = "os"
METERS = (HEADLINE_METER, "tracemalloc", "memray", "memory_profiler")
DEFAULT_METERS = METERS[:3]
UNDISTURBED_BY_OTHERS = frozenset({"tracemalloc", "memray"})
"""Meters that count what their own process asks for: other trials beside it change nothing of that. The others read
clocks and the kernel's counters."""


class PlannedTrial(msgspec.Struct, frozen=True):
    """One trial to come: its place in the plan, from 0; its variant; `timeline`, `headline` or `meter`; its meter."""

    number: int
    variant: str
    kind: str
    meter: str = HEADLINE_METER

    @property
    def beside_others(self) -> bool:
        """Whether others may run at the same time."""
        return self.meter in UNDISTURBED_BY_OTHERS


def make_plan(
    variants: Sequence[str],
    trials: int,
    meters: Collection[str] = (HEADLINE_METER,),
    timelines: Collection[str] | None = None,
) -> tuple[PlannedTrial, ...]:
    """Lay out the trials: the timeline trial of each variant, `trials` rounds of headline trials, then one trial of
    each other meter a variant, meter by meter.

    Rounds alternate between forwards and backwards, so that what drifts over the run (temperature, a filling page
    cache, a neighbour) falls on all variants alike.

    Args:
        timelines: the only variants that get a timeline trial; None for all.
    """
    order = [(one, TIMELINE, HEADLINE_METER) for one in variants if timelines is None or one in timelines]
    for number in range(trials):
        in_turn = variants if number % 2 == 0 else reversed(variants)
        order += [(variant, HEADLINE, HEADLINE_METER) for variant in in_turn]
    others = [meter for meter in METERS if meter in meters and meter != HEADLINE_METER]
    order += [(variant, METER, meter) for meter in others for variant in variants]
    return tuple(PlannedTrial(number, *one) for number, one in enumerate(order))
