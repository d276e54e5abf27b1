"""Where a function stands, and how it reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def source_of(function: Callable[..., Any]) -> dict[str, Any] | None:
    """File, first line (from 1) and text of a function, below whatever decorates it; None where it has no source."""
    try:
        inner = inspect.unwrap(function)
        lines, first = inspect.getsourcelines(inner)
        return {"file": inspect.getsourcefile(inner) or "", "line": first, "text": "".join(lines)}
    except (OSError, TypeError, ValueError):
        return None
