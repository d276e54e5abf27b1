"""What one trial measures, wherever it comes from: a variant of a recipe, or a function on its way from another
process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """One variant, ready to be measured.

    Attributes:
        function: is given one argument.
        prepare: makes a fresh one.
        warm_up: what runs first, unmeasured; None for nothing.
        output: makes something comparable of what the function returns; None where that is as it is.
        folder: of its code; "" where it has none.
    """

    function: Callable[[Any], Any]
    prepare: Callable[[], Any]
    warm_up: Callable[[], object] | None
    output: Callable[[Any], Any] | None
    folder: str
