"""One variant in two runs: what changed of it beyond noise.

Figures are judged as `memlab check` judges them, by `memlab.analysis.regression`, with the older run in the place of
what was accepted, and its rule: growth has to move by more than 5 % and 2 MiB. As no more trials can be made, what
there are decides. Beyond that, what fails no check is a difference all the same:

* a heap that moved as far while growth did not;
* growth that moved by less, where the heap says the same, and no trial of one run is among those of the other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import SequenceMatcher

import msgspec

from memlab.analysis.accepted import accepted_variant, has_exact_output
from memlab.analysis.diff_words import change_words, may_words, of_an_earlier_run, same_words
from memlab.analysis.grown_lines import MOST_LINES, grown_lines, lines_at_peak
from memlab.analysis.measured import measure_variant
from memlab.analysis.observed import Observed, observe
from memlab.analysis.regression import Judgement, judge
from memlab.analysis.tolerance import Rules, enumeration
from memlab.kernel.resolution import floor_bytes
from memlab.model.check import FigureCheck
from memlab.model.description import VariantDescription
from memlab.model.diff import FigureDiff, LineDiff, SourceDiff, VariantDiff
from memlab.model.report import Finding, Report, TopLine, VariantReport
from memlab.model.run import Run
from memlab.printable import shorten
from memlab.units import MIB, format_bytes

_ABOUT_OUTPUTS = ("outputs_differ", "output_varies")
_METER = "memray"
_LEAST_HEAP_BYTES = MIB
_MOST_SOURCE_LINES = 20
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant in one of the runs.

    Attributes:
        report: None where the run has no trial of it.
        failure: why it has no figures that count.
    """

    run: Run
    description: VariantDescription
    report: VariantReport | None
    observed: Observed | None
    failure: str | None

    @property
    def root(self) -> str:
        """The recipe's folder: its files are named from there, wherever the recipe lay when it was measured."""
        return os.path.dirname(self.run.recipe.file)


def measured_in(run: Run, report: Report, name: str) -> Measured:
    """Put together what a run says of a variant that its recipe has."""
    description = next(one for one in run.recipe.variants if one.name == name)
    found = next((one for one in report.variants if one.name == name), None)
    if found is None:
        return Measured(run, description, None, None, None)
    observed = observe(run, found)
    error = next((one for one in report.findings if _invalidates(one, name)), None)
    failure = None if error is None else error.message
    if failure is None and not observed.trials:
        failure = f"{name} has no trial that counts"
    return Measured(run, description, found, observed, failure)


def diff_variant(old: Measured, new: Measured, rules: Rules) -> VariantDiff:
    """Hold a variant's figures of two runs with the same inputs against each other."""
    if old.report is None or new.report is None:
        return _plain(old, new, "not_measured", _not_measured(old, new))
    if old.failure is not None or new.failure is not None:
        return _plain(old, new, *_failed(old.failure, new.failure, new.description.name))
    assert old.observed is not None
    assert new.observed is not None
    accepted = accepted_variant(old.run, old.report, old.observed, old.root)
    judgement = judge(new.observed, accepted, rules)
    figures = tuple(_figure(check, old.observed, new.observed) for check in judgement.figures)
    if judgement.verdict == "ok" and not rules.differences:
        figures = tuple(_small_move(figure, figures, old.observed, new.observed) for figure in figures)
    verdict, causes, why = _verdict(judgement, figures, rules)
    # Where growth moved, that the heap did too is what one expects.
    causes = tuple(cause for cause in causes if cause != "heap" or "growth" not in causes)
    moved = [figure for figure in figures if figure.figure in causes]
    words = {"more": change_words, "less": change_words, "inconclusive": may_words}.get(verdict)
    said = enumeration([words(figure) for figure in moved]) if words and moved else same_words(figures)
    output = _output(old, new)
    if output == "changed":
        text = shorten(new.report.output.text, _LONGEST_TEXT) if new.report.output is not None else ""
        said += f", and gives another result than before{f' (now {text})' if text else ''}"
    if why:
        said += f"; {of_an_earlier_run(why)}"
    return _plain(
        old,
        new,
        verdict,
        f"{new.description.name} {said}",
        figures=figures,
        lines=_lines(old, new, verdict) if verdict in ("more", "less") else (),
        output=output,
    )


