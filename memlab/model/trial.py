"""A trial: one variant, one input, one meter, one fresh process; what was asked and what came back, raw.

`TrialSpec` and `Reply` are plain dicts on the child's side, `Request` and `Outcome` on the supervisor's; a
contract test holds both sides to these Structs. All times are seconds since the start of the measured run
(or of the trial where that was never reached); all sizes are bytes of resident memory unless they say more.
"""

from __future__ import annotations

from typing import Any

import msgspec

from memlab.model.description import RecipeReference


class TrialSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child is told.

    Attributes:
        task: `measure`, `describe`, `agree` (hold kept outputs against each other), or `host` (measure a function that
            a host calls).
        source: `kernel` for the kernel's mark, `psutil` to have the trial sampled from outside.
        inputs, warm_up_inputs: absolute paths; the second are tiny twins of the first.
        folder: the trial's own folder: events, replies, what a meter writes.
        meter: `os`, `tracemalloc`, `memray` or `memory_profiler`.
        lines: whether the meter has to say as well which lines the memory belongs to, where it can.
        outputs: a folder that outlives the trial, for the outputs that are to be held against each other; None to
            keep none.
        known_outputs: digests of the outputs that lie there already.
        pairs: of the task `agree`: (digest of the baseline's output, digest of a variant's), each in `outputs`.
        host: of the task `host`: the dotted name of a module that sets up what is measured, such as a test's fixtures,
            and tears it down: its `run(arguments, measured)` calls `measured(function)` once.
        host_arguments: what `run` is told.
    """

    task: str
    recipe: RecipeReference
    folder: str
    variant: str | None = None
    meter: str = "os"
    lines: bool = True
    source: str = "kernel"
    inputs: tuple[str, ...] = ()
    warm_up_inputs: tuple[str, ...] = ()
    outputs: str | None = None
    known_outputs: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    host: str | None = None
    host_arguments: dict[str, Any] = {}


class RecipeFailure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the recipe's own code raised.

    Attributes:
        stage: import, describe, prepare, warm_up, run, output; host: what a host did around the function.
        kind: `error`, `exit` (sys.exit) or `memory` (MemoryError).
        type: the exception's class name.
        message: its text.
        traceback: from the recipe's frame on.
        missing_module: of an ImportError, the module that could not be imported.
        reached_bytes: the highest mark read until then, less the level at the start.
    """

    stage: str
    kind: str
    type: str
    message: str
    traceback: str = ""
    missing_module: str | None = None
    reached_bytes: int | None = None


class StartLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The process just before the run.

    Attributes:
        level_bytes: the mark's own counter (field 24 of /proc/self/stat), from which growth is counted.
        resident_bytes: exact VmRSS, from which end states are counted.
        reusable_bytes: free bytes in pymalloc arenas; None where they can't be read.
        file_bytes: pages of mapped files among the resident ones; None where they can't be told apart.
    """

    level_bytes: int
    resident_bytes: int
    reusable_bytes: int | None
    file_bytes: int | None = None


class EndStates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Resident bytes after the run: as it ended, after gc, with Pillow's block cache cleared, after
    malloc_trim (None where there is none), and with the output dropped, collected and trimmed as well.

    `file_backed` is how much of it was pages of mapped files after malloc_trim; None where they can't be told apart.
    """

    ended: int
    collected: int
    caches_cleared: int
    trimmed: int | None
    released: int | None
    file_backed: int | None = None


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All phases of one name.

    Attributes:
        peak_bytes: the highest mark in any of them; absolute.
        intervals: the first of them as (start, end) in seconds.
    """

    name: str
    count: int
    seconds: float
    peak_bytes: int
    intervals: tuple[tuple[float, float], ...]


class OutputDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A variant's output: digest of type, shape and bytes; what it is; and a short look at it."""

    digest: str
    kind: str
    shape: tuple[int, ...] | None
    text: str


class LineFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Memory that one line of source accounts for.

    Attributes:
        file: absolute path, or what the interpreter calls the code; line: from 1; 0 where it isn't known.
        function: the function the line stands in.
        text: the line, stripped; empty where the source can't be read.
        size_bytes: of `memray`: requested by allocations below this line and alive at the peak; of `tracemalloc`:
            alive at the end; of `memory_profiler`: by how much the line's increments came to, of all its executions.
        through: where the allocation was made, as `file:line function`, when that is a line of a library that this one
            had called; empty when it is this line itself.
    """

    file: str
    line: int
    function: str
    text: str
    size_bytes: int
    through: str = ""


class MeterFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a meter beside the headline's says of one run; growth over the start of the run.

    Attributes:
        peak_bytes: `tracemalloc`: the traced peak; `memray`: the heap's high-water mark, as requested;
            `memory_profiler`: the highest sample less the first. None where the meter gave no figure.
        end_bytes: the same at the end of the run, the output still held; None where the meter doesn't know.
        lines: the largest first, at most ten.
        samples: of `memory_profiler`, how many readings it took.
        note: in words, why a figure is missing.
    """

    peak_bytes: int | None
    end_bytes: int | None = None
    lines: tuple[LineFigure, ...] = ()
    samples: int | None = None
    note: str | None = None


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child says when it has finished.

    Attributes:
        source: `kernel`, `kernel_whole_life` (the mark can't be reset) or `sampled`.
        start_ns: CLOCK_MONOTONIC at the start.
        peak_bytes: the highest mark the child itself read during the run; when sampled, what it held at the end.
        children_peak_bytes: `ru_maxrss` of the reaped children at the end, where it exceeds the child's own mark.
        forked_level_bytes: the smallest resident set that a forked process of the tree began with, which is shared with
            its parent; None when a process was started in another way, or none at all.
        reusable_after_bytes: free bytes in pymalloc arenas after trimming.
        started_processes: ids of the processes that Python code in the tree is known to have started.
        started_more: True when there were more than could be noted.
        libraries: versions of the loaded libraries.
        figures: what the trial's meter says, when that isn't `os`.
        output_kept: whether the output lies in the spec's `outputs`, from this trial or an earlier one.
    """

    status: str
    meter: str
    source: str | None = None
    failure: RecipeFailure | None = None
    start: StartLevel | None = None
    start_ns: int | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    children_peak_bytes: int | None = None
    forked_level_bytes: int | None = None
    end_states: EndStates | None = None
    reusable_after_bytes: int | None = None
    phases: tuple[Phase, ...] = ()
    output: OutputDescription | None = None
    started_processes: tuple[int, ...] = ()
    started_more: bool = False
    libraries: dict[str, str] = {}
    allocator: str | None = None
    figures: MeterFigures | None = None
    output_kept: bool = False


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the supervisor is told: start this, watch it so, end it then.

    Attributes:
        timeline: keep the envelope, for which the marks are read and reset at each interval.
        reset: read and reset as well, without keeping the envelope: for trials known to have descendants.
        source: `kernel` or `psutil`.
        use_cgroup: try to put the trial into a memory cgroup of its own.
    """

    id: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    working_folder: str
    folder: str
    timeout_seconds: float
    timeline: bool
    reset: bool
    source: str
    use_cgroup: bool = True


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reading of the whole tree by kind, sampled: resident, anonymous, file-backed, shared."""

    resident_bytes: int
    anonymous_bytes: int
    file_bytes: int
    shared_bytes: int


class ProcessFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One process of a trial's tree, the first being the trial itself.

    Attributes:
        peak_bytes: its own highest mark during the run; absolute.
        first_seconds, last_seconds: when it was first and last seen.
    """

    id: int
    name: str
    peak_bytes: int
    first_seconds: float
    last_seconds: float


class TreeFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tree of processes during the run; absolute bytes.

    Attributes:
        start_bytes: the tree's level at the start, by the measure of the estimate.
        start_upper_bytes: the same without taking off what is shared.
        lower_bytes: the larger of the largest single peak and an agreeing sum of PSS.
        estimate_bytes: the upper bound less what was shared when it was reached.
        upper_bytes: the largest sum of simultaneous interval maxima.
        processes: how many descendants were measured.
        unmeasured: how many were seen or known to have been started, but lived too short to be measured.
        unreadable: how many belonged to another user or hid themselves before they were seen.
    """

    start_bytes: int
    start_upper_bytes: int
    lower_bytes: int
    estimate_bytes: int
    upper_bytes: int
    processes: int
    unmeasured: int
    unreadable: int


class Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The envelope: each point is the maximum of the interval that ends at its time.

    Attributes:
        points: (end of the interval in seconds, bytes of the whole tree), in order of time.
        interval_seconds: the interval at which marks were read; merged points span several of them.
    """

    points: tuple[tuple[float, int], ...]
    interval_seconds: float


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the supervisor saw.

    Attributes:
        ending: `exited`, `signalled`, `timed_out`, `stopped` (memlab asked), `not_started`, or `lost` (with the
            supervisor); the message says more of the last two.
        reached: how far the child came: `started`, `running`, `ended`.
        out_of_memory: the kernel killed it, or one of its descendants, for lack of memory.
        peak_bytes: the trial process's highest mark during the run as read from outside; absolute.
        last_gap_bytes: `ru_maxrss` from wait4, where it exceeds the supervisor's own mark and tells of a
            time after the last reading; absolute.
        level_bytes: the trial process's level at the start as the supervisor read it.
        at_start, highest: the tree by kind when the run began, and at the highest reading.
        unseen_growth_bytes: the largest growth that a read-reset window could have hidden.
        slowest_window_seconds: the longest such window.
        seen_processes: ids of the descendants that were measured, at most 1000.
        swap_bytes: the most VmSwap read; hugetlb_bytes: the most HugetlbPages read.
        cgroup_start_bytes, cgroup_peak_bytes: level at the start and peak since then of the trial's own memory
            cgroup, page cache included, where one could be made.
        left_behind: processes still alive at the end, which were killed.
        output_tail: the last of what it printed; output_bytes: how much that was in all.
    """

    ending: str
    seconds: float
    reached: str
    exit_code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    message: str | None = None
    source: str | None = None
    level_bytes: int | None = None
    peak_bytes: int | None = None
    last_gap_bytes: int | None = None
    at_start: Reading | None = None
    highest: Reading | None = None
    timeline: Timeline | None = None
    unseen_growth_bytes: int = 0
    slowest_window_seconds: float = 0.0
    tree: TreeFigure | None = None
    processes: tuple[ProcessFigure, ...] = ()
    seen_processes: tuple[int, ...] = ()
    swap_bytes: int = 0
    hugetlb_bytes: int = 0
    cgroup_start_bytes: int | None = None
    cgroup_peak_bytes: int | None = None
    left_behind: int = 0
    output_tail: str = ""
    output_bytes: int = 0


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One trial as it is saved.

    Attributes:
        number: its place in the plan, from 0.
        kind: `timeline` (the first of each variant; not in the statistics), `headline`, or `meter` (of a meter beside
            the headline's).
        undisturbed: no other trial ran at the same time.
        reply: None when the child never gave one.
    """

    number: int
    variant: str
    meter: str
    kind: str
    outcome: Outcome
    reply: Reply | None
    undisturbed: bool = True
