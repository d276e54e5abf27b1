"""Functions that another process has sent here, with their arguments.

They lie in a folder that `memlab.workflow.functions` has filled: `about.json`, and a file for each function and for the
arguments, pickled one after the other by one pickler each. What refers to a module is imported here; what stood in the
other process's `__main__` comes whole, and its script is not run.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from memlab.child.subject import Subject

ABOUT = "about.json"

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class UnloadableError(Exception):
    """Something can't be made again in a fresh process; the sentence says what, and why."""


def functions_subject(spec: dict[str, Any]) -> Subject:
    """Load one of the functions.

    Raises:
        UnloadableError: it, or another one that it needs, can't be loaded.
    """
    folder = spec["recipe"]["functions"]
    with open(os.path.join(folder, ABOUT), encoding="utf-8") as file:
        about: dict[str, Any] = json.load(file)
    _be_like(about)
    name = spec["variant"]
    function = _load_one(folder, about["functions"][name], name)
    _show_in_main(function)

    def call(arguments: Arguments) -> Any:
        positional, named = arguments
        return function(*positional, **named)

    call.__wrapped__ = function  # type: ignore[attr-defined]
    output = _output(folder, about)

    def prepare() -> Arguments:
        return _load_arguments(folder, about["arguments"])

    return Subject(call, prepare, _warm_up(folder, about, call), output, about["folder"])


def _output(folder: str, about: dict[str, Any]) -> Callable[[Any], Any] | None:
    if not about["compared"]:
        return lambda _: None
    return None if about["output"] is None else _load_one(folder, about["output"], "output=")


def _warm_up(folder: str, about: dict[str, Any], call: Callable[[Arguments], Any]) -> Callable[[], object] | None:
    if about["warm_up"] is not None:
        own: Callable[[], object] = _load_one(folder, about["warm_up"], "warm_up=")
        return own
    given = about["warm_up_arguments"]
    return None if given is None else lambda: call(_load_arguments(folder, given))


def _be_like(about: dict[str, Any]) -> None:
    """Look for modules as the other process does, and have a `__main__` that says as much of itself."""
    sys.path[:] = about["sys_path"]
    sys.argv = [about["main_file"] or ""]
    main = ModuleType("__main__")
    # What the functions start by spawning or forking looks there for its script and its functions.
    if about["main_file"] is not None:
        main.__file__ = about["main_file"]
    if about["main_module"] is not None:
        main.__spec__ = ModuleSpec(about["main_module"], None, origin=about["main_file"])
    sys.modules["__main__"] = main


def _show_in_main(function: Any) -> None:
    known = getattr(function, "__globals__", {})
    if known.get("__name__") != "__main__":
        return
    main = vars(sys.modules["__main__"])
    for name, value in known.items():
        main.setdefault(name, value)
    main.setdefault(function.__name__, function)


def _load_one(folder: str, name: str, what: str) -> Any:
    with open(os.path.join(folder, name), "rb") as file:
        return next(_unpickled(pickle.Unpickler(file), [what]))


def _load_arguments(folder: str, given: dict[str, Any]) -> Arguments:
    count, names = given["positional"], given["named"]
    whats = [*(f"argument {number}" for number in range(1, count + 1)), *(f"argument {name}=" for name in names)]
    with open(os.path.join(folder, given["file"]), "rb") as file:
        values = list(_unpickled(pickle.Unpickler(file), whats))
    return tuple(values[:count]), dict(zip(names, values[count:], strict=True))


def _unpickled(unpickler: pickle.Unpickler, whats: list[str]) -> Iterator[Any]:
    """What one pickler has pickled in a row, by which objects that they share stay shared."""
    for what in whats:
        try:
            value = unpickler.load()
        except MemoryError:
            raise
        except Exception as error:
            text = " ".join(str(error).split())
            raise UnloadableError(
                f"{what} can't be loaded in a fresh process: {type(error).__name__}{f': {text}' if text else ''}"
            ) from error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        yield value
