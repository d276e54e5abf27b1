"""What was accepted and is gone, what is there and was never accepted, and whether one became the other.

A variant that only has another name would slip through a check that passes what it has no figures of. So both are
said, each by itself, with the likely other one: the name that is most like it, or the only one that needs as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from memlab.analysis.observed import Observed
from memlab.analysis.tolerance import heap_noise_bytes
from memlab.model.baseline import AcceptedRecipe, AcceptedVariant
from memlab.units import MIB

_ALIKE = 0.6
_SAME_BYTES = 2 * MIB
_SAME_SHARE = 0.05


def renamed_variants(gone: Mapping[str, AcceptedVariant], new: Mapping[str, Observed]) -> dict[str, str]:
    """The likely new name of each variant that is gone; no new name stands for two.

    Args:
        gone: what was accepted of variants that the recipe has no more, by name.
        new: what is measured of variants of which nothing was accepted.
    """
    pairs = []
    for name, accepted in gone.items():
        as_much = [other for other, observed in new.items() if _needs_as_much(observed, accepted)]
        for other in new:
            alike = _alike(name, other)
            if alike >= _ALIKE or as_much == [other]:
                pairs.append((other in as_much, alike, name, other))
    return _best(pairs)


def renamed_recipes(gone: Mapping[str, AcceptedRecipe], new: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The likely new name of each recipe that is gone: one that is called alike or has the same variants.

    Args:
        gone: what was accepted of recipes that the project has no more, by name.
        new: the names of the variants of recipes of which nothing was accepted.
    """
    pairs = []
    for name, accepted in gone.items():
        for other, variants in new.items():
            same = set(variants) == set(accepted.variants)
            alike = _alike(name, other)
            if same or alike >= _ALIKE:
                pairs.append((same, alike, name, other))
    return _best(pairs)


def _best(pairs: list[tuple[bool, float, str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, _, name, other in sorted(pairs, key=lambda pair: (not pair[0], -pair[1], pair[2], pair[3])):
        if name not in found and other not in found.values():
            found[name] = other
    return found


def _alike(name: str, other: str) -> float:
    return SequenceMatcher(None, name, other, autojunk=False).ratio()


def _needs_as_much(observed: Observed, accepted: AcceptedVariant) -> bool:
    heap, growth = observed.figure("heap"), observed.figure("growth")
    if heap is not None and accepted.heap_bytes is not None:
        return abs(heap - accepted.heap_bytes) <= heap_noise_bytes(accepted.heap_bytes)
    if growth is None:
        return False
    return abs(growth - accepted.growth_bytes) <= max(_SAME_BYTES, _SAME_SHARE * accepted.growth_bytes)
