"""What callers of `memlab.compare` and `memlab.measure` say, held to what it can mean."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from memlab.errors import UsageError
from memlab.printable import encodable, printable, shown
from memlab.recipe.agreement import Agreement, exact
from memlab.recipe.recipe import HEADLINES
from memlab.units import parse_seconds

if TYPE_CHECKING:
    from memlab.workflow.functions import FunctionOptions

Function = Callable[..., Any]
LIKE_COMPARE = "like compare(load_all, stream, args=(paths,))"
LIKE_MEASURE = "like measure(load_all, paths)"
_MOST_TRIALS = 1000


def options_from(
    *,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None,
    trials: int,
    meters: Sequence[str],
    timeout: float | str,
    warm_up: Function | tuple[Any, ...] | None,
    reports: str | os.PathLike[str] | None,
    output: Function | None = None,
    agree: Agreement = exact,
    headline: str = "growth",
    **others: Any,
) -> FunctionOptions:
    """The options that were said.

    Raises:
        UsageError: one of them makes no sense.
    """
    from memlab.plan import METERS
    from memlab.workflow.functions import FunctionOptions

    if isinstance(trials, bool) or not isinstance(trials, int) or not 1 <= trials <= _MOST_TRIALS:
        raise UsageError(f"trials={shown(trials)} is not a whole number from 1 to {_MOST_TRIALS}")
    if not isinstance(meters, str | Iterable):
        raise UsageError(f"meters={shown(meters)} is not a list of names; there are {', '.join(METERS)}")
    wanted = (meters,) if isinstance(meters, str) else tuple(meters)
    for meter in wanted:
        if meter not in METERS:
            raise UsageError(f"there is no meter {shown(meter)}; there are {', '.join(METERS)}")
    if not isinstance(agree, Agreement):
        raise UsageError(
            f"agree={shown(agree)} is not a rule of agreement, like memlab.exact or memlab.psnr(at_least=40)"
        )
    if headline not in HEADLINES:
        raise UsageError(f"headline={shown(headline)} is unknown; there are {', '.join(HEADLINES)}")
    for name, function in (("warm_up", warm_up), ("output", output)):
        if function is not None and not callable(function) and not (name == "warm_up" and isinstance(function, tuple)):
            raise UsageError(f"{name}= is of type {type(function).__name__}, and not a function")
    if reports is not None and not isinstance(reports, str | os.PathLike):
        raise UsageError(f"reports={shown(reports)} is not the path of a folder")
    return FunctionOptions(
        args=args,
        kwargs=dict(kwargs or {}),
        trials=trials,
        meters=wanted,
        timeout_seconds=_seconds(timeout),
        warm_up=warm_up,
        reports=None if reports is None else os.fspath(reports),
        output=output,
        agree=agree,
        headline=headline,
        **others,
    )


def _seconds(timeout: object) -> float:
    if isinstance(timeout, str):
        try:
            timeout = parse_seconds(timeout)
        except ValueError as error:
            raise UsageError(f"timeout={error}") from None
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < sys.maxsize:
        raise UsageError(f"timeout={shown(timeout)} is not a number of seconds above 0, or a text such as '5min'")
    return float(timeout)


def named_functions(functions: Sequence[Function | Mapping[str, Function]]) -> dict[str, Function]:
    """Each function by the name it goes by: its own, made unique; or the caller's.

    Raises:
        UsageError: there are none, or one is no function, or has no name that it can go by.
    """
    if len(functions) == 1 and isinstance(functions[0], Mapping):
        for name in functions[0]:
            if not isinstance(name, str) or not name.strip() or encodable(name) != name:
                raise UsageError(f"{name!r} is not a name that a function can go by")
        for function in functions[0].values():
            require_callable("compare", function, 'like compare({"all": load_all, "one": stream}, args=(paths,))')
        named = dict(functions[0])
    else:
        named = {}
        for one in functions:
            require_callable("compare", one, LIKE_COMPARE)
            named[_free(_name_of(one), named)] = cast("Function", one)
    if not named:
        raise UsageError("there is nothing to compare", hint=LIKE_COMPARE)
    return named


def require_callable(where: str, function: object, like: str) -> None:
    """See that something can be called, and does something when it is.

    Raises:
        UsageError: it can't, or doesn't.
    """
    from memlab.workflow.pickling import without_partial

    if not callable(function):
        raise UsageError(
            f"{where}() takes functions and calls them itself, and is given a value of type {type(function).__name__}",
            hint=like,
        )
    inner = without_partial(function)
    if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
        raise UsageError(
            f"{_name_of(function)} is a coroutine function: calling it does nothing yet",
            hint="measure a function that runs it, such as `lambda: asyncio.run(main())`",
        )


def _name_of(function: Any) -> str:
    inner = function
    while hasattr(inner, "func") and not hasattr(inner, "__name__"):  # functools.partial
        inner = inner.func
    name = getattr(inner, "__name__", None) or type(inner).__name__
    return printable("lambda" if name == "<lambda>" else encodable(str(name)), 100)


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def name_among(named: Mapping[str, Function], wanted: str | Function, what: str) -> str:
    """The name of a function that is given by its name or itself.

    Raises:
        UsageError: it isn't among them.
    """
    for name, function in named.items():
        if wanted == name or wanted is function:
            return name
    shown = wanted if isinstance(wanted, str) else _name_of(wanted)
    raise UsageError(f"{what}= names {shown}, which is not among what is compared: {', '.join(named)}")
