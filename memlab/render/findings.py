"""Findings, the worst first: severity and message, and the way out below."""

from __future__ import annotations

from collections.abc import Iterable

from memlab.model.report import Finding
from memlab.printable import printable_lines
from memlab.render.layout import wrap
from memlab.render.signs import Signs
from memlab.render.style import Style

SEVERITIES = ("error", "warning", "note")
_LINE_LIMIT = 600
_MOST_LINES = 20


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


def evidence_lines(finding: Finding, *, width: int, style: Style, signs: Signs) -> list[str]:
    """The recipe's own traceback, or the end of what it printed, below the finding that it failed."""
    return [
        style.dim(part)
        for line in evidence(finding, signs.ellipsis)
        for part in wrap(signs.text(line), width, first="    " + " " * _indent(line), rest="      ")
    ]


def evidence(finding: Finding, ellipsis: str = "…") -> list[str]:
    """The same as lines that are safe to print, at most 20 and the ellipsis."""
    text = finding.evidence.get("traceback") or finding.evidence.get("output")
    if not isinstance(text, str):
        return []
    shown = [line for line in printable_lines(text, limit=_LINE_LIMIT) if line.strip()]
    return shown if len(shown) <= _MOST_LINES else [ellipsis, *shown[-_MOST_LINES:]]


def _indent(line: str) -> int:
    return min(8, len(line) - len(line.lstrip()))
