"""One variant with everything that its trials say: what comparisons and findings start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memlab.analysis.figures import TrialFigures, figures_of, succeeded
from memlab.kernel.resolution import floor_bytes
from memlab.model.description import VariantDescription
from memlab.model.run import Run
from memlab.model.trial import MeterFigures, OutputDescription, Trial


@dataclass(frozen=True, slots=True)
class MeasuredVariant:
    """One variant with the figures of its trials.

    Attributes:
        trials: of the headline trials that count; all figures that are compared come from them.
        floor_bytes: what can't be told from nothing.
        outputs: the different outputs of all its trials, the timeline trial's first; more than one where it gives
            another result each time.
        output_meters: for each output's digest the meters of the trials that gave it, in their order.
        meters: what each meter beside the headline's says, of its last trial that has a figure.
    """

    description: VariantDescription
    trials: tuple[TrialFigures, ...]
    floor_bytes: int
    outputs: tuple[OutputDescription, ...]
    output_meters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meters: Mapping[str, MeterFigures] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.description.name

    @property
    def output(self) -> OutputDescription | None:
        """The first output; None where no trial came so far."""
        return self.outputs[0] if self.outputs else None

    @property
    def seconds(self) -> list[float]:
        """The time of each trial that ran alone."""
        return [trial.seconds for trial in self.trials if trial.undisturbed]

    def values(self, figure: str) -> list[float]:
        """The figure of each trial: growth, retained or kept."""
        if figure == "retained":
            return [float(trial.retained_bytes) for trial in self.trials]
        if figure == "kept":
            return [float(trial.kept_bytes) for trial in self.trials if trial.kept_bytes is not None]
        return [float(trial.growth_bytes) for trial in self.trials]


def measure_variant(run: Run, description: VariantDescription) -> MeasuredVariant:
    """Put the trials of a variant together."""
    trials = [trial for trial in run.trials if trial.variant == description.name]
    grain = run.environment.resolution_bytes or 0
    figures = [figure for trial in headline_trials(trials) if (figure := figures_of(trial, grain)) is not None]
    unseen = max((figure.unseen_growth_bytes for figure in figures), default=0)
    outputs: dict[str, OutputDescription] = {}
    meters: dict[str, dict[str, None]] = {}
    for trial in trials:
        if trial.reply is not None and trial.reply.output is not None:
            outputs.setdefault(trial.reply.output.digest, trial.reply.output)
            meters.setdefault(trial.reply.output.digest, {})[trial.meter] = None
    return MeasuredVariant(
        description=description,
        trials=tuple(figures),
        floor_bytes=floor_bytes(grain + unseen),
        outputs=tuple(outputs.values()),
        output_meters={digest: tuple(names) for digest, names in meters.items()},
        meters=_meter_figures(trials),
    )


def is_headline_meter(trial: Trial) -> bool:
    """Whether it is the headline's meter that measured: what other meters do to a trial is no fact of the variant."""
    return trial.meter == "os"


def headline_trials(trials: list[Trial]) -> list[Trial]:
    """Those that the statistics are made of."""
    return [trial for trial in trials if is_headline_meter(trial) and trial.kind == "headline"]


def _meter_figures(trials: list[Trial]) -> dict[str, MeterFigures]:
    found: dict[str, MeterFigures] = {}
    for trial in trials:
        figures = None if trial.reply is None or not succeeded(trial) else trial.reply.figures
        if (
            trial.kind == "meter"
            and figures is not None
            and (figures.peak_bytes is not None or trial.meter not in found)
        ):
            found[trial.meter] = figures
    return found
