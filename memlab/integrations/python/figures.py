"""The figures of one function, as numbers: what is not known raises, with the reason."""

from __future__ import annotations

from memlab.errors import MeasurementError
from memlab.model.report import Comparison, Finding, PeakGrowth, Report, Spread, TopLine, VariantReport
from memlab.render.figures import cell, range_of
from memlab.render.signs import signs
from memlab.render.words import compared
from memlab.units import format_bytes

_METERS = {"memray": "heap_peak_bytes", "tracemalloc": "traced_peak_bytes"}
_NOTHING_MEASURED = ("trial_failed",)
_NOTHING_COMPARED = ("outputs_differ", "output_varies")


class Figures:
    """The figures of one function or variant: medians over its trials.

    Attributes:
        variant: all that the report says of it.

    Raises:
        MeasurementError: of every figure that isn't known, with what the report says of the reason.
    """

    def __init__(self, report: Report, variant: VariantReport) -> None:
        self._of, self.variant = report, variant

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return self.variant.name

    @property
    def peak(self) -> PeakGrowth:
        """The headline figure with its range, its source and its resolution."""
        return self._known(self.variant.peak_growth_bytes, "peak")

    @property
    def peak_growth_bytes(self) -> int:
        """How far memory rose above its level at the start. What lies below `peak.resolution_bytes` is noise."""
        return self.peak.median

    @property
    def retained_bytes(self) -> int:
        """What is still alive after the end, collected and trimmed, the value it returned included."""
        return round(self._spread(self.variant.retained_bytes, "retained memory").median)

    @property
    def kept_by_allocator_bytes(self) -> int:
        """What is free, and the allocator has not given back."""
        return round(self._spread(self.variant.kept_by_allocator_bytes, "memory kept by the allocator").median)

    @property
    def heap_peak_bytes(self) -> int:
        """What was asked for at the peak, C code included (memray)."""
        return self._metered(self.variant.heap_peak_bytes, "memray")

    @property
    def traced_peak_bytes(self) -> int:
        """What Python itself knows of, at its peak (tracemalloc)."""
        return self._metered(self.variant.traced_peak_bytes, "tracemalloc")

    @property
    def seconds(self) -> float:
        """How long one call took."""
        return self._spread(self.variant.seconds, "time").median

    @property
    def source(self) -> str:
        """What the peak was measured with: `kernel`, `kernel_whole_life` or `sampled`."""
        return self.peak.source

    @property
    def top_lines(self) -> tuple[TopLine, ...]:
        """The lines that held most, of each meter that knows lines; none without such a meter."""
        return self.variant.top_lines

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the report says about it, and not about the others alone."""
        return tuple(one for one in self._of.findings if not one.variants or self.name in one.variants)

    def in_words(self) -> str:
        """Its main figures: `stream: 12.4 MiB at its peak (12.3–12.5 MiB, 3 trials), 0 B retained`."""
        if self.variant.peak_growth_bytes is None:
            return f"{self.name}: not measured"
        shown, count = signs(True), self.variant.trials
        trials = f"{count} trial{'' if count == 1 else 's'}"
        spread = range_of(self.variant, "growth", shown)
        peak = f"{cell(self.variant, 'growth', shown)} at its peak ({f'{spread}, ' if spread else ''}{trials})"
        return f"{self.name}: {peak}, {cell(self.variant, 'retained', shown)} retained"

    def _known(self, value: PeakGrowth | None, what: str) -> PeakGrowth:
        if value is None:
            raise missing_figure(self._of, self.name, what)
        return value

    def _spread(self, value: Spread | None, what: str) -> Spread:
        if value is None:
            raise missing_figure(self._of, self.name, what)
        return value

    def _metered(self, value: int | None, meter: str) -> int:
        if value is not None:
            return value
        if meter not in self._of.meters:
            raise MeasurementError(
                f"{_METERS[meter]} is what {meter} says, which was not among the meters",
                hint=f'ask for it, with meters=("os", "{meter}")',
            ).with_notes()
        raise missing_figure(self._of, self.name, f"figure of {meter}")


class VariantResult(Figures):
    """One of several that were compared; see `Figures` for what is common to all results.

    A ratio is the baseline's figure ÷ this one's, of the figure that the comparison is about: 12.0 needs a twelfth.
    The baseline's own is 1.0.
    """

    @property
    def ratio(self) -> float:
        """How many times less it needs than the baseline; where that is less than can be measured, at least so many."""
        if self._is_baseline:
            return 1.0
        ratio = self._compared.ratio
        value = None if ratio is None else ratio.at_least if ratio.value is None else ratio.value
        if value is None:
            raise withheld_ratio(self._of, self._compared)
        return value

    @property
    def ratio_is_lower_bound(self) -> bool:
        """Whether `ratio` says "at least", since what it needs can't be told from nothing."""
        ratio = None if self._is_baseline else self._compared.ratio
        return ratio is not None and ratio.value is None

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """The 95 % interval of the ratio; infinite upwards where it is a lower bound.

        Raises:
            MeasurementError: it is withheld, or there are too few trials for one.
        """
        known = self.ratio
        if self._is_baseline:
            return known, known
        if self.ratio_is_lower_bound:
            return known, float("inf")
        ratio = self._compared.ratio
        if ratio is None or ratio.low is None or ratio.high is None:
            raise MeasurementError(
                f"the ratio of {self.name} has no interval: there are too few trials", hint="trials=3 or more give one"
            ).with_notes()
        return ratio.low, ratio.high

    @property
    def verdict(self) -> str | None:
        """`saves`, `costs`, `no_difference` or `inconclusive`; None of the baseline.

        Raises:
            MeasurementError: it is withheld: it failed, or returns something else than the baseline.
        """
        if self._is_baseline:
            return None
        if self._compared.verdict is None:
            raise withheld_ratio(self._of, self._compared)
        return self._compared.verdict

    @property
    def same_output(self) -> bool:
        """Whether it returned what the baseline returned, by the rule of the comparison."""
        if self._is_baseline:
            return True
        agreement = self._compared.agreement
        if agreement is None:
            raise missing_figure(self._of, self.name, "comparison of outputs")
        return agreement.same

    def __repr__(self) -> str:
        comparison = self._comparison
        against = None if comparison is None else compared(comparison, signs(True))
        return f"<{self.in_words()}{f'; {against}' if against else ''}>"

    @property
    def _is_baseline(self) -> bool:
        return self.name == self._of.baseline

    @property
    def _comparison(self) -> Comparison | None:
        return next((one for one in self._of.comparisons if one.variant == self.name), None)

    @property
    def _compared(self) -> Comparison:
        found = self._comparison
        if found is None:
            failed = self.name if self.variant.peak_growth_bytes is None else self._of.baseline
            raise missing_figure(self._of, failed, "ratio")
        return found


