"""Figures and accepted figures by hand, in MiB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from memlab.analysis.observed import Observed
from memlab.analysis.tolerance import Rules
from memlab.limits import DEFAULT_FAIL_ON, parse_fail_on
from memlab.model.baseline import AcceptedVariant, Conditions

KIB, MIB = 1 << 10, 1 << 20
RESOLUTION = 248 * KIB

CONDITIONS = Conditions(
    kernel="6.1", cpus=2, transparent_hugepages="madvise", memory_limit_bytes=None, resolution_bytes=RESOLUTION
)


def sizes(*mib: float) -> tuple[int, ...]:
    return tuple(round(one * MIB) for one in mib)


def accepted(growth: float, heap: float | None = None, **more: Any) -> AcceptedVariant:
    """Accepted figures in MiB; other fields as they are."""
    for name in ("retained_bytes", "kept_bytes", "growth_high_bytes"):
        if more.get(name) is not None:
            more[name] = round(more[name] * MIB)
    known = {"role": "technique", "retained_bytes": 0} | more
    return AcceptedVariant(
        growth_bytes=round(growth * MIB), heap_bytes=None if heap is None else round(heap * MIB), **known
    )


def observed(
    growth: float | Sequence[float],
    heap: float | Sequence[float] | None = None,
    *,
    retained: float | Sequence[float] = 0,
    kept: float | Sequence[float] | None = None,
    trials: int = 3,
    resolution: int = RESOLUTION,
    **more: Any,
) -> Observed:
    """Figures in MiB: one for each trial, or one for all of them."""

    def each(figure: float | Sequence[float], count: int) -> tuple[int, ...]:
        return sizes(*([figure] * count if isinstance(figure, int | float) else figure))

    values = {"growth": each(growth, trials), "retained": each(retained, trials)}
    if kept is not None:
        values["kept"] = each(kept, trials)
    if heap is not None:
        values["heap"] = each(heap, 1)
    return Observed(values, resolution_bytes=resolution, **more)


def rules(
    fail_on: str | None = None,
    headline: str = "growth",
    *,
    conditions: Conditions = CONDITIONS,
    differences: tuple[str, ...] = (),
    trials_left: bool = False,
) -> Rules:
    rule = DEFAULT_FAIL_ON if fail_on is None else parse_fail_on(fail_on)
    return Rules(rule, headline, conditions, differences, trials_left)
