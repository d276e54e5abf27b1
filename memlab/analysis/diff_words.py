"""What changed between two runs, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memlab.analysis.figure_words import DOES
from memlab.analysis.tolerance import enumeration
from memlab.limits import DEFAULT_FAIL_ON
from memlab.model.diff import FigureDiff, LineDiff, VariantDiff
from memlab.printable import shorten
from memlab.units import format_bytes, format_ratio

_COUNTED = {
    "more": ("needs more", "need more"),
    "less": ("needs less", "need less"),
    "output": ("gives another result", "give another result"),
    "fails_now": ("fails now", "fail now"),
    "fails_no_more": ("fails no more", "fail no more"),
    "renamed": ("is called otherwise", "are called otherwise"),
    "added": ("is new", "are new"),
    "removed": ("is gone", "are gone"),
    "inconclusive": ("is inconclusive", "are inconclusive"),
}
DIFFERENCES = tuple(_COUNTED)
"""What can be said to differ of a variant, the most important first: a verdict, `output`, or `renamed`."""
_LONGEST_TEXT = 60
# What a check says of accepted figures, said of an earlier run.
_OF_A_CHECK = (
    (re.compile(r"when it was accepted|\bthen\b"), "before"),
    (re.compile(r"\b(as|than) accepted\b"), r"\1 before"),
    (re.compile(re.escape(f"the rule {DEFAULT_FAIL_ON}")), "2 MiB or 5 %, whichever is more"),
)


def of_an_earlier_run(words: str) -> str:
    """The words of `memlab.analysis.regression` and `tolerance` without their talk of accepting."""
    for pattern, instead in _OF_A_CHECK:
        words = pattern.sub(instead, words)
    return words


def change_words(figure: FigureDiff) -> str:
    """What moved: `needs 2.50× more than before: 31.0 MiB instead of 12.4 MiB`."""
    verb, _, what = DOES[figure.figure]
    difference = figure.new_bytes - figure.old_bytes
    size = format_bytes(abs(difference))
    if figure.factor is not None and figure.factor > 0:
        size = format_ratio(max(figure.factor, 1 / figure.factor))
    return f"{verb} {size} {'less' if difference < 0 else 'more'}{what} than before: {_both(figure)}"


def may_words(figure: FigureDiff) -> str:
    """What may have moved: `may need more than before: 14.4 MiB instead of 12.5 MiB`."""
    _, verb, what = DOES[figure.figure]
    direction = "less" if figure.new_bytes < figure.old_bytes else "more"
    return f"may {verb} {direction}{what} than before: {_both(figure)}"


def same_words(figures: Sequence[FigureDiff]) -> str:
    """What didn't move, of the headline's figure: `needs 12.6 MiB, as before (12.5 MiB)`."""
    if not figures:
        return "has no figure to compare"
    figure = figures[0]
    verb, _, what = DOES[figure.figure]
    old, new = format_bytes(figure.old_bytes), format_bytes(figure.new_bytes)
    return f"{verb} {new}{what}, as before{'' if old == new else f' ({old})'}"


def line_words(line: LineDiff) -> str:
    """``generators.py:127 `return cv2.blur(…)` holds 18.5 MiB more (21.6 MiB instead of 3.09 MiB)``."""
    text = f" `{shorten(line.text, _LONGEST_TEXT)}`" if line.text else f" in {line.function}"
    return f"{line.file}{f':{line.line}' if line.line else ''}{text} {line_sizes(line)}"


def line_sizes(line: LineDiff) -> str:
    """What a line holds now and held before."""
    old, new = format_bytes(line.old_bytes), format_bytes(line.new_bytes)
    if not line.old_bytes:
        return f"is new there, with {new}"
    if not line.new_bytes:
        return f"held {old} and is not there any more"
    difference = line.new_bytes - line.old_bytes
    return f"holds {format_bytes(abs(difference))} {'less' if difference < 0 else 'more'} ({new} instead of {old})"


def diff_sentence(variants: Sequence[VariantDiff], differing: Sequence[tuple[str, VariantDiff]]) -> str:
    """The outcome: `1 of 8 variants needs more: stream needs 2.50× more than before: …`, or that there is none.

    Args:
        differing: what there is to say, each with its kind, one of `DIFFERENCES`, in that order.
    """
    if not differing:
        return _no_difference(variants)
    counts: list[str] = []
    for kind, words in _COUNTED.items():
        count = sum(one == kind for one, _ in differing)
        if count:
            whole = "" if counts else f" of {_many(len(variants), 'variant')}"
            counts.append(f"{count}{whole} {words[count > 1]}")
    _, first = differing[0]
    message = first.message
    line = next(iter(first.lines), None)
    if line is not None and (line.new_bytes > line.old_bytes) == (first.verdict == "more"):
        # What the lines say goes before what the meters say of each other.
        message = f"{message.partition('; ')[0]}, as at the peak {line_words(line)}"
    return f"{enumeration(counts)}: {message}"


def _no_difference(variants: Sequence[VariantDiff]) -> str:
    compared = [one for one in variants if one.verdict == "no_difference"]
    if not compared:
        return "nothing was compared: neither run has figures of a variant that the other one has"
    same = sum(one.output == "same" for one in compared)
    what = f"{_many(len(compared), 'variant')} {'needs' if len(compared) == 1 else 'need'} as much as before"
    results = ", and the results are the same" if same == len(compared) else ""
    rest = ""
    for verdict, words in (("failed", "failed in both runs"), ("not_measured", "measured in one run only")):
        count = sum(one.verdict == verdict for one in variants)
        rest += f"; {count} {words}" if count else ""
    return f"no difference: {what}{results}{rest}"


def _both(figure: FigureDiff) -> str:
    return f"{format_bytes(figure.new_bytes)} instead of {format_bytes(figure.old_bytes)}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
