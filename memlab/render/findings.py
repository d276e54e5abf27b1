"""Findings, the worst first: severity and message, and the way out below."""

from __future__ import annotations

from collections.abc import Iterable

from memlab.model.report import Finding
from memlab.render.layout import wrap
from memlab.render.signs import Signs
from memlab.render.style import Style

SEVERITIES = ("error", "warning", "note")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by severity, unknown ones last; those of one severity stay in their order."""
    known = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(findings, key=lambda finding: known.get(finding.severity, len(known)))


def finding_lines(
    severity: str, message: str, hint: str | None, *, width: int, style: Style, signs: Signs
) -> list[str]:
    """One finding.

    Args:
        severity, message, hint: texts that are safe to print.
    """
    label = f"{severity}:"
    first, *rest = wrap(f"{label} {message}", width, rest="  ")
    if first.startswith(label):
        first = style.severity(label, severity) + first[len(label) :]
    lines = [first, *rest]
    if hint:
        lines += [style.dim(line) for line in wrap(hint, width, first=signs.text("  → "))]
    return lines
