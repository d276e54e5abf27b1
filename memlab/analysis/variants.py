"""From a variant's trials to its part of the report."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from memlab.analysis.comparison import MeasuredVariant
from memlab.analysis.figures import TrialFigures, figures_of, succeeded
from memlab.kernel.resolution import floor_bytes
from memlab.model.description import VariantDescription
from memlab.model.report import (
    PeakGrowth,
    PhaseReport,
    SplitAtPeak,
    Spread,
    TimelineReport,
    TreeReport,
    VariantReport,
)
from memlab.model.run import Run
from memlab.model.trial import OutputDescription, Trial

_SOURCES = ("kernel", "kernel_whole_life", "sampled")
_NEAR_THE_PEAK = 0.9


def measure_variant(run: Run, description: VariantDescription) -> MeasuredVariant:
    """Put the headline trials of a variant together."""
    headline = [trial for trial in run.trials if trial.variant == description.name and trial.kind == "headline"]
    grain = run.environment.resolution_bytes or 0
    figures = [figure for trial in headline if (figure := figures_of(trial, grain)) is not None]
    unseen = max((figure.unseen_growth_bytes for figure in figures), default=0)
    outputs: dict[str, OutputDescription] = {}
    for trial in run.trials:
        if trial.variant == description.name and trial.reply is not None and trial.reply.output is not None:
            outputs.setdefault(trial.reply.output.digest, trial.reply.output)
    return MeasuredVariant(
        description=description,
        trials=tuple(figures),
        floor_bytes=floor_bytes(grain + unseen),
        outputs=tuple(outputs.values()),
    )


def report_variant(run: Run, variant: MeasuredVariant) -> VariantReport:
    """A variant's part of the report."""
    name = variant.description.name
    trials = [trial for trial in run.trials if trial.variant == name]
    headline = [trial for trial in trials if trial.kind == "headline"]
    figures = variant.trials
    peak = _peak_growth(run, variant)
    typical = _typical(figures)
    return VariantReport(
        name=name,
        role=variant.description.role,
        trials=len(figures),
        failed=sum(not succeeded(trial) for trial in trials),
        peak_growth_bytes=peak,
        retained_bytes=_spread([figure.retained_bytes for figure in figures]),
        kept_by_allocator_bytes=_spread([figure.kept_bytes for figure in figures if figure.kept_bytes is not None]),
        seconds=_spread([figure.seconds for figure in figures]),
        end_states_bytes={} if typical is None else typical.end_states_bytes,
        split_at_peak=None if peak is None else _split(headline, peak),
        cgroup_peak_bytes=_cgroup(headline),
        tree=_tree(figures),
        phases=_phases(trials),
        timeline=_timeline(trials),
        output=variant.output,
        doc=variant.description.doc,
    )


def _peak_growth(run: Run, variant: MeasuredVariant) -> PeakGrowth | None:
    figures = variant.trials
    if not figures:
        return None
    growths = [figure.growth_bytes for figure in figures]
    return PeakGrowth(
        median=round(median(growths)),
        low=min(growths),
        high=max(growths),
        source=max((figure.source for figure in figures), key=_SOURCES.index),
        resolution_bytes=run.environment.resolution_bytes or 0,
        unseen_growth_bytes=max(figure.unseen_growth_bytes for figure in figures),
        at_least=any(figure.at_least for figure in figures),
        below_resolution=median(growths) < variant.floor_bytes,
    )


def _typical(figures: Sequence[TrialFigures]) -> TrialFigures | None:
    """The trial whose growth is the median (the lower of two)."""
    ordered = sorted(figures, key=lambda figure: figure.growth_bytes)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def _spread(values: Sequence[float]) -> Spread | None:
    return Spread(median(values), min(values), max(values)) if values else None


def _split(trials: Sequence[Trial], peak: PeakGrowth) -> SplitAtPeak | None:
    best: SplitAtPeak | None = None
    highest_growth = _NEAR_THE_PEAK * peak.median
    for trial in trials:
        start, highest = trial.outcome.at_start, trial.outcome.highest
        if start is None or highest is None or not succeeded(trial):
            continue
        growth = highest.resident_bytes - start.resident_bytes
        if growth >= highest_growth:
            highest_growth = growth
            best = SplitAtPeak(
                anonymous_bytes=highest.anonymous_bytes - start.anonymous_bytes,
                file_bytes=highest.file_bytes - start.file_bytes,
                shared_bytes=highest.shared_bytes - start.shared_bytes,
            )
    return best


def _cgroup(trials: Sequence[Trial]) -> int | None:
    growths = [
        trial.outcome.cgroup_peak_bytes - trial.outcome.cgroup_start_bytes
        for trial in trials
        if trial.outcome.cgroup_peak_bytes is not None and trial.outcome.cgroup_start_bytes is not None
    ]
    return round(median(growths)) if growths else None


def _tree(figures: Sequence[TrialFigures]) -> TreeReport | None:
    trees = [figure.tree for figure in figures if figure.tree is not None]
    if not trees:
        return None
    return TreeReport(
        lower_bytes=round(median(tree.lower_bytes for tree in trees)),
        estimate_bytes=round(median(tree.estimate_bytes for tree in trees)),
        upper_bytes=round(median(tree.upper_bytes for tree in trees)),
        processes=max(tree.processes for tree in trees),
        unmeasured=max(tree.unmeasured for tree in trees),
        unreadable=max(tree.unreadable for tree in trees),
    )


def _phases(trials: Sequence[Trial]) -> tuple[PhaseReport, ...]:
    """Each phase's peak: the median over headline trials; of a tree, with what the envelope shows meanwhile."""
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


def _timeline(trials: Sequence[Trial]) -> TimelineReport | None:
    for trial in trials:
        timeline, outcome = trial.outcome.timeline, trial.outcome
        if timeline is None or outcome.level_bytes is None or not succeeded(trial):
            continue
        level = outcome.level_bytes if outcome.tree is None else outcome.tree.start_bytes
        return TimelineReport(
            points=tuple((seconds, max(0, size - level)) for seconds, size in timeline.points),
            unseen_growth_bytes=outcome.unseen_growth_bytes,
        )
    return None
