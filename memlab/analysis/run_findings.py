"""Findings on a run as a whole: what failed, was passed over or is missing, and what its figures are worth."""

from __future__ import annotations

from collections.abc import Iterator

from memlab.analysis.failures import failure_finding
from memlab.analysis.figures import succeeded
from memlab.analysis.measured import is_headline_meter
from memlab.analysis.wording import smaller_inputs
from memlab.model.report import Finding
from memlab.model.run import Run


def run_findings(run: Run) -> Iterator[Finding]:
    """What is to be said of the run, and of variants that failed."""
    environment = run.environment
    failed: set[str] = set()
    for trial in run.trials:
        if is_headline_meter(trial) and not succeeded(trial) and trial.variant not in failed:
            failed.add(trial.variant)
            yield failure_finding(trial, smaller_inputs(run))
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
    for missing in run.missing_meters:
        yield Finding("meter_missing", "note", None, missing.message, evidence={"meter": missing.meter})
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
    yield from _too_little_data(run)


def _source_findings(run: Run) -> Iterator[Finding]:
    trials = [trial for trial in run.trials if is_headline_meter(trial)]
    sources = {trial.reply.source for trial in trials if trial.reply is not None and trial.reply.source}
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


def _too_little_data(run: Run) -> Iterator[Finding]:
    of_one_function = run.recipe.reference.functions is not None and len(run.recipe.variants) == 1
    if run.options.trials >= 3 or of_one_function:
        return
    yield Finding(
        "too_little_data",
        "note",
        None,
        "with one trial per variant a ratio has no interval and no verdict"
        if run.options.trials == 1
        else "two trials per variant say little about how sure a ratio is",
        "without --quick, or with --trials 3 or more, it says how sure it is"
        if run.options.quick
        else "--trials 3 or more says how sure it is",
        {"trials": run.options.trials},
    )
