"""Functions and values on their way to a fresh process: pickled by cloudpickle, or one sentence that says why not.

What a module holds goes by its name and is imported there. What only this process has goes whole: functions of
`__main__`, nested ones, lambdas, and modules that no other process would find.
"""

from __future__ import annotations

import functools
import inspect
import io
import os
import sys
import threading
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memlab.errors import UsageError
from memlab.printable import encodable, printable
from memlab.recipe_search import find_module

_MAKE_IT_THERE = "make or open it in the function, and give the function what that takes: a path, a size, a list"
_whole_modules = threading.RLock()


def pickle_into(file: Path, values: Sequence[tuple[str, Any]]) -> None:
    """Pickle values one after the other, by one pickler, so that what they share stays shared.

    Args:
        values: each with what it is called in a sentence.

    Raises:
        UsageError: one of them can't travel.
        OSError: the file can't be written.
    """
    with file.open("wb") as opened, _sent_whole([value for _, value in values]):
        pickler = _pickler(opened)
        for what, value in values:
            _dump(pickler, what, value)


def _dump(pickler: Any, what: str, value: Any) -> None:
    try:
        pickler.dump(value)
    except OSError:
        raise
    except Exception as error:
        raise UsageError(f"{what} can't travel to a fresh process: {_why(value, error)}", hint=_MAKE_IT_THERE) from None


def _pickler(file: Any) -> Any:
    return _pickler_class()(file)


@functools.cache
def _pickler_class() -> Any:
    import cloudpickle

    # By itself it would send the text of an open file, in place of the file.
    table = ChainMap({io.TextIOWrapper: _refuse_file}, cloudpickle.Pickler.dispatch_table)
    return type("Pickler", (cloudpickle.Pickler,), {"dispatch_table": table})


def _refuse_file(file: io.TextIOWrapper) -> Any:
    for name in ("stdin", "stdout", "stderr"):
        if file is getattr(sys, name):
            return getattr, (sys, name)
    raise TypeError(f"{file.name!r} is an open file")


def _why(value: Any, error: Exception) -> str:
    """What of it can't be pickled, and why."""
    for name, used in _used_by(value):
        try:
            with _sent_whole([used]):
                _pickler(_Nowhere()).dump(used)
        except Exception as inner:
            return f"it uses {name}, and {_text(inner)}"
    return _text(error)


def _used_by(value: Any) -> Iterator[tuple[str, Any]]:
    """What a function that goes whole takes along, by name."""
    try:
        found = inspect.getclosurevars(inspect.unwrap(value))
    except (TypeError, ValueError):
        return
    yield from {**found.globals, **found.nonlocals}.items()


def _text(error: Exception) -> str:
    text = encodable(" ".join(str(error).split()))
    return printable(text, 300) if text else type(error).__name__


class _Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return memoryview(content).nbytes


@contextmanager
def _sent_whole(values: Sequence[Any]) -> Iterator[None]:
    """Have cloudpickle send whole what stands in modules that a fresh process would not find."""
    import cloudpickle

    with _whole_modules:
        names = {getattr(one, "__module__", None) for value in values for one in (value, type(value))}
        modules = [sys.modules[name] for name in names if isinstance(name, str) and _is_only_here(name)]
        already = cloudpickle.list_registry_pickle_by_value()
        modules = [module for module in modules if module.__name__ not in already]
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)


def _is_only_here(name: str) -> bool:
    """Whether a fresh process would not find this module under its name, or find another one."""
    module = sys.modules.get(name)
    if module is None or name == "__main__" or name in sys.builtin_module_names:
        return False
    try:
        spec = find_module(name)
        if spec is None:
            return True
        file = getattr(module, "__file__", None)
        return bool(file and spec.origin and spec.has_location and not os.path.samefile(file, spec.origin))
    except Exception:  # a finder of somebody's, or a file that is gone
        return True


def without_partial(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function below `functools.partial`, or the method that makes an object callable."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__name__") else type(function).__call__
