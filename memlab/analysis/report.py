"""From a run to its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from memlab.analysis.agreement import AgreementRule, agreement_rule
from memlab.analysis.comparison import compare
from memlab.analysis.comparison_findings import comparison_findings
from memlab.analysis.measured import MeasuredVariant, measure_variant
from memlab.analysis.memory_findings import memory_findings
from memlab.analysis.meter_findings import meter_findings
from memlab.analysis.output_findings import output_findings
from memlab.analysis.promises import promise_findings
from memlab.analysis.python_words import in_python
from memlab.analysis.run_findings import run_findings
from memlab.analysis.sentence import headline_sentence
from memlab.analysis.trial_findings import trial_findings
from memlab.analysis.variants import report_variant
from memlab.model.report import Comparison, Finding, Report, VariantReport
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
    rule = agreement_rule(run)
    comparisons = _compare_all(run, measured, rule)
    variants = {name: report_variant(run, one) for name, one in measured.items()}
    findings = _find(run, measured, comparisons, variants, rule)
    if run.recipe.reference.functions is not None:
        findings = map(in_python, findings)
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
        meters=run.options.meters,
        run_file=run_file,
    )


def exit_code(findings: tuple[Finding, ...]) -> int:
    """3 where a measurement is invalid, else 0: a finding that isn't an error fails nothing."""
    return 3 if any(one.severity == "error" for one in findings) else 0


def _find(
    run: Run,
    measured: Mapping[str, MeasuredVariant],
    comparisons: Mapping[str, Comparison],
    variants: Mapping[str, VariantReport],
    rule: AgreementRule,
) -> Iterator[Finding]:
    yield from run_findings(run)
    yield from trial_findings(run, measured)
    if run.recipe.baseline.name in measured:
        yield from output_findings(measured, measured[run.recipe.baseline.name], rule)
    yield from comparison_findings(run, comparisons, measured, rule)
    yield from promise_findings(run, comparisons, measured)
    yield from memory_findings(run, measured, variants)
    yield from meter_findings(run, measured, variants)


def _compare_all(run: Run, measured: Mapping[str, MeasuredVariant], rule: AgreementRule) -> dict[str, Comparison]:
    baseline = measured.get(run.recipe.baseline.name)
    if baseline is None:
        return {}
    comparisons = {}
    for name, variant in measured.items():
        if variant is baseline or not variant.trials:
            continue
        reference = measured.get(variant.description.against or baseline.name)
        if reference is not None and reference.trials:
            comparisons[name] = compare(variant, reference, baseline, run.recipe.headline, rule)
    return comparisons
