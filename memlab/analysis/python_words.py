"""Findings speak of options and decorators; whoever measures functions from Python has arguments instead."""

from __future__ import annotations

import msgspec

from memlab.model.report import Finding

_WARM_UP = (
    "the warm-up is the variant itself, on 64×48 twins of its inputs; if only their size is to blame, @recipe.warm_up "
    "puts something else there"
)
_WORDS = (
    ("without --quick, or with --trials 3 or more, it", "trials=3 or more"),
    ("--trials 3", "trials=3"),
    ("--trials", "trials="),
    ("--timeout", "timeout="),
    ("@recipe.output", "output="),
    (_WARM_UP, "warm_up= says what runs there"),
)


def in_python(finding: Finding) -> Finding:
    """The same finding, with what a caller of `memlab.compare` can do about it."""
    return msgspec.structs.replace(
        finding, message=_said(finding.message), hint=None if finding.hint is None else _said(finding.hint)
    )


def _said(text: str) -> str:
    for there, here in _WORDS:
        text = text.replace(there, here)
    return text
