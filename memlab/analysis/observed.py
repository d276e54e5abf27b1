"""What of a variant's trials is held against accepted figures and budgets: one value a trial, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median, median_low

from memlab.analysis.figures import TrialFigures, figures_of, succeeded
from memlab.model.report import VariantReport
from memlab.model.run import Run

FEWEST_TRIALS = 3
"""From so many on, the trials themselves show how far they scatter."""
_CERTAINTY = 0.9


@dataclass(frozen=True, slots=True)
class Observed:
    """The figures of one variant.

    Attributes:
        values: `growth`, `retained` and `kept`, each of the headline trials that count, and `heap`, of memray's
            trials; one that isn't known is missing.
        resolution_bytes: the machine's, of one process; 0 where there are no marks.
        unseen_bytes: what read-reset windows could have hidden.
        descendants: how many processes it had started; memray doesn't see what they allocate.
        from_mark: growth is from the kernel's mark, reset at the start; not sampled, and not of the whole life.
        file_bytes: how much of the peak are pages of files; None where unknown.
    """

    values: Mapping[str, tuple[int, ...]]
    resolution_bytes: int = 0
    unseen_bytes: int = 0
    descendants: int = 0
    from_mark: bool = True
    file_bytes: int | None = None

    @property
    def trials(self) -> int:
        """How many headline trials count."""
        return len(self.values.get("growth", ()))

    def error_bytes(self, resolution_bytes: int | None = None) -> int:
        """What growth can be off by: the resolution once for each process, and what no reading may have seen.

        Args:
            resolution_bytes: another machine's, if the same had been measured there.
        """
        grain = self.resolution_bytes if resolution_bytes is None else resolution_bytes
        return grain * (1 + self.descendants) + self.unseen_bytes

    @property
    def steady(self) -> bool:
        """Whether growth scatters no more from trial to trial than the counters can be off by."""
        values = self.values.get("growth", ())
        return not values or max(values) - min(values) <= 2 * self.error_bytes()

    def figure(self, name: str) -> int | None:
        """The median, in whole bytes; None where the figure isn't known."""
        values = self.values.get(name)
        if not values:
            return None
        # The heap is counted, not estimated: no run had what lies between two of its values.
        return median_low(values) if name == "heap" else round(median(values))

    def interval(self, name: str) -> tuple[int, int] | None:
        """Where the median lies, as far as the trials tell; None where the figure isn't known.

        Fewer than three trials don't show how far they scatter: the resolution is allowed for on either side. Of growth
        that scatters by more than the counters the lower end is the lowest trial: all have to agree that it is more,
        as what was accepted may have been a lucky draw.
        """
        values = self.values.get(name)
        if not values:
            return None
        if name == "heap":
            return min(values), max(values)
        low, high = median_interval(values)
        if name == "growth" and not self.steady:
            low = min(values)
        slack = self.error_bytes() if len(values) < FEWEST_TRIALS else 0
        return low - slack, high + slack


def observe(run: Run, report: VariantReport) -> Observed:
    """Put together what a run and its report say of a variant."""
    grain = run.environment.resolution_bytes or 0
    figures: list[TrialFigures] = []
    heap: list[int] = []
    for trial in run.trials:
        if trial.variant != report.name or not succeeded(trial):
            continue
        meter = None if trial.reply is None else trial.reply.figures
        if trial.meter == "memray" and meter is not None and meter.peak_bytes is not None:
            heap.append(meter.peak_bytes)
        if trial.kind == "headline" and trial.meter == "os" and (found := figures_of(trial, grain)) is not None:
            figures.append(found)
    values = {
        "growth": tuple(one.growth_bytes for one in figures),
        "heap": tuple(heap),
        "retained": tuple(one.retained_bytes for one in figures),
        "kept": tuple(one.kept_bytes for one in figures if one.kept_bytes is not None),
    }
    peak, descendants = report.peak_growth_bytes, 0 if report.tree is None else report.tree.processes
    return Observed(
        values={name: found for name, found in values.items() if found},
        resolution_bytes=grain,
        unseen_bytes=0 if peak is None else peak.unseen_growth_bytes,
        descendants=descendants,
        from_mark=peak is None or peak.source == "kernel",
        file_bytes=None if report.split_at_peak is None else report.split_at_peak.file_bytes,
    )


def median_interval(values: Sequence[int]) -> tuple[int, int]:
    """Two of the values between which the true median lies, with nine tenths' certainty of either.

    By the sign test: of n independent values the median is below the k-th smallest, and likewise above the k-th
    largest, with a probability of P(Binomial(n, ½) < k). Up to six values that is their range, less certain of three;
    of nine, two on each side are left out.
    """
    ordered, dropped = sorted(values), 0
    while 2 * (dropped + 2) <= len(ordered) and _below(len(ordered), dropped + 2) <= 1 - _CERTAINTY:
        dropped += 1
    return ordered[dropped], ordered[len(ordered) - 1 - dropped]


def _below(count: int, rank: int) -> float:
    return float(sum(comb(count, below) for below in range(rank))) / float(2**count)
