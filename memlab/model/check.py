"""A check: measured figures held against accepted ones, and against budgets. Sizes are bytes."""

from __future__ import annotations

from typing import Any

import msgspec

from memlab.model.document import encode
from memlab.model.environment import Environment
from memlab.model.report import Finding

FORMAT = "memlab.check"
VERSION = 1
"""1: the first."""

VERDICTS = {
    "growth_class_changed": 1,
    "regressed": 1,
    "over_budget": 1,
    "output_changed": 1,
    "missing_from_project": 1,
    "improved_unaccepted": 1,
    "failed": 3,
    "no_baseline": 3,
    "missing_from_baseline": 3,
    "inconclusive": 3,
    "improved": 0,
    "skipped": 0,
    "ok": 0,
}
"""Each verdict's exit code, the worst verdict first.

`improved_unaccepted` is what `improved` becomes under --strict-improvement. `no_baseline`: there is no file, or none of
its sections is of this identity. `skipped`: a module that the variant needs is missing, as it was when the baseline
was made or not; said, and no failure.
"""


class FigureCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure against the accepted one.

    Attributes:
        figure: `growth` (the resident meter's), `heap` (memray's), `retained`, `kept`.
        measured_bytes: the median, with low and high of the trials.
        tolerance_bytes: how much more it may be without counting as moved, with the reason in words.
        moved: `up`, `down`, `no`, or `unclear` (the range of the trials straddles the tolerance).
    """

    figure: str
    accepted_bytes: int
    measured_bytes: int
    low_bytes: int
    high_bytes: int
    tolerance_bytes: int
    tolerance_reason: str
    moved: str


class GrownLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that holds more at the heap's peak than was accepted; 0 accepted bytes: it wasn't among the largest."""

    file: str
    line: int
    function: str
    text: str
    accepted_bytes: int
    measured_bytes: int


class BudgetCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One budget.

    Attributes:
        expression: as it was written; origin: `command line`, `pyproject.toml` or `recipe`.
        limit_bytes, measured_bytes: None for growth classes, or where there is no figure.
        verdict: `ok`, `over_budget`, `inconclusive` (within the resolution of the limit), `failed` (no figure),
            `skipped` (its variant was).
        message: in words.
    """

    expression: str
    origin: str
    variant: str
    limit_bytes: int | None
    measured_bytes: int | None
    verdict: str
    message: str


class VariantCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One variant's verdict.

    Attributes:
        message: what happened, in one sentence; hint: the way out.
        file, line: where the variant stands; None for one that is gone.
        growth_classes: by setting of the sweep: (accepted, measured); accepted is None where none was.
        trials: how many headline trials were made in all.
        seconds: the median duration of the variant in them; None where none counts.
    """

    variant: str
    role: str
    verdict: str
    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    figures: tuple[FigureCheck, ...] = ()
    grown_lines: tuple[GrownLine, ...] = ()
    growth_classes: dict[str, tuple[str | None, str]] = {}
    trials: int = 0
    seconds: float | None = None


class RecipeCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recipe: the worst verdict of its variants and budgets, or one of its own (`failed`, `missing_from_project`).

    Attributes:
        inputs: what the variants were given, in one line of words.
        findings: those of its report that bear on the verdict.
        seconds: how long it took.
    """

    recipe: str
    verdict: str
    message: str
    inputs: str = ""
    variants: tuple[VariantCheck, ...] = ()
    budgets: tuple[BudgetCheck, ...] = ()
    findings: tuple[Finding, ...] = ()
    run_file: str | None = None
    seconds: float = 0.0


class CheckReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole check.

    Attributes:
        sentence: its outcome in one sentence.
        baseline: the baseline file's path as given, or None with `against`, a git revision.
        fail_on: the rule by which a figure has regressed, as written.
        conditions: in words, what differs from when the baseline was made; empty when nothing does.
        findings: of the check as a whole, such as a baseline of another Python.
    """

    memlab_version: str
    created: str
    command: tuple[str, ...]
    sentence: str
    verdict: str
    exit_code: int
    baseline: str | None
    against: str | None
    fail_on: str
    environment: Environment
    conditions: tuple[str, ...]
    recipes: tuple[RecipeCheck, ...]
    findings: tuple[Finding, ...] = ()
    options: dict[str, Any] = {}


def encode_check(report: CheckReport) -> bytes:
    """A check as the bytes of a JSON document."""
    return encode(report, format=FORMAT, version=VERSION)
