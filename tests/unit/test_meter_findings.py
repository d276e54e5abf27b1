"""Meters side by side: each disagreement is explained, and agreement is passed over in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from made_runs import (
    KIB,
    LEVEL,
    MIB,
    described,
    failed,
    line,
    made_run,
    measured,
    metered,
    three,
)

from memlab.analysis.report import exit_code, make_report
from memlab.model.report import Finding
from memlab.model.run import InputFile, Inputs, MissingMeter
from memlab.model.trial import Reading, RecipeFailure, StartLevel, TreeFigure, Trial

BASE, STREAM = described("load_all", "baseline"), described("stream")
NAMES = ("load_all", "stream", "one", "two", "three")
SEVERAL = [described(name, "baseline" if name == "load_all" else "technique") for name in NAMES]
PILLOW = {"libraries": {"PIL": "11.0", "numpy": "2.1"}}
OVERHEAD = "thread stacks, the allocator's gaps and freed blocks, or calls memray doesn't see"
TREE = TreeFigure(LEVEL, LEVEL, LEVEL + 60 * MIB, LEVEL + 124 * MIB, LEVEL + 130 * MIB, 2, 0, 0)


def findings(trials: Sequence[Trial], **more: Any) -> list[Finding]:
    return list(make_report(made_run([BASE, STREAM], trials, **more)).findings)


def one(code: str, found: list[Finding]) -> Finding:
    (finding,) = [finding for finding in found if finding.code == code]
    return finding


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


def of_kinds(growth: int, file_bytes: int = 0, shared_bytes: int = 0) -> dict[str, Any]:
    own = growth - file_bytes - shared_bytes
    return {
        "at_start": Reading(LEVEL, LEVEL, 0, 0),
        "highest": Reading(LEVEL + growth, LEVEL + own, file_bytes, shared_bytes),
    }


def test_meters_that_agree_have_nothing_to_say() -> None:
    meters = [metered("load_all", name, 123 * MIB) for name in ("tracemalloc", "memray", "memory_profiler")]
    assert findings([*three("load_all", 124 * MIB), *meters]) == []


def test_the_figures_of_meters_stand_beside_the_headline() -> None:
    trials = [
        *three("load_all", 124 * MIB),
        metered("load_all", "tracemalloc", 5 * MIB),
        metered("load_all", "tracemalloc", 90 * KIB),
        metered("load_all", "tracemalloc", None, note="it did not start"),
        metered("load_all", "memray", 123 * MIB),
        metered("load_all", "memory_profiler", 0),
    ]
    report = make_report(made_run([BASE], trials, options={"meters": ("os", "tracemalloc", "memray")}))
    variant = report.variants[0]
    # The last that gave a figure; nothing else of these trials counts.
    assert variant.traced_peak_bytes == 90 * KIB
    assert variant.heap_peak_bytes == 123 * MIB
    assert variant.memory_profiler_peak_bytes == 0
    assert variant.peak_growth_bytes is not None
    assert (variant.peak_growth_bytes.high, variant.trials, variant.failed) == (round(124 * MIB * 1.001), 3, 0)
    assert variant.seconds is not None
    assert variant.seconds.high == 1.0
    assert report.meters == ("os", "tracemalloc", "memray")


def test_a_meter_that_was_not_used_has_no_figure() -> None:
    variant = make_report(made_run([BASE], three("load_all", 124 * MIB))).variants[0]
    assert variant.traced_peak_bytes is variant.heap_peak_bytes is variant.memory_profiler_peak_bytes is None


# tracemalloc


def blind(*trials: Trial, growth: float = 124, traced: float = 0.1, **more: Any) -> Finding:
    outcome = more.pop("outcome", None)
    return one(
        "meter_blind",
        findings(
            [
                *three("load_all", growth * MIB, outcome=outcome),
                metered("load_all", "tracemalloc", traced * MIB),
                *trials,
            ],
            **more,
        ),
    )


def test_tracemalloc_is_blind_to_what_a_library_allocates() -> None:
    finding = blind(environment=PILLOW)
    assert finding.message == "tracemalloc saw 0.1 of 124 MiB in load_all: what Pillow allocates is outside Python"
    assert (finding.severity, finding.variant) == ("note", "load_all")
    assert finding.evidence == {"meter": "tracemalloc", "seen_bytes": round(0.1 * MIB), "growth_bytes": 124 * MIB}
    assert finding.hint == "go by the growth: it counts what libraries allocate"


def test_memray_bears_the_kernel_out() -> None:
    finding = blind(metered("load_all", "memray", 123 * MIB), environment=PILLOW)
    assert finding.message == (
        "tracemalloc saw 0.1 of 124 MiB in load_all: what Pillow allocates is outside Python; memray, which sees C "
        "code too, saw 123 MiB"
    )
    assert finding.hint == "go by the growth, or by memray's heap: they count what libraries allocate"
    assert "memray" not in blind(metered("load_all", "memray", 60 * MIB), environment=PILLOW).message


@pytest.mark.parametrize(
    ("lines", "libraries", "who"),
    [
        ([line(90 * MIB, "image = Image.open(path)", "PIL/Image.py:3100 new")], ("cv2", "PIL"), "Pillow"),
        ([line(90 * MIB, "image = cv2.imread(path)")], ("cv2", "PIL"), "OpenCV"),
        ([line(1, "cv2.imread(path)"), line(90 * MIB, "a[:]", "h5py/_hl/dataset.py:1 get")], ("cv2", "h5py"), "HDF5"),
        ([line(90 * MIB, "make(path)")], ("PIL", "cv2"), "Pillow or OpenCV"),
        ([], ("cv2", "numpy"), "OpenCV"),
        ([], ("numpy", "memray"), "C code"),
    ],
)
def test_who_allocates(lines: list[Any], libraries: tuple[str, ...], who: str) -> None:
    trial = metered("load_all", "memray", 123 * MIB, lines=lines)
    found = blind(trial, environment={"libraries": dict.fromkeys(libraries, "1.0")})
    assert f": what {who} allocates is outside Python; memray" in found.message


def test_tracemalloc_sees_one_process() -> None:
    assert blind(growth=0, outcome={"tree": TREE}).message == (
        "tracemalloc saw 0.1 of 124 MiB in load_all: it sees one process, and load_all starts others"
    )


def test_mapped_files_are_no_objects_of_python() -> None:
    assert blind(outcome=of_kinds(124 * MIB, file_bytes=100 * MIB), environment=PILLOW).message == (
        "tracemalloc saw 0.1 of 124 MiB in load_all: pages of mapped files are none of Python's objects"
    )


def test_no_library_is_blamed_for_what_nobody_allocated() -> None:
    assert blind(metered("load_all", "memray", 3 * MIB), environment=PILLOW).message == (
        "tracemalloc saw 0.1 of 124 MiB in load_all: memray saw no more than 3.00 MiB either: it is no allocation that "
        "one of them knows"
    )


@pytest.mark.parametrize(
    ("growth", "traced", "said"),
    [(124, 61, True), (124, 63, False), (6, 1.9, True), (6, 2.1, False), (124, 300, False), (0.5, 0, False)],
)
def test_when_tracemalloc_is_called_blind(growth: float, traced: float, said: bool) -> None:
    found = findings([*three("load_all", growth * MIB), metered("load_all", "tracemalloc", traced * MIB)])
    assert ("meter_blind" in codes(found)) is said


@pytest.mark.parametrize(
    ("growth", "heap", "words"),
    [
        (124, 127.8, None),
        (124, 127.6, "memray, which sees C code too, saw 128 MiB"),
        (40, 42.1, None),
        (40, 41.9, "memray, which sees C code too, saw 41.9 MiB"),
        (124, 32, None),
        (124, 31, "memray saw no more than 31.0 MiB either"),
    ],
)
def test_how_far_memray_agrees(growth: float, heap: float, words: str | None) -> None:
    message = blind(metered("load_all", "memray", heap * MIB), growth=growth).message
    assert ("memray" in message) is (words is not None)
    assert words is None or words in message


def test_half_of_what_is_missing_explains_it() -> None:
    for size, explained in ((63, True), (61, False)):
        found = blind(outcome=of_kinds(124 * MIB, file_bytes=size * MIB))
        assert ("pages of mapped files" in found.message) is explained
    for size, explained in ((8, True), (6, False)):
        found = heap(26, outcome=of_kinds(40 * MIB, file_bytes=size * MIB))
        assert ("are pages of files" in one("outside_the_heap", found).message) is explained


def test_figures_of_a_trial_that_failed_are_none() -> None:
    good = metered("load_all", "memray", 99 * MIB)
    assert good.reply is not None
    bad = msgspec.structs.replace(good, reply=msgspec.structs.replace(good.reply, status="failed"))
    report = make_report(made_run([BASE], [*three("load_all", 124 * MIB), bad]))
    assert report.variants[0].heap_peak_bytes is None
    assert codes(list(report.findings)) == ["meter_failed"]


def test_where_trials_differ_a_meter_may_have_seen_the_smallest() -> None:
    wobbly = [measured("load_all", size * MIB) for size in (10, 124, 125)]
    for meter in ("tracemalloc", "memray", "memory_profiler"):
        found = codes(findings([*wobbly, metered("load_all", meter, 9 * MIB)]))
        assert not {"meter_blind", "outside_the_heap", "sampling_missed_peak"} & set(found)
    assert "untouched_memory" not in codes(findings([*wobbly, metered("load_all", "memray", 126 * MIB)]))


def several(meter: str, *seen: float, growth: float = 124) -> list[Trial]:
    """The first variants of NAMES with what the meter saw of each, in MiB."""
    trials = [trial for name in NAMES[: len(seen)] for trial in three(name, growth * MIB)]
    return [*trials, *(metered(name, meter, size * MIB) for name, size in zip(NAMES, seen, strict=False))]


def of_several(code: str, trials: list[Trial], **more: Any) -> Finding:
    return one(code, list(make_report(made_run(SEVERAL, trials, **more)).findings))


def test_one_finding_speaks_of_all_variants() -> None:
    finding = of_several("meter_blind", several("tracemalloc", 3, 120, 2, 1, 4), environment=PILLOW)
    assert finding.message == (
        "tracemalloc saw 1.0 of 124 MiB in two, and less than half in load_all, one and three: what Pillow allocates "
        "is outside Python"
    )
    assert finding.variant is None
    assert finding.variants == ("two", "load_all", "one", "three")
    assert finding.evidence["variants"]["load_all"]["seen_bytes"] == 3 * MIB


def test_a_cause_with_a_name_is_the_better_example() -> None:
    trials = several("tracemalloc", 1, 2)
    trials += [metered("load_all", "memray", 2 * MIB), metered("stream", "memray", 124 * MIB)]
    finding = of_several("meter_blind", trials, environment=PILLOW)
    assert finding.message.startswith(
        "tracemalloc saw 2.0 of 124 MiB in stream, and less than half in load_all: what Pillow"
    )
    # Unless it is much smaller.
    small = [*three("stream", 20 * MIB), metered("stream", "tracemalloc", 0), *several("tracemalloc", 1)]
    finding = of_several("meter_blind", [*small, metered("load_all", "memray", MIB)], environment=PILLOW)
    assert finding.message.startswith(
        "tracemalloc saw 1.0 of 124 MiB in load_all, and less than half in stream: memray"
    )


# memory_profiler


def missed(seen: float, growth: float = 95.4, **more: Any) -> list[Finding]:
    trials = three("load_all", growth * MIB, **more)
    return findings([*trials, metered("load_all", "memory_profiler", seen * MIB, samples=4)])


def test_samples_that_missed_the_peak() -> None:
    finding = one("sampling_missed_peak", missed(0))
    assert finding.message == (
        "memory_profiler saw 0 of 95.4 MiB in load_all: it samples every 0.1 s, and the peak lasted less"
    )
    assert (finding.severity, finding.variant) == ("note", "load_all")
    assert (finding.evidence["seen_bytes"], finding.evidence["samples"]) == (0, 4)


@pytest.mark.parametrize(
    ("growth", "seen", "said"), [(95, 92, False), (95, 89, True), (20, 17.5, True), (20, 18.5, False), (95, 120, False)]
)
def test_when_samples_are_said_to_have_missed(growth: float, seen: float, said: bool) -> None:
    assert ("sampling_missed_peak" in codes(missed(seen, growth))) is said


@pytest.mark.parametrize("source", ["sampled", "kernel_whole_life"])
def test_who_samples_himself_throws_no_stones(source: str) -> None:
    assert "sampling_missed_peak" not in codes(missed(0, source=source))


def test_memory_profiler_looks_at_one_process() -> None:
    assert one("sampling_missed_peak", missed(10, 0, outcome={"tree": TREE})).message == (
        "memory_profiler saw 10.0 of 124 MiB in load_all: it looks at one process every 0.1 s, and load_all starts "
        "others"
    )


def test_samples_that_missed_several_peaks() -> None:
    finding = of_several("sampling_missed_peak", several("memory_profiler", 124, 100, 1))
    assert finding.message == (
        "memory_profiler saw 1.0 of 124 MiB in one, and too little in stream: it samples every 0.1 s, and the peak "
        "lasted less"
    )
    assert set(finding.evidence["variants"]) == {"one", "stream"}


# memray


def heap(seen: float, growth: float = 40, **more: Any) -> list[Finding]:
    return findings([*three("load_all", growth * MIB, **more), metered("load_all", "memray", seen * MIB)])


def test_memory_that_was_requested_and_never_touched() -> None:
    finding = one("untouched_memory", heap(400))
    assert finding.message == (
        "load_all requested 400 MiB by memray's count, and grew by only 40.0 MiB: pages that are never touched take no "
        "memory (np.zeros, buffers larger than their content, mapped files)"
    )
    assert (finding.severity, finding.evidence["seen_bytes"]) == ("note", 400 * MIB)
    assert "grew by only 0 B" in one("untouched_memory", heap(400, 0)).message


@pytest.mark.parametrize(
    ("growth", "seen", "said"),
    [(40, 43.9, False), (40, 44.5, True), (124, 136, False), (124, 137, True), (40, 1, False)],
)
def test_when_memory_counts_as_untouched(growth: float, seen: float, said: bool) -> None:
    assert ("untouched_memory" in codes(heap(seen, growth))) is said


def test_memory_that_was_free_already_is_not_untouched() -> None:
    free = {"start": StartLevel(LEVEL, LEVEL, 30 * MIB), "reusable_after_bytes": 30 * MIB}
    assert codes(heap(60, 40, **free)) == ["reusable_memory"]
    assert "untouched_memory" in codes(heap(75, 40, **free))


def test_what_was_swapped_out_or_missed_by_samples_is_not_untouched() -> None:
    assert codes(heap(400, outcome={"swap_bytes": 360 * MIB})) == ["swap"]
    assert codes(heap(400, source="sampled")) == ["sampled"]
    assert "untouched_memory" in codes(heap(400, source="kernel_whole_life"))


def test_untouched_memory_of_several() -> None:
    finding = of_several("untouched_memory", several("memray", 200, 124, 300, 150))
    assert finding.message == (
        "one requested 300 MiB by memray's count, and grew by only 124 MiB (likewise load_all and two): pages that are "
        "never touched take no memory (np.zeros, buffers larger than their content, mapped files)"
    )


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (
            None,
            f"the rest is pages of files, {OVERHEAD}",
        ),
        (of_kinds(40 * MIB, file_bytes=13 * MIB), "13.0 MiB are pages of files, which no allocator hands out"),
        (of_kinds(40 * MIB, shared_bytes=13 * MIB), "13.0 MiB are shared memory, which no allocator hands out"),
        (
            of_kinds(40 * MIB, file_bytes=2 * MIB),
            f"the rest is not of files: {OVERHEAD}",
        ),
    ],
)
def test_growth_that_no_allocation_accounts_for(outcome: dict[str, Any] | None, cause: str) -> None:
    finding = one("outside_the_heap", heap(26, outcome=outcome))
    assert finding.message == f"memray's heap accounts for 26.0 of 40.0 MiB in load_all: {cause}"
    assert finding.severity == "note"
    assert ("file_bytes" in finding.evidence) is (outcome is not None)


@pytest.mark.parametrize(
    ("growth", "seen", "said"), [(40, 36.1, False), (40, 35.5, True), (124, 112, False), (124, 111, True)]
)
def test_when_growth_counts_as_outside_the_heap(growth: float, seen: float, said: bool) -> None:
    assert ("outside_the_heap" in codes(heap(seen, growth))) is said


def test_growth_outside_the_heap_of_several() -> None:
    finding = of_several("outside_the_heap", several("memray", 100, 124, 60))
    assert finding.message.startswith("memray's heap accounts for 60.0 of 124 MiB in one (likewise load_all): the rest")


def test_other_processes_and_what_came_before_are_not_outside_the_heap() -> None:
    assert "outside_the_heap" not in codes(heap(20, 0, outcome={"tree": TREE}))
    assert codes(heap(20, source="kernel_whole_life")) == ["whole_life_mark"]


def test_an_inflated_mark_calls_nobody_blind() -> None:
    trials = three("load_all", 124 * MIB, source="kernel_whole_life")
    assert codes(findings([*trials, metered("load_all", "tracemalloc", 0)])) == ["whole_life_mark"]


# missing and failed meters


def test_a_meter_that_is_missing() -> None:
    message = "memray is missing; install it with: pip install memray"
    finding = one(
        "meter_missing", findings(three("load_all", MIB * 9), missing_meters=[MissingMeter("memray", message)])
    )
    assert (finding.message, finding.severity, finding.variant) == (message, "note", None)
    assert finding.evidence == {"meter": "memray"}


def failed_meter(variant: str = "load_all", meter: str = "memray", **more: Any) -> Trial:
    return msgspec.structs.replace(failed(variant, kind="meter", **more), meter=meter)


@pytest.mark.parametrize(
    ("trial", "reason", "hint"),
    [
        (
            metered("load_all", "memray", None, note="its file can't be read: it is cut off"),
            "its file can't be read: it is cut off",
            None,
        ),
        (metered("load_all", "memray", None), "no reason is known", None),
        (
            failed_meter(ending="signalled", signal=11),
            "its trial crashed with SIGSEGV",
            None,
        ),
        (
            failed_meter(ending="timed_out", seconds=300.0),
            "its trial had not ended after 5 min and was stopped",
            "give it longer with --timeout, or smaller inputs with --set",
        ),
        (
            failed_meter(failure=RecipeFailure("run", "memory", "MemoryError", "")),
            "its trial ran out of memory",
            "try smaller inputs with --set, or raise the limit",
        ),
    ],
)
def test_a_meter_that_gave_no_figure(trial: Trial, reason: str, hint: str | None) -> None:
    given = Inputs({"kind": "photos"}, True, (InputFile("/a.jpg", 100),))
    run = made_run([BASE], [*three("load_all", 124 * MIB), trial], inputs=given)
    report = make_report(run)
    finding = one("meter_failed", list(report.findings))
    assert finding.message == f"memray gave no figure for load_all: {reason}"
    assert (finding.severity, finding.variant, finding.hint) == ("warning", "load_all", hint)
    # The headline's figures stand as they are.
    assert codes(list(report.findings)) == ["meter_failed"]
    assert exit_code(report.findings) == 0
    assert (report.variants[0].failed, report.variants[0].trials) == (0, 3)
    assert report.variants[0].heap_peak_bytes is None


def test_a_meter_that_failed_everywhere_for_one_reason() -> None:
    trials = [trial for name in NAMES for trial in three(name, 124 * MIB)]
    trials += [metered(name, "memray", None, note="no room") for name in NAMES]
    trials += [metered("load_all", "tracemalloc", None, note="no room")]
    found = [one for one in make_report(made_run(SEVERAL, trials)).findings if one.code == "meter_failed"]
    assert [finding.message for finding in found] == [
        "memray gave no figure for load_all, stream and 3 more: no room",
        "tracemalloc gave no figure for load_all: no room",
    ]
    assert found[0].variants == NAMES


def test_a_meter_that_gave_a_figure_the_second_time_has_not_failed() -> None:
    trials = [*three("load_all", 124 * MIB), failed_meter(), metered("load_all", "memray", 124 * MIB)]
    assert findings(trials) == []


def test_a_meter_s_trial_that_was_stopped_is_no_news() -> None:
    found = findings([*three("load_all", 124 * MIB), failed_meter(ending="stopped")], complete=False, planned=9)
    assert codes(found) == ["incomplete"]


def test_what_a_meter_does_to_a_trial_is_no_fact_of_the_variant() -> None:
    disturbed = {"swap_bytes": MIB, "out_of_memory": True, "left_behind": 1}
    trial = metered(
        "load_all",
        "memory_profiler",
        124 * MIB,
        outcome=disturbed,
        source="sampled",
        start=StartLevel(LEVEL, LEVEL, 99 * MIB),
    )
    assert findings([*three("load_all", 124 * MIB), trial]) == []
