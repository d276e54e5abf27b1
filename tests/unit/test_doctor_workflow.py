"""From what trials say to the verdict, with trials that are remembered instead of measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from fake_machine import ENVIRONMENT, KIB, MIB

from memlab.doctor import expectations
from memlab.doctor.expectations import Program
from memlab.model.doctor import DoctorReport, ProgramResult
from memlab.model.trial import EndStates, MeterFigures, Outcome, RecipeFailure, Reply, StartLevel, TreeFigure
from memlab.plan import METERS
from memlab.runner.progress import Silent
from memlab.runner.replay import ReplayingExecutor
from memlab.workflow import choice, doctor, doctor_meters
from memlab.workflow.doctor import examine_with

LEVEL = 20 * MIB
BLOCK = Program("block", "block", 64 * MIB)
LAST = Program("last", "last spike", 64 * MIB, missed_by_samples="it is late", ends_the_process=True)
CHILD = Program("child", "child", 64 * MIB, doubled_by_samples="it shares", has_children=True)
PICTURE = Program("picture", "picture", 64 * MIB, needs=("PIL", "json"))
EXITED = Outcome(ending="exited", seconds=0.1, reached="ended", exit_code=0, source="kernel", level_bytes=LEVEL)


@pytest.fixture(autouse=True)
def machine_with_exact_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "describe_host", lambda: ENVIRONMENT)
    monkeypatch.setattr(doctor, "available_memory_bytes", lambda: 8 << 30)
    monkeypatch.setattr(doctor_meters, "available_memory_bytes", lambda: 8 << 30)
    monkeypatch.setattr(choice.libraries, "missing", lambda modules: tuple(set(modules) & {"no_such_module"}))


def measured(growth: int, source: str = "kernel") -> Reply:
    return Reply(
        status="measured",
        meter="os",
        source=source,
        start=StartLevel(LEVEL, LEVEL, 0),
        seconds=0.05,
        peak_bytes=LEVEL + growth,
        end_states=EndStates(LEVEL, LEVEL, LEVEL, LEVEL, LEVEL),
        libraries={"numpy": "2.4.6"},
        allocator="glibc 2.36",
    )


def failed(**failure: Any) -> Reply:
    return Reply(status="failed", meter="os", source="kernel", failure=RecipeFailure(kind="error", **failure))


def examine(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *programs: tuple[Program, Outcome, Reply | None],
    source: str = "kernel",
    beside: dict[str, list[tuple[Outcome, Reply | None]]] | None = None,
) -> tuple[DoctorReport, int, ReplayingExecutor]:
    """Of each program the trial by the headline meter, and those by the others, in their order, if there are any."""
    monkeypatch.setattr(expectations, "PROGRAMS", tuple(program for program, _, _ in programs))
    others = beside or {}
    executor = ReplayingExecutor(
        {program.name: [(outcome, reply), *others.get(program.name, [])] for program, outcome, reply in programs}
    )
    meters = METERS if others else ("os",)
    report, code = examine_with(executor, source, folder, Silent(), meters)
    return report, code, executor


def only(report: DoctorReport) -> ProgramResult:
    (program,) = report.programs
    return program


def test_a_figure_within_the_tolerance_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB + 100 * KIB)))
    assert (code, report.trusted, report.abilities.mark) == (0, True, "kernel")
    reading = only(report).readings["os"]
    assert (reading.verdict, reading.error_bytes, reading.seen_bytes) == ("ok", 100 * KIB, 64 * MIB + 100 * KIB)
    assert report.environment.allocator == report.abilities.allocator == "glibc 2.36"
    assert report.environment.libraries == {"numpy": "2.4.6"}


@pytest.mark.parametrize("error", [-MIB, MIB])
def test_a_figure_beyond_it_ends_with_three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: int) -> None:
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB + error)))
    assert (code, report.trusted, only(report).readings["os"].verdict) == (3, False, "off")
    assert report.findings[0].code == "program_off"


def test_the_weakest_source_is_the_machine_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = msgspec.structs.replace(EXITED, source="kernel_whole_life")
    other = Program("other", "other", 64 * MIB)
    report, code, _ = examine(
        monkeypatch,
        tmp_path,
        (BLOCK, whole, measured(64 * MIB, "kernel_whole_life")),
        (other, EXITED, measured(64 * MIB)),
    )
    assert (code, report.abilities.mark) == (0, "kernel_whole_life")
    assert "mark_not_resettable" in [finding.code for finding in report.findings]


def test_the_last_spike_is_read_from_the_process_s_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ended = msgspec.structs.replace(
        EXITED, reached="running", peak_bytes=LEVEL + MIB, last_gap_bytes=LEVEL + 64 * MIB - 128 * KIB
    )
    report, code, _ = examine(monkeypatch, tmp_path, (LAST, ended, None))
    assert (code, only(report).readings["os"].error_bytes) == (0, -128 * KIB)

    sampled = msgspec.structs.replace(ended, source="sampled")
    lasting = (BLOCK, msgspec.structs.replace(EXITED, source="sampled"), measured(64 * MIB, "sampled"))
    report, code, _ = examine(monkeypatch, tmp_path, lasting, (LAST, sampled, None), source="psutil")
    reading = report.programs[1].readings["os"]
    assert (code, reading.verdict, reading.seen_bytes) == (0, "missed", MIB)
    assert [finding.code for finding in report.findings] == ["beyond_samples"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ending": "signalled", "exit_code": None, "signal": 11},
        {"exit_code": 1},
        {"reached": "started"},
        {"ending": "timed_out", "exit_code": None},
    ],
)
def test_a_last_spike_that_ended_otherwise_has_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any]
) -> None:
    ended = {"reached": "running", "peak_bytes": LEVEL, "last_gap_bytes": LEVEL + 64 * MIB} | changes
    report, code, _ = examine(monkeypatch, tmp_path, (LAST, msgspec.structs.replace(EXITED, **ended), None))
    assert (code, only(report).readings["os"].verdict) == (3, "failed")


def test_a_tree_is_judged_by_its_estimate_and_read_and_reset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tree = TreeFigure(LEVEL, LEVEL, LEVEL + 50 * MIB, LEVEL + 64 * MIB, LEVEL + 90 * MIB, 1, 0, 0)
    outcome = msgspec.structs.replace(EXITED, tree=tree, unseen_growth_bytes=MIB)
    report, code, executor = examine(
        monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), (CHILD, outcome, measured(MIB))
    )
    reading = report.programs[1].readings["os"]
    assert (code, reading.error_bytes) == (0, 0)
    assert (reading.lower_bytes, reading.upper_bytes) == (50 * MIB, 90 * MIB)
    assert reading.tolerance_bytes == MIB + 248 * KIB
    assert executor.asked == [("block", False, False), ("child", False, True)]


def test_a_swapped_program_has_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    swapped = msgspec.structs.replace(EXITED, swap_bytes=5 * MIB)
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, swapped, measured(64 * MIB)))
    assert (code, only(report).readings["os"].verdict) == (3, "failed")
    assert "5.00 MiB of block was swapped out" in report.findings[0].message


def test_without_room_nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "available_memory_bytes", lambda: 100 * MIB)
    report, code, executor = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)))
    assert (code, only(report).readings["os"].verdict, executor.asked) == (3, "failed", [])
    assert "only 100 MiB are free" in report.findings[0].message


def test_what_raised_has_failed_and_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reply = failed(stage="run", type="OSError", message="no mapping")
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, reply))
    assert (code, only(report).readings["os"].verdict) == (3, "failed")
    assert report.findings[0].message == "block raised OSError: no mapping"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("libxcb.so.1: cannot open shared object file: No such file or directory", "libxcb.so.1"),
        ("it is broken\x1b[31m", "can't be imported"),
    ],
)
def test_a_library_that_cannot_load_is_passed_over_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, message: str, said: str
) -> None:
    reply = failed(stage="warm_up", type="ImportError", message=message)
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), (PICTURE, EXITED, reply))
    assert code == 0
    assert report.programs[1].readings == {}
    assert report.programs[1].passed_over == "json can't be imported"
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("library_unusable", "warning")
    assert said in finding.message


def test_a_missing_library_passes_its_program_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    absent = Program("absent", "absent", 64 * MIB, needs=("no_such_module",))
    report, code, executor = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), (absent, EXITED, None))
    assert (code, executor.asked) == (0, [("block", False, False)])
    assert "no_such_module is missing" in (report.programs[1].passed_over or "")


def by_meter(peak: int | None, note: str | None = None) -> tuple[Outcome, Reply]:
    return EXITED, msgspec.structs.replace(measured(0), figures=MeterFigures(peak, note=note))


def codes(report: DoctorReport) -> list[str]:
    return [finding.code for finding in report.findings]


def test_each_meter_has_its_reading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = [by_meter(64 * MIB - 3 * MIB), by_meter(64 * MIB), by_meter(65 * MIB)]
    report, code, executor = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), beside={"block": seen})
    assert (code, report.meters, report.findings) == (0, METERS, ())
    readings = only(report).readings
    assert {meter: (one.verdict, one.error_bytes) for meter, one in readings.items()} == {
        "os": ("ok", 0),
        "tracemalloc": ("ok", -3 * MIB),  # within 5 %
        "memray": ("ok", 0),
        "memory_profiler": ("ok", MIB),
    }
    assert len(executor.asked) == 4


def test_what_a_meter_cannot_see_is_its_nature_and_no_reason_for_distrust(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hidden = Program("hidden", "hidden block", 64 * MIB, unseen_by=("tracemalloc",))
    seen = [by_meter(1000), by_meter(64 * MIB), by_meter(64 * MIB)]
    report, code, _ = examine(monkeypatch, tmp_path, (hidden, EXITED, measured(64 * MIB)), beside={"hidden": seen})
    assert (code, report.trusted, only(report).readings["tracemalloc"].verdict) == (0, True, "blind")
    (finding,) = report.findings
    assert (finding.code, finding.severity, finding.evidence["programs"]) == ("meter_blind", "note", ["hidden"])
    assert "tracemalloc saw less of 1 of 1 programs" in finding.message


def test_a_meter_that_is_off_by_more_than_its_nature_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = [by_meter(60 * MIB), by_meter(68 * MIB), by_meter(64 * MIB)]
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), beside={"block": seen})
    assert (code, report.trusted) == (0, True)
    assert {meter: one.verdict for meter, one in only(report).readings.items()} == {
        "os": "ok", "tracemalloc": "off", "memray": "off", "memory_profiler": "ok",
    }  # fmt: skip
    assert [(finding.code, finding.severity) for finding in report.findings] == [("meter_off", "warning")] * 2
    assert "block took 64.0 MiB and tracemalloc saw 60.0 MiB" in report.findings[0].message


def test_a_meter_without_a_figure_has_failed_and_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = [
        by_meter(64 * MIB),
        by_meter(None, "memray is not installed"),
        (EXITED, failed(stage="run", type="OSError", message="no pipe")),
    ]
    report, code, _ = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), beside={"block": seen})
    assert (code, codes(report)) == (0, ["meter_failed", "meter_failed"])
    assert report.findings[0].message.endswith("(block): memray is not installed")
    assert report.findings[1].message.endswith("block raised OSError: no pipe")


def test_a_process_that_ends_at_once_leaves_other_meters_without_a_figure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    last = Program("last", "last spike", 64 * MIB, ends_the_process=True, unseen_by=METERS[1:])
    ended = msgspec.structs.replace(EXITED, reached="running", last_gap_bytes=LEVEL + 64 * MIB, peak_bytes=LEVEL)
    crashed = msgspec.structs.replace(ended, ending="signalled", exit_code=None, signal=11)
    report, code, _ = examine(
        monkeypatch, tmp_path, (last, ended, None), beside={"last": [(ended, None), (ended, None), (crashed, None)]}
    )
    assert code == 0
    verdicts = {meter: (one.verdict, one.seen_bytes) for meter, one in only(report).readings.items() if meter != "os"}
    assert verdicts == {"tracemalloc": ("blind", None), "memray": ("blind", None), "memory_profiler": ("failed", None)}


def test_a_meter_that_is_not_installed_has_no_column(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choice.libraries, "missing", lambda modules: tuple(set(modules) & {"memray"}))
    seen = [by_meter(64 * MIB), by_meter(64 * MIB)]
    report, code, executor = examine(monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), beside={"block": seen})
    assert (code, report.meters) == (0, ("os", "tracemalloc", "memory_profiler"))
    assert len(executor.asked) == 3
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("meter_missing", "note")
    assert "pip install memray" in finding.message


def test_what_the_headline_meter_could_not_run_no_other_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reply = failed(stage="warm_up", type="ImportError", message="broken")
    report, _, executor = examine(
        monkeypatch, tmp_path, (PICTURE, EXITED, reply), beside={"picture": [by_meter(64 * MIB)]}
    )
    assert (only(report).readings, len(executor.asked)) == ({}, 1)


def test_without_room_a_meter_s_trial_is_not_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor_meters, "available_memory_bytes", lambda: 200 * MIB)
    report, code, executor = examine(
        monkeypatch, tmp_path, (BLOCK, EXITED, measured(64 * MIB)), beside={"block": [by_meter(64 * MIB)]}
    )
    assert (code, len(executor.asked)) == (0, 1)
    assert {one.verdict for meter, one in only(report).readings.items() if meter != "os"} == {"failed"}
    assert "only 200 MiB are free" in report.findings[0].message
