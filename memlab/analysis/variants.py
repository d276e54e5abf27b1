"""From a variant's trials to its part of the report."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from memlab.analysis.figures import TrialFigures, succeeded
from memlab.analysis.measured import MeasuredVariant, headline_trials, is_headline_meter
from memlab.analysis.timelines import phase_reports, timeline_report
from memlab.analysis.where import top_lines
from memlab.model.report import PeakGrowth, SplitAtPeak, Spread, TreeReport, VariantReport
from memlab.model.run import Run
from memlab.model.trial import Trial

_SOURCES = ("kernel", "kernel_whole_life", "sampled")
_NEAR_THE_PEAK = 0.9


def report_variant(run: Run, variant: MeasuredVariant) -> VariantReport:
    """A variant's part of the report."""
    trials = [trial for trial in run.trials if trial.variant == variant.name and is_headline_meter(trial)]
    headline = headline_trials(trials)
    figures = variant.trials
    others = {name: found.peak_bytes for name, found in variant.meters.items()}
    peak = _peak_growth(run, variant)
    typical = _typical(figures)
    return VariantReport(
        name=variant.name,
        role=variant.description.role,
        trials=len(figures),
        failed=sum(not succeeded(trial) for trial in trials),
        peak_growth_bytes=peak,
        retained_bytes=_spread([figure.retained_bytes for figure in figures]),
        kept_by_allocator_bytes=_spread([figure.kept_bytes for figure in figures if figure.kept_bytes is not None]),
        seconds=_spread(variant.seconds),
        end_states_bytes={} if typical is None else typical.end_states_bytes,
        split_at_peak=None if peak is None else _split(headline, peak),
        cgroup_peak_bytes=_cgroup(headline),
        traced_peak_bytes=others.get("tracemalloc"),
        heap_peak_bytes=others.get("memray"),
        memory_profiler_peak_bytes=others.get("memory_profiler"),
        tree=_tree(figures),
        phases=phase_reports(trials),
        top_lines=top_lines(variant.meters),
        timeline=timeline_report(trials),
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
