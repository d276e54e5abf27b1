"""What a page or a table shows of one run: its report, the run itself, and the figures of each trial."""

from __future__ import annotations

import msgspec

from memlab.model.report import Report
from memlab.model.run import Run


class TrialRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figures of one trial, as growth over the level at its start; None where it has none of that kind.

    Attributes:
        number: its place in the plan, from 0.
        kind: `timeline`, `headline` or `meter`.
        counted: whether it is in the statistics of its variant.
        undisturbed: no other trial ran at the same time.
        source: `kernel`, `kernel_whole_life` or `sampled`; None where nothing was read.
        meter_peak_bytes: what the trial's meter saw at its peak, where that isn't `os`.
        failure: in one sentence, why it gave no figure; empty where it did.
    """

    number: int
    variant: str
    role: str
    meter: str
    kind: str
    counted: bool
    undisturbed: bool
    source: str | None
    peak_growth_bytes: int | None
    retained_bytes: int | None
    kept_by_allocator_bytes: int | None
    meter_peak_bytes: int | None
    seconds: float | None
    cpu_seconds: float | None
    swap_bytes: int
    failure: str = ""


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recipe's part of a page.

    Attributes:
        report: what was made of the run.
        run: the raw run, for sources of variants, pictures of outputs and how to repeat it.
        trials: in the order of the plan.
    """

    report: Report
    run: Run
    trials: tuple[TrialRow, ...]
