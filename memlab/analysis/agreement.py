"""Whether two variants did the same work: the recipe's rule, applied to the outputs of all their trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memlab.analysis.measured import MeasuredVariant
from memlab.model.output import OutputComparison
from memlab.model.report import AgreementReport
from memlab.model.run import Run
from memlab.model.trial import OutputDescription


@dataclass(frozen=True, slots=True)
class OutputDifference:
    """An output that isn't the expected one byte for byte.

    Attributes:
        comparison: how they differ; None where that could not be found out.
    """

    expected: OutputDescription
    found: OutputDescription
    comparison: OutputComparison | None


@dataclass(frozen=True, slots=True)
class AgreementRule:
    """The recipe's rule, with what was found when outputs were held against each other.

    Attributes:
        kind: `exact` or `psnr`.
        at_least_db: what `psnr` asks for.
        comparisons: by (digest of the baseline's output, digest of another).
    """

    kind: str = "exact"
    at_least_db: float | None = None
    comparisons: Mapping[tuple[str, str], OutputComparison] = field(default_factory=dict)

    def same_output(self, variant: MeasuredVariant, baseline: MeasuredVariant) -> bool | None:
        """Whether every trial of both gave what the baseline gave first, by the rule; None where one gave nothing."""
        if not variant.outputs or not baseline.outputs:
            return None
        every = (*baseline.outputs, *variant.outputs)
        return all(self._agrees(baseline.outputs[0], output) for output in every)

    def unknown(self, variant: MeasuredVariant, baseline: MeasuredVariant) -> bool:
        """Whether nothing but that they could not be held against the baseline's speaks against its outputs."""
        against = self.disagreements(variant, baseline)
        return self.kind == "psnr" and bool(against) and all(one.comparison is None for one in against)

    def differences(self, variant: MeasuredVariant, baseline: MeasuredVariant) -> list[OutputDifference]:
        """The variant's outputs that are not the baseline's first byte for byte, the worst one first."""
        if not baseline.outputs:
            return []
        expected = baseline.outputs[0]
        found = [
            OutputDifference(expected, output, self._comparison(expected, output))
            for output in variant.outputs
            if output.digest != expected.digest
        ]
        return sorted(found, key=_least_alike_first)

    def disagreements(self, variant: MeasuredVariant, baseline: MeasuredVariant) -> list[OutputDifference]:
        """Those of the differences that the rule doesn't allow."""
        return [one for one in self.differences(variant, baseline) if not self._agrees(one.expected, one.found)]

    def report(self, variant: MeasuredVariant, baseline: MeasuredVariant) -> AgreementReport | None:
        """What the report says of a variant's outputs; None where there are none."""
        same = self.same_output(variant, baseline)
        if same is None:
            return None
        known = [one.comparison for one in self.differences(variant, baseline) if one.comparison is not None]
        return AgreementReport(
            kind=self.kind,
            same=same,
            declared="wrong_output" in variant.description.shows,
            psnr_db=_lowest([one.psnr_db for one in known if one.differs_in is not None]),
            at_least_db=self.at_least_db,
            differs_in=next((one.differs_in for one in known if one.differs_in is not None), None),
            largest_difference=max(
                (one.largest_difference for one in known if one.largest_difference is not None), default=None
            ),
        )

    def _agrees(self, expected: OutputDescription, found: OutputDescription) -> bool:
        if found.digest == expected.digest:
            return True
        comparison = self._comparison(expected, found)
        if self.kind != "psnr" or self.at_least_db is None or comparison is None:
            return False
        if comparison.differs_in is None:
            return True
        return (
            comparison.differs_in == "values"
            and comparison.psnr_db is not None
            and comparison.psnr_db >= self.at_least_db
        )

    def _comparison(self, expected: OutputDescription, found: OutputDescription) -> OutputComparison | None:
        comparison = self.comparisons.get((expected.digest, found.digest))
        # What nothing is said of but that it could not be compared is as unknown as what was never looked at.
        if comparison is not None and comparison.note is not None and comparison.differs_in is None:
            return None
        return comparison


def agreement_rule(run: Run) -> AgreementRule:
    """The rule of the run's recipe."""
    agree = run.recipe.agree
    at_least_db = agree.get("at_least_db")
    return AgreementRule(
        kind=str(agree.get("kind", "exact")),
        at_least_db=float(at_least_db) if isinstance(at_least_db, int | float) else None,
        comparisons={(one.expected, one.found): one for one in run.agreements},
    )


def _lowest(ratios: list[float | None]) -> float | None:
    """The lowest of the ratios; None where one output has none, since no number speaks for that one."""
    numbers = [ratio for ratio in ratios if ratio is not None]
    return min(numbers) if numbers and len(numbers) == len(ratios) else None


def _least_alike_first(difference: OutputDifference) -> tuple[int, float]:
    comparison = difference.comparison
    if comparison is None:
        return 1, 0.0
    if comparison.differs_in is None:
        return 3, 0.0
    if comparison.differs_in == "values":
        return 2, comparison.psnr_db or 0.0
    return 0, 0.0
