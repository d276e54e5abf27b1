"""Findings on what a variant's memory was: too little to tell, free before, garbage, kept, or pages of files.

What is to be said of several variants alike is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from memlab.analysis.figures import TrialFigures
from memlab.analysis.measured import MeasuredVariant, is_headline_meter
from memlab.analysis.wording import about, larger_inputs, listed, sizes
from memlab.kernel.resolution import SMALLEST_GROWTH_BYTES
from memlab.model.report import Finding, VariantReport
from memlab.model.run import Run
from memlab.units import MIB, format_bytes

_WORTH_SAYING_BYTES = 4 * MIB
_WORTH_SAYING_SHARE = 0.1
_GIVEN_BACK = (
    "a resident set that stays high after del is no leak: the process itself can reuse it, and malloc_trim(0) gives it "
    "back to the machine"
)
_IN_ARENAS = (
    "the rest lies in Python's arenas, which a few small objects that are still alive keep whole; the process can "
    "reuse it, and one that ends gives it back"
)
Cases = dict[str, dict[str, Any]]


def memory_findings(
    run: Run, measured: Mapping[str, MeasuredVariant], reports: Mapping[str, VariantReport]
) -> Iterator[Finding]:
    """What the figures of the variants mean."""
    counted = [variant for variant in measured.values() if variant.trials]
    yield from _below_resolution(run, counted)
    yield from _reusable_memory(run, counted)
    yield from _garbage_in_cycles(counted)
    yield from _kept_by_allocator(counted)
    yield from _file_backed(reports)


def reusable_bytes(run: Run, variant: str) -> int:
    """The most that was free in Python's arenas when a trial of the variant began."""
    starts = [
        trial.reply.start.reusable_bytes or 0
        for trial in run.trials
        if trial.variant == variant and is_headline_meter(trial) and trial.reply is not None and trial.reply.start
    ]
    return max(starts, default=0)


def _below_resolution(run: Run, variants: list[MeasuredVariant]) -> Iterator[Finding]:
    cases: Cases = {}
    for variant in variants:
        growth = median(variant.values("growth"))
        if growth < variant.floor_bytes:
            cases[variant.name] = {"growth_bytes": growth, "floor_bytes": variant.floor_bytes}
    if cases:
        floor = format_bytes(max(evidence["floor_bytes"] for evidence in cases.values()))
        grow = "grows" if len(cases) == 1 else "grow"
        message = f"{listed(cases)} {grow} by less than {floor}, which can't be told from nothing here"
        yield about("below_resolution", "note", cases, message, larger_inputs(run))


def _reusable_memory(run: Run, variants: list[MeasuredVariant]) -> Iterator[Finding]:
    cases: Cases = {}
    for variant in variants:
        growth, reusable = median(variant.values("growth")), reusable_bytes(run, variant.name)
        # Less than the floor is not told from nothing anyhow; Python 3.13 begins with some 1.2 MiB of it.
        if reusable > max(variant.floor_bytes, _WORTH_SAYING_SHARE * growth) and growth >= variant.floor_bytes:
            cases[variant.name] = {"reusable_bytes": reusable, "growth_bytes": growth}
    if cases:
        most = format_bytes(max(evidence["reusable_bytes"] for evidence in cases.values()))
        yield about(
            "reusable_memory",
            "note",
            cases,
            f"up to {most} of Python's arenas was already free when {listed(cases)} began: small objects made there "
            f"don't show in {'its' if len(cases) == 1 else 'their'} growth",
        )


def _garbage_in_cycles(variants: list[MeasuredVariant]) -> Iterator[Finding]:
    cases: Cases = {}
    for variant in variants:
        garbage = _difference(variant.trials, "ended", "collected")
        if _is_worth_saying(garbage, variant):
            cases[variant.name] = {"garbage_bytes": garbage}
    if cases:
        much = sizes([evidence["garbage_bytes"] for evidence in cases.values()])
        yield about(
            "garbage_in_cycles",
            "note",
            cases,
            f"when {listed(cases)} had ended, {much} was garbage in reference cycles, which only the garbage "
            "collector frees",
            "break the cycles (weakref), or call gc.collect() where much has become garbage",
        )


def _kept_by_allocator(variants: list[MeasuredVariant]) -> Iterator[Finding]:
    by_trimming: Cases = {}
    in_arenas: Cases = {}
    for variant in variants:
        kept = variant.values("kept")
        if kept and _is_worth_saying(median(kept), variant):
            trimmed = _difference(variant.trials, "collected", "trimmed")
            cases = by_trimming if trimmed >= median(kept) / 2 else in_arenas
            cases[variant.name] = {"kept_bytes": median(kept), "given_back_by_trimming_bytes": trimmed}
    for cases, hint in ((by_trimming, _GIVEN_BACK), (in_arenas, _IN_ARENAS)):
        if cases:
            kept_sizes = sizes([evidence["kept_bytes"] for evidence in cases.values()])
            trimmed_sizes = sizes([evidence["given_back_by_trimming_bytes"] for evidence in cases.values()])
            gave_back = "it" if trimmed_sizes == kept_sizes else trimmed_sizes
            yield about(
                "kept_by_allocator",
                "note",
                cases,
                f"after the last del or return of {listed(cases)} the allocator keeps {kept_sizes} that no object uses "
                f"any more; trimming gave {gave_back} back",
                hint,
            )


def _file_backed(reports: Mapping[str, VariantReport]) -> Iterator[Finding]:
    """Where much of a peak is file-backed: such pages can be dropped when memory gets scarce."""
    cases: Cases = {}
    rest = 0
    for name, report in reports.items():
        split, growth = report.split_at_peak, report.peak_growth_bytes
        if split is None or growth is None:
            continue
        if split.anonymous_bytes + split.file_bytes > growth.high + growth.resolution_bytes:
            # Of several processes, where the readings have what they share more than once: more than the peak itself.
            continue
        if split.file_bytes > max(SMALLEST_GROWTH_BYTES, _WORTH_SAYING_SHARE * growth.median):
            cases[name] = {"file_growth_bytes": split.file_bytes, "growth_bytes": growth.median}
            rest = max(0, split.anonymous_bytes)
    if not cases:
        return
    files = sizes([evidence["file_growth_bytes"] for evidence in cases.values()])
    if len(cases) == 1:
        must = f"; {format_bytes(rest)} are what the machine must have"
        peak = f"{next(iter(cases))}'s peak"
    else:
        must, peak = "", f"the peaks of {listed(cases)}"
    message = f"{files} of {peak} are pages of files, which the kernel can drop and read again{must}"
    yield about("file_backed", "note", cases, message)


def _is_worth_saying(size_bytes: float, variant: MeasuredVariant) -> bool:
    growth = median(variant.values("growth"))
    return size_bytes > max(_WORTH_SAYING_BYTES, _WORTH_SAYING_SHARE * growth)


def _difference(trials: tuple[TrialFigures, ...], before: str, after: str) -> float:
    """By how much less was resident in a later end state than in an earlier one."""
    states = [trial.end_states_bytes for trial in trials]
    return median(max(0, (one[before] or 0) - (one[after] or 0)) for one in states)
