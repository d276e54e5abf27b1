"""What is right, what is off, and what samples may be wrong about; and the sentence made of it."""

from __future__ import annotations

import pytest

from memlab.doctor import programs
from memlab.doctor.expectations import NATURES, PROGRAMS, Program, python_objects_bytes
from memlab.doctor.judgement import headline, judge, judge_beside, tolerance_bytes
from memlab.model.doctor import MeterReading, ProgramResult

KIB, MIB = 1 << 10, 1 << 20
LASTING = Program("lasting", "lasting block", 64 * MIB)
SPIKE = Program("spike", "short spike", 64 * MIB, missed_by_samples="it is short")
CHILD = Program("child", "child process", 64 * MIB, doubled_by_samples="it shares pages")


@pytest.mark.parametrize(
    ("allocated", "resolution", "unseen", "expected"),
    [
        (64 * MIB, 248 * KIB, 0, round(0.64 * MIB)),  # 1 %
        (10 * MIB, 248 * KIB, 0, 512 * KIB),  # never less than 0.5 MiB
        (64 * MIB, 32 * MIB, 0, 32 * MIB),  # a machine of many processors
        (64 * MIB, 600 * KIB, 200 * KIB, 800 * KIB),  # what could have gone unseen counts as well
    ],
)
def test_tolerance_is_the_larger_of_one_percent_and_the_resolution(
    allocated: int, resolution: int, unseen: int, expected: int
) -> None:
    assert tolerance_bytes(allocated, resolution, unseen) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("program", "seen", "source", "verdict"),
    [
        (LASTING, 64 * MIB + 655 * KIB, "kernel", "ok"),
        (LASTING, 64 * MIB - 655 * KIB, "kernel", "ok"),
        (LASTING, 64 * MIB + 656 * KIB, "kernel", "off"),
        (LASTING, 64 * MIB - 656 * KIB, "kernel", "off"),
        (LASTING, 60 * MIB, "sampled", "off"),
        (SPIKE, 0, "sampled", "missed"),
        (SPIKE, 0, "kernel", "off"),
        (SPIKE, 0, "kernel_whole_life", "off"),
        (SPIKE, 80 * MIB, "sampled", "off"),
        (CHILD, 80 * MIB, "sampled", "doubled"),
        (CHILD, 50 * MIB, "sampled", "off"),
        (CHILD, 80 * MIB, "kernel", "off"),
    ],
)
def test_samples_are_forgiven_only_what_they_cannot_see(program: Program, seen: int, source: str, verdict: str) -> None:
    reading = judge(program, seen, source=source, resolution_bytes=248 * KIB)
    assert reading.verdict == verdict
    assert reading.error_bytes == seen - 64 * MIB


HIDDEN = Program("hidden", "hidden block", 64 * MIB, unseen_by=("tracemalloc",))
LAST = Program("last", "last spike", 64 * MIB, unseen_by=("tracemalloc", "memray"), ends_the_process=True)


@pytest.mark.parametrize(
    ("program", "meter", "seen", "verdict"),
    [
        (LASTING, "tracemalloc", 61 * MIB, "ok"),  # within 5 %
        (LASTING, "tracemalloc", 60 * MIB, "off"),
        (LASTING, "memray", 68 * MIB, "off"),
        (LASTING, "memray", None, "failed"),
        (HIDDEN, "tracemalloc", 0, "blind"),
        (HIDDEN, "tracemalloc", 32 * MIB, "blind"),
        (HIDDEN, "tracemalloc", 62 * MIB, "ok"),
        (HIDDEN, "tracemalloc", 80 * MIB, "off"),  # to be blind is no reason for seeing more
        (HIDDEN, "tracemalloc", None, "failed"),
        (HIDDEN, "memray", 0, "off"),
        (SPIKE, "memory_profiler", 0, "missed"),
        (SPIKE, "memory_profiler", 80 * MIB, "off"),
        (SPIKE, "memray", 0, "off"),
        (LAST, "memray", None, "blind"),
        (LAST, "memory_profiler", None, "failed"),
    ],
)
def test_other_meters_are_forgiven_what_their_kind_cannot_see(
    program: Program, meter: str, seen: int | None, verdict: str
) -> None:
    reading = judge_beside(program, meter, seen, resolution_bytes=248 * KIB, ended_as_meant=True)
    assert reading.verdict == verdict
    assert reading.error_bytes == (None if seen is None else seen - 64 * MIB)


