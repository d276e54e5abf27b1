"""The figures of each trial by itself: what the medians of a report are made of, and what doesn't count."""

from __future__ import annotations

from memlab.analysis.failures import explain_failure
from memlab.analysis.figures import TrialFigures, figures_of, succeeded
from memlab.analysis.measured import headline_trials, is_headline_meter
from memlab.model.run import Run
from memlab.model.shown import TrialRow
from memlab.model.trial import MeterFigures, Trial


def trial_rows(run: Run) -> tuple[TrialRow, ...]:
    """A row for each trial, in the order of the plan.

    A trial of another meter has only what that meter saw and the time it took: what the meter itself needs is no
    fact of the variant, so growth and what stayed are left out.
    """
    roles = {variant.name: variant.role for variant in run.recipe.variants}
    resolution = run.environment.resolution_bytes or 0
    trials = sorted(run.trials, key=lambda trial: trial.number)
    return tuple(_row(trial, roles.get(trial.variant, ""), resolution) for trial in trials)


def _row(trial: Trial, role: str, resolution_bytes: int) -> TrialRow:
    reply, outcome = trial.reply, trial.outcome
    figures = figures_of(trial, resolution_bytes)
    own = figures if is_headline_meter(trial) else None
    others = reply.figures if reply is not None and succeeded(trial) and not is_headline_meter(trial) else None
    return TrialRow(
        number=trial.number,
        variant=trial.variant,
        role=role,
        meter=trial.meter,
        kind=trial.kind,
        counted=own is not None and bool(headline_trials([trial])),
        undisturbed=trial.undisturbed,
        source=None if figures is None else figures.source,
        peak_growth_bytes=None if own is None else own.growth_bytes,
        retained_bytes=None if own is None else own.retained_bytes,
        kept_by_allocator_bytes=None if own is None else own.kept_bytes,
        meter_peak_bytes=None if others is None else others.peak_bytes,
        seconds=None if figures is None else figures.seconds,
        cpu_seconds=None if figures is None or reply is None else reply.cpu_seconds,
        swap_bytes=outcome.swap_bytes,
        failure=_failure(trial, figures, others),
    )


def _failure(trial: Trial, figures: TrialFigures | None, others: MeterFigures | None) -> str:
    if not succeeded(trial):
        return explain_failure(trial, trial.variant, None)[0]
    if figures is None:
        return f"{trial.variant} came to its end, but its figures are incomplete"
    if not is_headline_meter(trial) and (others is None or others.peak_bytes is None):
        note = None if others is None else others.note
        return note or f"{trial.meter} gave no figure of {trial.variant}"
    return ""
