"""Findings on meters beside the headline's: each disagreement with the kernel's growth, explained.

A meter is said to see less or more than the kernel only where no trial of the variant is on its side: it measured a
trial of its own, and trials differ. One finding a meter speaks of all variants, with the plainest as its example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from memlab.analysis.failures import explain_failure
from memlab.analysis.figures import succeeded
from memlab.analysis.libraries import allocating_library
from memlab.analysis.measured import MeasuredVariant, is_headline_meter
from memlab.analysis.memory_findings import reusable_bytes
from memlab.analysis.wording import about, listed, part_of, smaller_inputs
from memlab.model.report import Finding, SplitAtPeak, VariantReport
from memlab.model.run import Run
from memlab.units import MIB, format_bytes

_BLIND_BYTES, _BLIND_SHARE = 4 * MIB, 0.5
_MISSED_BYTES, _MISSED_SHARE = 2 * MIB, 0.05
_HEAP_BYTES, _HEAP_SHARE = 4 * MIB, 0.1
_AGREE_BYTES, _AGREE_SHARE = 2 * MIB, 0.03
_AS_GOOD_AN_EXAMPLE = 0.9


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one meter saw of one variant, beside the kernel's growth; bytes.

    Attributes:
        meter: which one; seen: its peak.
        low, high: of the growth over the trials.
        split: the growth by kind at its highest reading, where that is known.
        why: what the finding says of the cause, where it depends on the variant.
        named: the cause is known by name, which makes it the better example.
    """

    meter: str
    variant: MeasuredVariant
    seen: int
    growth: float
    low: float
    high: float
    split: SplitAtPeak | None
    why: str = ""
    named: bool = False

    @property
    def name(self) -> str:
        return self.variant.name

    @property
    def has_tree(self) -> bool:
        return any(trial.tree is not None for trial in self.variant.trials)

    @property
    def evidence(self) -> dict[str, Any]:
        return {"meter": self.meter, "seen_bytes": self.seen, "growth_bytes": round(self.growth)}


def meter_findings(
    run: Run, measured: Mapping[str, MeasuredVariant], reports: Mapping[str, VariantReport]
) -> Iterator[Finding]:
    """Where meters disagree, and which gave no figure."""
    yield from _failed(run, measured)
    yield from _blind(run, _seen("tracemalloc", measured, reports))
    yield from _missed(_seen("memory_profiler", measured, reports))
    heap = _seen("memray", measured, reports)
    known = {one.name for one in heap}
    traced = [one for one in _seen("tracemalloc", measured, reports) if one.name not in known]
    yield from _untouched(run, [*heap, *traced])
    yield from _outside(heap)


def _seen(meter: str, measured: Mapping[str, MeasuredVariant], reports: Mapping[str, VariantReport]) -> list[_Seen]:
    found = []
    for name, variant in measured.items():
        figures, growths = variant.meters.get(meter), variant.values("growth")
        # What was swapped out is in no mark: the growth itself is not known.
        if figures is None or figures.peak_bytes is None or not growths or any(one.at_least for one in variant.trials):
            continue
        split = reports[name].split_at_peak
        found.append(_Seen(meter, variant, figures.peak_bytes, median(growths), min(growths), max(growths), split))
    return found


def _failed(run: Run, measured: Mapping[str, MeasuredVariant]) -> Iterator[Finding]:
    reasons: dict[tuple[str, str, str | None], dict[str, dict[str, Any]]] = {}
    for trial in run.trials:
        figures = None if trial.variant not in measured else measured[trial.variant].meters.get(trial.meter)
        if is_headline_meter(trial) or trial.outcome.ending == "stopped":
            continue
        if figures is not None and figures.peak_bytes is not None:
            continue
        hint = None
        if not succeeded(trial):
            reason, hint = explain_failure(trial, "its trial", smaller_inputs(run))
        else:
            reason = (figures.note if figures is not None else None) or "no reason is known"
        case = {"meter": trial.meter, "reason": reason, "trial": trial.number}
        reasons.setdefault((trial.meter, reason, hint), {})[trial.variant] = case
    for (meter, reason, hint), cases in reasons.items():
        yield about("meter_failed", "warning", cases, f"{meter} gave no figure for {listed(cases)}: {reason}", hint)


def _blind(run: Run, seen: list[_Seen]) -> Iterator[Finding]:
    """tracemalloc sees what Python's allocators and numpy hand out, and none of what a library takes by itself."""
    blind = []
    for one in seen:
        unseen = one.low - one.seen
        if unseen <= _BLIND_BYTES or one.seen >= _BLIND_SHARE * one.low or _is_inflated(one):
            continue
        why, named = _why_blind(run, one)
        blind.append(_with_cause(one, why, named))
    if not blind:
        return
    example, others = _example(blind, lambda one: one.growth - one.seen)
    too = f", and less than half in {listed(one.name for one in others)}" if others else ""
    heap = example.variant.meters.get("memray")
    yield about(
        "meter_blind",
        "note",
        _cases(example, others),
        f"tracemalloc saw {part_of(example.seen, example.growth)} in {example.name}{too}: {example.why}",
        "go by the growth, or by memray's heap: they count what libraries allocate"
        if heap is not None and heap.peak_bytes is not None
        else "go by the growth: it counts what libraries allocate",
    )


