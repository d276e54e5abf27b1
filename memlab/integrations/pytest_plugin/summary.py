"""The section on memory at the end of a session: a line for each measured test, the worst first, and what is to be said
of them together. No line is longer than the terminal is wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from memlab.analysis.wording import listed
from memlab.integrations.pytest_plugin.baseline import ACCEPT, Tests, Update
from memlab.integrations.pytest_plugin.judged import FAILS, Judged
from memlab.kernel.resolution import floor_bytes
from memlab.model.report import Finding, PeakGrowth
from memlab.printable import printable
from memlab.render import words
from memlab.render.layout import cell_width, fit, pad_left, wrap
from memlab.render.signs import ASCII
from memlab.units import format_bytes

TITLE = "memory (memlab)"
MOST_LINES = 20
_LEAST_NAME = 32
_MOST_REMARKS = 10
_WORDS = {
    "over_budget": "OVER",
    "regressed": "MORE",
    "failed": "INVALID",
    "inconclusive": "near",
    "no_baseline": "new",
    "missing_from_baseline": "new",
    "improved": "less",
    "ok": "ok",
}
_ORDER = tuple(_WORDS)
_FINE = ("ok", "improved")


@dataclass(frozen=True)
class Session:
    """What a session measured.

    Attributes:
        tests: the measured tests, in the order in which they ended.
        sentences: by test, what comparisons in it came to.
        gone: accepted tests that are no longer there.
        update: what came of `--memlab-update`; None without it.
        baseline: the baseline file, as the user named it.
        notes: what else is to be said once, such as that nothing was measured because of an option.
    """

    tests: Sequence[Judged]
    baseline: str
    sentences: Sequence[tuple[str, str]] = ()
    gone: Tests = field(default_factory=dict)
    update: Update | None = None
    notes: Sequence[str] = ()


def summary_lines(session: Session, *, width: int, verbosity: int = 0) -> list[str]:
    """The section's lines, without its title; none where there is nothing to say.

    Args:
        width: of the terminal, in cells.
        verbosity: pytest's: from 1 on every test has its line, below 0 only those with problems.
    """
    width = max(40, width)
    tests = sorted(session.tests, key=_rank)
    shown = [test for test in tests if verbosity >= 0 or test.verdict not in _FINE]
    # A problem is always said, however many there are.
    most = max(MOST_LINES, sum(test.verdict in FAILS for test in shown)) if verbosity < 1 else len(shown)
    lines = list(_table(shown[:most], width))
    if shown[most:]:
        lines.append(f"{len(shown) - most} more: -v shows them")
    if verbosity >= 0:
        lines += [line for test, text in session.sentences for line in _wrapped(f"{test}: {text}", width)]
        lines += [line for text in _meters(tests) for line in _wrapped(text, width)]
    for text in _to_say(session, tests, verbosity):
        lines += _wrapped(text, width)
    return lines


def _rank(test: Judged) -> tuple[int, int]:
    return _ORDER.index(test.verdict), 0 if test.peak is None else -test.peak.median


def _table(tests: Sequence[Judged], width: int) -> Iterator[str]:
    """A line for each test: verdict, figures, and its id in what room is left."""
    if not tests:
        return
    columns = [column for column in _columns(tests) if any(column.cells)]
    while width - _width(columns) < _LEAST_NAME and any(column.rank for column in columns):
        columns.remove(max(columns, key=lambda column: column.rank))
    room = max(10, width - _width(columns))
    names = [f"{test.recipe}::{test.variant}" for test in tests]
    for number, name in enumerate(["test", *names]):
        cells = [pad_left([column.heading, *column.cells][number], column.width) for column in columns]
        yield "  ".join([*cells, fit(_plain(name), room, ASCII)])


@dataclass(frozen=True)
class _Column:
    """A column; the one of the highest rank goes first where there is no room for all."""

    rank: int
    heading: str
    cells: Sequence[str]

    @property
    def width(self) -> int:
        return max(map(cell_width, [self.heading, *self.cells]))


def _columns(tests: Sequence[Judged]) -> tuple[_Column, ...]:
    return (
        _Column(0, "", [_WORDS[test.verdict] for test in tests]),
        _Column(0, "peak", [_peak(test.peak) for test in tests]),
        _Column(5, "range", [_range(test.peak) for test in tests]),
        _Column(1, "limit", [_limit(test, "peak") for test in tests]),
        _Column(2, "accepted", [_accepted(test) for test in tests]),
        _Column(0, "retained", ["" if test.retained is None else format_bytes(test.retained.median) for test in tests]),
        _Column(4, "limit", [_limit(test, "retained") for test in tests]),
        _Column(3, "trials", [str(test.trials) for test in tests]),
    )


def _width(columns: Sequence[_Column]) -> int:
    return sum(column.width + 2 for column in columns)


def _peak(peak: PeakGrowth | None) -> str:
    if peak is None:
        return "-"
    if peak.below_resolution:
        return f"<{format_bytes(floor_bytes(peak.resolution_bytes))}"
    return f"{'>=' if peak.at_least else '~' if peak.source == 'sampled' else ''}{format_bytes(peak.median)}"


def _range(peak: PeakGrowth | None) -> str:
    if peak is None or peak.low == peak.high:
        return ""
    return f"{format_bytes(peak.low)} to {format_bytes(peak.high)}"


def _limit(test: Judged, figure: str) -> str:
    limits = [one.limit_bytes for one in test.limits if one.expression.startswith(f"{figure}=")]
    return "" if not limits or limits[0] is None else format_bytes(limits[0])


def _accepted(test: Judged) -> str:
    figures = () if test.check is None else test.check.figures
    return next((format_bytes(one.accepted_bytes) for one in figures if one.figure == "growth"), "")


def _meters(tests: Sequence[Judged]) -> Iterator[str]:
    """What the peaks were read with, and how exact they are: each meter once, with its tests where there are others."""
    meters: dict[str, list[Judged]] = {}
    for test in tests:
        if test.peak is not None:
            where = "fresh processes" if test.isolation == "process" else "pytest's own process"
            text = f"{words.METERS.get(test.peak.source, test.peak.source)}, in {where}"
            if test.peak.source != "sampled":
                text += f", exact within {format_bytes(test.peak.resolution_bytes)}"
            meters.setdefault(text, []).append(test)
    for text, found in meters.items():
        whose = "" if len(meters) == 1 else f" of {listed(test.variant for test in found)}"
        yield f"peak{whose}: growth over the level at the start; {text}"


def _to_say(session: Session, tests: Sequence[Judged], verbosity: int) -> Iterator[str]:
    """What needs words: the most urgent first."""
    yield from session.notes
    yield from _remarks(tests, _MOST_REMARKS if verbosity < 1 else None)
    for test in tests:
        check = test.check
        if test.verdict == "inconclusive" and check is not None and check.verdict == "inconclusive":
            yield f"{check.message}: not failed"
    yield from _without_baseline(session, tests)
    for file, gone in session.gone.items():
        if session.update is None:
            yield f"{file}: {listed(gone)} in {session.baseline}, but no longer measured; `{ACCEPT}` takes that out"
    if verbosity >= 0 and session.update is None:
        better = [test.variant for test in tests if test.verdict == "improved"]
        if better:
            yield f"less than accepted: {listed(better)}; `{ACCEPT}` makes that the figure to hold"
    if session.update is not None:
        yield from _updated(session.update, session.baseline)
        failed = [test.variant for test in tests if test.fails]
        if failed:
            yield f"not accepted, since it failed: {listed(failed)}"


def _remarks(tests: Sequence[Judged], most: int | None) -> Iterator[str]:
    """Each remark once: what is to be said of many tests alike is said of all of them."""
    found: dict[str, list[Finding]] = {}
    for test in tests:
        for remark in test.remarks:
            found.setdefault(remark.message, []).append(remark)
    for text, remarks in list(found.items())[:most]:
        whose = [remark.variant for remark in remarks if remark.variant is not None and remark.variant not in text]
        named = f"{listed(dict.fromkeys(whose))}: {text}" if whose else text
        hint = remarks[0].hint
        yield f"{named} ({hint})" if hint else named
    if most is not None and len(found) > most:
        yield f"{len(found) - most} more remarks: -v shows them"


def _without_baseline(session: Session, tests: Sequence[Judged]) -> Iterator[str]:
    """The tests that have no figures to be held against, and how they get them."""
    missing = [test for test in tests if test.check is not None and test.check.verdict == "missing_from_baseline"]
    ready = [test.variant for test in missing if not test.fails]
    if ready:
        verb = "is" if len(ready) == 1 else "are"
        yield f"{listed(ready)} {verb} not in the baseline {session.baseline}; `{ACCEPT}` accepts what is measured here"
    failed = [test.variant for test in missing if test.fails]
    if failed:
        yield f"not in the baseline {session.baseline}, and not to be accepted as long as it fails: {listed(failed)}"
    reasons: dict[tuple[str, str | None], None] = {}
    for test in tests:
        if test.check is not None and test.check.verdict == "no_baseline":
            reasons[test.check.message, test.check.hint] = None
    for message, hint in reasons:
        yield f"{message}; {hint}" if hint else message


def _updated(update: Update, baseline: str) -> Iterator[str]:
    many = "1 test" if update.tests == 1 else f"{update.tests} tests"
    if not update.written:
        yield f"{baseline} is as it was: {many} measured, nothing changed"
        return
    yield f"{baseline}: accepted {many}"
    for change in update.changes[:MOST_LINES]:
        yield f"  {change}"
    if update.changes[MOST_LINES:]:
        yield f"  and {len(update.changes) - MOST_LINES} more changes"


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    return wrap(_plain(text), width, first=indent, rest=indent + "  ")


def _plain(text: str) -> str:
    return ASCII.text(printable(text, 600))
