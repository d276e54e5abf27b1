"""The part of a test that is measured: its call, without its fixtures, and without what plugins do around it."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Measured = Callable[[Callable[[], Any]], Any]
"""Measures one call of a function: returns what that returns, raises what that raises."""


@contextmanager
def measured_call(item: pytest.Item, measured: Measured) -> Iterator[None]:
    """Have a test measured that is called in the midst of this. It is set up already."""
    # runtest has the test called by whatever plugin knows how to: a coroutine needs a loop.
    name = "obj" if _is_test_case(item) else "runtest"
    function = getattr(item, name)

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        return measured(lambda: function(*arguments, **options))

    setattr(item, name, call)
    try:
        yield
    finally:
        if name == "runtest":
            del item.runtest
        else:
            setattr(item, name, function)


def _is_test_case(item: pytest.Item) -> bool:
    """Whether it is a method of a unittest.TestCase, whose `runtest` calls setUp and tearDown as well.

    One that is a coroutine is measured with them: only unittest can run it.
    """
    case = isinstance(getattr(item, "instance", None), unittest.TestCase)
    return case and not inspect.iscoroutinefunction(item.obj)  # type: ignore[attr-defined]
