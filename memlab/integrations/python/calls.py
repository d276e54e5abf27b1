"""`memlab.compare`, `memlab.measure` and `memlab.load`: what a caller may say, and what is made of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from memlab.errors import UsageError
from memlab.integrations.python.arguments import (
    LIKE_MEASURE,
    Function,
    name_among,
    named_functions,
    options_from,
    require_callable,
)
from memlab.integrations.python.explained import explained
from memlab.recipe import phases
from memlab.recipe.agreement import Agreement, exact

if TYPE_CHECKING:
    from memlab.integrations.python.inline import InlineMeasurement
    from memlab.integrations.python.results import Compared, Measured
    from memlab.runner.progress import ProgressSink
    from memlab.workflow.functions import FunctionOptions, MeasuredFunctions


def compare(
    *functions: Function | Mapping[str, Function],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    baseline: str | Function | None = None,
    pitfalls: Collection[str | Function] = (),
    trials: int = 3,
    meters: Sequence[str] = ("os", "tracemalloc", "memray"),
    agree: Agreement = exact,
    headline: str = "growth",
    timeout: float | str = 300.0,
    warm_up: Function | tuple[Any, ...] | None = None,
    output: Function | None = None,
    reports: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Compared:
    """Measure functions as `memlab compare` measures the variants of a recipe, and say how they differ.

    Each call runs in a fresh process, to which function and arguments travel. What a module holds is imported there;
    functions of a script, nested ones and lambdas are sent whole, with the values they use, and the script isn't run.
    What the arguments hold is there before the measurement starts, so it isn't counted, and whatever a function uses
    for the first time is, such as a module that it imports; `warm_up` has it used before.

    Args:
        functions: two or more; or one mapping of names to functions.
        args, kwargs: what each of them is called with.
        baseline: the one, by name or itself, that the others are compared with; the first unless said.
        pitfalls: those, by name or themselves, that are expected to save nothing.
        trials: how often each is measured for the statistics.
        meters: `os` is always there; `tracemalloc`, `memray` and `memory_profiler` each take one more call.
        agree: how what they return is held against what the baseline returns: `memlab.exact`, or `memlab.psnr(...)`.
        headline: the figure it is about: `growth`, `retained`, or `kept` (by the allocator).
        timeout: the longest a call may take, in seconds, or as a text such as "5min".
        warm_up: is called in each trial first, without arguments, and not measured; or a tuple: the positional
            arguments (the keywords stay) of a first call of the function itself, such as a tiny input.
        output: makes something comparable of what they return: arrays, images, numbers, lists.
        reports: the folder to save the run in, as the command line does in `reports`; not saved unless said.
        progress: tell on standard error what is being measured.

    Returns:
        a `Compared`; functions that failed, or returned something else than the baseline, have findings in it.

    Raises:
        UsageError: an argument makes no sense, or something can't travel to a fresh process, or this is Windows.
        MeasurementError: the baseline failed; the sentence says how, with its own traceback.
    """
    with explained():
        from memlab.integrations.python.results import Compared, refuse_failed

        named = named_functions(functions)
        first = next(iter(named)) if baseline is None else name_among(named, baseline, "baseline")
        options = options_from(
            functions=named,
            baseline=first,
            args=tuple(args),
            kwargs=kwargs,
            pitfalls=tuple(name_among(named, one, "pitfalls") for one in pitfalls),
            trials=trials,
            meters=meters,
            agree=agree,
            headline=headline,
            timeout=timeout,
            warm_up=warm_up,
            output=output,
            reports=reports,
        )
        if first in options.pitfalls:
            raise UsageError(f"{first} is the baseline, and can't be a pitfall as well")
        done = _measured(options, progress)
        result = Compared(done.run, done.report, done.exit_code)
        refuse_failed(result)
        return result


@overload
def measure() -> InlineMeasurement: ...
@overload
def measure(
    function: Function,
    /,
    *args: Any,
    kwargs: Mapping[str, Any] | None = None,
    trials: int = 3,
    meters: Sequence[str] = ("os",),
    timeout: float | str = 300.0,
    warm_up: Function | tuple[Any, ...] | None = None,
    reports: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Measured: ...
def measure(
    function: Function | None = None,
    /,
    *args: Any,
    kwargs: Mapping[str, Any] | None = None,
    trials: int = 3,
    meters: Sequence[str] = ("os",),
    timeout: float | str = 300.0,
    warm_up: Function | tuple[Any, ...] | None = None,
    reports: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Measured | InlineMeasurement:
    """Measure one function in fresh processes: `measure(load_all, paths)`; or a block in this one: `with measure() as
    m:`, whose result says what it is worth (see `InlineMeasurement`).

    Args:
        function: what is measured. It travels, as do its arguments, as in `compare`, and is called as
            `function(*args, **kwargs)`; what it returns may be anything but an iterator, whose work would come later.
        trials, meters, timeout, warm_up, reports, progress: as in `compare`.

    Raises:
        UsageError: as in `compare`.
        MeasurementError: the function failed; the sentence says how, with its own traceback.
    """
    with explained():
        if function is None:
            said = (kwargs, trials, meters, timeout, warm_up, reports, progress)
            if args or said != (None, 3, ("os",), 300.0, None, None, False):
                raise UsageError("measure() is given arguments, and no function", hint=LIKE_MEASURE)
            from memlab.integrations.python.inline import InlineMeasurement

            return InlineMeasurement()
        from memlab.integrations.python.results import Measured, refuse_failed

        require_callable("measure", function, LIKE_MEASURE)
        named = named_functions((function,))
        options = options_from(
            functions=named,
            baseline=next(iter(named)),
            args=args,
            kwargs=kwargs,
            trials=trials,
            meters=meters,
            timeout=timeout,
            warm_up=warm_up,
            compared=False,
            reports=reports,
        )
        done = _measured(options, progress)
        result = Measured(done.run, done.report, done.exit_code)
        refuse_failed(result)
        return result


def load(path: str | os.PathLike[str]) -> Compared | Measured:
    """Read a run that was saved, by a result's `save` or by the command line, and report on it anew.

    Args:
        path: of its run.json, or of the folder that lies in.

    Returns:
        a `Measured` where the run is of one function or variant only.

    Raises:
        DocumentError: it isn't there or can't be read, is damaged, foreign or newer.
    """
    from memlab.integrations.python.results import load_result

    with explained():
        return load_result(path)


def _measured(options: FunctionOptions, progress: bool) -> MeasuredFunctions:
    if phases.in_trial:
        raise UsageError(
            "this runs in a trial of memlab's already, which resets the marks that a further one would go by",
            hint='what measures when a module is imported belongs below `if __name__ == "__main__":`'
            if phases.listener is None
            else "`with measure():` measures a part of a trial, and `with memlab.phase(name):` names one",
        )
    from memlab.integrations.python.progress import Lines
    from memlab.runner.progress import Silent
    from memlab.workflow.functions import measure_functions

    sink: ProgressSink = Lines(sys.stderr) if progress else Silent()
    return measure_functions(options, sink)
