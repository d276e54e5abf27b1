"""How a figure grows with the size of the inputs: `constant`, `linear` or `superlinear`, from two sizes or more.

Memory is mostly a + b·n, or the larger of such terms: something that is there anyway (a decoder, a buffer, one image)
and something for each input. What is asked is how much of it goes with n. Between the smallest size n₁ and a larger
one n, twice the inputs of something proportional need twice as much: (g(n) − g(n₁)) ÷ g(n₁) ÷ (n ÷ n₁ − 1) is 1 where
all of it goes with n, and 0 where nothing does.

- `constant`: below 0.1 at each size, or an increase that can't be told from noise. A list of numbers or of paths is no
  growth worth a name, and neither is a thumbnail kept beside each large image.
- `superlinear`: g(n) is above 1.5 · n ÷ n₁ · g(n₁), noise apart. No a + b·n and no maximum of such terms is, whatever
  its constants, because a constant only flattens. Buffers that double in size stay below at sizes twice as large as
  each other. What is quadratic only beside a large constant is called linear: a missed name, but no false one.
- `linear`: else.

The heap is the better figure, exact between runs; growth is taken where some size has no heap peak, or where other
processes have a part, which memray doesn't see. A variant near a limit must not change its class from check to check:
it leaves its accepted class only for values well beyond the limit (0.15 for 0.1, 1.8 for 1.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memlab.model.baseline import GROWTH_CLASSES
from memlab.model.report import VariantReport
from memlab.units import MIB

_CONSTANT_BELOW = 0.1
_NO_LONGER_CONSTANT = 0.15
_SUPERLINEAR_ABOVE = 1.5
_NO_LONGER_LINEAR = 1.8
_APART = 2
_NOISE_BYTES = MIB
_REUSED_BYTES = 2 * MIB
"""What a small figure can be short by: free memory that was there already when the run began."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A variant's figure at several sizes of a setting.

    Attributes:
        points: (size, bytes), the smallest size first.
        noise_bytes: by how much a figure can differ between two runs.
    """

    points: tuple[tuple[int, int], ...]
    noise_bytes: int

    def growth_class(self, accepted: str | None = None) -> str | None:
        """One of `GROWTH_CLASSES`; None from fewer than two sizes.

        Args:
            accepted: the class in the baseline file, which is left only for good reason.
        """
        if len(self.points) < 2:
            return None
        constant = _NO_LONGER_CONSTANT if accepted == "constant" else _CONSTANT_BELOW
        superlinear = _NO_LONGER_LINEAR if accepted in ("constant", "linear") else _SUPERLINEAR_ABOVE
        if self._faster_than_linear(superlinear):
            return "superlinear"
        return "linear" if self._share_that_grows() >= constant else "constant"

    def _share_that_grows(self) -> float:
        (first, least), *others = self.points
        shares = [
            (size - least) / max(least, 1) / (count / first - 1)
            for count, size in others
            if size - least > self.noise_bytes
        ]
        return max(shares, default=0.0)

    def _faster_than_linear(self, factor: float) -> bool:
        return any(
            size - self.noise_bytes > factor * (count / fewer) * (max(0, below) + max(self.noise_bytes, _REUSED_BYTES))
            for place, (count, size) in enumerate(self.points)
            for fewer, below in self.points[:place]
        )


def second_size(sizes: Sequence[int], own: int) -> int | None:
    """The size to measure beside the one that is measured anyhow; None where there is none that tells.

    The smallest of the sweep where that is at most half of it, as small inputs are quick; else the first that is at
    least twice as large.
    """
    least = min(sizes)
    if _APART * least <= own:
        return least
    return min((size for size in sizes if size >= _APART * own), default=None)


def sweep_of(reports: Mapping[int, VariantReport]) -> Sweep | None:
    """A variant's figures over the sizes of a setting; None where there are fewer than two.

    Args:
        reports: what was measured of the variant, by size.
    """
    if all(one.heap_peak_bytes is not None and one.tree is None for one in reports.values()):
        points = {size: one.heap_peak_bytes or 0 for size, one in reports.items() if size > 0}
        noise = _NOISE_BYTES
    else:
        peaks = {size: one.peak_growth_bytes for size, one in reports.items() if size > 0}
        points = {size: peak.median for size, peak in peaks.items() if peak is not None}
        known = [peak for peak in peaks.values() if peak is not None]
        noise = max([_NOISE_BYTES, *(2 * one.resolution_bytes + one.unseen_growth_bytes for one in known)])
    return Sweep(tuple(sorted(points.items())), noise) if len(points) > 1 else None


def is_worse(growth_class: str, accepted: str) -> bool:
    """Whether it grows faster than was accepted."""
    return GROWTH_CLASSES.index(growth_class) > GROWTH_CLASSES.index(accepted)
