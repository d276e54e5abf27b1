"""Measure one variant once: import or load it, prepare, warm up on tiny inputs, run, and look at the output."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from memlab.child.deferred import refuse_decoded, undecoded_pictures
from memlab.child.failure import describe_failure, release_reserve
from memlab.child.kept_outputs import keep_output
from memlab.child.load import recipe_subject
from memlab.child.meters import chosen_meter
from memlab.child.outputs import describe_output
from memlab.child.subject import Subject
from memlab.child.surroundings import end_if_forked
from memlab.child.trial import Trial


class _FailedError(Exception):
    """The trial failed; the reply says how."""


def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Carry out one trial; returns the reply (`memlab.model.trial.Reply` as a dict)."""
    trial = Trial(spec)
    try:
        _measure(trial, spec)
    except _FailedError:
        pass
    else:
        trial.reply["status"] = "measured"
    return trial.finished_reply()


def _measure(trial: Trial, spec: dict[str, Any]) -> None:
    subject: Subject = _guarded(trial, "import", lambda: _load(spec))
    argument = _guarded(trial, "prepare", subject.prepare)
    if subject.warm_up is not None:
        _guarded(trial, "warm_up", subject.warm_up)
    meter = chosen_meter(spec, subject.folder, subject.function, subject.prepare)
    try:
        value = trial.run(subject.function, argument, meter)
    except BaseException:
        if "failure" in trial.reply:
            raise _FailedError from None
        raise
    # Kept only now that every figure but the last is read, and without a trace in that one.
    trial.reply["output"] = _digest(trial, subject, value, spec)
    del value
    trial.released()
    trial.read_meter()


def _load(spec: dict[str, Any]) -> Subject:
    if spec["recipe"]["functions"] is None:
        return recipe_subject(spec)
    from memlab.child.functions import functions_subject

    return functions_subject(spec)


def _digest(trial: Trial, subject: Subject, value: Any, spec: dict[str, Any]) -> dict[str, Any]:
    make, folder = subject.output, spec["outputs"]

    def describe_and_keep() -> dict[str, Any]:
        undecoded = undecoded_pictures(value)
        output = value if make is None else make(value)
        described = describe_output(output)
        refuse_decoded(undecoded)
        known = spec["known_outputs"]
        trial.reply["output_kept"] = folder is not None and keep_output(output, described["digest"], folder, known)
        return described

    described: dict[str, Any] = _guarded(trial, "output", describe_and_keep)
    return described


def _guarded(trial: Trial, stage: str, step: Callable[[], Any]) -> Any:
    process = os.getpid()
    try:
        value = step()
    except BaseException as error:
        release_reserve()
        end_if_forked(process, 1)
        trial.reply["failure"] = describe_failure(error, stage)
        raise _FailedError from None
    end_if_forked(process, 0)
    return value
