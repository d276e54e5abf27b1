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
    "host": "what sets it up and tears it down",
}
_MOST_OUTPUT = 2000
SMALLER_INPUTS = "smaller inputs with --set"


def failure_finding(trial: Trial, smaller: str | None = SMALLER_INPUTS) -> Finding:
    """The finding for a failed trial.

    Args:
        smaller: how its user can give it less to do, in words that follow "try"; None where that can't be done.
    """
    message, hint = explain_failure(trial, trial.variant, smaller)
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


def more_memory(smaller: str | None) -> str:
    """The way out of a lack of memory."""
    raise_it = "raise the limit of the machine or its cgroup"
    return raise_it if smaller is None else f"try {smaller}, or {raise_it}"


def explain_failure(trial: Trial, name: str, smaller: str | None) -> tuple[str, str | None]:
    """Why a trial failed, and the way out.

    Args:
        name: what the sentence calls the trial.
        smaller: as for `failure_finding`.
    """
    assert not succeeded(trial)
    message, hint = _explain(trial, name, smaller)
    if trial.outcome.out_of_memory and trial.outcome.ending != "signalled":
        message += "; the kernel had killed a process of it for lack of memory"
        hint = hint or more_memory(smaller)
    return message, hint


def _explain(trial: Trial, name: str, smaller: str | None) -> tuple[str, str | None]:
    outcome = trial.outcome
    failure = None if trial.reply is None else trial.reply.failure
    if failure is not None:
        return _explain_raised(name, failure, _grown(trial), smaller)
    if outcome.ending == "not_started":
        return f"{name} was not started: {outcome.message or 'no reason is known'}", None
    if outcome.ending == "lost":
        return f"{name} was lost: {outcome.message}", "a variant must not end processes that it didn't start"
    if outcome.ending == "timed_out":
        where = "" if outcome.reached != "started" else " (it had not come to its run yet)"
        return (
            f"{name} had not ended after {format_seconds(outcome.seconds)}{where} and was stopped{_grown(trial)}",
            "give it longer with --timeout" + (f", or {smaller}" if smaller is not None else ""),
        )
    if outcome.ending == "stopped":
        return f"{name} was stopped", None
    if outcome.ending == "signalled":
        return _explain_signal(trial, name, smaller)
    if outcome.reached == "ended":
        return f"{name} came to its end, but its process was lost before it could say so", None
    return (
        f"{name} ended its process with exit code {outcome.exit_code} (os._exit or an exec){_grown(trial)}",
        "a variant returns its output; it must not end the process",
    )


def _explain_raised(name: str, failure: RecipeFailure, grown: str, smaller: str | None) -> tuple[str, str | None]:
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
        raise_it = "raise the limit"
        return f"{where} ran out of memory{grown}", hint or (f"try {smaller}, or {raise_it}" if smaller else raise_it)
    text = f": {failure.message}" if failure.message else ""
    if failure.type == "IncomparableOutputError":
        return f"{name}{text}", hint
    if failure.stage == "output":
        return f"{name}: its output can't be compared: {failure.type}{text}", hint
    return f"{where} raised {failure.type}{text}", hint


def _explain_signal(trial: Trial, name: str, smaller: str | None) -> tuple[str, str | None]:
    outcome = trial.outcome
    if outcome.out_of_memory:
        return f"{name} was killed by the kernel for lack of memory{_grown(trial)}", more_memory(smaller)
    try:
        known = signal.Signals(outcome.signal or 0).name
    except ValueError:
        known = f"signal {outcome.signal}"
    what = "crashed with" if known in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT") else "was ended by"
    return f"{name} {what} {known}{_grown(trial)}", None


def _grown(trial: Trial) -> str:
    reached = reached_bytes(trial)
    return "" if reached is None else f"; it had grown by {format_bytes(max(0, reached))} by then"
