"""From a run to its report."""

from __future__ import annotations

from memlab.analysis.comparison import MeasuredVariant, compare
from memlab.analysis.comparison_findings import comparison_findings
from memlab.analysis.findings import file_backed_findings, run_findings, variant_findings
from memlab.analysis.sentence import headline_sentence
from memlab.analysis.variants import measure_variant, report_variant
from memlab.model.report import Comparison, Finding, Report
from memlab.model.run import Run

_SEVERITIES = ("error", "warning", "note")


def make_report(run: Run, run_file: str | None = None) -> Report:
    """Compute everything from the raw run.

    Args:
        run: complete or interrupted; variants that were never measured are left out.
        run_file: where it is saved.
    """
    tried = {trial.variant for trial in run.trials}
    measured = {one.name: measure_variant(run, one) for one in run.recipe.variants if one.name in tried}
    baseline = run.recipe.baseline.name
    comparisons = _compare_all(run, measured)
    variants = {name: report_variant(run, one) for name, one in measured.items()}
    findings = [
        *run_findings(run),
        *variant_findings(run, measured),
        *comparison_findings(comparisons, measured, baseline),
        *file_backed_findings(variants),
    ]
    return Report(
        memlab_version=run.memlab_version,
        created=run.created,
        command=run.command,
        recipe=run.recipe.name,
        summary=run.recipe.summary,
        headline=run.recipe.headline,
        sentence=(
            headline_sentence(comparisons, measured, baseline, run.recipe.headline)
            if baseline in measured
            else f"{baseline} was not measured, so there is nothing to compare with"
        ),
        baseline=baseline,
        environment=run.environment,
        inputs=run.inputs,
        complete=run.complete,
        variants=tuple(variants.values()),
        comparisons=tuple(comparisons.values()),
        findings=tuple(sorted(findings, key=lambda one: _SEVERITIES.index(one.severity))),
        skipped=run.skipped,
        run_file=run_file,
    )


def exit_code(findings: tuple[Finding, ...]) -> int:
    """3 where a measurement is invalid, else 0: a finding that isn't an error fails nothing."""
    return 3 if any(one.severity == "error" for one in findings) else 0


def _compare_all(run: Run, measured: dict[str, MeasuredVariant]) -> dict[str, Comparison]:
    baseline = measured.get(run.recipe.baseline.name)
    if baseline is None:
        return {}
    comparisons = {}
    for name, variant in measured.items():
        if variant is baseline or not variant.trials:
            continue
        reference = measured.get(variant.description.against or baseline.description.name)
        if reference is not None and reference.trials:
            comparisons[name] = compare(variant, reference, baseline, run.recipe.headline)
    return comparisons
