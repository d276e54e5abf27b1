"""Why a trial failed, in a sentence, with the way out."""

from __future__ import annotations

import signal
from typing import Any

from memlab.analysis.figures import reached_bytes, succeeded
from memlab.model.report import Finding
from memlab.model.trial import RecipeFailure, Trial
from memlab.units import format_bytes, format_seconds

_STAGES = {
    "import": "importing the recipe",
    "describe": "reading the recipe",
    "prepare": "@recipe.prepare",
    "warm_up": "the warm-up",
    "run": "the variant",
    "output": "reading its output",
}
_MOST_OUTPUT = 2000
_MORE_MEMORY = "try smaller inputs with --set, or raise the limit of the machine or its cgroup"


def failure_finding(trial: Trial) -> Finding:
    """The finding for a failed trial."""
    assert not succeeded(trial)
    message, hint = _explain(trial)
    if trial.outcome.out_of_memory and trial.outcome.ending != "signalled":
        message += "; the kernel had killed a process of it for lack of memory"
        hint = hint or _MORE_MEMORY
    evidence: dict[str, Any] = {"trial": trial.number, "ending": trial.outcome.ending}
    reached = reached_bytes(trial)
    if reached is not None:
        evidence["reached_bytes"] = reached
    failure = None if trial.reply is None else trial.reply.failure
    if failure is not None and failure.traceback:
        evidence["traceback"] = failure.traceback
    elif trial.outcome.output_tail.strip():
        evidence["output"] = trial.outcome.output_tail[-_MOST_OUTPUT:]
    return Finding("trial_failed", "error", trial.variant, message, hint, evidence)


def _explain(trial: Trial) -> tuple[str, str | None]:
    outcome, name = trial.outcome, trial.variant
    failure = None if trial.reply is None else trial.reply.failure
    if failure is not None:
        return _explain_failure(name, failure, _grown(trial))
    if outcome.ending == "not_started":
        return f"{name} was not started: {outcome.message or 'no reason is known'}", None
    if outcome.ending == "lost":
        return f"{name} was lost: {outcome.message}", "a variant must not end processes that it didn't start"
    if outcome.ending == "timed_out":
        where = "" if outcome.reached != "started" else " (it had not come to its run yet)"
        return (
            f"{name} had not ended after {format_seconds(outcome.seconds)}{where} and was stopped{_grown(trial)}",
            "give it longer with --timeout, or smaller inputs with --set",
        )
    if outcome.ending == "stopped":
        return f"{name} was stopped", None
    if outcome.ending == "signalled":
        return _explain_signal(trial)
    if outcome.reached == "ended":
        return f"{name} came to its end, but its process was lost before it could say so", None
    return (
        f"{name} ended its process with exit code {outcome.exit_code} (os._exit or an exec){_grown(trial)}",
        "a variant returns its output; it must not end the process",
    )


def _explain_failure(name: str, failure: RecipeFailure, grown: str) -> tuple[str, str | None]:
    stage = _STAGES.get(failure.stage, failure.stage)
    where = name if failure.stage == "run" else f"{name}: {stage}"
    hint = None
    if failure.stage == "warm_up":
        hint = (
            "the warm-up is the variant itself, on 64×48 twins of its inputs; if only their size is to blame, "
            "@recipe.warm_up puts something else there"
        )
    if failure.kind == "exit":
        return f"{where} called sys.exit({failure.message})", hint
    if failure.kind == "memory":
        return f"{where} ran out of memory{grown}", hint or "try smaller inputs with --set, or raise the limit"
    text = f": {failure.message}" if failure.message else ""
    if failure.type == "IncomparableOutputError":
        return f"{name}{text}", hint
    if failure.stage == "output":
        return f"{name}: its output can't be compared: {failure.type}{text}", hint
    return f"{where} raised {failure.type}{text}", hint


def _explain_signal(trial: Trial) -> tuple[str, str | None]:
    outcome, name = trial.outcome, trial.variant
    if outcome.out_of_memory:
        return f"{name} was killed by the kernel for lack of memory{_grown(trial)}", _MORE_MEMORY
    try:
        known = signal.Signals(outcome.signal or 0).name
    except ValueError:
        known = f"signal {outcome.signal}"
    what = "crashed with" if known in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT") else "was ended by"
    return f"{name} {what} {known}{_grown(trial)}", None


def _grown(trial: Trial) -> str:
    reached = reached_bytes(trial)
    return "" if reached is None else f"; it had grown by {format_bytes(max(0, reached))} by then"