def without_other(one: Measured, verdict: str) -> VariantDiff:
    """A variant that only one of the recipes has."""
    name, figure = one.description.name, None
    if one.observed is not None:
        figure = one.observed.figure("growth")
    verb = "is new" if verdict == "added" else "is gone"
    needs = "" if figure is None else f": it {'needs' if verdict == 'added' else 'needed'} {format_bytes(figure)}"
    return VariantDiff(name, one.description.role, verdict, f"{name} {verb}{needs}")


def not_compared(old: Measured, new: Measured) -> VariantDiff:
    """A variant whose figures say nothing of each other."""
    return _plain(old, new, "not_compared", f"{new.description.name} is not compared")


def _plain(old: Measured, new: Measured, verdict: str, message: str, **more: object) -> VariantDiff:
    """What is said of a variant by verdict and message; `more` are fields of `VariantDiff`."""
    before, now = old.description.name, new.description.name
    return VariantDiff(
        variant=now,
        role=new.description.role,
        verdict=verdict,
        message=message,
        renamed_from=None if before == now else before,
        source=_source(old.description, new.description),
        old_seconds=_seconds(old),
        new_seconds=_seconds(new),
        **more,  # type: ignore[arg-type]
    )


def _invalidates(finding: Finding, name: str) -> bool:
    """Whether the figures of the variant don't count: another result than the baseline's has needed what it needed."""
    return finding.severity == "error" and finding.variant == name and finding.code not in _ABOUT_OUTPUTS


def _not_measured(old: Measured, new: Measured) -> str:
    name = new.description.name
    one = old if old.report is None else new
    which = "the old run" if one is old else "the new run"
    skipped = next((skip for skip in one.run.skipped if skip.variant == one.description.name), None)
    because = "" if skipped is None else f": {skipped.message}"
    return f"{name} was not measured in {which}{because}"


def _failed(old: str | None, new: str | None, name: str) -> tuple[str, str]:
    """The verdict and the message."""
    if new is None:
        return "fails_no_more", f"{name} failed before, and doesn't any more: {old}"
    return (
        ("fails_now", f"{name} fails now: {new}") if old is None else ("failed", f"{name} failed in both runs: {new}")
    )


def _figure(check: FigureCheck, old: Observed, new: Observed) -> FigureDiff:
    before, now = (observed.values[check.figure] for observed in (old, new))
    least = _LEAST_HEAP_BYTES if check.figure == "heap" else floor_bytes(old.resolution_bytes)
    known = check.accepted_bytes >= least and check.measured_bytes > 0
    return FigureDiff(
        figure=check.figure,
        old_bytes=check.accepted_bytes,
        old_low_bytes=min(before),
        old_high_bytes=max(before),
        new_bytes=check.measured_bytes,
        new_low_bytes=min(now),
        new_high_bytes=max(now),
        factor=check.measured_bytes / check.accepted_bytes if known else None,
        tolerance_bytes=check.tolerance_bytes,
        tolerance_reason=of_an_earlier_run(check.tolerance_reason),
        moved=check.moved,
    )


def _verdict(judgement: Judgement, figures: tuple[FigureDiff, ...], rules: Rules) -> tuple[str, tuple[str, ...], str]:
    """The verdict, the figures it rests on, and why."""
    if judgement.verdict == "regressed":
        return "more", judgement.causes, judgement.why
    if judgement.verdict == "improved":
        return "less", judgement.causes, judgement.why
    if judgement.verdict == "inconclusive":
        return "inconclusive", judgement.causes, judgement.why
    beyond = [one for one in figures if one.moved in ("up", "down") and _beyond(one, rules)]
    if not beyond:
        return "no_difference", (), ""
    verdict = "more" if beyond[0].moved == "up" else "less"
    return verdict, tuple(one.figure for one in beyond if one.moved == beyond[0].moved), judgement.why


