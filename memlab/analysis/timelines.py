"""Phases and the envelope: what a variant's growth was at which time."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from memlab.analysis.figures import succeeded
from memlab.model.report import PhaseReport, TimelineReport
from memlab.model.trial import Trial

_MOST_INTERVALS = 100


def phase_reports(trials: Sequence[Trial]) -> tuple[PhaseReport, ...]:
    """Each phase's peak: the median over headline trials; of a tree, with what the envelope shows meanwhile.

    Args:
        trials: those of the headline's meter.
    """
    found: dict[str, list[int]] = {}
    for trial in trials:
        reply = trial.reply
        if trial.kind != "headline" or reply is None or reply.start is None:
            continue
        for phase in reply.phases:
            found.setdefault(phase.name, []).append(phase.peak_bytes - reply.start.level_bytes)
    envelope = _tree_envelope(trials)
    return tuple(
        PhaseReport(name, max(round(median(growths)), envelope.get(name, 0))) for name, growths in found.items()
    )


def timeline_report(trials: Sequence[Trial]) -> TimelineReport | None:
    """The envelope of the first trial that kept one, with the phases in it.

    Args:
        trials: those of the headline's meter.
    """
    for trial in trials:
        timeline, outcome = trial.outcome.timeline, trial.outcome
        if timeline is None or outcome.level_bytes is None or not succeeded(trial):
            continue
        level = outcome.level_bytes if outcome.tree is None else outcome.tree.start_bytes
        return TimelineReport(
            points=tuple((seconds, max(0, size - level)) for seconds, size in timeline.points),
            unseen_growth_bytes=outcome.unseen_growth_bytes,
            phases=_intervals(trial),
        )
    return None


def _intervals(trial: Trial) -> tuple[tuple[str, float, float], ...]:
    phases = () if trial.reply is None else trial.reply.phases
    intervals = [(phase.name, began, ended) for phase in phases for began, ended in phase.intervals]
    return tuple(sorted(intervals, key=lambda one: (one[1], -one[2]))[:_MOST_INTERVALS])


def _tree_envelope(trials: Sequence[Trial]) -> dict[str, int]:
    peaks: dict[str, int] = {}
    for trial in trials:
        reply, timeline, tree = trial.reply, trial.outcome.timeline, trial.outcome.tree
        if reply is None or timeline is None or tree is None:
            continue
        for phase in reply.phases:
            for began, ended in phase.intervals:
                inside = [size for seconds, size in timeline.points if began < seconds <= ended]
                peaks[phase.name] = max([peaks.get(phase.name, 0), *(size - tree.start_bytes for size in inside)])
    return peaks
