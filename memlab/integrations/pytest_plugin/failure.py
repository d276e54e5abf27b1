"""What a user reads of a test that fails by its memory, in place of a traceback: plain words for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memlab.analysis.grown_lines import shown_file
from memlab.integrations.pytest_plugin.judged import Judged
from memlab.model.check import BudgetCheck, GrownLine, VariantCheck
from memlab.model.report import PeakGrowth, Spread, TopLine
from memlab.printable import printable
from memlab.render import words
from memlab.render.layout import cut, wrap
from memlab.render.signs import ASCII
from memlab.render.verdicts import grown_line_sizes, tolerance
from memlab.units import format_bytes

WIDTH = 79
_LABEL = 11
_LEAST_SHARE = 0.01
_MOST_TEXT = 400
_BREAKS = {
    "peak": "{test} needs {found} at its peak, {over} over its limit of {limit}",
    "retained": "{test} retains {found}, {over} over its limit of {limit}",
}
_HEADINGS = {
    "memray": "what held most at the peak (memray):",
    "tracemalloc": "what was alive at the end (tracemalloc):",
}


def failure_text(judged: Judged, root: str) -> str:
    """Why the test fails: limit, figure, meter, where the memory was, and the way out.

    Args:
        root: the root folder, absolute: files in it are named from there.
    """
    broken = [limit for limit in judged.limits if limit.verdict == "over_budget"]
    regressed = judged.check if judged.check is not None and judged.check.verdict == "regressed" else None
    parts = [
        *(_sentence(_breaks(judged, limit)) for limit in broken),
        *([] if regressed is None else [_sentence(regressed.message)]),
        *(_sentence(why) for why in _unjudged(judged)),
        [*(line for limit in broken for line in _fact("limit", _limit(limit))), *_accepted(regressed), *_facts(judged)],
        *_places(judged, regressed, root),
        *(_sentence(hint) for hint in _hints(judged, broken, regressed)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def in_words(message: str, hint: str | None = None) -> str:
    """Why a test has no figure, and the way out."""
    return "\n\n".join("\n".join(_sentence(text)) for text in (message, hint) if text)


def peak_words(peak: PeakGrowth) -> str:
    """`at least 149 MiB (148 to 150 MiB)`: the median, and the range of several trials."""
    text = f"{'at least ' if peak.at_least else ''}{format_bytes(peak.median)}"
    return text if peak.low == peak.high else f"{text} ({format_bytes(peak.low)} to {format_bytes(peak.high)})"


def _breaks(judged: Judged, limit: BudgetCheck) -> str:
    found, allowed = limit.measured_bytes or 0, limit.limit_bytes or 0
    sentence = _BREAKS[limit.expression.partition("=")[0]].format(
        test=printable(judged.variant, 120),
        found=format_bytes(found),
        over=format_bytes(found - allowed),
        limit=format_bytes(allowed),
    )
    # What budgets say beyond that: that the heap had to decide.
    _, _, more = limit.message.partition("; ")
    return f"{sentence}; {more}" if more else sentence


def _limit(limit: BudgetCheck) -> str:
    return f"{limit.expression} ({limit.origin})"


def _unjudged(judged: Judged) -> Iterator[str]:
    """Why its figures are none to judge, where they aren't."""
    if judged.verdict != "failed":
        return
    if judged.check is not None and judged.check.verdict == "failed":
        yield judged.check.message
    else:
        yield from (limit.message for limit in judged.limits if limit.verdict == "failed")


def _accepted(check: VariantCheck | None) -> Iterator[str]:
    for figure in () if check is None else check.figures:
        if figure.moved == "up":
            what = "" if figure.figure == "growth" else f" ({figure.figure})"
            yield from _fact("accepted", f"{format_bytes(figure.accepted_bytes)}{what}, tolerance {tolerance(figure)}")


def _facts(judged: Judged) -> Iterator[str]:
    if judged.peak is not None:
        trials = "1 trial" if judged.trials == 1 else f"{judged.trials} trials, each"
        where = "in a fresh process" if judged.isolation == "process" else "in pytest's own process"
        yield from _fact("peak", f"{peak_words(judged.peak)}, {trials} {where}")
        if judged.tree is not None:
            yield from _fact("", words.tree(judged.tree))
    if judged.retained is not None:
        yield from _fact("retained", _spread(judged.retained))
    if judged.heap_bytes is not None:
        yield from _fact("heap", f"{format_bytes(judged.heap_bytes)} asked for at its peak (memray)")
    if judged.peak is not None:
        exact = (
            "" if judged.peak.source == "sampled" else f", exact within {format_bytes(judged.peak.resolution_bytes)}"
        )
        yield from _fact("meter", words.METERS.get(judged.peak.source, judged.peak.source) + exact)


def _places(judged: Judged, regressed: VariantCheck | None, root: str) -> Iterator[list[str]]:
    """The lines that hold more than was accepted; else those that held most."""
    if regressed is not None and regressed.grown_lines:
        yield ["what holds more at the peak than accepted (memray):", *_grown(regressed.grown_lines)]
    for meter, heading in _HEADINGS.items():
        found = [line for line in judged.lines if line.meter == meter]
        if found and not (regressed is not None and regressed.grown_lines and meter == "memray"):
            yield [*_sentence(heading), *_lines(found, root)]
    if judged.tree is not None and judged.heap_bytes is not None:
        yield _sentence("memray sees the heap of the test's own process, and not those of the processes it started")


def _grown(lines: Sequence[GrownLine]) -> Iterator[str]:
    for line in lines:
        yield from wrap(
            _plain(f"{line.file}:{line.line} {line.function}: {grown_line_sizes(line)}"), WIDTH, first="  ", rest="    "
        )
        if line.text:
            yield _source(line.text, 6)


def _lines(lines: Sequence[TopLine], root: str) -> Iterator[str]:
    most = max(line.bytes for line in lines)
    for line in lines:
        if line.bytes < _LEAST_SHARE * most:
            continue
        place = shown_file(line.file, root) + (f":{line.line}" if line.line else "")
        yield from wrap(_plain(f"{place} {line.function}"), WIDTH, first=f"  {format_bytes(line.bytes):>9}  ")
        if line.text:
            yield _source(line.text, 15)
        if line.through:
            yield from wrap(_plain(f"through {line.through}"), WIDTH, first=" " * 15)


def _source(text: str, indent: int) -> str:
    """The beginning of a line of source: what it does stands there."""
    first, *rest = cut(_plain(text), WIDTH - indent - len(ASCII.ellipsis))
    return f"{'':{indent}}{first}{ASCII.ellipsis if rest else ''}"


def _hints(judged: Judged, broken: Sequence[BudgetCheck], regressed: VariantCheck | None) -> Iterator[str]:
    for limit in broken:
        yield f"if the test may need that, raise {limit.expression.partition('=')[0]} in {limit.origin}"
    if broken and judged.isolation == "inline":
        yield 'measured in a process of its own (isolation="process"), the test also tells which lines held that'
    if regressed is not None and regressed.hint is not None:
        yield regressed.hint


def _spread(spread: Spread) -> str:
    text = format_bytes(spread.median)
    return text if spread.low == spread.high else f"{text} ({format_bytes(spread.low)} to {format_bytes(spread.high)})"


def _fact(label: str, text: str) -> list[str]:
    return wrap(_plain(text), WIDTH, first=f"  {label:<{_LABEL - 1}}")


def _sentence(text: str) -> list[str]:
    return wrap(_plain(text), WIDTH)


def _plain(text: str) -> str:
    return ASCII.text(printable(text, _MOST_TEXT))
