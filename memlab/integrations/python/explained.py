"""Errors on their way out of memlab into a program that may not handle them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from memlab.errors import MemlabError


@contextmanager
def explained() -> Iterator[None]:
    """Have an error say all it knows: what Python prints of it has the way out then, and the function's traceback."""
    try:
        yield
    except MemlabError as error:
        error.with_notes()
        raise
