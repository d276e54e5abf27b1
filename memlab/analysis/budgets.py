"""Budgets: whether a variant keeps within what somebody said it may need, whatever was accepted.

A budget holds when the figure keeps within it by more than it can be off by, and is broken when the figure is beyond it
by more. In between, the heap peak decides on growth, where one is known and no other process has a part; else the
budget is `inconclusive`. The heap is exact, and so are retained and kept memory: of those nothing is in between, but
for what differs from trial to trial.

Of a share (`stream<0.1×load_all`), both sides are measured in the same run, and both can be off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from memlab.analysis.growth_class import Sweep, is_worse
from memlab.analysis.observed import Observed
from memlab.limits import Budget, GrowthClass, Share, Size, normal_name
from memlab.model.check import BudgetCheck
from memlab.units import format_bytes

_SAYS = {
    "growth": "needs {}",
    "heap": "asks for {} of heap",
    "retained": "retains {}",
    "kept": "leaves {} with the allocator",
}


@dataclass(frozen=True, slots=True)
class StatedBudget:
    """A budget, and where it was stated: `command line`, `pyproject.toml` or `recipe`."""

    budget: Budget
    origin: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What budgets are held against.

    Attributes:
        observed: by variant.
        phases: by variant, then by phase: its peak growth.
        sweeps: by variant, then by setting.
        failures: by variant, why it has no figure that counts.
        skipped: by variant, why it was passed over.
        settings: those of the recipe's sweep.
    """

    observed: Mapping[str, Observed]
    phases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sweeps: Mapping[str, Mapping[str, Sweep]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedBudget:
    """A budget's verdict, and the variants of which more trials may settle it."""

    check: BudgetCheck
    wants_trials: tuple[str, ...] = ()


class _NoFigureError(Exception):
    """What a budget is about was not measured; the sentence says why."""

    verdict = "failed"


class _SkippedError(_NoFigureError):
    """It was passed over, as it could not be measured here."""

    verdict = "skipped"


@dataclass(frozen=True, slots=True)
class _Range:
    """A figure: its median, where that lies by the trials, and what it can be off by besides; all in bytes."""

    median: int
    low: int
    high: int
    error: int


def evaluate(budgets: Iterable[StatedBudget], recipe: str, measured: Measured) -> tuple[EvaluatedBudget, ...]:
    """Evaluate those budgets that are this recipe's.

    A budget that names no recipe is one of every recipe that has its variants; of one stated by the recipe itself, or
    for it, a variant that isn't there is a failure.
    """
    return tuple(_evaluate(stated, measured) for stated in budgets if _is_meant(stated, recipe, measured))


def unused(budgets: Iterable[StatedBudget], variants: Mapping[str, Iterable[str]]) -> tuple[StatedBudget, ...]:
    """The budgets that none of the recipes has the variants for: a mistyped name must not pass silently.

    Args:
        variants: the names of each recipe's variants, by the recipe's.
    """
    known = {normal_name(recipe): {normal_name(name) for name in names} for recipe, names in variants.items()}
    return tuple(
        stated
        for stated in budgets
        if not any(
            stated.budget.is_of(recipe) and names.issuperset(stated.budget.variants) for recipe, names in known.items()
        )
    )


def _is_meant(stated: StatedBudget, recipe: str, measured: Measured) -> bool:
    budget = stated.budget
    if not budget.is_of(recipe):
        return False
    if budget.recipe is not None or stated.origin == "recipe":
        return True
    return all(_known_name(variant, measured) is not None for variant in budget.variants)


def _known_name(variant: str, measured: Measured) -> str | None:
    names = (*measured.observed, *measured.failures, *measured.skipped)
    return next((name for name in names if normal_name(name) == variant), None)


def _evaluate(stated: StatedBudget, measured: Measured) -> EvaluatedBudget:
    budget = stated.budget
    variant = _known_name(budget.variant, measured) or budget.variant

    def check(verdict: str, message: str, limit: int | None = None, found: int | None = None) -> BudgetCheck:
        return BudgetCheck(budget.text.strip(), stated.origin, variant, limit, found, verdict, message)

    try:
        if isinstance(budget.limit, GrowthClass):
            return EvaluatedBudget(check(*_class_verdict(variant, budget.limit, measured)))
        return _size_verdict(budget, budget.limit, variant, measured, check)
    except _NoFigureError as error:
        return EvaluatedBudget(check(error.verdict, f"the budget {budget} can't be judged: {error}"))


def _size_verdict(
    budget: Budget, limit: Size | Share, variant: str, measured: Measured, check: Callable[..., BudgetCheck]
) -> EvaluatedBudget:
    own = _range_of(budget, variant, measured)
    names, error = [variant], own.error
    if isinstance(limit, Share):
        names.append(_known_name(limit.variant, measured) or limit.variant)
        reference = _range_of(budget, names[1], measured)
        lowest, allowed, highest = map(limit.limit_bytes, (reference.low, reference.median, reference.high))
        error += limit.limit_bytes(reference.error)
        words = f"{format_bytes(allowed)}, {limit.factor:g}× that of {names[1]}"
    else:
        lowest = allowed = highest = limit.size_bytes
        words = format_bytes(allowed)
    found = f"{variant} {_says(budget, format_bytes(own.median))}"
    kept, broken = f"{found}, within its budget of {words}", f"{found}, over its budget of {words}"
    if budget.allows(own.high + error, lowest):
        return EvaluatedBudget(check("ok", kept, allowed, own.median))
    if not budget.allows(own.low - error, highest):
        return EvaluatedBudget(check("over_budget", broken, allowed, own.median))
    heap = _heaps(budget, names, measured)
    if heap:
        holds = budget.allows(heap[0], limit.limit_bytes(heap[1]) if isinstance(limit, Share) else allowed)
        message = f"{kept if holds else broken}; it is too close for growth to tell, so its heap peak decides: "
        message += format_bytes(heap[0])
        return EvaluatedBudget(check("ok" if holds else "over_budget", message, allowed, own.median))
    scatters = own.high - own.low > error
    why = f"nearer than can be told here, {format_bytes(error)}"
    if scatters:
        why = f"its trials lie between {format_bytes(own.low)} and {format_bytes(own.high)}"
    message = f"{found} with a budget of {words}: {why}"
    return EvaluatedBudget(check("inconclusive", message, allowed, own.median), tuple(names) if scatters else ())


def _says(budget: Budget, size: str) -> str:
    words = _SAYS[budget.figure].format(size)
    return words if budget.phase is None else f"{words} in its phase {budget.phase!r}"


def _range_of(budget: Budget, variant: str, measured: Measured) -> _Range:
    observed = _observed(variant, measured)
    if budget.phase is not None:
        phases = measured.phases.get(variant, {})
        if budget.phase not in phases:
            known = f"it has {', '.join(map(repr, phases))}" if phases else "it has none"
            raise _NoFigureError(f"{variant} has no phase {budget.phase!r}; {known}")
        peak = phases[budget.phase]
        return _Range(peak, peak, peak, observed.error_bytes())
    median, interval = observed.figure(budget.figure), observed.interval(budget.figure)
    if median is None or interval is None:
        missing = "memray gave none" if budget.figure == "heap" else "it isn't known on this machine"
        raise _NoFigureError(f"there is no {budget.figure} figure of {variant}: {missing}")
    return _Range(median, *interval, observed.error_bytes() if budget.figure == "growth" else 0)


def _observed(variant: str, measured: Measured) -> Observed:
    if variant in measured.skipped:
        raise _SkippedError(measured.skipped[variant])
    if variant in measured.failures:
        raise _NoFigureError(measured.failures[variant])
    if variant not in measured.observed:
        raise _NoFigureError(f"the recipe has no variant {variant}")
    return measured.observed[variant]


def _heaps(budget: Budget, names: Sequence[str], measured: Measured) -> list[int]:
    """The heap peaks where they have a say, else none: all are known, and no other process has a part in growth."""
    if budget.figure != "growth" or budget.phase is not None:
        return []
    observed = [measured.observed[name] for name in names]
    heaps = [one.figure("heap") for one in observed if not one.descendants]
    known = [heap for heap in heaps if heap is not None]
    return known if len(known) == len(names) else []


def _class_verdict(variant: str, limit: GrowthClass, measured: Measured) -> tuple[str, str]:
    _observed(variant, measured)
    sweeps = {normal_name(setting): one for setting, one in measured.sweeps.get(variant, {}).items()}
    if limit.setting is not None and limit.setting not in sweeps:
        known = f"the recipe's sweep has {', '.join(measured.settings)}" if measured.settings else "it has no sweep"
        raise _NoFigureError(f"{variant} was not measured at several sizes of {limit.setting}; {known}")
    if not sweeps:
        raise _NoFigureError(f"{variant} was measured at one size only; a class needs the recipe's sweep")
    wanted = sweeps if limit.setting is None else {limit.setting: sweeps[limit.setting]}
    broken = list(_too_fast(wanted, limit))
    if broken:
        return "over_budget", f"{variant} has to be {limit} and is {' and '.join(broken)}"
    return "ok", f"{variant} is {limit.name} in {' and '.join(wanted)}, as its budget asks"


def _too_fast(sweeps: Mapping[str, Sweep], limit: GrowthClass) -> Iterator[str]:
    for setting, sweep in sweeps.items():
        found = sweep.growth_class(accepted=limit.name)
        if found is not None and is_worse(found, limit.name):
            yield f"{found} in {setting} ({points_in_words(sweep)})"


def points_in_words(sweep: Sweep) -> str:
    """`12.4 MiB at 8, 74.1 MiB at 32`."""
    return ", ".join(f"{format_bytes(size)} at {count}" for count, size in sweep.points)
