"""What comes out of this package."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memlab.model.run import InputFile

Progress = Callable[[int, int], None]
"""Told (done, total) while something takes time."""


@dataclass(frozen=True)
class MadeInputs:
    """Inputs as they lie on disk.

    Attributes:
        files: what the variants are given, in this order; every path is absolute and valid UTF-8.
        twins: absolute paths of tiny pictures (64×48) of the same formats and modes for the warm-up: each kind
            that occurs in `files` at least once, and at least two wherever there are two files.
        description: what describes them, as JSON values; None for a recipe without inputs.
        passed_over: (name, reason) of files that were not used; names are printable text.
        default: they are what the recipe says by itself.
    """

    files: tuple[InputFile, ...]
    twins: tuple[str, ...]
    description: dict[str, Any] | None
    passed_over: tuple[tuple[str, str], ...]
    default: bool


def is_utf8(path: str | os.PathLike[str]) -> bool:
    """Whether a path can be written into a JSON document."""
    try:
        os.fspath(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
