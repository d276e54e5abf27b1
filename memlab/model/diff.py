"""Two runs of one recipe held against each other: what changed beyond noise, and under what. Sizes are bytes."""

from __future__ import annotations

import msgspec

from memlab.model.document import decode, encode

FORMAT = "memlab.diff"
VERSION = 1
"""1: the first."""
VERDICTS = (
    "more",
    "less",
    "fails_now",
    "fails_no_more",
    "added",
    "removed",
    "inconclusive",
    "failed",
    "not_compared",
    "not_measured",
    "no_difference",
)
"""Of a variant, the most important first.

`more`, `less`: a figure moved beyond what it can be off by; `inconclusive`: that can't be told. `fails_now`,
`fails_no_more`, `failed` (in both runs): there are no figures that count. `added`, `removed`: only one of the recipes
has it. `not_compared`: the inputs are others. `not_measured`: it was left out of one of the runs, or passed over.
"""


class DiffSide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two runs.

    Attributes:
        created: UTC, ISO 8601.
        inputs: what its variants were given, in one line of words.
        complete: False when it was interrupted.
        trials: the most headline trials that one of its variants has.
    """

    run_file: str
    created: str
    memlab_version: str
    inputs: str
    complete: bool
    trials: int


class EnvironmentDifference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that figures depend on and that isn't the same.

    Attributes:
        key: such as `python`, `kernel`, `cpus`, `allocator`, `settings.MALLOC_ARENA_MAX`, `libraries.numpy`.
        old, new: in words; empty where there was none, or it isn't known.
    """

    key: str
    old: str
    new: str


class FigureDiff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure, before and now.

    Attributes:
        figure: `growth` (the resident meter's), `heap` (memray's), `retained`, `kept`.
        old_bytes, new_bytes: medians; low and high are those of the trials.
        factor: new ÷ old; None where the old one is too small to be told from nothing.
        tolerance_bytes: how much they may differ without counting as moved, with the reason in words.
        moved: `up`, `down`, `no`, or `unclear` (the trials straddle the tolerance).
    """

    figure: str
    old_bytes: int
    old_low_bytes: int
    old_high_bytes: int
    new_bytes: int
    new_low_bytes: int
    new_high_bytes: int
    factor: float | None
    tolerance_bytes: int
    tolerance_reason: str
    moved: str


class LineDiff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that holds another amount at the heap's peak; 0: it was not among the largest.

    Attributes:
        file, line: where it stands in the run that has more of it.
    """

    file: str
    line: int
    function: str
    text: str
    old_bytes: int
    new_bytes: int


class SourceDiff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a variant's own source differs: lines that are gone and lines that are new, each stripped.

    What it calls is not in it.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]


class VariantDiff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One variant.

    Attributes:
        verdict: one of `VERDICTS`.
        message: what changed, in one sentence.
        renamed_from: the variant of the old run that this one is likely to be, under a new name.
        figures: the headline's first; empty where nothing can be compared.
        lines: that hold another amount at the heap's peak, at most three: first those that are new or grew, and of less
            memory those that are gone or shrank. None where one of the runs has no lines.
        output: `same`, `changed`, or `unknown` (one side has none, the rule allows others, or it differs by itself).
        source: None where the source is the same, or isn't known.
        old_seconds, new_seconds: medians; only remarked, never judged.
    """

    variant: str
    role: str
    verdict: str
    message: str
    renamed_from: str | None = None
    figures: tuple[FigureDiff, ...] = ()
    lines: tuple[LineDiff, ...] = ()
    output: str = "unknown"
    source: SourceDiff | None = None
    old_seconds: float | None = None
    new_seconds: float | None = None


class Diff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole diff.

    Attributes:
        sentence: what changed, or that nothing did.
        changed: something differs that isn't the environment or a duration: a figure, an output, the variants, the
            inputs. Not where that can't be told.
        comparable: False where figures of the two say nothing of each other; `why_not` says why.
        environment: what of it isn't the same; that can explain a difference.
        remarks: what else there is to know of the two runs, a sentence each.
    """

    memlab_version: str
    recipe: str
    headline: str
    sentence: str
    changed: bool
    comparable: bool
    why_not: str | None
    old: DiffSide
    new: DiffSide
    environment: tuple[EnvironmentDifference, ...]
    variants: tuple[VariantDiff, ...]
    remarks: tuple[str, ...] = ()


def encode_diff(diff: Diff) -> bytes:
    """A diff as the bytes of a JSON document."""
    return encode(diff, format=FORMAT, version=VERSION)


def decode_diff(content: bytes, name: str = "the diff") -> Diff:
    """Read a diff back.

    Raises:
        DocumentError: damaged, foreign or newer.
    """
    return decode(content, Diff, format=FORMAT, version=VERSION, name=name)
