"""Findings on how the trials of a variant went: swapped, short of memory, processes nobody could measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from memlab.analysis.failures import more_memory
from memlab.analysis.figures import succeeded
from memlab.analysis.measured import MeasuredVariant, is_headline_meter
from memlab.analysis.wording import smaller_inputs
from memlab.model.report import Finding
from memlab.model.run import Run
from memlab.units import format_bytes


def trial_findings(run: Run, measured: Mapping[str, MeasuredVariant]) -> Iterator[Finding]:
    """What the successful trials of the headline's meter say beside their figures."""
    for name, variant in measured.items():
        trials = [one for one in run.trials if one.variant == name and is_headline_meter(one) and succeeded(one)]
        swapped = max((trial.outcome.swap_bytes for trial in trials), default=0)
        if swapped:
            yield Finding(
                "swap",
                "error",
                name,
                f"up to {format_bytes(swapped)} of {name} was swapped out: its peak is at least what was measured and "
                f"at most {format_bytes(swapped)} more",
                "free memory on the machine, or turn swap off, and measure again",
                {"swap_bytes": swapped},
            )
        if any(trial.outcome.out_of_memory for trial in trials):
            yield Finding(
                "out_of_memory",
                "error",
                name,
                f"the kernel killed a process of {name} for lack of memory: its figure lacks what that one had to do",
                more_memory(smaller_inputs(run)),
            )
        left = max((trial.outcome.left_behind for trial in trials), default=0)
        if left:
            yield Finding(
                "left_behind",
                "warning",
                name,
                f"{name} left {left} process{'es' if left > 1 else ''} running, which memlab ended",
                "close pools and wait for the processes a variant starts",
                {"processes": left},
            )
        yield from _tree_findings(variant)


def _tree_findings(variant: MeasuredVariant) -> Iterator[Finding]:
    name = variant.name
    trees = [trial.tree for trial in variant.trials if trial.tree is not None]
    short = max((tree.unmeasured for tree in trees), default=0)
    if short:
        yield Finding(
            "processes_unmeasured",
            "warning",
            name,
            f"{short} process{'es' if short > 1 else ''} of {name} did not live long enough to be measured",
            "what lives under 20 ms can end between two readings; its memory may be missing from the figure",
            {"processes": short},
        )
    hidden = max((tree.unreadable for tree in trees), default=0)
    if hidden:
        yield Finding(
            "processes_unreadable",
            "warning",
            name,
            f"{hidden} process{'es' if hidden > 1 else ''} of {name} could not be read (another user's, or hidden)",
            "run memlab as the user those processes run as",
            {"processes": hidden},
        )
