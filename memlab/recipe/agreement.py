"""How a variant's output is held against the baseline's: proof that both did the same work."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """A rule by which two outputs count as the same.

    Attributes:
        kind: `exact`: type, shape and every byte are the same; `psnr`: arrays or images of one shape whose peak
            signal-to-noise ratio is high enough.
        at_least_db: of `psnr`, how high in decibels.
    """

    kind: str
    at_least_db: float | None = None

    def to_dict(self) -> dict[str, object]:
        """The rule as JSON values."""
        values: dict[str, object] = {"kind": self.kind}
        if self.at_least_db is not None:
            values["at_least_db"] = self.at_least_db
        return values


exact = Agreement("exact")
"""The default: the digests of type, shape and bytes are equal."""


def psnr(at_least: float) -> Agreement:
    """Outputs agree when their peak signal-to-noise ratio is `at_least` so many decibels.

    20 · log10(peak ÷ root of the mean squared difference), with the integer type's maximum as peak, and 1.0 for
    floats. Equal outputs have an infinite ratio. Shapes and types must be the same.

    Raises:
        ValueError: `at_least` is no finite number above 0.
    """
    if isinstance(at_least, bool) or not isinstance(at_least, int | float):
        raise ValueError(f"psnr(at_least={at_least!r}) needs a number of decibels")
    if not math.isfinite(at_least) or at_least <= 0:
        raise ValueError(f"psnr(at_least={at_least!r}) needs a finite number of decibels above 0")
    return Agreement("psnr", float(at_least))
