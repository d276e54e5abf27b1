"""What a recipe promises of its techniques, held against what this machine gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from memlab.analysis.measured import MeasuredVariant
from memlab.analysis.wording import says
from memlab.model.report import Comparison, Finding
from memlab.model.run import Run
from memlab.units import format_ratio


def promise_findings(
    run: Run, comparisons: Mapping[str, Comparison], measured: Mapping[str, MeasuredVariant]
) -> Iterator[Finding]:
    """Each promise that is missed; they are made for the recipe's own inputs, and judged with no others."""
    if not run.inputs.default or run.options.quick:
        return
    for name, comparison in comparisons.items():
        promise, ratio = measured[name].description.promises, comparison.ratio
        if promise is None or ratio is None:
            continue
        expected, tolerance = promise
        if ratio.value is not None:
            if abs(ratio.value - expected) <= tolerance:
                continue
            here = format_ratio(ratio.value)
        elif ratio.at_least is not None and ratio.at_least > expected + tolerance:
            here = f"at least {format_ratio(ratio.at_least)}"
        else:
            continue
        sampled = any(trial.source == "sampled" for trial in measured[name].trials)
        yield Finding(
            "promise_missed",
            "warning",
            name,
            f"here {name} {says(comparison.figure, f'{here} less')} than {comparison.baseline}; the recipe expects "
            f"{format_ratio(expected)} ± {tolerance:g}",
            "peaks were sampled here, and what samples miss changes the ratio"
            if sampled
            else "another allocator or library version can be why; `memlab doctor` says whether this machine's figures "
            "can be trusted",
            {"ratio": ratio.value, "at_least": ratio.at_least, "expected": expected, "tolerance": tolerance},
        )
