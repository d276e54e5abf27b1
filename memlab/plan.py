"""From a recipe and options to the trials, interleaved."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

TIMELINE = "timeline"
HEADLINE = "headline"


class PlannedTrial(msgspec.Struct, frozen=True):
    """One trial to come: its place in the plan, from 0; its variant; `timeline` or `headline`."""

    number: int
    variant: str
    kind: str


def make_plan(variants: Sequence[str], trials: int) -> tuple[PlannedTrial, ...]:
    """Lay out the trials: the timeline trial of each variant, then `trials` rounds of headline trials.

    Rounds alternate between forwards and backwards, so that what drifts over the run (temperature, a filling page
    cache, a neighbour) falls on all variants alike.
    """
    order = [(variant, TIMELINE) for variant in variants]
    for number in range(trials):
        order += [(variant, HEADLINE) for variant in (variants if number % 2 == 0 else reversed(variants))]
    return tuple(PlannedTrial(number, variant, kind) for number, (variant, kind) in enumerate(order))
