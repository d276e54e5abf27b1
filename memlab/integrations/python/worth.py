"""What figures are worth that were measured in a process with a past and a present of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memlab.kernel.marks import KERNEL_WHOLE_LIFE, SAMPLED
from memlab.model.report import Finding
from memlab.units import MIB, format_bytes

_FRESH = "measure(function) and `memlab compare` measure in fresh processes"


@dataclass(frozen=True)
class Circumstances:
    """How it stood around a block.

    Attributes:
        source: `kernel`, `kernel_whole_life` or `sampled`.
        at_least: the peak may have been higher, and no reading tells.
        alone: nothing else was being measured.
        in_trial: it was within a trial of memlab's.
        trimmed: free memory was given back before it began and after its end.
        threads: those of Python when it ended, its own included.
        reusable_bytes: free bytes in Python's arenas as it began; None where unknown.
        had_children: child processes ran or ended meanwhile.
        swap_bytes: what of the process was swapped out at the end.
    """

    source: str
    at_least: bool
    alone: bool
    in_trial: bool
    trimmed: bool
    threads: int
    reusable_bytes: int | None
    had_children: bool
    swap_bytes: int


def worth_of(how: Circumstances) -> tuple[Finding, ...]:
    """What is to be said of a block's figures, the gravest first."""
    order = ("error", "warning", "note")
    return tuple(sorted(_find(how), key=lambda finding: order.index(finding.severity)))


def _find(how: Circumstances) -> Iterator[Finding]:
    yield Finding(
        "in_process",
        "note",
        None,
        "measured in this process: what its other threads take and give back meanwhile counts, what its child "
        "processes take doesn't",
        _FRESH,
        {"threads": how.threads},
    )
    if how.swap_bytes:
        yield Finding(
            "swap",
            "error",
            None,
            f"{format_bytes(how.swap_bytes)} of this process was swapped out: the peak is at least what was measured",
            "free memory on the machine, or turn swap off, and measure again",
            {"swap_bytes": how.swap_bytes},
        )
    if how.in_trial:
        yield Finding(
            "in_trial",
            "note",
            None,
            "measured within a trial of memlab's, which reads and resets the same mark: the peak is at least this",
            "the trial's own figures have it whole; `with memlab.phase(name):` names a part of it",
        )
    elif how.source == KERNEL_WHOLE_LIFE:
        rose = "it rose, so the peak is right" if not how.at_least else "it didn't rise, so the peak is at least this"
        yield Finding(
            "whole_life_mark",
            "warning" if how.at_least else "note",
            None,
            f"the high-water mark can't be reset here and tells of the process's whole life; {rose}",
            _FRESH,
            {"source": how.source},
        )
    elif how.source == SAMPLED:
        yield Finding(
            "sampled",
            "warning",
            None,
            "there is no high-water mark here: the peak is at least the level at the end, which is all that is known",
            _FRESH,
            {"source": how.source},
        )
    if how.had_children:
        yield Finding(
            "processes_not_counted",
            "warning",
            None,
            "child processes ran meanwhile, and their memory isn't in the figures",
            _FRESH,
        )
    yield from _hidden_growth(how)


def _hidden_growth(how: Circumstances) -> Iterator[Finding]:
    if how.reusable_bytes is not None and how.reusable_bytes > MIB:
        yield Finding(
            "reusable_memory",
            "note",
            None,
            f"up to {format_bytes(how.reusable_bytes)} of Python's arenas was already free when it began: small "
            "objects made there don't show in its growth",
            _FRESH,
            {"reusable_bytes": how.reusable_bytes},
        )
    if not how.alone and not how.in_trial:
        yield Finding(
            "overlapping",
            "note",
            None,
            "another block was being measured when it began: memory that was free by then was not given back, and "
            "growth that used it again doesn't show",
        )
    elif how.alone and not how.trimmed:
        yield Finding(
            "not_trimmed",
            "note",
            None,
            "the allocator here can't be asked to give free memory back: growth that used it again doesn't show",
            _FRESH,
        )
