"""From one raw trial to its figures."""

from __future__ import annotations

from dataclasses import dataclass

from memlab.kernel.resolution import floor_bytes
from memlab.model.trial import EndStates, StartLevel, Trial


@dataclass(frozen=True, slots=True)
class TreeFigures:
    """A tree's bounds as growth over its level at the start, in bytes, and how many processes it had."""

    lower_bytes: int
    estimate_bytes: int
    upper_bytes: int
    processes: int
    unmeasured: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """What one successful trial says; growth and end states are counted from the level at the start.

    Attributes:
        growth_bytes: the peak's, of the whole tree where there is one.
        unseen_growth_bytes: what a read-reset window could have hidden, where marks were reset from outside.
        at_least: some of it was swapped out and is not in the mark.
        retained_bytes: after trimming, or after collecting where nothing can be trimmed.
        kept_bytes: what the allocator kept; None where that can't be known.
        undisturbed: no other trial ran at the same time, so that its time counts.
    """

    growth_bytes: int
    source: str
    unseen_growth_bytes: int
    at_least: bool
    seconds: float
    retained_bytes: int
    kept_bytes: int | None
    end_states_bytes: dict[str, int | None]
    tree: TreeFigures | None
    undisturbed: bool = True


def succeeded(trial: Trial) -> bool:
    """Whether the trial came to its end and said so."""
    return trial.reply is not None and trial.reply.status == "measured"


def figures_of(trial: Trial, resolution_bytes: int = 0) -> TrialFigures | None:
    """The figures of a trial; None when it failed.

    Args:
        resolution_bytes: the machine's, by which two counters of one process can differ.
    """
    reply, outcome = trial.reply, trial.outcome
    if reply is None or not succeeded(trial):
        return None
    start, states = reply.start, reply.end_states
    if start is None or states is None or reply.peak_bytes is None or reply.seconds is None:
        return None
    tree = _tree(trial, resolution_bytes)
    growth = tree.estimate_bytes if tree is not None else _own_peak_bytes(trial) - start.level_bytes
    kept = None
    if states.trimmed is not None:
        # From `collected` on: what the garbage collector freed was held by reference cycles, not by the allocator.
        kept = max(0, states.collected - states.trimmed)
        if start.reusable_bytes is not None and reply.reusable_after_bytes is not None:
            kept += max(0, reply.reusable_after_bytes - start.reusable_bytes)
    last = states.collected if states.trimmed is None else states.trimmed
    return TrialFigures(
        growth_bytes=max(0, growth),
        source=reply.source or "sampled",
        unseen_growth_bytes=outcome.unseen_growth_bytes,
        at_least=outcome.swap_bytes > 0,
        seconds=reply.seconds,
        retained_bytes=last - start.resident_bytes,
        kept_bytes=kept,
        end_states_bytes={
            name: None if size is None else size - start.resident_bytes
            for name, size in (
                ("ended", states.ended),
                ("collected", states.collected),
                ("caches_cleared", states.caches_cleared),
                ("trimmed", states.trimmed),
                ("released", states.released),
            )
        }
        | _file_backed(start, states),
        tree=tree,
        undisturbed=trial.undisturbed,
    )


def _file_backed(start: StartLevel, states: EndStates) -> dict[str, int | None]:
    """How much of what was left after trimming was pages of mapped files, over those at the start."""
    if start.file_bytes is None or states.file_backed is None:
        return {}
    return {"file_backed": states.file_backed - start.file_bytes}


def reached_bytes(trial: Trial) -> int | None:
    """How far a failed trial's growth had come by all that was read; None when it never began its run."""
    reply, outcome = trial.reply, trial.outcome
    level = outcome.level_bytes
    known = []
    if reply is not None and reply.failure is not None and reply.failure.reached_bytes is not None:
        known.append(reply.failure.reached_bytes)
    if level is not None:
        known += [size - level for size in (outcome.peak_bytes, outcome.last_gap_bytes) if size is not None]
        if outcome.tree is not None:
            known.append(outcome.tree.estimate_bytes - outcome.tree.start_bytes)
    return max(known, default=None)


def _own_peak_bytes(trial: Trial) -> int:
    """The highest mark of the trial's own process. Where others reset it as well, none of them has seen all of it.

    What the process reads of itself is without huge pages (hugetlbfs).
    """
    assert trial.reply is not None
    return max((trial.reply.peak_bytes or 0) + trial.outcome.hugetlb_bytes, trial.outcome.peak_bytes or 0)


def _tree(trial: Trial, resolution_bytes: int) -> TreeFigures | None:
    """The tree's bounds, raised by what only the reaping parents know of their children's last moments."""
    reply, outcome = trial.reply, trial.outcome
    assert reply is not None
    assert reply.start is not None
    unknown = len(set(reply.started_processes) - set(outcome.seen_processes)) + int(reply.started_more)
    seen = outcome.tree
    if seen is None and not unknown:
        return None
    peak = _own_peak_bytes(trial)
    if seen is None:
        start = start_upper = reply.start.level_bytes
        lower = estimate = upper = peak
    else:
        start, start_upper = seen.start_bytes, seen.start_upper_bytes
        lower, estimate, upper = (max(peak, size) for size in (seen.lower_bytes, seen.estimate_bytes, seen.upper_bytes))
    largest_child = max((one.peak_bytes for one in outcome.processes[1:]), default=0)
    reaped = max(reply.children_peak_bytes or 0, outcome.last_gap_bytes or 0)
    # Started by vfork, a program begins with the peak of the process it came from, and counters differ by their grain.
    if reaped > max(largest_child, peak) + floor_bytes(resolution_bytes):
        upper += reaped - largest_child
        # What a forked process was born with is its parent's as well.
        estimate += reaped - max(largest_child, reply.forked_level_bytes or 0)
        lower = max(lower, reaped)
    return TreeFigures(
        lower_bytes=max(0, lower - start_upper),
        estimate_bytes=max(0, estimate - start),
        upper_bytes=max(0, upper - start),
        processes=0 if seen is None else seen.processes,
        unmeasured=max(unknown, 0 if seen is None else seen.unmeasured),
        unreadable=0 if seen is None else seen.unreadable,
    )
