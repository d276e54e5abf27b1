"""Several recipes at one glance: a line each, with the best technique, what it saves, and what there is to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memlab.model.report import Comparison, Report
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.layout import cell_width, fit, flow, pad, pad_left, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.units import format_ratio, format_seconds

_LEAST_WIDTH = 20
_HEADINGS = ("recipe", "best technique", "ratio", "memory", "verdict", "took", "findings")
_RIGHT = frozenset({2, 5})
_LONGEST_NAME = 28
_TEXT_LIMIT = 600
_VERDICTS = {"no_difference": "no difference"}


@dataclass(frozen=True)
class OverviewRow:
    """One recipe of several.

    Attributes:
        report: None where it failed; failure: why, in a sentence.
        seconds: what it took from beginning to end; None of a saved run.
    """

    recipe: str
    report: Report | None
    failure: str | None
    seconds: float | None


def recipe_heading(recipe: str, *, colour: bool, unicode: bool) -> str:
    """What stands above a recipe's report when there are several; ends in an empty line."""
    chosen = signs(unicode)
    name = words.shown_name(recipe, chosen)
    return f"{Style(colour).bold(f'{chosen.line * 2} {name} {chosen.line * 2}')}\n\n"


def render_overview(rows: Sequence[OverviewRow], *, width: int, colour: bool, unicode: bool) -> str:
    """The recipes as a table that ends in a newline; one below the other where the terminal is narrow."""
    width = max(_LEAST_WIDTH, width)
    style, chosen = Style(colour), signs(unicode)
    done = sum(row.report is not None for row in rows)
    took = [row.seconds for row in rows if row.seconds is not None]
    title = f"{done} of {len(rows)} recipes compared in {chosen.text(format_seconds(sum(took)))}"
    if not took:
        title = f"{len(rows)} saved runs"
    lines = ["", *(style.bold(line) for line in wrap(title, width)), ""]
    cells = [_cells(row, chosen) for row in rows]
    *first, last_but_one, last = _HEADINGS
    headings = (*first, last_but_one if took else "", last if any(one[-1] for one in cells) else "")
    widths = [max(cell_width(one[place]) for one in (headings, *cells)) for place in range(len(headings))]
    heading, *table = (_line(one, widths) for one in (headings, *cells))
    if max(map(cell_width, (heading, *table))) <= width:
        lines.append(style.dim(heading))
        for row, line in zip(rows, table, strict=True):
            lines.append(_toned(line, row, style))
            lines += _failure(row, width, style, chosen)
    else:
        for row, one in zip(rows, cells, strict=True):
            lines += [_toned(fit(one[0], width, chosen), row, style)]
            lines += flow(_items(one, chosen), width, indent="  ", signs=chosen)
            lines += _failure(row, width, style, chosen)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cells(row: OverviewRow, chosen: Signs) -> tuple[str, ...]:
    name = fit(words.shown_name(row.recipe, chosen), _LONGEST_NAME, chosen)
    seconds = "" if row.seconds is None else chosen.text(format_seconds(row.seconds))
    dash = chosen.dash
    if row.report is None:
        return name, dash, dash, dash, "failed", seconds, ""
    report = row.report
    counted = _counted(report, chosen)
    best = _best(report)
    variants = {variant.name: variant for variant in report.variants}
    if best is None or best.variant not in variants or best.baseline not in variants:
        return name, dash, dash, dash, dash, seconds, counted
    before, after = (figures.cell(variants[one], best.figure, chosen) for one in (best.baseline, best.variant))
    verdict = best.verdict or dash
    technique = fit(words.shown_name(best.variant, chosen), _LONGEST_NAME, chosen)
    memory = _from_to(before, after, best.figure, chosen)
    return name, technique, _ratio(best, chosen), memory, _VERDICTS.get(verdict, verdict), seconds, counted


def _from_to(before: str, after: str, figure: str, chosen: Signs) -> str:
    """`148 → 12.4 MiB`; of another figure than growth, its name as well."""
    if before.split()[1:] == after.split()[1:]:
        before = before.split()[0]
    return chosen.text(f"{before} → {after}{'' if figure == 'growth' else f' {figure}'}")


def _best(report: Report) -> Comparison | None:
    """The technique with the largest ratio; where none saves, the first."""
    techniques = {variant.name for variant in report.variants if variant.role == "technique"}
    compared = [one for one in report.comparisons if one.variant in techniques]
    saving = [one for one in compared if one.verdict == "saves"]
    return max(saving, key=_factor, default=next(iter(compared), None))


def _factor(comparison: Comparison) -> float:
    ratio = comparison.ratio
    return 0.0 if ratio is None else ratio.value or ratio.at_least or 0.0


def _ratio(comparison: Comparison, chosen: Signs) -> str:
    ratio = comparison.ratio
    if ratio is None or not _factor(comparison):
        return chosen.dash
    return chosen.text(("" if ratio.value else chosen.at_least) + format_ratio(_factor(comparison)))


def _counted(report: Report, chosen: Signs) -> str:
    found = []
    for severity in ("error", "warning"):
        count = sum(finding.severity == severity for finding in report.findings)
        if count:
            found.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return f" {chosen.dot} ".join(found)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        (pad_left if place in _RIGHT else pad)(cell, width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def _items(cells: Sequence[str], chosen: Signs) -> list[str]:
    _, technique, ratio, memory, verdict, seconds, counted = cells
    items = [verdict] if technique == chosen.dash else [f"{technique} {ratio}", memory, verdict]
    return [item for item in (*items, seconds, counted) if item and item != chosen.dash]


def _failure(row: OverviewRow, width: int, style: Style, chosen: Signs) -> list[str]:
    if row.failure is None:
        return []
    text = chosen.text(printable(row.failure, _TEXT_LIMIT, ellipsis=chosen.ellipsis))
    return [style.dim(line) for line in wrap(text, width, first="  ")]


def _toned(line: str, row: OverviewRow, style: Style) -> str:
    findings = () if row.report is None else row.report.findings
    if row.report is None or any(finding.severity == "error" for finding in findings):
        return style.severity(line, "error")
    return style.severity(line, "warning") if any(one.severity == "warning" for one in findings) else line
