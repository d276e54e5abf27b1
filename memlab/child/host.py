"""Measure a function that somebody else calls: the task `host`.

A host sets up what the function needs, has it measured in the midst of that, and tears it down: pytest's fixtures
around a test. It is given by its module's name, since this process imports nothing of memlab's beyond measuring.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

from memlab.child.failure import describe_failure, release_reserve
from memlab.child.load import code_folder
from memlab.child.meters import chosen_meter
from memlab.child.surroundings import end_if_forked
from memlab.child.trial import Trial

_T = TypeVar("_T")
STAGE = "host"


class HostError(Exception):
    """The host didn't keep to the contract: it calls `measured` once."""


def host(spec: dict[str, Any]) -> dict[str, Any]:
    """Let the spec's host carry out one trial; returns the reply (`memlab.model.trial.Reply` as a dict).

    The host's `run(arguments, measured)` is given the spec's `host_arguments`, and `measured`, which measures one call
    of a function without arguments: it returns the function's value, or raises the function's own exception, and can
    be called once. The reply is "measured" when the function has returned, and the host after it. The last end state,
    `released`, stays unknown, for the value is the host's; and there is no output.
    """
    trial, process = Trial(spec), os.getpid()
    hosted = _Hosted(trial, spec)
    try:
        importlib.import_module(spec["host"]).run(spec["host_arguments"], hosted.measured)
        if not hosted.called:
            raise HostError("it ended without having anything measured")
    except BaseException as error:
        release_reserve()
        end_if_forked(process, 1)
        trial.reply.setdefault("failure", describe_failure(error, STAGE))
    end_if_forked(process, 0)
    if "failure" not in trial.reply:
        trial.reply["status"] = "measured"
    return trial.finished_reply()


class _Hosted:
    def __init__(self, trial: Trial, spec: dict[str, Any]) -> None:
        self._trial, self._spec = trial, spec
        self.called = False

    def measured(self, function: Callable[[], _T]) -> _T:
        """Measure one call of the function.

        Returns:
            its value.

        Raises:
            HostError: this is the second call.
            BaseException: the function's own.
        """
        if self.called:
            raise HostError("a trial measures one call, and this is the second")
        self.called = True

        def call(_: None) -> _T:
            return function()

        meter = chosen_meter(self._spec, code_folder(self._spec["recipe"]["path"]), call, None)
        value: _T = self._trial.run(call, None, meter)
        self._trial.read_meter()
        return value
