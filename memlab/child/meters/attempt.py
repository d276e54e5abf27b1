"""Call the variant's function, and keep what comes of it until the meter is off."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from memlab.child.surroundings import end_if_forked


class Attempt:
    """A function's value, or what it raised. A process that came back from it as well, forked, ends here.

    Args:
        function, argument: what is called, at once.
    """

    def __init__(self, function: Callable[[Any], Any], argument: Any) -> None:
        process = os.getpid()
        self._value: Any = None
        self._error: BaseException | None = None
        try:
            self._value = function(argument)
        except BaseException as error:
            end_if_forked(process, 1)
            self._error = error
        end_if_forked(process, 0)

    @property
    def failed(self) -> bool:
        """Whether it raised."""
        return self._error is not None

    def result(self) -> Any:
        """The value, which is let go of here; or raises what was raised. Once."""
        value, error = self._value, self._error
        self._value = self._error = None
        if error is None:
            return value
        try:
            raise error
        finally:
            del error  # else it would be held by its own traceback