def test_a_process_that_ended_otherwise_than_meant_is_a_failure_of_every_meter() -> None:
    assert judge_beside(LAST, "memray", None, resolution_bytes=0, ended_as_meant=False).verdict == "failed"


def result(title: str, verdict: str, error: int | None = 0) -> ProgramResult:
    seen = None if error is None else 64 * MIB + error
    reading = MeterReading(verdict, 655 * KIB, "kernel", seen, error)
    return ProgramResult(title, title, 64 * MIB, {"os": reading})


PASSED_OVER = ProgramResult("gone", "gone", 64 * MIB, passed_over="it is missing")


def test_the_sentence_names_the_largest_error_of_those_that_count() -> None:
    sentence, trusted = headline([result("a", "ok", 96 * KIB), result("b", "ok", -128 * KIB), PASSED_OVER], "kernel")
    assert trusted
    assert sentence == (
        "The kernel's high-water mark can be trusted here: 2 programs of known memory came out within 128 KiB."
    )


def test_the_sentence_names_what_is_off_before_what_failed() -> None:
    results = [result("a", "ok"), result("b", "off", -2 * MIB), result("c", "off", MIB), result("d", "failed", None)]
    sentence, trusted = headline(results, "kernel")
    assert not trusted
    assert "2 of 4 programs" in sentence
    assert "(b) by -2.00 MiB where 655 KiB would be allowed" in sentence


def test_a_program_that_failed_withholds_the_trust() -> None:
    sentence, trusted = headline([result("a", "ok"), result("d", "failed", None)], "kernel")
    assert not trusted
    assert "1 of 2 programs failed (d)" in sentence


def test_nothing_run_is_nothing_trusted() -> None:
    assert headline([PASSED_OVER], "kernel")[1] is False
    assert headline([], "sampled")[1] is False


def test_of_samples_the_sentence_promises_only_what_lasts() -> None:
    results = [result("a", "ok", 4 * KIB), result("spike", "missed", -9 * MIB), result("child", "doubled", 9 * MIB)]
    sentence, trusted = headline(results, "sampled")
    assert trusted
    assert sentence.startswith("Sampling can be trusted here for what lasts: 1 program of known memory")
    assert sentence.endswith("it was wrong about 2 (spike, child).")


def test_a_mark_that_cannot_be_reset_is_said() -> None:
    sentence, trusted = headline([result("a", "ok")], "kernel_whole_life")
    assert trusted
    assert "can't be reset" in sentence


def test_the_table_and_the_programs_are_the_same() -> None:
    variants = programs.recipe.variants
    assert [program.name for program in PROGRAMS] == list(variants)
    for program in PROGRAMS:
        assert set(variants[program.name].needs) <= set(program.needs)


def test_every_blind_spot_is_a_meter_s_and_has_its_reason() -> None:
    blind = {meter for program in PROGRAMS for meter in program.unseen_by}
    assert blind == set(NATURES) == {"tracemalloc", "memray", "memory_profiler"}


def test_small_objects_are_reckoned_by_the_allocator_in_use() -> None:
    default = python_objects_bytes({})
    # 4,000 full pools of 16 KiB, and 124,000 pointers.
    assert default == 4000 * 16384 + 124_000 * 8
    assert python_objects_bytes({"PYTHONMALLOC": "pymalloc"}) == default
    assert python_objects_bytes({"PYTHONMALLOC": "malloc"}) == 124_000 * (528 + 8)
    # memlab takes it away for its trials
    assert python_objects_bytes({"PYTHONMALLOC": "debug"}) == default
