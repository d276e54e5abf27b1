"""The meters beside the headline's: each is on around the variant's function, and says afterwards what it saw.

A meter never decides what becomes of a trial. The variant's value and its exceptions go through it untouched, and a
meter that is missing or fails gives no figure and a note that says why.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from memlab.child.meters.lines import Lines

Function = Callable[[Any], Any]


class Meter(Protocol):
    """One meter of one trial. The calls come in this order, the last two only if the variant gave a value."""

    def around(self, function: Function) -> Function:
        """The function with the meter on while it runs; what it returns and raises is the variant's own."""

    def at_end(self) -> None:
        """Read what has to be read while the output is alive: the run has ended, and been told to have."""

    def figures(self) -> dict[str, Any]:
        """What the meter saw (`memlab.model.trial.MeterFigures` as a dict); by now the output may be gone."""


class NoMeter:
    """Stands for a meter that can't be used: runs the variant all the same, so that its output is known.

    Args:
        note: why there is no figure.
    """

    def __init__(self, note: str) -> None:
        self._note = note

    def around(self, function: Function) -> Function:
        """The function itself."""
        return function

    def at_end(self) -> None:
        """Nothing was on."""

    def figures(self) -> dict[str, Any]:
        """No figure, and why."""
        return no_figures(self._note)


def no_figures(note: str) -> dict[str, Any]:
    """The figures of a meter that has none."""
    return some_figures(None, note=note)


def some_figures(
    peak_bytes: int | None,
    *,
    end_bytes: int | None = None,
    lines: list[dict[str, Any]] | None = None,
    samples: int | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Figures as `memlab.model.trial.MeterFigures` has them."""
    return {"peak_bytes": peak_bytes, "end_bytes": end_bytes, "lines": lines or [], "samples": samples, "note": note}


def why(meter: str, error: BaseException) -> str:
    """A note on what went wrong with a meter."""
    text = " ".join(str(error).split())[:300].encode("utf-8", "backslashreplace").decode()
    if isinstance(error, ModuleNotFoundError) and error.name == meter:
        return f"{meter} is not installed"
    return f"{meter} failed here: {type(error).__name__}{f': {text}' if text else ''}"


def chosen_meter(
    spec: dict[str, Any], folder: str, function: Function, prepare: Callable[[], Any] | None
) -> Meter | None:
    """The meter that a spec asks for, ready to be switched on; None where that is the headline's.

    Imports the meter's library, so it is called before the process settles.

    Args:
        folder: of the code that is measured; "" where it has none.
        function: the variant's.
        prepare: makes a fresh argument for the variant, as the recipe does; None where it can be called but once.
    """
    name = spec["meter"]
    if name == "os":
        return None
    lines = Lines(folder) if spec["lines"] else None
    # Python 3.12 warns of a fork beside threads. A process that a meter forks, and a thread that it starts, are not
    # the variant's doing.
    warnings.filterwarnings("ignore", message=r".*multi-threaded, use of fork", category=DeprecationWarning)
    try:
        if name == "tracemalloc":
            from memlab.child.meters.tracemalloc_meter import TracemallocMeter

            return TracemallocMeter(lines)
        if name == "memray":
            from memlab.child.meters.memray_meter import MemrayMeter

            return MemrayMeter(os.path.join(spec["folder"], "memray.bin"), lines)
        if name == "memory_profiler":
            if prepare is None:
                return NoMeter("memory_profiler calls a short function again, which can't be done here")
            from memlab.child.meters.memory_profiler_meter import MemoryProfilerMeter

            return MemoryProfilerMeter(function, prepare, lines)
    except (Exception, SystemExit) as error:  # a module of the recipe's folder may have the library's name
        return NoMeter(why(name, error))
    return NoMeter(f"there is no meter {name}")
