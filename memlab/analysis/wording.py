"""How figures, names and inputs are put in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memlab.model.report import Finding
from memlab.model.run import Run
from memlab.units import format_bytes, parse_bytes

_VERBS = {"growth": "need", "retained": "retain", "kept": "leave"}
_WHERE = {"growth": "", "retained": "", "kept": " with the allocator"}


def says(figure: str, quantity: str, *, several: bool = False) -> str:
    """What a variant does: `needs 12.0× less memory`, `leaves more memory with the allocator`.

    Args:
        figure: growth, retained or kept.
        quantity: how much, in words.
        several: of more than one variant.
    """
    return f"{_VERBS[figure]}{'' if several else 's'} {quantity} memory{_WHERE[figure]}"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`, `a, b and 3 more`."""
    every = list(names)
    if len(every) > 3:
        return f"{every[0]}, {every[1]} and {len(every) - 2} more"
    return " and ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def sizes(values: Sequence[float]) -> str:
    """One size, or the smallest and the largest: `6.29 to 50.0 MiB`."""
    low, high = format_bytes(min(values)), format_bytes(max(values))
    if low == high:
        return high
    (smallest, small_unit), (_, unit) = low.split(" "), high.split(" ")
    return f"{smallest if small_unit == unit else low} to {high}"


def part_of(part: float, whole: float) -> str:
    """A part of a size, in the same unit: `0.1 of 124 MiB`."""
    text = format_bytes(whole)
    unit = text.split(" ")[1]
    value = max(0.0, part) / parse_bytes(f"1 {unit}")
    digits = f"{value:.0f}" if value >= 99.95 or unit == "B" else f"{value:.1f}"
    return f"{'0' if digits == '0.0' else digits} of {text}"


def number(value: float) -> str:
    """A difference between two values: `83`, `0.0123`."""
    return f"{value:.0f}" if value == round(value) and value < 1e15 else f"{value:.3g}"


def about(
    code: str, severity: str, cases: Mapping[str, dict[str, Any]], message: str, hint: str | None = None
) -> Finding:
    """One finding on one variant or on several, of which the same is to be said.

    Args:
        cases: each variant's evidence, by its name.
    """
    if len(cases) == 1:
        ((name, evidence),) = cases.items()
        return Finding(code, severity, name, message, hint, evidence)
    return Finding(code, severity, None, message, hint, {"variants": dict(cases)})


def larger_inputs(run: Run) -> str | None:
    """The way to more growth, for a user who gave what the run says; None where there are no inputs."""
    if not run.inputs.files:
        return None
    if run.options.images is not None:
        return "larger or more images would show more"
    if run.options.quick and run.recipe.quick:
        return "the recipe's own inputs are larger: leave out --quick"
    if run.inputs.default:
        return "larger or more inputs (--set) would show more"
    return "inputs larger than these would show more"


def own_inputs(run: Run) -> str | None:
    """Why a run with other inputs than the recipe's may show something else; None for one with its own."""
    if run.options.quick:
        return "--quick takes small inputs: the recipe's own may show it"
    if not run.inputs.default:
        return "the recipe's own inputs may show it"
    return None


def smaller_inputs(run: Run) -> str | None:
    """What makes a variant need less, in words that follow "try"; None where there are no inputs."""
    if not run.inputs.files:
        return None
    if run.options.images is not None:
        return "fewer or smaller images"
    if run.inputs.default and run.recipe.quick:
        return "--quick, or smaller inputs with --set"
    return "smaller inputs with --set"