def _beyond(figure: FigureDiff, rules: Rules) -> bool:
    """The heap differs from run to run by arenas of Python's: it has to move by as much as growth would."""
    threshold = rules.fail_on.threshold_bytes("growth", figure.old_bytes) or 0
    return figure.figure != "heap" or abs(figure.new_bytes - figure.old_bytes) > threshold


def _small_move(figure: FigureDiff, figures: tuple[FigureDiff, ...], old: Observed, new: Observed) -> FigureDiff:
    """Growth that moved by less than the rule asks for, which the exact meter confirms."""
    heap = next((one for one in figures if one.figure == "heap"), None)
    before, now = old.interval("growth"), new.interval("growth")
    if figure.figure != "growth" or figure.moved != "no" or heap is None or before is None or now is None:
        return figure
    apart = {"up": now[0] - before[1], "down": before[0] - now[1]}.get(heap.moved, 0)
    if apart <= 0 or not old.steady or not new.steady:
        return figure
    noise = old.error_bytes() + new.error_bytes()
    reason = f"what both runs can be off by, as the heap moved by {format_bytes(abs(heap.new_bytes - heap.old_bytes))}"
    return msgspec.structs.replace(figure, moved=heap.moved, tolerance_bytes=noise, tolerance_reason=reason)


def _output(old: Measured, new: Measured) -> str:
    """Whether the two give the same result, where each run has one by itself."""
    before, now = ({one.digest for one in measure_variant(side.run, side.description).outputs} for side in (old, new))
    if len(before) != 1 or len(now) != 1:
        return "unknown"
    if before == now:
        return "same"
    exact = all(has_exact_output(side.run.recipe, side.description) for side in (old, new))
    return "changed" if exact else "unknown"


def _lines(old: Measured, new: Measured, verdict: str) -> tuple[LineDiff, ...]:
    """The lines that hold another amount, at most three: first those that do as the verdict says, the largest first."""
    before, now = _lines_of(old), _lines_of(new)
    if not before or not now:
        return ()
    grown = [
        LineDiff(one.file, one.line, one.function, one.text, one.accepted_bytes, one.measured_bytes)
        for one in grown_lines(now, lines_at_peak(before, old.root), new.root)
    ]
    shrunk = [
        LineDiff(one.file, one.line, one.function, one.text, one.measured_bytes, one.accepted_bytes)
        for one in grown_lines(before, lines_at_peak(now, new.root), old.root)
    ]
    return tuple([*grown, *shrunk] if verdict == "more" else [*shrunk, *grown])[:MOST_LINES]


def _lines_of(one: Measured) -> list[TopLine]:
    """All that memray named, not only what a report shows; none where it wasn't asked."""
    figures = measure_variant(one.run, one.description).meters.get(_METER)
    return [
        TopLine(line.file, line.line, line.function, line.text, line.size_bytes, _METER, line.through)
        for line in (() if figures is None else figures.lines)
    ]


def _source(old: VariantDescription, new: VariantDescription) -> SourceDiff | None:
    if old.source is None or new.source is None:
        return None
    before, now = ([line.strip() for line in one.text.splitlines() if line.strip()] for one in (old.source, new.source))
    removed: list[str] = []
    added: list[str] = []
    for kind, start, end, begin, stop in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind != "equal":
            removed += before[start:end]
            added += now[begin:stop]
    if not removed and not added:
        return None
    return SourceDiff(tuple(removed[:_MOST_SOURCE_LINES]), tuple(added[:_MOST_SOURCE_LINES]))


def _seconds(one: Measured) -> float | None:
    return None if one.report is None or one.report.seconds is None else one.report.seconds.median
