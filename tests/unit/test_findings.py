"""Findings: each arises where it should, not where it shouldn't, and says what a user can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from made_runs import KIB, LEVEL, MIB, described, failed, held_against, made_run, measured, psnr_rule, three

from memlab.analysis.report import exit_code, make_report
from memlab.model.description import VariantDescription
from memlab.model.report import Finding
from memlab.model.run import InputFile, Inputs, SkippedVariant
from memlab.model.trial import OutputDescription, Reading, StartLevel, TreeFigure, Trial

BASE, STREAM = described("load_all", "baseline"), described("stream")
LOAD_ALL = three("load_all", 148 * MIB)
GOOD = three("stream", 12 * MIB)


def findings(variants: Sequence[VariantDescription], *trials: Sequence[Trial], **more: Any) -> list[Finding]:
    return list(make_report(made_run(variants, [one for some in trials for one in some], **more)).findings)


def one(code: str, found: list[Finding]) -> Finding:
    (finding,) = [finding for finding in found if finding.code == code]
    return finding


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


def test_a_clean_run_has_nothing_to_say() -> None:
    assert findings([BASE, STREAM], LOAD_ALL, GOOD) == []


def test_what_is_worse_comes_first() -> None:
    found = findings(
        [BASE, STREAM],
        LOAD_ALL,
        [failed("stream")],
        complete=False,
        planned=8,
        skipped=[SkippedVariant("x", "h5py", "x is passed over")],
    )
    assert [finding.severity for finding in found] == ["error", "warning", "note"]
    assert exit_code(tuple(found)) == 3
    late = findings([BASE, STREAM], three("load_all", MIB), three("stream", 0, result="[2.0]"))
    assert [finding.severity for finding in late] == ["error", "note"]
    assert exit_code(tuple(found[1:])) == 0


def test_a_variant_that_failed_is_named_once() -> None:
    found = findings([BASE, STREAM], LOAD_ALL, [failed("stream"), failed("stream")])
    assert codes(found) == ["trial_failed"]


def test_a_run_that_was_interrupted() -> None:
    finding = one("incomplete", findings([BASE], LOAD_ALL, complete=False, planned=8))
    assert finding.message == "the run was interrupted: 3 of 8 trials were measured"
    assert finding.severity == "warning"


def test_a_variant_that_was_passed_over() -> None:
    finding = one("variant_skipped", findings([BASE], LOAD_ALL, skipped=[SkippedVariant("x", "h5py", "x is …")]))
    assert (finding.message, finding.variant, finding.evidence) == ("x is …", "x", {"needs": "h5py"})


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1, "1 file was passed over: 0.txt (no image)"),
        (2, "2 files were passed over: 0.txt (no image), 1.txt (no image)"),
        (
            7,
            (
                "7 files were passed over: 0.txt (no image), 1.txt (no image), 2.txt (no image), 3.txt (no image), "
                "4.txt (no image) and 2 more"
            ),
        ),
    ],
)
def test_files_that_were_passed_over(count: int, message: str) -> None:
    inputs = Inputs({"kind": "folder"}, False, (), tuple((f"{n}.txt", "no image") for n in range(count)))
    finding = one("inputs_passed_over", findings([BASE], LOAD_ALL, inputs=inputs))
    assert finding.message == message
    assert len(finding.evidence["files"]) == count


def test_settings_that_were_taken_away() -> None:
    found = findings([BASE], LOAD_ALL, environment={"unset": ("MALLOC_PERTURB_", "PYTHONMALLOC")})
    assert one("settings_unset", found).message == (
        "MALLOC_PERTURB_ and PYTHONMALLOC would falsify every figure: taken away for the trials"
    )


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        (1, "with one trial per variant a ratio has no interval and no verdict"),
        (2, "two trials per variant say little about how sure a ratio is"),
        (3, None),
    ],
)
def test_too_few_trials(trials: int, message: str | None) -> None:
    found = findings([BASE], LOAD_ALL, options={"trials": trials})
    assert [finding.message for finding in found if finding.code == "too_little_data"] == [message][: trials < 3]


def test_peaks_that_were_sampled() -> None:
    sampled = [measured("load_all", 148 * MIB, source="sampled")]
    asked = one("sampled", findings([BASE], sampled, options={"source": "psutil"}))
    assert asked.hint == "leave out --source psutil to read the kernel's high-water mark"
    forced = one("sampled", findings([BASE], sampled))
    assert forced.hint != asked.hint
    whole = findings([BASE], [measured("load_all", 148 * MIB, source="kernel_whole_life")])
    assert one("whole_life_mark", whole).severity == "warning"


def test_swap_makes_a_measurement_invalid() -> None:
    finding = one("swap", findings([BASE], three("load_all", 148 * MIB, outcome={"swap_bytes": 3 * MIB})))
    assert finding.severity == "error"
    assert finding.message == (
        "up to 3.00 MiB of load_all was swapped out: its peak is at least what was measured and at most 3.00 MiB more"
    )


def test_a_process_killed_for_lack_of_memory_makes_a_measurement_invalid() -> None:
    finding = one("out_of_memory", findings([BASE], three("load_all", 148 * MIB, outcome={"out_of_memory": True})))
    assert finding.severity == "error"
    assert finding.message.startswith("the kernel killed a process of load_all for lack of memory")


def test_processes_left_behind() -> None:
    for count, what in ((1, "1 process"), (2, "2 processes")):
        finding = one("left_behind", findings([BASE], three("load_all", 148 * MIB, outcome={"left_behind": count})))
        assert finding.message == f"load_all left {what} running, which memlab ended"


def test_processes_nobody_could_measure() -> None:
    tree = TreeFigure(LEVEL, LEVEL, LEVEL, LEVEL + 40 * MIB, LEVEL + 50 * MIB, 2, 1, 2)
    found = findings([BASE], three("load_all", 0, outcome={"tree": tree}))
    assert one("processes_unmeasured", found).message == (
        "1 process of load_all did not live long enough to be measured"
    )
    assert one("processes_unreadable", found).message == (
        "2 processes of load_all could not be read (another user's, or hidden)"
    )


def test_growth_below_the_resolution() -> None:
    finding = one("below_resolution", findings([BASE], three("load_all", 1.9 * MIB)))
    assert finding.message == "load_all grows by less than 2.00 MiB, which can't be told from nothing here"
    assert finding.hint is None
    given = Inputs({"kind": "photos"}, True, (InputFile("/a.jpg", 100),))
    said = one("below_resolution", findings([BASE], three("load_all", MIB), inputs=given)).hint
    assert said == "larger or more inputs (--set) would show more"
    wide = findings([BASE], three("load_all", 50 * MIB), environment={"resolution_bytes": 32 * MIB})
    assert "less than 64.0 MiB" in one("below_resolution", wide).message
    assert "below_resolution" not in codes(findings([BASE], three("load_all", 2.1 * MIB)))


def reusable(size: int, growth: float) -> list[Trial]:
    trial = measured("load_all", growth)
    assert trial.reply is not None
    assert trial.reply.start is not None
    start = msgspec.structs.replace(trial.reply.start, reusable_bytes=size)
    return three("load_all", growth, start=start, reusable_after_bytes=size)


def test_memory_that_was_reusable_at_the_start() -> None:
    finding = one("reusable_memory", findings([BASE], reusable(3 * MIB, 20 * MIB)))
    assert finding.message == (
        "up to 3.00 MiB of Python's arenas was already free when load_all began: small objects made there don't show "
        "in its growth"
    )
    for quiet in (reusable(1900 * KIB, 5 * MIB), reusable(3 * MIB, 40 * MIB), reusable(3 * MIB, MIB)):
        assert "reusable_memory" not in codes(findings([BASE], quiet))


def test_what_the_allocator_keeps() -> None:
    heap = one("kept_by_allocator", findings([BASE], three("load_all", 160 * MIB, kept=50 * MIB)))
    assert heap.message == (
        "after the last del or return of load_all the allocator keeps 50.0 MiB that no object uses any more; trimming "
        "gave it back"
    )
    assert heap.hint is not None
    assert "malloc_trim(0) gives it back" in heap.hint
    assert heap.evidence == {"kept_bytes": 50 * MIB, "given_back_by_trimming_bytes": 50 * MIB}
    arenas = one(
        "kept_by_allocator",
        findings([BASE], three("load_all", 160 * MIB, retained=99 * MIB, kept=MIB, arenas=68 * MIB)),
    )
    assert arenas.message == (
        "after the last del or return of load_all the allocator keeps 69.0 MiB that no object uses any more; trimming "
        "gave 1.00 MiB back"
    )
    assert arenas.hint is not None
    assert arenas.hint.startswith("the rest lies in Python's arenas")
    for quiet in ({"kept": 15 * MIB}, {"kept": None}, {"kept": 0}):
        assert "kept_by_allocator" not in codes(findings([BASE], three("load_all", 160 * MIB, **quiet)))


def test_garbage_is_not_what_the_allocator_keeps() -> None:
    found = findings([BASE], three("load_all", 88 * MIB, garbage=80 * MIB))
    assert one("garbage_in_cycles", found).message == (
        "when load_all had ended, 80.0 MiB was garbage in reference cycles, which only the garbage collector frees"
    )
    assert "kept_by_allocator" not in codes(found)
    assert "garbage_in_cycles" not in codes(findings([BASE], three("load_all", 88 * MIB, garbage=8 * MIB)))


def of_files(file_bytes: int) -> dict[str, Any]:
    start = Reading(LEVEL, LEVEL, 0, 0)
    return {"at_start": start, "highest": Reading(LEVEL + 40 * MIB, LEVEL + 40 * MIB - file_bytes, file_bytes, 0)}


def split(file_bytes: int) -> list[Trial]:
    return three("load_all", 40 * MIB, outcome=of_files(file_bytes))


def test_pages_of_files() -> None:
    finding = one("file_backed", findings([BASE], split(12 * MIB)))
    assert finding.message.startswith("12.0 MiB of load_all's peak are pages of files")
    assert "file_backed" not in codes(findings([BASE], split(3 * MIB)))


def test_pages_that_processes_share_are_no_part_of_a_peak_below_them() -> None:
    # Added up over a process and its fork, the readings have 40 MiB; counted once, it was 8 MiB.
    assert "file_backed" not in codes(findings([BASE], three("load_all", 8 * MIB, outcome=of_files(12 * MIB))))


def test_another_result() -> None:
    found = findings([BASE, STREAM], LOAD_ALL, three("stream", 12 * MIB, result="[2.0]"))
    finding = one("outputs_differ", found)
    assert finding.message == (
        "stream gives another result than load_all: [2.0] instead of [1.0]; its memory is not compared"
    )
    assert (finding.severity, finding.variant) == ("error", "stream")
    assert finding.evidence["expected_text"] == "[1.0]"


def test_another_result_that_looks_the_same() -> None:
    other = OutputDescription("other", "list of float", (1,), "[1.0]")
    finding = one("outputs_differ", findings([BASE, STREAM], LOAD_ALL, three("stream", 12 * MIB, output=other)))
    assert finding.message == (
        "stream gives another result than load_all: both look like [1.0]; its memory is not compared"
    )


def test_a_pitfall_s_result_is_held_against_the_baseline_s() -> None:
    trap = described("trap", "pitfall", against="stream", shows=("costs",))
    found = findings([BASE, STREAM, trap], LOAD_ALL, GOOD, three("trap", 74 * MIB, result="[2.0]"))
    assert one("outputs_differ", found).message.startswith("trap gives another result than load_all: ")
    assert codes(found) == ["outputs_differ"]


def test_a_result_that_changes_from_trial_to_trial() -> None:
    changing = [measured("load_all", 148 * MIB, result=f"[{number}]") for number in range(3)]
    found = findings([BASE, STREAM], changing, GOOD)
    assert codes(found) == ["output_varies"]
    assert found[0].message == (
        "load_all gave 3 different results in its trials ([0] and [1]); what changes from trial to trial can't be "
        "compared"
    )
    assert (found[0].severity, found[0].variant) == ("error", "load_all")


def test_a_pitfall_may_be_wrong_in_many_ways() -> None:
    trap = described("trap", "pitfall", shows=("wrong_output",))
    changing = [measured("trap", 148 * MIB, result=f"[{number}]") for number in range(3)]
    assert codes(findings([BASE, trap], LOAD_ALL, changing)) == ["pitfall_confirmed"]


def pitfall(*shows: str, mib: float = 74.0, **more: Any) -> Finding:
    trap = described("trap", "pitfall", against="stream", shows=shows, because="list() drains the generator")
    headline = more.pop("headline", "growth")
    (finding,) = [
        finding
        for finding in findings(
            [BASE, STREAM, trap],
            three("load_all", 148 * MIB, retained=148 * MIB, kept=148 * MIB),
            three("stream", 12 * MIB, retained=12 * MIB, kept=12 * MIB),
            three("trap", mib * MIB, **more),
            headline=headline,
        )
        if finding.code.startswith("pitfall")
    ]
    return finding


@pytest.mark.parametrize(
    ("finding", "message"),
    [
        (pitfall("costs"), "trap needs more memory than stream, because list() drains the generator"),
        (pitfall("no_saving"), "trap saves nothing compared with stream, because list() drains the generator"),
        (
            pitfall("no_saving", "costs"),
            (
                "trap saves nothing compared with stream and needs more memory than stream, because list() drains the "
                "generator"
            ),
        ),
        (pitfall("wrong_output", result="[2.0]"), "trap gives a wrong result, because list() drains the generator"),
        (pitfall("retains", retained=12 * MIB), "trap keeps no less than stream, because list() drains the generator"),
        (
            pitfall("costs", retained=74 * MIB, headline="retained"),
            "trap retains more memory than stream, because list() drains the generator",
        ),
        (
            pitfall("costs", kept=74 * MIB, headline="kept"),
            "trap leaves more memory with the allocator than stream, because list() drains the generator",
        ),
    ],
)
def test_a_pitfall_that_shows_it(finding: Finding, message: str) -> None:
    assert (finding.code, finding.severity) == ("pitfall_confirmed", "note")
    assert finding.message == message


def test_a_pitfall_that_does_not_show_it() -> None:
    finding = pitfall("costs", mib=12)
    assert (finding.code, finding.severity) == ("pitfall_not_confirmed", "warning")
    assert finding.message == (
        "not shown here, against what the recipe says: "
        "trap needs more memory than stream (it needs 1.00× as much memory)"
    )
    assert pitfall("wrong_output", "costs", mib=0.5).message == (
        "not shown here, against what the recipe says: trap gives a wrong result and needs more memory than stream"
    )


def not_judged(stream: Sequence[Trial], trap: Sequence[Trial]) -> str:
    described_trap = described("trap", "pitfall", against="stream", shows=("costs",))
    found = one("pitfall_not_judged", findings([BASE, STREAM, described_trap], LOAD_ALL, stream, trap))
    assert found.severity == "note"
    start = "whether trap needs more memory than stream can't be said here: "
    assert found.message.startswith(start)
    return found.message.removeprefix(start)


def test_a_pitfall_that_can_not_be_judged() -> None:
    trap = three("trap", 74 * MIB)
    assert not_judged(GOOD, trap[:1]) == "one trial gives no interval"
    assert not_judged(three("stream", 0), three("trap", MIB)) == "stream stays under 2.00 MiB"
    assert not_judged(three("stream", 12 * MIB, result="[2]"), trap) == "the result of stream is not that of load_all"
    zero_once = [measured("trap", size * MIB) for size in (0, 74, 75)]
    assert not_judged(GOOD, zero_once) == "in some trials its figure is 0 or less"


def test_a_pitfall_against_what_failed() -> None:
    trap = described("trap", "pitfall", against="stream", shows=("costs",))
    found = findings([BASE, STREAM, trap], LOAD_ALL, [failed("stream")], three("trap", 74 * MIB))
    assert codes(found) == ["trial_failed", "not_compared"]
    assert found[1].message == "trap is not compared: stream, against which it is held, has no trial that counts"


def test_a_pitfall_against_what_was_passed_over() -> None:
    trap = described("trap", "pitfall", against="stream", shows=("costs",))
    skipped = [SkippedVariant("stream", "h5py", "stream is passed over")]
    found = findings([BASE, STREAM, trap], LOAD_ALL, three("trap", 74 * MIB), skipped=skipped)
    assert sorted(codes(found)) == ["not_compared", "variant_skipped"]


def test_a_baseline_that_failed_says_it_once() -> None:
    assert codes(findings([BASE, STREAM], [failed("load_all")], GOOD)) == ["trial_failed"]


def technique(base: Sequence[float], own: Sequence[float], **more: Any) -> list[Finding]:
    return findings(
        [BASE, STREAM],
        [measured("load_all", size * MIB, retained=size * MIB, kept=size * MIB) for size in base],
        [measured("stream", size * MIB, retained=size * MIB, kept=size * MIB) for size in own],
        **more,
    )


@pytest.mark.parametrize(
    ("headline", "message"),
    [
        ("growth", "stream is meant to save, and needs 2.00× as much memory as load_all"),
        ("retained", "stream is meant to save, and retains 2.00× as much memory as load_all"),
        ("kept", "stream is meant to save, and leaves 2.00× as much memory with the allocator as load_all"),
    ],
)
def test_a_technique_that_costs(headline: str, message: str) -> None:
    found = technique((15, 15, 15), (30, 30, 30), headline=headline)
    finding = one("technique_costs", found)
    assert (finding.message, finding.severity) == (message, "warning")


def test_a_technique_that_costs_where_the_baseline_takes_next_to_nothing() -> None:
    assert one("technique_costs", technique((1, 1, 1), (30, 30, 30))).message == (
        "stream is meant to save, and needs more memory than load_all: 30.0 MiB instead of under 2.00 MiB"
    )


def test_a_technique_without_effect() -> None:
    assert one("technique_without_effect", technique((15, 15, 15), (15, 15, 15))).message == (
        "stream is meant to save, and needs as much memory as load_all"
    )


def test_a_technique_that_can_not_be_judged() -> None:
    finding = one("inconclusive", technique((20, 30, 40), (15, 25, 35)))
    assert finding.message == (
        "whether stream needs less memory than load_all can't be said: the ratio lies between 0.57× and 2.67×"
    )
    assert finding.hint == "more than 3 trials (--trials) narrow it"
    quick = one("inconclusive", technique((20, 30, 40), (15, 25, 35), options={"quick": True}))
    assert quick.hint == "leave out --quick, which takes few trials of small inputs"
    small = one("inconclusive", technique((5, 5, 5), (4, 4, 4)))
    assert small.message == (
        "whether stream needs less memory than load_all can't be said: the difference is under 2.00 MiB"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [((1.5, 1.51, 1.52), True), ((1.1, 1.11, 1.12), False), ((0.9, 1.5, 2.0), False)]
)
def test_a_technique_that_takes_longer(seconds: tuple[float, ...], said: bool) -> None:
    slow = [measured("stream", 12 * MIB, seconds=one) for one in seconds]
    found = findings([BASE, STREAM], LOAD_ALL, slow)
    assert ("time_cost" in codes(found)) is said
    if said:
        assert one("time_cost", found).message == ("what stream saves costs time: it takes 1.51× the time of load_all")


def test_what_costs_time_without_saving() -> None:
    slow = [measured("stream", 148 * MIB, seconds=one) for one in (1.5, 1.51, 1.52)]
    assert one("time_cost", findings([BASE, STREAM], LOAD_ALL, slow)).message == (
        "stream takes 1.51× the time of load_all"
    )


def test_time_counts_only_where_no_other_trial_ran() -> None:
    slow = [msgspec.structs.replace(trial, undisturbed=False) for trial in three("stream", 12 * MIB, seconds=9.0)]
    assert "time_cost" not in codes(findings([BASE, STREAM], LOAD_ALL, slow))
    quick = [measured("stream", 12 * MIB, seconds=1.0), measured("stream", 12 * MIB, seconds=1.0)]
    report = make_report(made_run([BASE, STREAM], [*LOAD_ALL, *slow, *quick]))
    seconds = report.variants[1].seconds
    assert seconds is not None
    assert (seconds.low, seconds.high) == (1.0, 1.0)
    assert report.variants[1].trials == 5


SEVERAL = [BASE, *(described(name) for name in ("one", "two", "three", "four"))]


def several(growth: float, **more: Any) -> list[Trial]:
    return [trial for variant in SEVERAL for trial in three(variant.name, growth, **more)]


@pytest.mark.parametrize(
    ("code", "trials", "message", "evidence"),
    [
        (
            "below_resolution",
            several(MIB),
            "load_all, one and 3 more grow by less than 2.00 MiB, which can't be told from nothing here",
            {"growth_bytes": MIB, "floor_bytes": 2 * MIB},
        ),
        (
            "garbage_in_cycles",
            several(50 * MIB, garbage=20 * MIB),
            (
                "when load_all, one and 3 more had ended, 20.0 MiB was garbage in reference cycles, which only the "
                "garbage collector frees"
            ),
            {"garbage_bytes": 20 * MIB},
        ),
        (
            "kept_by_allocator",
            several(50 * MIB, kept=20 * MIB),
            (
                "after the last del or return of load_all, one and 3 more the allocator keeps 20.0 MiB that no object "
                "uses any more; trimming gave it back"
            ),
            {"kept_bytes": 20 * MIB, "given_back_by_trimming_bytes": 20 * MIB},
        ),
        (
            "reusable_memory",
            several(20 * MIB, start=StartLevel(LEVEL, LEVEL + 100 * KIB, 3 * MIB), reusable_after_bytes=3 * MIB),
            (
                "up to 3.00 MiB of Python's arenas was already free when load_all, one and 3 more began: small objects "
                "made there don't show in their growth"
            ),
            {"reusable_bytes": 3 * MIB, "growth_bytes": 20 * MIB},
        ),
        (
            "file_backed",
            several(40 * MIB, outcome=of_files(12 * MIB)),
            (
                "12.0 MiB of the peaks of load_all, one and 3 more are pages of files, which the kernel can drop and "
                "read again"
            ),
            {"file_growth_bytes": 12 * MIB, "growth_bytes": 40 * MIB},
        ),
    ],
)
def test_what_is_true_of_several_is_said_once(
    code: str, trials: list[Trial], message: str, evidence: dict[str, Any]
) -> None:
    finding = one(code, findings(SEVERAL, trials))
    assert finding.message == message
    assert finding.variant is None
    assert finding.variants == ("load_all", "one", "two", "three", "four")
    assert finding.evidence["variants"]["four"] == evidence


def test_sizes_of_several_are_a_range_and_causes_are_kept_apart() -> None:
    found = findings(
        SEVERAL,
        three("load_all", 50 * MIB, kept=20 * MIB),
        three("one", 50 * MIB, kept=6 * MIB),
        three("two", 50 * MIB, kept=0, arenas=8 * MIB),
        three("three", 50 * MIB, kept=0),
    )
    kept = [finding for finding in found if finding.code == "kept_by_allocator"]
    assert [finding.variants for finding in kept] == [("load_all", "one"), ("two",)]
    assert kept[0].message == (
        "after the last del or return of load_all and one the allocator keeps 6.00 to 20.0 MiB that no object uses any "
        "more; trimming gave it back"
    )
    assert kept[0].hint != kept[1].hint


def test_the_largest_of_several_is_named() -> None:
    """Of trials, and of variants, in any order."""
    for order in ((1, 5, 3), (5, 1, 3), (3, 1, 5)):
        swapped = [measured("load_all", 50 * MIB, outcome={"swap_bytes": size * MIB}) for size in order]
        assert one("swap", findings([BASE], swapped)).evidence == {"swap_bytes": 5 * MIB}
        left = [measured("load_all", 50 * MIB, outcome={"left_behind": count}) for count in order]
        assert one("left_behind", findings([BASE], left)).evidence == {"processes": 5}
        trees = [
            measured("load_all", 0, outcome={"tree": TreeFigure(LEVEL, LEVEL, LEVEL, LEVEL + 9 * MIB, LEVEL, 1, n, n)})
            for n in order
        ]
        found = findings([BASE], trees)
        assert one("processes_unmeasured", found).message.startswith("5 processes of load_all did not")
        assert one("processes_unreadable", found).evidence == {"processes": 5}
        free = [
            trial
            for variant, size in zip(SEVERAL, order, strict=False)
            for trial in three(
                variant.name, 9 * MIB, start=StartLevel(LEVEL, LEVEL, size * MIB), reusable_after_bytes=size * MIB
            )
        ]
        assert "up to 5.00 MiB of" in one("reusable_memory", findings(SEVERAL, free)).message
        coarse = [
            trial
            for variant, size in zip(SEVERAL, order, strict=False)
            for trial in three(variant.name, 0, outcome={"unseen_growth_bytes": size * MIB})
        ]
        # The floor is twice the resolution with what could have gone unseen.
        assert "grow by less than 10.5 MiB" in one("below_resolution", findings(SEVERAL, coarse)).message


def test_half_of_what_is_kept_given_back_is_no_matter_of_arenas() -> None:
    for kept, arenas, hint in ((11, 10, "malloc_trim"), (10, 11, "arenas")):
        found = findings([BASE], three("load_all", 50 * MIB, kept=kept * MIB, arenas=arenas * MIB))
        assert hint in (one("kept_by_allocator", found).hint or "")


def test_several_that_take_longer() -> None:
    fast = [trial for name, time in (("one", 12.0), ("two", 9.0)) for trial in three(name, 12 * MIB, seconds=time)]
    assert "take 9.00× to 12.0× the time" in one("time_cost", findings(SEVERAL, LOAD_ALL, fast)).message
    same = [trial for name in ("one", "two", "three") for trial in three(name, 12 * MIB, seconds=2.0)]
    assert "one, two and three take 2.00× the time" in one("time_cost", findings(SEVERAL, LOAD_ALL, same)).message
    slow = [trial for name, time in (("one", 1.5), ("two", 3.1)) for trial in three(name, 12 * MIB, seconds=time)]
    finding = one("time_cost", findings(SEVERAL, LOAD_ALL, slow))
    assert finding.message == "one and two take 1.50× to 3.10× the time of load_all"
    assert finding.evidence["variants"]["two"]["time_ratio"] == 3.1


GIVEN = Inputs({"kind": "photos"}, True, (InputFile("/a.jpg", 100),))
CHANGED = Inputs({"kind": "photos"}, False, (InputFile("/a.jpg", 100),))


@pytest.mark.parametrize(
    ("inputs", "options", "hint"),
    [
        (GIVEN, {}, "larger or more inputs (--set) would show more"),
        (CHANGED, {"quick": True}, "the recipe's own inputs are larger: leave out --quick"),
        (CHANGED, {"quick": True, "images": "/pictures"}, "larger or more images would show more"),
        (CHANGED, {"images": "/pictures"}, "larger or more images would show more"),
        (CHANGED, {"settings": {"count": 2}}, "inputs larger than these would show more"),
        (Inputs(None, True, ()), {}, None),
    ],
)
def test_hints_know_what_the_user_did(inputs: Inputs, options: dict[str, Any], hint: str | None) -> None:
    more: dict[str, Any] = {"inputs": inputs, "options": options, "quick": {"count": 2}}
    small = findings([BASE], three("load_all", MIB), **more)
    assert one("below_resolution", small).hint == hint
    close = technique((5, 5, 5), (4, 4, 4), **more)
    assert one("inconclusive", close).hint == hint


def test_without_small_inputs_quick_is_no_reason() -> None:
    small = findings([BASE], three("load_all", MIB), inputs=GIVEN, options={"quick": True})
    assert one("below_resolution", small).hint == "larger or more inputs (--set) would show more"


@pytest.mark.parametrize(
    ("inputs", "options", "hint"),
    [
        (GIVEN, {}, "another library version or machine can be why"),
        (CHANGED, {"quick": True}, "--quick takes small inputs: the recipe's own may show it"),
        (CHANGED, {"settings": {"count": 2}}, "the recipe's own inputs may show it"),
    ],
)
def test_what_is_not_shown_may_be_the_inputs_fault(inputs: Inputs, options: dict[str, Any], hint: str) -> None:
    trap = described("trap", "pitfall", shows=("costs",))
    more: dict[str, Any] = {"inputs": inputs, "options": options}
    not_shown = one("pitfall_not_confirmed", findings([BASE, trap], LOAD_ALL, three("trap", 148 * MIB), **more))
    assert hint in (not_shown.hint or "")
    without = one("technique_without_effect", technique((15, 15, 15), (15, 15, 15), **more))
    costs = one("technique_costs", technique((15, 15, 15), (30, 30, 30), **more))
    assert {without.hint, costs.hint} == {None if inputs.default else hint}


@pytest.mark.parametrize(
    ("inputs", "options", "quick", "hint"),
    [
        (GIVEN, {}, {}, "give it longer with --timeout, or smaller inputs with --set"),
        (GIVEN, {}, {"count": 2}, "give it longer with --timeout, or --quick, or smaller inputs with --set"),
        (CHANGED, {"images": "/pictures"}, {}, "give it longer with --timeout, or fewer or smaller images"),
        (Inputs(None, True, ()), {}, {}, "give it longer with --timeout"),
    ],
)
def test_what_would_need_less(inputs: Inputs, options: dict[str, Any], quick: dict[str, Any], hint: str) -> None:
    late = [failed("load_all", ending="timed_out")]
    assert one("trial_failed", findings([BASE], late, inputs=inputs, options=options, quick=quick)).hint == hint
    short = [failed("load_all", ending="signalled", signal=9, out_of_memory=True)]
    said = one("trial_failed", findings([BASE], short, inputs=inputs, options=options, quick=quick)).hint or ""
    assert said.endswith("raise the limit of the machine or its cgroup")
    assert ("try" in said) is bool(inputs.files)


def test_too_few_trials_of_a_quick_run() -> None:
    finding = one("too_little_data", findings([BASE], LOAD_ALL, options={"trials": 2, "quick": True}))
    assert finding.hint == "without --quick, or with --trials 3 or more, it says how sure it is"


def test_how_wrong_a_result_is() -> None:
    trap = described("trap", "pitfall", shows=("wrong_output",), because="8 bits are too few")
    found = findings(
        [BASE, trap],
        LOAD_ALL,
        three("trap", 12 * MIB, result="[2.0]"),
        agree=psnr_rule(80),
        agreements=[held_against("[1.0]", "[2.0]", psnr_db=49.53)],
    )
    assert one("pitfall_confirmed", found).message == (
        "trap gives a wrong result (49.5 dB where 80 are asked for), because 8 bits are too few"
    )
    exact = findings(
        [BASE, trap],
        LOAD_ALL,
        three("trap", 12 * MIB, result="[2.0]"),
        agreements=[held_against("[1.0]", "[2.0]", psnr_db=49.53, largest_difference=18.4088)],
    )
    assert one("pitfall_confirmed", exact).message == (
        "trap gives a wrong result (off by up to 18.4), because 8 bits are too few"
    )
