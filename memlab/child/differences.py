"""By how much the values of two kept outputs differ, a few MiB at a time.

Only for the process that holds outputs against each other: this imports numpy.
"""

from __future__ import annotations

import cmath
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
from numpy.typing import NDArray

from memlab.child.pairs import ArrayPair, Pair, ScalarPair, SetPair
from memlab.child.pictures import PictureSource, through_palette

_PIECE_BYTES = 1 << 20
_PIECE_VALUES = 1 << 17
_NUMBERS = "biufc"
_IN_RATIO = ("array", "image")


@dataclass
class Differences:
    """What was found so far.

    Attributes:
        values, differing: how many values there are, and how many differ.
        largest: the largest difference between two numbers; infinite where one is NaN or infinite and the other not.
        numbers: how many of the values are numbers; infinite: how many of their differences are.
        ratio_values, squares: how many values count for the ratio, and the sum of their squared differences, each
            as a share of its peak.
        uncovered: where something differs that the ratio doesn't cover, and what it is.
        first_picture: the first pictures that differ, and which of a stack.
    """

    values: int = 0
    differing: int = 0
    largest: float = 0.0
    numbers: int = 0
    infinite: int = 0
    ratio_values: int = 0
    squares: float = 0.0
    uncovered: list[str] = field(default_factory=list)
    first_picture: tuple[PictureSource, PictureSource, int] | None = None

    def add(self, pair: Pair) -> None:
        """Hold two values against each other."""
        before = self.differing
        if isinstance(pair, ArrayPair):
            self._add_arrays(pair)
        elif isinstance(pair, SetPair):
            self.values += len(pair.expected)
            self.differing += len(pair.expected - pair.found)
        else:
            self._add_scalars(pair)
        in_ratio = isinstance(pair, ArrayPair) and pair.what in _IN_RATIO
        if self.differing > before and not in_ratio:
            self._uncover(pair)

    def psnr_db(self) -> float | None:
        """The peak signal-to-noise ratio; None where nothing has one, or something differs that has none."""
        if not self.differing or not self.ratio_values or self.uncovered or self.infinite:
            return None
        mean = max(self.squares, sys.float_info.min) / self.ratio_values
        return 0.0 - 10 * math.log10(mean) if math.isfinite(mean) else None  # never -0.0

    def largest_difference(self) -> float | None:
        """The largest difference between two numbers; None where there are none, or it is infinite."""
        return self.largest if self.numbers and math.isfinite(self.largest) else None

    def note(self) -> str | None:
        """In words, what could not be compared."""
        notes = []
        if self.infinite == 1:
            notes.append("one value is NaN or infinite in one output only")
        elif self.infinite:
            notes.append(f"{self.infinite} values are NaN or infinite in one output only")
        if self.uncovered and self.ratio_values:
            more = len(self.uncovered) - 1
            differ = f" and {more} more differ" if more else " differs"
            notes.append(f"{self.uncovered[0]}{differ}, for which there is no signal-to-noise ratio")
        return "; ".join(notes) or None

    def _uncover(self, pair: Pair) -> None:
        if isinstance(pair, ArrayPair):
            what = {"numbers": "a number", "bytes": "a buffer", "mask": "a mask"}.get(pair.what, "an array")
        elif isinstance(pair, ScalarPair):
            what = f"a {type(pair.expected).__name__}"
        else:
            what = "a set"
        text = f"{what} at {pair.place}" if pair.place else what
        if text not in self.uncovered[-1:]:
            self.uncovered.append(text)

    def _add_scalars(self, pair: ScalarPair) -> None:
        one, other = pair.expected, pair.found
        is_number = isinstance(one, int | float | complex)
        self.values += 1
        self.numbers += is_number
        if one == other or (one != one and other != other):
            return
        self.differing += 1
        if not is_number:
            return
        if not (_is_finite(one) and _is_finite(other)):
            self.infinite += 1
            self.largest = math.inf
        else:
            try:
                self.largest = max(self.largest, float(abs(one - other)))
            except OverflowError:
                self.largest = math.inf

    def _add_arrays(self, pair: ArrayPair) -> None:
        values = pair.expected
        is_number = pair.what not in ("bytes", "mask")
        for column in _columns(numpy.zeros(1, values.dtype)):
            count = values.size * column.size
            if pair.palettes is not None:
                count = count // _planes(pair) * 4
            self.values += count
            if is_number and column.dtype.kind in _NUMBERS:
                self.numbers += count
                self.ratio_values += count * (pair.what in _IN_RATIO)
        # Even, for an index and the opacity that follows it.
        step = max(2, min(_PIECE_VALUES, _PIECE_BYTES // max(1, values.dtype.itemsize)))
        for number, (one, other) in enumerate(zip(values.pieces(step), pair.found.pieces(step), strict=True)):
            if one != other or pair.palettes is not None:
                first = self._add_piece(pair, one, other)
                if first is not None and pair.pictures is not None and self.first_picture is None:
                    frame = 0 if pair.what == "image" else (number * step + first) // pair.pictures[0].frame_values
                    self.first_picture = (*pair.pictures, frame)

    def _add_piece(self, pair: ArrayPair, one: bytes, other: bytes) -> int | None:
        """Hold two pieces of an array against each other; returns where the first difference is."""
        piece, found = (numpy.frombuffer(content, pair.expected.dtype) for content in (one, other))
        if pair.palettes is not None:
            piece, found = (
                through_palette(indices, palette, _planes(pair)).reshape(-1)
                for indices, palette in zip((piece, found), pair.palettes, strict=True)
            )
        first = None
        for column, found_column in zip(_columns(piece), _columns(found), strict=True):
            if pair.what in ("bytes", "mask") or column.dtype.kind not in _NUMBERS:
                differs = _other_bytes(column, found_column)
                if pair.what in _IN_RATIO and differs.any():
                    self._uncover(pair)
            else:
                differs = self._add_numbers(column, found_column, pair.what in _IN_RATIO)
            count = int(numpy.count_nonzero(differs))
            self.differing += count
            if count:
                first = int(numpy.argmax(differs))
        return first

    def _add_numbers(self, one: NDArray[Any], other: NDArray[Any], in_ratio: bool) -> NDArray[numpy.bool_]:
        """Hold numbers against each other; returns where they differ."""
        distances, peak = _distances(one, other)
        differs: NDArray[numpy.bool_] = one != other
        if one.dtype.kind in "fc":
            with numpy.errstate(invalid="ignore"):
                differs &= ~(numpy.isnan(one) & numpy.isnan(other))
                strange = differs & ~(numpy.isfinite(one) & numpy.isfinite(other))
            if strange.any():
                self.infinite += int(numpy.count_nonzero(strange))
                self.largest = math.inf
            distances = numpy.where(differs & ~strange, distances, 0)
        self.largest = max(self.largest, float(distances.max(initial=0)))
        if in_ratio:
            with numpy.errstate(over="ignore"):
                self.squares += float(numpy.sum((distances / peak) ** 2))
        return differs


def _planes(pair: ArrayPair) -> int:
    return 2 if len(pair.expected.shape) == 3 else 1


def _is_finite(value: float | complex) -> bool:
    return isinstance(value, int) or cmath.isfinite(value)


def _columns(block: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Each field of a structured array, as deep as they go; any other array as it is. All with one axis."""
    if block.dtype.names is None:
        yield block.reshape(-1)
    else:
        for name in block.dtype.names:
            yield from _columns(block[name])


def _other_bytes(one: NDArray[Any], other: NDArray[Any]) -> NDArray[numpy.bool_]:
    if not one.dtype.itemsize:
        return numpy.zeros(one.size, numpy.bool_)
    one, other = (numpy.ascontiguousarray(block).view(numpy.uint8).reshape(block.size, -1) for block in (one, other))
    differs: NDArray[numpy.bool_] = (one != other).any(axis=1)
    return differs


def _distances(one: NDArray[Any], other: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """By how much numbers differ, exact before it becomes a float; and the peak of their type."""
    kind = one.dtype.kind
    if kind == "b":
        return (one != other).astype(numpy.float64), 1.0
    if kind in "iu":
        # The distance of two signed numbers may not fit their type; as unsigned it always does.
        unsigned = one.dtype.str.replace("i", "u")
        higher, lower = numpy.maximum(one, other), numpy.minimum(one, other)
        distances = higher.astype(unsigned) - lower.astype(unsigned)
        return distances.astype(numpy.float64), float(numpy.iinfo(one.dtype).max)
    wide = numpy.result_type(one.dtype, numpy.float64)
    with numpy.errstate(invalid="ignore", over="ignore"):
        return numpy.abs(one.astype(wide) - other.astype(wide)), 1.0