def missing_figure(report: Report, name: str, what: str = "figure") -> MeasurementError:
    """Why something of a variant isn't known: what the report says of its failure, with its own traceback."""
    for finding in report.findings:
        if finding.code in _NOTHING_MEASURED and name in finding.variants:
            return _as_error(finding)
    return MeasurementError(f"there is no {what} of {name}: it could not be measured here")


def withheld_ratio(report: Report, comparison: Comparison) -> MeasurementError:
    """Why there is no ratio of a variant: the sentence of the finding that says so."""
    for finding in report.findings:
        about = finding.variants
        if finding.code in _NOTHING_COMPARED and (comparison.variant in about or comparison.baseline in about):
            return _as_error(finding)
    reference = next((one for one in report.variants if one.name == comparison.baseline), None)
    peak = None if reference is None else reference.peak_growth_bytes
    if comparison.figure == "growth" and peak is not None and peak.below_resolution:
        needs = f"{comparison.baseline} itself needs {format_bytes(peak.median)}, which can't be told from nothing"
        error = MeasurementError(f"{comparison.variant} has no ratio: {needs}", hint="larger inputs would show more")
        return error.with_notes()
    return MeasurementError(f"{comparison.variant} can't be compared with {comparison.baseline}")


def _as_error(finding: Finding) -> MeasurementError:
    text = str(finding.evidence.get("traceback") or finding.evidence.get("output") or "").strip()
    # A traceback without a frame only says what the message does.
    return MeasurementError(finding.message, hint=finding.hint, detail=text if "\n" in text else None).with_notes()
