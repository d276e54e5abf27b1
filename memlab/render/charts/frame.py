"""What all charts have: the sentence above, what was measured on what, variants in order, notes below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from memlab.model.report import Comparison, Report, VariantReport
from memlab.printable import printable, shorten
from memlab.render import figures, words
from memlab.render.charts.canvas import BASE, LARGE, MEDIUM, SMALL, WIDTH, Canvas
from memlab.render.charts.palette import QUIET_TEXT, ROLES, WARNING_TEXT
from memlab.render.signs import UNICODE
from memlab.units import format_bytes, format_ratio

MARGIN = 18.0
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
INTERRUPTED = "Interrupted: only the trials that had finished are counted."
_ELLIPSIS = "…"
_TEXT_LIMIT = 400
_REFERENCE_LIMIT = 28
_SOURCES = {
    "kernel": "the kernel's high-water mark",
    "kernel_whole_life": "the kernel's mark over each process's whole life",
    "sampled": "samples from outside, which miss short peaks",
}
_SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


def in_order(report: Report) -> list[VariantReport]:
    """The variants: baseline, techniques, pitfalls, each in the recipe's order."""
    roles = [*ROLES, ""]
    return sorted(report.variants, key=lambda one: roles.index(one.role if one.role in ROLES else ""))


def by_role(report: Report) -> Iterable[tuple[str, list[VariantReport]]]:
    """The variants in order, together with those of their role."""
    return ((role, list(variants)) for role, variants in groupby(in_order(report), key=lambda one: one.role))


def shown_name(name: str) -> str:
    """A variant's name on one line."""
    return words.shown_name(name, UNICODE)


def name_lines(canvas: Canvas, name: str, width: float, most: int) -> list[str]:
    """A variant's name in at most so many lines. One that is too long loses its middle: names differ in their ends."""
    text = shown_name(name)
    lines = wrap(canvas, text, width, BASE)
    limit = len(text)
    while len(lines) > most:
        limit -= 1
        lines = wrap(canvas, shorten(text, limit), width, BASE)
    return lines or [""]


def draw_header(
    canvas: Canvas, report: Report, subject: str, headlines: Sequence[str] = ("growth",), *, trials: bool = True
) -> float:
    """Write the report's sentence, what the chart shows, and what was measured on what.

    Args:
        subject: what the chart shows.
        headlines: the figures it shows; under another headline the sentence would speak of what isn't there.
        trials: whether it shows all of the trials, whose number is then told.

    Returns:
        How far down the page that reaches.
    """
    if not canvas.header:
        return 0.0
    y = MARGIN - 2
    of_headline = report.headline in headlines
    size, title = _title(canvas, sentence(report) if of_headline else subject)
    for line in title:
        y += size + 4
        canvas.text(LEFT, y, line, size=size, bold=True)
    y += 3
    for line in wrap(canvas, subject, RIGHT - LEFT, BASE, most=2) if of_headline else []:
        y += 14
        canvas.text(LEFT, y, line)
    y += 1
    if not report.complete:
        y += 13
        canvas.text(LEFT, y, INTERRUPTED, size=SMALL, bold=True, colour=WARNING_TEXT)
    return draw_notes(canvas, circumstances(report, trials=trials), y)


def draw_notes(canvas: Canvas, notes: Sequence[str], y: float) -> float:
    """Write notes after one another, small, broken between them where that goes; returns how far down that reaches."""
    for line in flow(canvas, notes, RIGHT - LEFT):
        y += 12
        canvas.text(LEFT, y, line, size=SMALL, colour=QUIET_TEXT)
    return y + 4


def draw_heading(canvas: Canvas, role: str, y: float) -> float:
    """Write the heading of a role; returns how far down that reaches."""
    heading = ROLES[role].heading if role in ROLES else printable(role, 40)
    canvas.text(LEFT, y + 11, heading, size=SMALL, colour=QUIET_TEXT, bold=True)
    return y + 17


def circumstances(report: Report, *, trials: bool = True) -> list[str]:
    """What was measured on what, in a few words each; and in how many trials."""
    environment = report.environment
    system = _SYSTEMS.get(environment.platform, printable(environment.platform, 40))
    return [
        printable(report.recipe, 60),
        f"Python {printable(environment.python_version, 20)}",
        system,
        _measured_with(report, trials=trials),
    ]


def alternative(report: Report, subject: str, sentences: Iterable[str]) -> str:
    """A chart in words: what it shows, the report's sentence, and a sentence for each variant."""
    parts = [f"{subject}.", f"{sentence(report)}."]
    if not report.complete:
        parts.append(INTERRUPTED)
    return " ".join([*parts, *sentences])


