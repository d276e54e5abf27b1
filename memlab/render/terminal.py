"""A report for a terminal, from 40 columns up, with or without colour, with or without Unicode."""

from __future__ import annotations

from memlab.model.report import Finding, Report
from memlab.printable import printable
from memlab.render import words
from memlab.render.findings import evidence_lines, finding_lines, worst_first
from memlab.render.layout import path_lines, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.render.timelines import render_timelines
from memlab.render.variants import render_variants
from memlab.render.where import render_where

_LEAST_WIDTH = 20
_TEXT_LIMIT = 600


def render_report(report: Report, *, width: int, colour: bool, unicode: bool) -> str:
    """The report as text that ends in a newline.

    Args:
        report: what to show.
        width: cells of the terminal; no line is longer, but for one that holds only a path, which stays in one
            piece so that it can be copied.
        colour: whether to write escape sequences for colour and weight.
        unicode: whether the terminal can show more than ASCII.
    """
    width = max(_LEAST_WIDTH, width)
    style, chosen = Style(colour), signs(unicode)
    sections = [
        _sentence(report, width, style, chosen),
        render_variants(report, width=width, style=style, signs=chosen),
        _skipped(report, width, chosen),
        render_timelines(report, width=width, style=style, signs=chosen),
        render_where(report, width=width, style=style, signs=chosen),
        _findings(report, width, style, chosen),
        _basis(report, width, style, chosen),
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in section) for section in sections if section) + "\n"


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, _TEXT_LIMIT, ellipsis=chosen.ellipsis))


def _sentence(report: Report, width: int, style: Style, chosen: Signs) -> list[str]:
    lines = [style.bold(line) for line in wrap(_text(report.sentence, chosen), width)]
    if not report.complete:
        text = "Interrupted: only the trials that had finished are counted."
        lines += [style.severity(line, "warning") for line in wrap(text, width)]
    return lines


def _skipped(report: Report, width: int, chosen: Signs) -> list[str]:
    lines: list[str] = []
    for skipped in report.skipped:
        lines += wrap(_text(skipped.message, chosen), width, rest="  ")
    return lines


def _findings(report: Report, width: int, style: Style, chosen: Signs) -> list[str]:
    lines: list[str] = []
    for finding in worst_first(report.findings):
        severity, hint = _text(finding.severity, chosen), finding.hint and _text(finding.hint, chosen)
        lines += finding_lines(severity, _message(finding, chosen), hint, width=width, style=style, signs=chosen)
        lines += evidence_lines(finding, width=width, style=style, signs=chosen)
    return lines


def _message(finding: Finding, chosen: Signs) -> str:
    message = _text(finding.message, chosen)
    if finding.variant is None or finding.variant in finding.message:
        return message
    return f"{words.shown_name(finding.variant, chosen)}: {message}"


def _basis(report: Report, width: int, style: Style, chosen: Signs) -> list[str]:
    texts = (words.meter(report), words.inputs(report))
    lines = [style.dim(line) for text in texts for line in wrap(_text(text, chosen), width, rest="  ")]
    if report.run_file is not None:
        lines += path_lines("saved in", chosen.text(printable(report.run_file, None)), width)
    return lines