def _why_blind(run: Run, one: _Seen) -> tuple[str, bool]:
    unseen = one.growth - one.seen
    if one.has_tree:
        return f"it sees one process, and {one.name} starts others", False
    if one.split is not None and one.split.file_bytes > unseen / 2:
        return "pages of mapped files are none of Python's objects", False
    memray = one.variant.meters.get("memray")
    heap = None if memray is None else memray.peak_bytes
    if heap is not None and heap - one.seen <= unseen / 4:
        return f"memray saw no more than {format_bytes(heap)} either: it is no allocation that one of them knows", False
    library = allocating_library(run, one.variant)
    why = f"what {library or 'C code'} allocates is outside Python"
    if heap is not None and abs(heap - one.growth) <= max(_AGREE_BYTES, _AGREE_SHARE * one.growth):
        why += f"; memray, which sees C code too, saw {format_bytes(heap)}"
    return why, library is not None


def _missed(seen: list[_Seen]) -> Iterator[Finding]:
    """memory_profiler sees what is there when it looks."""
    missed = []
    for one in seen:
        # Where the growth itself was sampled, or a mark couldn't be reset, it says nothing on what a sample missed.
        if any(trial.source != "kernel" for trial in one.variant.trials):
            continue
        if one.low - one.seen > max(_MISSED_BYTES, _MISSED_SHARE * one.low):
            why = "it samples every 0.1 s, and the peak lasted less"
            if one.has_tree:
                why = f"it looks at one process every 0.1 s, and {one.name} starts others"
            missed.append(_with_cause(one, why, not one.has_tree))
    if not missed:
        return
    example, others = _example(missed, lambda one: one.growth - one.seen)
    too = f", and too little in {listed(one.name for one in others)}" if others else ""
    cases = _cases(example, others)
    for one in missed:
        evidence = cases[one.name]
        evidence["samples"] = one.variant.meters["memory_profiler"].samples
    yield about(
        "sampling_missed_peak",
        "note",
        cases,
        f"memory_profiler saw {part_of(example.seen, example.growth)} in {example.name}{too}: {example.why}",
        "a shorter interval misses less, and never nothing; the kernel's mark needs no samples",
    )


def _untouched(run: Run, seen: list[_Seen]) -> Iterator[Finding]:
    """memray (else tracemalloc) counts what is requested; the kernel gives a page when it is first touched."""
    untouched = []
    for one in seen:
        more = one.seen - one.high
        # Samples can have missed the peak, and memory that was free already doesn't grow anything.
        if any(trial.source == "sampled" for trial in one.variant.trials) or more <= reusable_bytes(run, one.name):
            continue
        if more > max(_HEAP_BYTES, _HEAP_SHARE * one.high):
            untouched.append(one)
    if not untouched:
        return
    example, others = _example(untouched, lambda one: one.seen - one.growth)
    too = f" (likewise {listed(one.name for one in others)})" if others else ""
    yield about(
        "untouched_memory",
        "note",
        _cases(example, others),
        f"{example.name} requested {format_bytes(example.seen)} by {example.meter}'s count, and grew by only "
        f"{format_bytes(example.growth)}{too}: pages that are never touched take no memory (np.zeros, buffers larger "
        "than their content, mapped files)",
        "go by the growth: a request alone costs the machine nothing",
    )


def _outside(seen: list[_Seen]) -> Iterator[Finding]:
    """Growth that no allocation accounts for."""
    outside = []
    for one in seen:
        less = one.low - one.seen
        if not one.has_tree and not _is_inflated(one) and less > max(_HEAP_BYTES, _HEAP_SHARE * one.low):
            why, named = _why_outside(one)
            outside.append(_with_cause(one, why, named))
    if not outside:
        return
    example, others = _example(outside, lambda one: one.growth - one.seen)
    too = f" (likewise {listed(one.name for one in others)})" if others else ""
    cases = _cases(example, others)
    for one in outside:
        if one.split is not None:
            cases[one.name] |= {"file_bytes": one.split.file_bytes, "shared_bytes": one.split.shared_bytes}
    yield about(
        "outside_the_heap",
        "note",
        cases,
        f"memray's heap accounts for {part_of(example.seen, example.growth)} in {example.name}{too}: {example.why}",
        "go by the growth: the machine must have these pages too",
    )


def _why_outside(one: _Seen) -> tuple[str, bool]:
    rest, split = one.growth - one.seen, one.split
    overhead = "thread stacks, the allocator's gaps and freed blocks, or calls memray doesn't see"
    if split is None:
        return f"the rest is pages of files, {overhead}", False
    kinds = [(split.file_bytes, "pages of files"), (split.shared_bytes, "shared memory")]
    for size, kind in sorted(kinds, reverse=True):
        if size > rest / 2:
            return f"{format_bytes(size)} are {kind}, which no allocator hands out", True
    return f"the rest is not of files: {overhead}", True


def _is_inflated(one: _Seen) -> bool:
    """A mark that can't be reset holds what came before the run as well."""
    return any(trial.source == "kernel_whole_life" for trial in one.variant.trials)


def _with_cause(one: _Seen, why: str, named: bool) -> _Seen:
    return _Seen(one.meter, one.variant, one.seen, one.growth, one.low, one.high, one.split, why, named)


def _example(cases: list[_Seen], gap: Callable[[_Seen], float]) -> tuple[_Seen, list[_Seen]]:
    """The case with the largest gap; one hardly smaller whose cause is known by name teaches more."""
    largest = max(gap(one) for one in cases)
    as_good = [one for one in cases if gap(one) >= _AS_GOOD_AN_EXAMPLE * largest]
    example = max(as_good, key=lambda one: (one.named, gap(one)))
    return example, [one for one in cases if one is not example]


def _cases(example: _Seen, others: list[_Seen]) -> dict[str, dict[str, Any]]:
    return {one.name: one.evidence for one in (example, *others)}
