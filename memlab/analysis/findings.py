"""Findings: facts in words, each with its evidence, and a hint that knows what the user already did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from memlab.analysis.comparison import MeasuredVariant
from memlab.analysis.failures import failure_finding
from memlab.analysis.figures import succeeded
from memlab.kernel.resolution import SMALLEST_GROWTH_BYTES
from memlab.model.report import Finding, VariantReport
from memlab.model.run import Run
from memlab.units import MIB, format_bytes

_WORTH_SAYING_BYTES = 4 * MIB
_WORTH_SAYING_SHARE = 0.1


def run_findings(run: Run) -> Iterator[Finding]:
    """What is to be said of the run as a whole, and of trials that failed."""
    environment, options = run.environment, run.options
    failed: set[str] = set()
    for trial in run.trials:
        if not succeeded(trial) and trial.variant not in failed:
            failed.add(trial.variant)
            yield failure_finding(trial)
    if not run.complete:
        yield Finding(
            "incomplete",
            "warning",
            None,
            f"the run was interrupted: {len(run.trials)} of {run.planned} trials were measured",
            evidence={"trials": len(run.trials), "planned": run.planned},
        )
    for skipped in run.skipped:
        yield Finding("variant_skipped", "note", skipped.variant, skipped.message, evidence={"needs": skipped.needs})
    if run.inputs.passed_over:
        names = ", ".join(f"{name} ({reason})" for name, reason in run.inputs.passed_over[:5])
        count = len(run.inputs.passed_over)
        files = "1 file was" if count == 1 else f"{count} files were"
        yield Finding(
            "inputs_passed_over",
            "warning",
            None,
            f"{files} passed over: {names}{f' and {count - 5} more' if count > 5 else ''}",
            evidence={"files": [list(one) for one in run.inputs.passed_over[:100]]},
        )
    if environment.unset:
        yield Finding(
            "settings_unset",
            "note",
            None,
            f"{' and '.join(environment.unset)} would falsify every figure: taken away for the trials",
            evidence={"unset": list(environment.unset)},
        )
    yield from _source_findings(run)
    if options.trials < 3:
        yield Finding(
            "too_little_data",
            "note",
            None,
            "with one trial per variant a ratio has no interval and no verdict"
            if options.trials == 1
            else "two trials per variant say little about how sure a ratio is",
            "--trials 3 or more says how sure it is",
            {"trials": options.trials},
        )


def _source_findings(run: Run) -> Iterator[Finding]:
    sources = {trial.reply.source for trial in run.trials if trial.reply is not None and trial.reply.source}
    if "sampled" in sources:
        asked = run.options.source == "psutil"
        yield Finding(
            "sampled",
            "warning",
            None,
            "peaks were sampled every 10 ms: what rose and fell between two samples was not seen",
            "leave out --source psutil to read the kernel's high-water mark"
            if asked
            else "this machine gives no high-water mark that can be read; on Linux memlab reads VmHWM",
            {"source": "sampled"},
        )
    if "kernel_whole_life" in sources:
        yield Finding(
            "whole_life_mark",
            "warning",
            None,
            "the kernel's mark can't be reset here: peaks include what importing and preparing needed",
            "/proc/PID/clear_refs must be writable; some containers and hardened kernels forbid it",
            {"source": "kernel_whole_life"},
        )


def variant_findings(run: Run, measured: Mapping[str, MeasuredVariant]) -> Iterator[Finding]:
    """What the trials of each variant say beside its figures."""
    for name, variant in measured.items():
        trials = [trial for trial in run.trials if trial.variant == name and succeeded(trial)]
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
                "try smaller inputs with --set, or raise the limit of the machine or its cgroup",
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
        if not variant.trials:
            continue
        yield from _tree_findings(variant)
        yield from _memory_findings(run, variant)


def _tree_findings(variant: MeasuredVariant) -> Iterator[Finding]:
    name = variant.description.name
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


def _memory_findings(run: Run, variant: MeasuredVariant) -> Iterator[Finding]:
    name = variant.description.name
    growth = median(variant.values("growth"))
    if growth < variant.floor_bytes:
        yield Finding(
            "below_resolution",
            "note",
            name,
            f"{name} grows by less than {format_bytes(variant.floor_bytes)}, which can't be told from nothing here",
            "larger or more inputs (--set) would show more" if run.inputs.default and run.inputs.files else None,
            {"growth_bytes": growth, "floor_bytes": variant.floor_bytes},
        )
    reusable = max(
        (
            trial.reply.start.reusable_bytes or 0
            for trial in run.trials
            if trial.variant == name and trial.reply is not None and trial.reply.start is not None
        ),
        default=0,
    )
    if reusable > max(MIB, _WORTH_SAYING_SHARE * growth) and growth >= variant.floor_bytes:
        yield Finding(
            "reusable_memory",
            "note",
            name,
            f"up to {format_bytes(reusable)} of Python's arenas was already free when {name} began: small objects made "
            "there don't show in its growth",
            None,
            {"reusable_bytes": reusable},
        )
    states = [trial.end_states_bytes for trial in variant.trials]
    garbage = median(max(0, (one["ended"] or 0) - (one["collected"] or 0)) for one in states)
    if garbage > max(_WORTH_SAYING_BYTES, _WORTH_SAYING_SHARE * growth):
        yield Finding(
            "garbage_in_cycles",
            "note",
            name,
            f"when {name} had ended, {format_bytes(garbage)} was garbage in reference cycles, which only the garbage "
            "collector frees",
            "break the cycles (weakref), or call gc.collect() where much has become garbage",
            {"garbage_bytes": garbage},
        )
    kept = variant.values("kept")
    if kept and median(kept) > max(_WORTH_SAYING_BYTES, _WORTH_SAYING_SHARE * growth):
        yield _kept_by_allocator(variant, median(kept))


def _kept_by_allocator(variant: MeasuredVariant, kept: float) -> Finding:
    name = variant.description.name
    states = [trial.end_states_bytes for trial in variant.trials]
    trimmed = median(max(0, (one["collected"] or 0) - (one["trimmed"] or 0)) for one in states)
    if trimmed >= kept / 2:
        hint = "malloc_trim(0) gives it back to the machine; the process itself can reuse it as it is"
    else:
        hint = (
            "it lies in Python's arenas, which a few small objects that are still alive keep whole; the process can "
            "reuse it, and one that ends gives it back"
        )
    return Finding(
        "kept_by_allocator",
        "note",
        name,
        f"after {name} the allocator keeps {format_bytes(kept)} that no object uses any more",
        hint,
        {"kept_bytes": kept, "given_back_by_trimming_bytes": trimmed},
    )


def file_backed_findings(reports: Mapping[str, VariantReport]) -> Iterator[Finding]:
    """Where much of a peak is file-backed: such pages can be dropped when memory gets scarce."""
    for name, report in reports.items():
        split, growth = report.split_at_peak, report.peak_growth_bytes
        if split is None or growth is None:
            continue
        file_growth = split.file_bytes
        if file_growth > max(SMALLEST_GROWTH_BYTES, _WORTH_SAYING_SHARE * growth.median):
            yield Finding(
                "file_backed",
                "note",
                name,
                f"{format_bytes(file_growth)} of {name}'s peak are pages of files, which the kernel can drop and read "
                f"again; {format_bytes(max(0, split.anonymous_bytes))} are what the machine must have",
                None,
                {"file_growth_bytes": file_growth, "growth_bytes": growth.median},
            )
