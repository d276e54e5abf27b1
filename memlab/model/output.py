"""Outputs held against each other, and small pictures of those that are pictures."""

from __future__ import annotations

import msgspec


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small PNG (in JSON: base64) of a picture `width`×`height` pixels large, itself at most 128 pixels a side."""

    width: int
    height: int
    png: bytes


class OutputComparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two outputs of different digests, held against each other; what `agree` replies.

    Attributes:
        expected, found: digests of the baseline's output and the variant's.
        differs_in: `values`; or `kind` (another type, dtype or mode), `shape`, `length` of a list, `keys` of a dict:
            then nothing more can be said. None where the values are the same and only the bytes differ (-0.0).
        psnr_db: peak signal-to-noise ratio over all arrays and images together, each with its own peak; None where
            there is no array, shapes or types differ, or nothing differs (infinite).
        largest_difference: between two values; None where they can't be subtracted.
        differing: how many values differ; values: of how many.
        difference: a picture of where the first pictures that differ do; None where the outputs hold none.
        note: in words, what could not be compared.
    """

    expected: str
    found: str
    differs_in: str | None
    psnr_db: float | None = None
    largest_difference: float | None = None
    differing: int | None = None
    values: int | None = None
    difference: Picture | None = None
    note: str | None = None


class AgreeReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the task `agree` replies.

    Attributes:
        comparisons: one for each of the spec's pairs that could be read.
        pictures: by digest, of outputs that are pictures or begin with one.
    """

    status: str
    comparisons: tuple[OutputComparison, ...] = ()
    pictures: dict[str, Picture] = {}
