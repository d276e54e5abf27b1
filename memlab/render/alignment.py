"""Which lines of two functions stand opposite each other, and what differs within two that are alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from memlab.render.source import Span

_ALIKE = 0.5
"""From which likeness on two lines count as one line that was changed."""
_BEGINNING_COUNTS = 0.2
"""Likeness of lines that begin with the same word, beside what they have in common: `return`, or a name."""
_PUNCTUATION_WEIGHT = 0.25
"""Of a sign, where a word has 1: any two calls have brackets and commas in common."""
_MOST_PAIRS = 2_500
_LONGEST_LINE = 500
_WORD = re.compile(r"\w+|\s+|.")


@dataclass(frozen=True)
class Row:
    """What stands on one row.

    Attributes:
        left, right: the index of a line, or None where nothing stands.
        how: `equal`: they are the same line; `changed`: the right line is the left one, changed; `apart`: they are on
            one row and have nothing to do with each other, or only one of them is there.
    """

    left: int | None
    right: int | None
    how: Literal["equal", "changed", "apart"]


def align(left: Sequence[str], right: Sequence[str]) -> list[Row]:
    """Each line of both once and in order, with equal lines and those that are alike on one row."""
    rows: list[Row] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        if tag == "equal":
            rows += [
                Row(one, other, "equal")
                for one, other in zip(range(left_start, left_end), range(right_start, right_end), strict=True)
            ]
            continue
        alike = _alike(left, right, (left_start, left_end), (right_start, right_end))
        for one, other in [*alike, (left_end, right_end)]:
            rows += [
                Row(first, second, "apart")
                for first, second in zip_longest(range(left_start, one), range(right_start, other))
            ]
            if one < left_end:
                rows.append(Row(one, other, "changed"))
            left_start, right_start = one + 1, other + 1
    return rows


def differing_words(left: str, right: str) -> tuple[list[Span], list[Span]]:
    """The words of each of two lines that the other one doesn't have at that place; space doesn't count."""
    words = _WORD.findall(left), _WORD.findall(right)
    starts = [0], [0]
    for side in (0, 1):
        for word in words[side]:
            starts[side].append(starts[side][-1] + len(word))
    spans: tuple[list[Span], list[Span]] = ([], [])
    for tag, *ends in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for side, (start, end) in enumerate((ends[:2], ends[2:])):
            if "".join(words[side][start:end]).strip():
                spans[side].append((starts[side][start], starts[side][end]))
    return spans


def _alike(left: Sequence[str], right: Sequence[str], one: Span, other: Span) -> list[tuple[int, int]]:
    """Pairs of lines that are alike, in order, so chosen that they are as alike as possible in all."""
    rows, columns = range(*one), range(*other)
    if not 0 < len(rows) * len(columns) <= _MOST_PAIRS:
        return []
    likeness = {(row, column): _likeness(left[row], right[column]) for row in rows for column in columns}
    best: dict[tuple[int, int], float] = {}
    for row in reversed(rows):
        for column in reversed(columns):
            passed_over = max(best.get((row + 1, column), 0.0), best.get((row, column + 1), 0.0))
            taken = likeness[row, column] + best.get((row + 1, column + 1), 0.0)
            best[row, column] = max(passed_over, taken if likeness[row, column] >= _ALIKE else 0.0)
    pairs: list[tuple[int, int]] = []
    row, column = one[0], other[0]
    while row < one[1] and column < other[1]:
        here = best[row, column]
        if here == best.get((row, column + 1), 0.0):
            column += 1
        elif here == best.get((row + 1, column), 0.0):
            row += 1
        else:
            pairs.append((row, column))
            row, column = row + 1, column + 1
    return pairs


def _likeness(left: str, right: str) -> float:
    """How much of two lines is common, from 0 to 1, and more where they begin alike; space doesn't count."""
    if max(len(left), len(right)) > _LONGEST_LINE:
        return 0.0
    one, other = ([word for word in _WORD.findall(line) if not word.isspace()] for line in (left, right))
    whole = sum(map(_weight, one)) + sum(map(_weight, other))
    if not whole:
        return 0.0
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    common = sum(_weight(word) for block in blocks for word in one[block.a : block.a + block.size])
    return 2 * common / whole + (_BEGINNING_COUNTS if one[:1] == other[:1] else 0.0)


def _weight(word: str) -> float:
    return 1.0 if word[0].isalnum() or word[0] == "_" else _PUNCTUATION_WEIGHT
