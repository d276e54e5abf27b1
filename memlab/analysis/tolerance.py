"""How much more a figure may be than was accepted, and in words why so much.

Growth is the difference of two readings of the kernel's counters, each of which can be off by the machine's
resolution; so two growths could differ by four times that. They don't: over 20 processes the highest and the lowest
growth of the same work were 0.5 to 1.5 resolutions apart, idle or loaded, and a median of three lies closer. The
tolerance is therefore at least the sum of both resolutions, this machine's and the baseline's, each taken once: a
resolution here is that of every process of a tree, with what read-reset windows could have hidden.

The rule (`--fail-on`) sets the floor below which nothing counts. Under other conditions, such as another kernel,
what is resident is allowed twice as much. The heap is what memray counts, byte by byte, and knows no conditions; but
it counts Python's arenas of 1 MiB whole, of which a run needs one more or less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memlab.analysis.observed import Observed
from memlab.limits import Clause, FailOn
from memlab.model.baseline import AcceptedVariant, Conditions
from memlab.units import MIB, format_bytes

_HEAP_BYTES = MIB
_HEAP_SHARE = 0.001
_HEADLINE_BYTES = MIB
_RETAINED_BYTES = 2 * MIB
_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much a figure may differ from the accepted one without counting as moved.

    Attributes:
        floor_bytes: what the rule alone allows; less than `size_bytes` where the meter is coarser than the rule, or
            conditions differ.
        reason: why so much, in words.
    """

    size_bytes: int
    floor_bytes: int
    reason: str

    @property
    def coarse(self) -> bool:
        """Whether the meter tells less than the rule asks for."""
        return self.size_bytes > self.floor_bytes


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a variant's figures are judged.

    Attributes:
        fail_on: when growth (or what else it names) has regressed.
        headline: the figure that the recipe is about.
        accepted: what the baseline was measured under.
        differences: in words, what of that is another now.
        trials_left: whether more trials can be made before the verdict has to stand.
        other_instructions: this CPU has other vector instructions than the one the baseline was made on.
    """

    fail_on: FailOn
    headline: str
    accepted: Conditions
    differences: tuple[str, ...] = ()
    trials_left: bool = False
    other_instructions: bool = False


def tolerance_of(
    figure: str, accepted: AcceptedVariant, rules: Rules, observed: Observed, clause: Clause | None = None
) -> Tolerance | None:
    """The tolerance of a figure; None where it isn't judged.

    Args:
        figure: growth, retained, kept, or heap.
        observed: what is measured now; the baseline's growth is taken to be of as many processes, and to have as much
            that nobody saw.
        clause: take the floor from this clause of the rule; else the lowest of all clauses.
    """
    known = accepted_figure(accepted, figure)
    if known is None:
        return None
    named = rules.fail_on.threshold_bytes(figure, known)
    if clause is not None and (of_clause := clause.threshold_bytes(figure, known)) is not None:
        named = of_clause
    if figure == "heap":
        noise = heap_noise_bytes(known)
        if named is not None and named > noise:
            return Tolerance(named, named, f"the rule {rules.fail_on}")
        return Tolerance(noise, noise, "memray counts every byte; two runs may differ by an arena of Python's, 1 MiB")
    if named is not None:
        floor, reason = named, f"the rule {rules.fail_on}"
    elif figure == rules.headline and figure != "growth":
        floor, reason = max(_HEADLINE_BYTES, int(_SHARE * known)), "1 MiB or 5 %, whichever is more"
    elif figure == "retained":
        floor = max(_RETAINED_BYTES, int(_SHARE * accepted.growth_bytes))
        reason = "2 MiB or 5 % of the growth, whichever is more"
    else:
        return None
    tolerance = _resident(floor, reason, rules, observed)
    scatter = max(0, (accepted.growth_high_bytes or 0) - accepted.growth_bytes) if figure == "growth" else 0
    return tolerance if not scatter else _with_scatter(tolerance, scatter)


def heap_noise_bytes(accepted_bytes: int) -> int:
    """By how much two heap peaks of the same code can differ: max(1 MiB, 0.1 %)."""
    return max(_HEAP_BYTES, int(_HEAP_SHARE * accepted_bytes))


def accepted_figure(accepted: AcceptedVariant, figure: str) -> int | None:
    """The accepted bytes of a figure; None where none were."""
    return {
        "growth": accepted.growth_bytes,
        "heap": accepted.heap_bytes,
        "retained": accepted.retained_bytes,
        "kept": accepted.kept_bytes,
    }[figure]


def condition_differences(accepted: Conditions, now: Conditions) -> tuple[str, ...]:
    """What is different from when the baseline was made, such as `2 CPUs instead of 4`.

    Of the kernel its series counts (6.1 of 6.1.0-18): updates within one change nothing in how memory is counted.
    """
    differences = []
    if _series(accepted.kernel) != _series(now.kernel):
        differences.append(f"kernel {now.kernel or 'unknown'} instead of {accepted.kernel or 'an unknown one'}")
    if accepted.cpus != now.cpus:
        differences.append(f"{now.cpus} CPU{'' if now.cpus == 1 else 's'} instead of {accepted.cpus}")
    if accepted.transparent_hugepages != now.transparent_hugepages:
        before, here = accepted.transparent_hugepages or "unknown", now.transparent_hugepages or "unknown"
        differences.append(f"transparent huge pages {here} instead of {before}")
    before, here = _limit(accepted.memory_limit_bytes), _limit(now.memory_limit_bytes)
    if before != here:
        differences.append(f"{here} instead of {before}")
    if (accepted.resolution_bytes == 0) != (now.resolution_bytes == 0):
        sampled, marked = "peaks that were sampled", "peaks read from the kernel's mark"
        differences.append(
            f"{marked} instead of {sampled}" if now.resolution_bytes else f"{sampled} instead of {marked}"
        )
    return tuple(differences)


def another_meter(accepted: Conditions, now_from_mark: bool) -> bool:
    """Whether growth was read from the kernel's mark then and is not now, or the other way round."""
    return (accepted.resolution_bytes > 0) != now_from_mark


def enumeration(parts: Sequence[str]) -> str:
    """The parts as `a, b and c`."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _resident(floor: int, reason: str, rules: Rules, observed: Observed) -> Tolerance:
    size = floor
    both = observed.error_bytes() + observed.error_bytes(rules.accepted.resolution_bytes)
    if both > size:
        size, reason = both, f"what growth can be off by, now and when it was accepted: {format_bytes(both)} together"
    if rules.differences:
        size, reason = 2 * size, f"{reason}; doubled, as conditions differ: {enumeration(rules.differences)}"
    return Tolerance(size, floor, reason)


def _with_scatter(tolerance: Tolerance, scatter: int) -> Tolerance:
    return Tolerance(
        tolerance.size_bytes + scatter,
        tolerance.floor_bytes + scatter,
        f"{tolerance.reason}; and {format_bytes(scatter)}, by which its trials differed when it was accepted",
    )


def _series(kernel: str) -> str:
    found = re.match(r"\d+\.\d+", kernel)
    return found[0] if found else kernel


def _limit(size_bytes: int | None) -> str:
    return "no memory limit" if size_bytes is None else f"a memory limit of {format_bytes(size_bytes)}"
