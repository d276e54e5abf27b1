"""Reports as Markdown: for the comment on a pull request, and the summary of a job.

The headline, the table and what was found stand open, all else is folded. Whatever the runs hold, the page keeps
within its limit: each part takes no more than its share of the room, and what is left out is counted or named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memlab.model.report import AgreementReport, Finding, Report, TopLine, VariantReport
from memlab.model.run import Run
from memlab.model.shown import Shown
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.circumstances import circumstances, command_line
from memlab.render.findings import evidence, worst_first
from memlab.render.markdown_page import COMMENT_BYTES, SIGNS, Page
from memlab.render.markdown_text import code, fenced, html_code, prose, table_opening, table_row, text
from memlab.render.signs import UNICODE
from memlab.render.where import HEADINGS, file_and_line, largest_lines
from memlab.units import format_bytes

_NAME_LIMIT = 80
_LEAST_SECTION_BYTES = 3 * 1024
_MOST_NAMED = 5


def render_markdown(shown: Sequence[Shown], *, limit_bytes: int = COMMENT_BYTES) -> str:
    """The page, which ends in a newline; the same for the same runs.

    Args:
        shown: one recipe; or several, each a section below a list of all.
        limit_bytes: the most the page may have in UTF-8; at least 16 KiB.
    """
    if len(shown) == 1:
        heading = f"### memlab: {html_code(shown[0].report.recipe, _NAME_LIMIT)}\n\n"
        return heading + _section(shown[0], limit_bytes - len(heading.encode()))
    page = Page(limit_bytes, reserved="")
    page.add(f"### memlab: {len(shown)} recipes\n\n")
    page.each([_overview_line(one.report) for one in shown], "", "\n", share=0.25)
    sections: list[str] = []
    # The room is shared out as it is used; where there is not enough for all, the last ones go without.
    room = page.room - _longest_ending(shown)
    for place, one in enumerate(shown):
        heading = f"#### {html_code(one.report.recipe, _NAME_LIMIT)}\n\n"
        share = max(room // (len(shown) - place), _LEAST_SECTION_BYTES)
        if share > room:
            break
        section = f"{heading}{_section(one, share - len(heading.encode()) - 1)}\n"
        sections.append(section)
        room -= len(section.encode())
    for section in sections:
        page.add(section)
    return page.ended(_without_section(shown[len(sections) :])).rstrip("\n") + "\n"


def _longest_ending(shown: Sequence[Shown]) -> int:
    return max(len(_without_section(shown[place:]).encode()) for place in range(len(shown) + 1))


def _without_section(left_out: Sequence[Shown]) -> str:
    if not left_out:
        return ""
    names = [html_code(one.report.recipe, 40) for one in left_out[:_MOST_NAMED]]
    more = len(left_out) - len(names)
    return f"Left out for length: {', '.join(names)}{f' and {more} more' if more else ''}.\n"


def _overview_line(report: Report) -> str:
    return f"- {_sign(report)} {code(report.recipe, _NAME_LIMIT)}: {prose(report.sentence, 300)}\n"


def _sign(report: Report) -> str:
    severities = {finding.severity for finding in report.findings}
    worst = next((one for one in ("error", "warning") if one in severities), "")
    return SIGNS["warning" if not worst and not report.complete else worst]


def _section(shown: Shown, limit_bytes: int) -> str:
    """One recipe: what is asked for first stands first, and takes no more than leaves room for the rest."""
    report = shown.report
    basis = f"{text(_sentence(words.meter(report)))} {text(_sentence(words.inputs(report)))}\n"
    folded = tuple(_folded(report, shown.run))
    page = Page(limit_bytes, reserved=basis + _left_out([title for title, _, _ in folded]))
    page.add(f"{_sign(report)} **{text(report.sentence, 300)}**\n\n")
    if not report.complete:
        page.add("Interrupted: only the trials that had finished are counted.\n\n")
    rows = [_row(variant, report) for variant in report.variants]
    page.each(rows, _opening(report), "\n", share=0.5)
    told = {finding.message for finding in report.findings}
    skipped = [one.message for one in report.skipped if one.message not in told]
    page.each([f"- {SIGNS['skipped']} {prose(message)}\n" for message in skipped], "", "\n", share=0.2)
    page.each([_finding(one) for one in worst_first(report.findings)], "", "\n", share=0.6)
    missing = []
    for title, opening, parts in folded:
        # A part may take half of what is left: the first of them tell the most.
        if parts and not page.folded_parts(title, opening, parts, share=0.5):
            missing.append(title)
    return page.ended(basis + _left_out(missing))


def _left_out(titles: Sequence[str]) -> str:
    return f"\nLeft out for length: {', '.join(titles)}.\n" if titles else ""


def _sentence(words_: str) -> str:
    return f"{words_[:1].upper()}{words_[1:]}."


def _opening(report: Report) -> str:
    headline, *others = _figures(report)
    return table_opening(
        ["variant", "role", headline, "compared", *others, "time", "same output?"],
        [2, *range(4, 5 + len(others))],
    )


def _figures(report: Report) -> tuple[str, ...]:
    """The recipe's headline, growth, and what is retained; what the allocator keeps only where it is about that."""
    return tuple(one for one in figures.in_order(report.headline) if one != "kept" or report.headline == "kept")


