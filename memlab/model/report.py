"""A report: what was made of a run. Computed from it anew each time; renderers see nothing else.

All growth is counted from the level at the start; all figures are bytes unless they say seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from memlab.model.document import decode, encode, json_bytes
from memlab.model.environment import Environment
from memlab.model.run import Inputs, SkippedVariant
from memlab.model.trial import OutputDescription

FORMAT = "memlab.report"
SEVERAL_FORMAT = "memlab.reports"
VERSION = 1
"""1: the first. A key added later raises it, with a migration."""


class Spread(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Median and range of a figure over the trials."""

    median: float
    low: float
    high: float


class PeakGrowth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The headline figure: peak minus the level at the start.

    Attributes:
        source: `kernel`, `kernel_whole_life` or `sampled`, the weakest of the trials.
        resolution_bytes: what a peak already freed can be off by.
        unseen_growth_bytes: what a read-reset window could have hidden, where marks were reset from outside.
        at_least: the figure is a lower bound (swap, crash, below a mark that couldn't be reset).
        below_resolution: too small to be told from nothing.
    """

    median: int
    low: int
    high: int
    source: str
    resolution_bytes: int
    unseen_growth_bytes: int
    at_least: bool
    below_resolution: bool


class TreeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tree's bounds, as growth."""

    lower_bytes: int
    estimate_bytes: int
    upper_bytes: int
    processes: int
    unmeasured: int
    unreadable: int


class SplitAtPeak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The growth at the highest reading by kind. The kernel keeps no mark per kind, so it is always sampled."""

    anonymous_bytes: int
    file_bytes: int
    shared_bytes: int
    source: str = "sampled"


class PhaseReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phase's own peak, as growth from the start of the run."""

    name: str
    peak_growth_bytes: int


class TopLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where memory was.

    Attributes:
        meter: `memray`: what was alive at the heap's peak; `tracemalloc`: what is still alive at the end;
            `memory_profiler`: by how much the line's increments came to.
        text: the line of source, stripped; empty where it can't be read.
        through: the line of a library that made the allocation, as `file:line function`; empty when it is this one.
    """

    file: str
    line: int
    function: str
    text: str
    bytes: int
    meter: str
    through: str = ""


class TimelineReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The envelope of the timeline trial, as growth: (seconds, bytes).

    Attributes:
        phases: the phases in it: (name, start, end in seconds), in order of time, at most 100.
    """

    points: tuple[tuple[float, int], ...]
    unseen_growth_bytes: int
    phases: tuple[tuple[str, float, float], ...] = ()


class VariantReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of one variant.

    Attributes:
        trials: how many headline trials count; failed: how many did not.
        split_at_peak: None when the highest reading was below 90 % of the peak.
        cgroup_peak_bytes: growth of the trial's own memory cgroup, page cache included, where one could be made.
        end_states_bytes: growth over the start in each end state; `file_backed`, where it is known: how much of that
            after trimming was pages of mapped files.
        traced_peak_bytes: what tracemalloc saw at its peak: memory that Python itself knows about.
        heap_peak_bytes: memray's high-water mark of the heap, C code included; as requested, touched or not.
        memory_profiler_peak_bytes: the highest of memory_profiler's samples less the first.
        top_lines: the three largest lines of each meter that knows lines, memray's first.
    """

    name: str
    role: str
    trials: int
    failed: int
    peak_growth_bytes: PeakGrowth | None
    retained_bytes: Spread | None
    kept_by_allocator_bytes: Spread | None
    seconds: Spread | None
    end_states_bytes: dict[str, int | None] = {}
    split_at_peak: SplitAtPeak | None = None
    cgroup_peak_bytes: int | None = None
    traced_peak_bytes: int | None = None
    heap_peak_bytes: int | None = None
    memory_profiler_peak_bytes: int | None = None
    tree: TreeReport | None = None
    phases: tuple[PhaseReport, ...] = ()
    top_lines: tuple[TopLine, ...] = ()
    timeline: TimelineReport | None = None
    output: OutputDescription | None = None
    doc: str = ""


class Ratio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Baseline's figure ÷ variant's, with its 95 % bootstrap interval.

    `at_least` is set instead of `value` where the variant's figure is below the resolution.
    """

    value: float | None
    low: float | None
    high: float | None
    at_least: float | None = None


class AgreementReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the outputs are the same; `declared` when the recipe says that they are not.

    Attributes:
        kind: the recipe's rule, `exact` or `psnr`.
        psnr_db: the lowest over the variant's trials; None where the outputs are equal or hold nothing that has one.
        at_least_db: what the rule asks for.
        differs_in: what differs: `values`, `kind`, `shape`, `length`, `keys`; None where nothing does.
        largest_difference: between two values, where they can be subtracted.
    """

    kind: str
    same: bool
    declared: bool
    psnr_db: float | None = None
    at_least_db: float | None = None
    differs_in: str | None = None
    largest_difference: float | None = None


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One variant against its reference.

    Attributes:
        baseline: the reference: the recipe's baseline, or what a pitfall is held `against`.
        figure: growth, retained or kept.
        verdict: saves, costs, no_difference, inconclusive; None where the ratio is withheld: the variant's output,
            or the reference's, isn't the baseline's, or the figure isn't known.
        time_ratio: the variant's time ÷ the reference's; 1.2 is a fifth slower.
        confirmed: of a pitfall, whether it shows what it is said to show; None of others, and where that can't be
            said (one trial, too little to be told from nothing, a result that isn't the baseline's).
    """

    variant: str
    baseline: str
    figure: str
    ratio: Ratio | None
    verdict: str | None
    time_ratio: Ratio | None
    agreement: AgreementReport | None
    confirmed: bool | None = None


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact in words.

    Attributes:
        severity: `error` (the measurement is invalid), `warning`, `note`.
        variant: the one it is about; None of the run as a whole, and of several.
        hint: what to do about it.
        evidence: the numbers it rests on; of several variants, each one's evidence by its name below `variants`.
    """

    code: str
    severity: str
    variant: str | None
    message: str
    hint: str | None = None
    evidence: dict[str, Any] = {}

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants it is about, one or several; none where it is about the run."""
        return tuple(self.evidence.get("variants", ())) if self.variant is None else (self.variant,)


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recipe's report.

    Attributes:
        headline: the figure the recipe is about: growth, retained or kept.
        sentence: the comparison in one sentence.
        complete: False when the run was interrupted.
        meters: those that were used, `os` first.
    """

    memlab_version: str
    created: str
    command: tuple[str, ...]
    recipe: str
    summary: str
    headline: str
    sentence: str
    baseline: str
    environment: Environment
    inputs: Inputs
    complete: bool
    variants: tuple[VariantReport, ...]
    comparisons: tuple[Comparison, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[SkippedVariant, ...] = ()
    meters: tuple[str, ...] = ("os",)
    run_file: str | None = None


class FailedRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe of several that gave no report, and why."""

    recipe: str
    message: str


def encode_report(report: Report) -> bytes:
    """A report as the bytes of a JSON document."""
    return encode(report, format=FORMAT, version=VERSION)


def decode_report(content: bytes, name: str = "the report") -> Report:
    """Read a report back.

    Raises:
        DocumentError: damaged, foreign or newer.
    """
    return decode(content, Report, format=FORMAT, version=VERSION, name=name)


def encode_reports(reports: Sequence[Report], failed: Sequence[FailedRecipe] = ()) -> bytes:
    """The reports of several recipes as the bytes of one JSON document, each a whole report document."""
    whole = {
        "format": SEVERAL_FORMAT,
        "version": VERSION,
        "reports": [{"format": FORMAT, "version": VERSION} | msgspec.to_builtins(report) for report in reports],
        "failed": msgspec.to_builtins(failed),
    }
    return json_bytes(whole)
