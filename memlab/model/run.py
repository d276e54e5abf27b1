"""A run: all trials of one plan, raw. This is what is saved; everything else is computed from it anew."""

from __future__ import annotations

from typing import Any

import msgspec

from memlab.model.description import RecipeDescription
from memlab.model.document import decode, encode
from memlab.model.environment import Environment
from memlab.model.output import OutputComparison, Picture
from memlab.model.trial import Trial

FORMAT = "memlab.run"
VERSION = 1
"""1: the first."""


class InputFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input file: absolute path, size on disk, and for a picture its pixels and mode."""

    path: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    mode: str | None = None


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the variants were given.

    Attributes:
        description: as the recipe describes them with the user's settings, or `{"kind": "folder", ...}`.
        default: True when they are what the recipe says by itself (promises are judged only then).
        passed_over: files of the user's folder that were not used, each with the reason.
    """

    description: dict[str, Any] | None
    default: bool
    files: tuple[InputFile, ...]
    passed_over: tuple[tuple[str, str], ...] = ()


class SkippedVariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A variant that was passed over because a module it needs is missing."""

    variant: str
    needs: str
    message: str


class MissingMeter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meter that was asked for, or is used by default, and is not there; the message says what to install."""

    meter: str
    message: str


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user asked for.

    Attributes:
        meters: the meters that were used, `os` first.
        jobs: how many trials of meters that nothing disturbs could run side by side.
        quick: the recipe's small inputs and fewer trials.
    """

    trials: int
    timeout_seconds: float
    source: str
    settings: dict[str, Any] = {}
    variants: tuple[str, ...] = ()
    images: str | None = None
    meters: tuple[str, ...] = ("os",)
    jobs: int = 1
    quick: bool = False


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All trials of one plan.

    Attributes:
        created: UTC, ISO 8601.
        command: the command line, for repeating it.
        complete: False while it goes on and when it was interrupted.
        missing_meters: meters that could not be used.
        agreements: outputs that differ from the baseline's in their digests, held against each other.
        pictures: by an output's digest, what it looks like, where it is a picture.
    """

    memlab_version: str
    created: str
    command: tuple[str, ...]
    recipe: RecipeDescription
    environment: Environment
    inputs: Inputs
    options: Options
    planned: int
    complete: bool = False
    skipped: tuple[SkippedVariant, ...] = ()
    trials: tuple[Trial, ...] = ()
    missing_meters: tuple[MissingMeter, ...] = ()
    agreements: tuple[OutputComparison, ...] = ()
    pictures: dict[str, Picture] = {}


def encode_run(run: Run) -> bytes:
    """A run as the bytes of run.json."""
    return encode(run, format=FORMAT, version=VERSION)


def decode_run(content: bytes, name: str = "the run") -> Run:
    """Read run.json.

    Raises:
        DocumentError: damaged, foreign or newer.
    """
    return decode(content, Run, format=FORMAT, version=VERSION, name=name)