def compared(variant: VariantReport, report: Report, verbs: Mapping[str, str]) -> str | None:
    """How a variant compares with its reference: `12.0× less`, `retains 6.47× more than stream`.

    None where the chart doesn't show the figure that was compared, or where there is nothing to compare with.

    Args:
        verbs: for each figure that the chart shows, what stands before the factor.
    """
    comparison = figures.comparison_of(variant, report)
    if comparison is None or comparison.figure not in verbs:
        return None
    reference = printable(comparison.baseline, _REFERENCE_LIMIT)
    than = "" if comparison.baseline == report.baseline else f" than {reference}"
    verb, ratio = verbs[comparison.figure], comparison.ratio
    if ratio is None or (ratio.value is None and ratio.at_least is None):
        return _withheld(comparison)
    if ratio.value is None:
        return f"{verb}at least {format_ratio(ratio.at_least or 0)} less{than}"
    if comparison.verdict == "no_difference":
        return f"{verb}as much as {reference}"
    more = ratio.value < 1
    factor = format_ratio(1 / ratio.value if more and ratio.value > 0 else ratio.value)
    doubt = ", inconclusive" if comparison.verdict == "inconclusive" else ""
    return f"{verb}{factor} {'more' if more else 'less'}{than}{doubt}"


def no_figure(variant: VariantReport) -> str:
    """What stands in the place of a figure that isn't there."""
    return "failed" if variant.failed else "no figure"


def wrap(
    canvas: Canvas, text: str, width: float, size: float, *, bold: bool = False, most: int | None = None
) -> list[str]:
    """The text in lines no wider than `width` points, broken at spaces, else after `_`, `-`, `.` or `/`, else anywhere.

    Args:
        most: the most lines; the last one ends in an ellipsis when that leaves something out.
    """
    lines: list[str] = []
    rest = text.strip()
    while rest:
        count = _fitting(canvas, rest, width, size, bold)
        if most is not None and len(lines) == most - 1 and count < len(rest):
            count = _fitting(canvas, rest, width - canvas.text_width(_ELLIPSIS, size, bold=bold), size, bold)
            lines.append(rest[:count].rstrip() + _ELLIPSIS)
            break
        count = _break(rest, count)
        lines.append(rest[:count].rstrip())
        rest = rest[count:].lstrip()
    return lines


def flow(canvas: Canvas, items: Iterable[str], width: float) -> list[str]:
    """Items after one another in small type with a dot between, broken between items where that goes."""
    lines: list[str] = []
    for item in items:
        joined = f"{lines[-1]} · {item}" if lines else item
        if lines and canvas.text_width(joined, SMALL) <= width:
            lines[-1] = joined
        else:
            lines += wrap(canvas, item, width, SMALL, most=4)
    return lines


def _measured_with(report: Report, *, trials: bool) -> str:
    """The headline's meter, and how many trials there were."""
    measured = [variant for variant in report.variants if variant.peak_growth_bytes is not None]
    growths = [variant.peak_growth_bytes for variant in measured if variant.peak_growth_bytes is not None]
    if not growths:
        return "nothing could be measured"
    meters = [words for source, words in _SOURCES.items() if any(growth.source == source for growth in growths)]
    text = f"measured with {', '.join(meters)}"
    if any(growth.source == "kernel" for growth in growths):
        text += f", exact within {format_bytes(max(growth.resolution_bytes for growth in growths))}"
    if not trials:
        return text
    least, most = min(variant.trials for variant in measured), max(variant.trials for variant in measured)
    count = f"{most}" if least == most else f"{least} to {most}"
    return f"{text}; {count} {'trial' if most == 1 else 'trials'} each"


def sentence(report: Report) -> str:
    """The report's sentence, on one line."""
    return printable(report.sentence, _TEXT_LIMIT)


def _title(canvas: Canvas, text: str) -> tuple[float, list[str]]:
    """The title's size and its lines: as few as it needs, none of them much shorter than the others."""
    for size, most in ((LARGE, 3), (MEDIUM, 6)):
        width = RIGHT - LEFT
        best = lines = wrap(canvas, text, width, size, bold=True, most=most + 1)
        while len(lines) == len(best) <= most and not lines[-1].endswith(_ELLIPSIS):
            best, width = lines, width - 12
            lines = wrap(canvas, text, width, size, bold=True, most=most + 1)
        if len(best) <= most:
            break
    return size, best


def _withheld(comparison: Comparison) -> str:
    agreement = comparison.agreement
    if agreement is None or agreement.same:
        return "not compared"
    return "another result, as declared" if agreement.declared else "another result, undeclared"


def _fitting(canvas: Canvas, text: str, width: float, size: float, bold: bool) -> int:
    """How many of the text's first characters fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if canvas.text_width(text[:middle], size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _break(text: str, count: int) -> int:
    """Where to break a text of which `count` characters fit on the line."""
    if count >= len(text):
        return count
    if text[count] == " ":
        return count
    space = text.rfind(" ", 1, count)
    if space > 0:
        return space
    after = max(text.rfind(sign, count // 3, count) for sign in "_-./")
    return after + 1 if after > 0 else count
