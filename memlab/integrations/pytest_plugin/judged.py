"""What came of holding a measured test against its limits and the baseline, as it travels with the test's report.

All of it is JSON-able (`msgspec.to_builtins`), as pytest-xdist hands reports from worker to controller. Sizes are
bytes.
"""

from __future__ import annotations

import msgspec

from memlab.model.baseline import AcceptedRecipe, Identity
from memlab.model.check import BudgetCheck, VariantCheck
from memlab.model.report import Finding, PeakGrowth, Spread, TopLine, TreeReport

FAILS = ("over_budget", "regressed", "failed")
"""The verdicts that fail a test. `inconclusive` is none: a limit is broken when the figure is beyond it by more than it
can be off by, and the summary says where that can't be told."""


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit of a test.

    Attributes:
        figure: `peak` (growth over the level at the test's start) or `retained`.
        origin: where it was stated: `the marker`, or an ini value such as `memlab_peak`.
    """

    figure: str
    size_bytes: int
    origin: str = "the marker"


class Acceptable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `--memlab-update` can write of a test: where it belongs, and its figures as the only variant of its file."""

    identity: Identity
    recipe: str
    accepted: AcceptedRecipe


class Judged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measured test, held against its limits and the baseline.

    Attributes:
        recipe, variant: the keys of the baseline file: the test's file from the root folder, and the rest of its id.
        verdict: of `memlab.model.check.VERDICTS`.
        isolation: `process` or `inline`.
        peak, retained: what the headline trials say; None where none counts.
        tree: the bounds of the peak, where it started other processes.
        heap_bytes: memray's high-water mark, where it was asked.
        limits: each limit's verdict.
        check: the test against the baseline, or why it has none; None inline, whose figures are no baseline's.
        lines: what held most at the peak (memray), or was alive at the end (tracemalloc).
        remarks: what its figures are worth, and where they can't be told from a limit.
        failure: what the user reads in place of a traceback; None where the test's memory fails nothing.
        acceptable: None where its figures can't be accepted.
    """

    recipe: str
    variant: str
    verdict: str
    isolation: str
    trials: int
    peak: PeakGrowth | None
    retained: Spread | None
    tree: TreeReport | None = None
    heap_bytes: int | None = None
    limits: tuple[BudgetCheck, ...] = ()
    check: VariantCheck | None = None
    lines: tuple[TopLine, ...] = ()
    remarks: tuple[Finding, ...] = ()
    failure: str | None = None
    acceptable: Acceptable | None = None

    @property
    def fails(self) -> bool:
        """Whether the test fails by its memory."""
        return self.verdict in FAILS
