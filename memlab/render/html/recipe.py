"""One recipe's part of the page: everything that its template shows, in words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memlab.model.report import Finding, Report
from memlab.model.shown import Shown
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.charts.frame import sentence
from memlab.render.circumstances import circumstances, command_line
from memlab.render.findings import SEVERITIES, evidence, worst_first
from memlab.render.html.drawings import inline_chart
from memlab.render.html.figures_tables import (
    every_figure_table,
    meters_table,
    peaks_table,
    retained_table,
    timeline_table,
    trials_table,
)
from memlab.render.html.held_lines import HeldLines, held_lines
from memlab.render.html.outputs import Output, outputs_table, pictured_outputs
from memlab.render.html.script import timeline_data
from memlab.render.html.sources import Comparison, comparisons
from memlab.render.html.tables import Table
from memlab.render.signs import UNICODE

_METER_FINDINGS = frozenset(
    {"meter_blind", "sampling_missed_peak", "untouched_memory", "outside_the_heap", "meter_failed", "meter_missing"}
)
_SIGNS = {"error": "✕", "warning": "!", "note": "i"}
_TEXT_LIMIT = 600


@dataclass(frozen=True)
class ShownFinding:
    """A finding: its severity in a sign and a word, what it says, what to do, and what it rests on."""

    severity: str
    sign: str
    message: str
    hint: str
    evidence: Sequence[str]


@dataclass(frozen=True)
class Drawn:
    """A chart with the table of its figures; no markup where there is nothing to draw."""

    markup: str
    table: Table


@dataclass(frozen=True)
class RecipePart:
    """One recipe's part.

    Attributes:
        prefix: begins the id of each of its elements; label: its name, unlike that of any other part.
        retained_first: the recipe is about what stays, so that is shown first.
        notice: what has to be known before the figures are believed; empty where there is nothing.
        meters_said: what is said of meters where there is no finding on them.
        peaks, timeline, retained: the charts.
        left_out_trials: how many trials the table of them has no row for.
        saved: the run can be shown again.
    """

    prefix: str
    label: str
    name: str
    summary: str
    sentence: str
    basis: Sequence[str]
    retained_first: bool
    notice: str
    peaks: Drawn
    timeline: Drawn
    timeline_data: dict[str, Any] | None
    retained: Drawn
    meters: Table
    meter_findings: Sequence[ShownFinding]
    meters_said: str
    lines: Sequence[HeldLines]
    findings: Sequence[ShownFinding]
    skipped: Sequence[str]
    sources: Sequence[Comparison]
    figures: Table
    trials: Table
    left_out_trials: int
    outputs: Table
    pictures: Sequence[Output]
    circumstances: Sequence[tuple[str, str]]
    command: str
    saved: bool


def recipe_part(shown: Shown, prefix: str, label: str) -> RecipePart:
    """Everything that is shown of one recipe.

    Args:
        prefix: letters, digits and underscores.
        label: of several recipes, what tells this one from the others.
    """
    report, run = shown.report, shown.run
    findings = worst_first(report.findings)
    on_meters = [one for one in findings if one.code in _METER_FINDINGS]
    others = [one for one in findings if one.code not in _METER_FINDINGS]
    skipped = {one.message for one in report.skipped}
    return RecipePart(
        prefix=prefix,
        label=label,
        name=printable(report.recipe, words.NAME_LIMIT),
        summary=printable(report.summary, _TEXT_LIMIT),
        sentence=sentence(report),
        basis=(words.meter(report), words.inputs(report)),
        retained_first=report.headline != "growth",
        notice=_notice(report),
        peaks=Drawn(_chart(report, "peaks", prefix), peaks_table(report, f"peaks, {label}")),
        timeline=Drawn(_chart(report, "timeline", prefix), timeline_table(report, f"over time, {label}")),
        timeline_data=timeline_data(report),
        retained=Drawn(_chart(report, "retained", prefix), retained_table(report, f"what stayed, {label}")),
        meters=meters_table(report, f"meters, {label}"),
        meter_findings=[_finding(one) for one in on_meters],
        meters_said=_meters_said(report),
        lines=held_lines(report, label),
        findings=[_finding(one) for one in others],
        skipped=[printable(one, _TEXT_LIMIT) for one in skipped if all(one not in found.message for found in findings)],
        sources=comparisons(report, run),
        figures=every_figure_table(report, f"every figure, {label}"),
        trials=trials_table(shown.trials, f"trials, {label}"),
        left_out_trials=max(0, len(shown.trials) - len(trials_table(shown.trials, "").rows)),
        outputs=outputs_table(report, run, f"outputs, {label}"),
        pictures=pictured_outputs(report, run),
        circumstances=circumstances(report, run),
        command=command_line(report),
        saved=report.run_file is not None,
    )


def _notice(report: Report) -> str:
    said = [] if report.complete else ["Interrupted: only the trials that had finished are counted."]
    counts = [(sum(one.severity == severity for one in report.findings), severity) for severity in SEVERITIES[:2]]
    counted = [f"{count} {severity}{'s' if count > 1 else ''}" for count, severity in counts if count]
    if counted:
        said.append(f"{' and '.join(counted)} below.")
    return " ".join(said)


def _chart(report: Report, chart: str, prefix: str) -> str:
    """A chart as markup; empty where it would have nothing to show."""
    has = {
        "peaks": any(one.peak_growth_bytes is not None for one in report.variants),
        "timeline": any(one.timeline is not None and one.timeline.points for one in report.variants),
        "retained": any(one.end_states_bytes for one in report.variants),
    }
    return inline_chart(report, chart, prefix) if has[chart] else ""


def _meters_said(report: Report) -> str:
    if all(one.peak_growth_bytes is None for one in report.variants):
        return "There is no figure of the kernel's to hold another meter's against."
    known = any(figures.meter_value(one, meter) is not None for one in report.variants for meter in figures.METERS)
    if known:
        return "No meter is far enough from the kernel's figure to need an explanation."
    if len(report.meters) > 1:
        return "No other meter gave a figure, so there is nothing to hold the kernel's against."
    return (
        "Only the kernel's figure was taken. With --meters os,tracemalloc,memray you also see what Python knows of, "
        "and what was asked for."
    )


def _finding(finding: Finding) -> ShownFinding:
    message = printable(finding.message, _TEXT_LIMIT)
    if finding.variant is not None and finding.variant not in finding.message:
        message = f"{words.shown_name(finding.variant, UNICODE)}: {message}"
    return ShownFinding(
        severity=printable(finding.severity, 40),
        sign=_SIGNS.get(finding.severity, "i"),
        message=message,
        hint=printable(finding.hint or "", _TEXT_LIMIT),
        evidence=evidence(finding),
    )