def _row(variant: VariantReport, report: Report) -> str:
    headline, *others = _figures(report)
    spread = figures.range_of(variant, headline, UNICODE)
    figure = f"**{text(figures.cell(variant, headline, UNICODE))}**" + (f"<br>{text(spread)}" if spread else "")
    return table_row(
        [
            code(variant.name, _NAME_LIMIT, cell=True),
            text(variant.role, 40),
            figure,
            text("; ".join(_compared(variant, report)) or UNICODE.dash, 300),
            *(text(figures.cell(variant, other, UNICODE)) for other in others),
            text(figures.time(variant, report, UNICODE)),
            figures.same(variant, report, UNICODE),
        ]
    )


def _compared(variant: VariantReport, report: Report) -> Iterator[str]:
    comparison = figures.comparison_of(variant, report)
    said = [words.trial_failures(variant)]
    if comparison is not None:
        said = [
            words.compared(comparison, UNICODE),
            words.differing(comparison, report.baseline, UNICODE),
            words.pitfall(comparison),
            *said,
        ]
    return (one for one in said if one)


def _finding(finding: Finding) -> str:
    sign = SIGNS.get(finding.severity, SIGNS["note"])
    named = finding.variant is not None and finding.variant not in finding.message
    whose = f"{code(finding.variant or '', _NAME_LIMIT)}: " if named else ""
    hint = f" ({prose(finding.hint)})" if finding.hint else ""
    return f"- {sign} {whose}{prose(finding.message)}{hint}\n"


def _folded(report: Report, run: Run) -> Iterator[tuple[str, str, Sequence[str]]]:
    """What is shown when it is asked for, the most important first: title, what opens it, and its parts."""
    for finding in worst_first(report.findings):
        shown = evidence(finding)
        if shown:
            whose = printable(finding.variant or finding.code, _NAME_LIMIT)
            yield f"What {html_code(whose)} says", "", [fenced(shown)]
    meters = [meter for meter in figures.METERS if any(_meter(one, meter) is not None for one in report.variants)]
    if meters:
        headings = ["variant", "growth", *(f"{figures.METERS[meter]} ({code(meter)})" for meter in meters)]
        rows = [_meters_row(variant, meters) for variant in report.variants]
        yield "What each meter saw", table_opening(headings, range(1, len(headings))), rows
    for meter, title in HEADINGS.items():
        lines = [_line(one, line) for one in report.variants for line in largest_lines(one, meter)]
        yield title[:1].upper() + title[1:], table_opening(["variant", "memory", "where", "line"], [1]), lines
    yield "Outputs", table_opening(["variant", "output", "agreement"]), list(_outputs(report))
    facts = [table_row([text(name, 60), text(value, 300)]) for name, value in circumstances(report, run)]
    yield "Environment", table_opening(["", ""]), facts
    yield "How to repeat it", "", [fenced([command_line(report)])]


def _meter(variant: VariantReport, meter: str) -> int | None:
    return figures.meter_value(variant, meter)


def _meters_row(variant: VariantReport, meters: Sequence[str]) -> str:
    seen = (text(figures.meter_cell(variant, meter, UNICODE)) for meter in meters)
    growth = text(figures.cell(variant, "growth", UNICODE))
    return table_row([code(variant.name, _NAME_LIMIT, cell=True), growth, *seen])


def _line(variant: VariantReport, line: TopLine) -> str:
    shown = code(line.text, cell=True) if line.text else f"in {text(line.function, _NAME_LIMIT)}"
    through = f", through {code(line.through, cell=True)}" if line.through else ""
    name = code(variant.name, _NAME_LIMIT, cell=True)
    return table_row(
        [name, format_bytes(line.bytes), code("".join(file_and_line(line)), 120, cell=True), shown + through]
    )


def _outputs(report: Report) -> Iterator[str]:
    for variant in report.variants:
        if variant.output is None:
            continue
        comparison = figures.comparison_of(variant, report)
        agreement = None if comparison is None else comparison.agreement
        said = "the baseline" if variant.name == report.baseline else _agreement(agreement)
        name = code(variant.name, _NAME_LIMIT, cell=True)
        yield table_row([name, code(variant.output.text or variant.output.kind, 120, cell=True), said])


def _agreement(agreement: AgreementReport | None) -> str:
    if agreement is None:
        return UNICODE.dash
    decibels = "" if agreement.psnr_db is None else f", {agreement.psnr_db:.1f} dB"
    if agreement.same:
        return f"agrees{decibels}"
    how = "as declared" if agreement.declared else "and nothing declares that"
    return f"differs in {text(agreement.differs_in or 'its bytes', 40)}{decibels}, {how}"
