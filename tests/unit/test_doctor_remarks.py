"""Remarks: settings that spoil figures, packages in each other's way, rows that samples get wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from fake_machine import ABILITIES, ENVIRONMENT, GIB, KIB, MIB

from memlab.doctor import remarks
from memlab.doctor.expectations import PROGRAMS
from memlab.doctor.packages import installed, opencv_packages
from memlab.model.doctor import MeterReading, ProgramResult
from memlab.model.report import Finding
from memlab.model.run import MissingMeter


def distribution(folder: Path, name: str | None, version: str) -> None:
    info = folder / f"{(name or 'nameless').replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", *([f"Name: {name}"] if name else []), f"Version: {version}", ""]
    (info / "METADATA").write_text("\n".join(lines))


def only(findings: Any) -> Finding:
    (found,) = findings
    assert isinstance(found, Finding)
    return found


def of_environment(**changes: Any) -> list[Finding]:
    return list(remarks.environment_findings(msgspec.structs.replace(ENVIRONMENT, **changes)))


def of_machine(**changes: Any) -> list[Finding]:
    return list(remarks.machine_findings(msgspec.structs.replace(ABILITIES, **changes)))


def test_an_ordinary_machine_gives_no_remarks() -> None:
    assert of_environment() == []
    assert of_machine() == []
    assert list(remarks.package_findings({"numpy": "2.4.6", "opencv-python-headless": "4.11"})) == []


def test_two_opencv_packages_are_found_by_their_metadata_and_cured(tmp_path: Path) -> None:
    distribution(tmp_path, "opencv-python", "4.11.0.86")
    distribution(tmp_path, "opencv_python_headless", "4.10.0.84")
    distribution(tmp_path, "numpy", "2.4.6")
    distribution(tmp_path, "richly-unrelated", "1.0")
    distribution(tmp_path, None, "1.0")
    (tmp_path / "empty-1.0.dist-info").mkdir()
    found = installed([str(tmp_path)])
    assert found == {"numpy": "2.4.6", "opencv-python": "4.11.0.86", "opencv-python-headless": "4.10.0.84"}
    assert opencv_packages(found) == ("opencv-python", "opencv-python-headless")
    remark = only(remarks.package_findings(found))
    assert (remark.code, remark.severity) == ("opencv_twice", "warning")
    assert "opencv-python, opencv-python-headless" in remark.message
    assert remark.hint is not None
    assert remark.hint.startswith(
        "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python-headless "
    )


@pytest.mark.parametrize(
    ("packages", "kept"),
    [
        (("opencv-python", "opencv-contrib-python"), "opencv-contrib-python"),
        (("opencv-python-headless", "opencv-contrib-python"), "opencv-contrib-python-headless"),
    ],
)
def test_the_package_that_is_kept_has_all_that_was_there(packages: tuple[str, ...], kept: str) -> None:
    remark = only(remarks.package_findings(dict.fromkeys(packages, "4.11")))
    assert f"pip install {kept}" in (remark.hint or "").split(" (")[0].partition("&& ")[2]
    assert (remark.hint or "").split(" (")[0].endswith(kept)


def test_settings_that_spoil_figures_are_named_with_their_cure() -> None:
    remark = only(of_environment(settings={"PYTHONMALLOC": "debug"}, unset=("PYTHONMALLOC",)))
    assert (remark.code, remark.severity) == ("setting_unset", "warning")
    assert "PYTHONMALLOC=debug" in remark.message
    assert "unset PYTHONMALLOC" in (remark.hint or "")
    for name in ("PYTHONDEVMODE", "PYTHONTRACEMALLOC"):
        remark = only(of_environment(settings={name: "1"}))
        assert remark.code in remarks.SPOILING
        assert name in remark.message
        assert of_environment(settings={name: "0"}) == []
    assert only(of_environment(settings={"LD_PRELOAD": "libjemalloc.so"})).code == "preloaded"
    assert of_environment(settings={"OMP_NUM_THREADS": "1"}) == []


def test_the_machine_s_settings_are_named() -> None:
    assert only(of_environment(transparent_hugepages="always")).code == "hugepages_always"
    coarse = only(of_environment(resolution_bytes=32 * MIB, cpus_allowed=64, cpus_online=64))
    assert coarse.code == "coarse_resolution"
    assert "taskset" in (coarse.hint or "")
    swap = only(of_machine(swap_used_bytes=3 * GIB))
    assert swap.code == "swap_in_use"
    assert "3.00 GiB" in swap.message
    assert of_machine(swap_used_bytes=None) == []
    folder = only(of_machine(temporary_folder="/dev/shm", temporary_filesystem="tmpfs"))
    assert folder.code == "temporary_folder_in_memory"
    assert "/dev/shm is a tmpfs" in folder.message
    assert "TMPDIR" in (folder.hint or "")
    assert only(of_machine(mark="kernel_whole_life")).code == "mark_not_resettable"
    assert only(of_machine(heap_functions="blind", allocator="jemalloc")).code == "heap_functions_blind"
    assert of_machine(heap_functions="missing") == []


def of_program(name: str, verdict: str, error: int, *, source: str = "kernel", spoiled: bool = False) -> list[Finding]:
    reading = MeterReading(verdict, 655 * KIB, source, 64 * MIB + error, error)
    program = ProgramResult(name, name.upper(), 64 * MIB, {"os": reading})
    return list(remarks.program_findings([program], PROGRAMS, spoiled=spoiled))


def test_a_program_that_is_off_is_an_error_with_its_numbers() -> None:
    remark = only(of_program("numpy_array", "off", 3 * MIB))
    assert (remark.code, remark.severity, remark.variant) == ("program_off", "error", "numpy_array")
    assert "64.0 MiB" in remark.message
    assert "67.0 MiB" in remark.message
    assert "+3.00 MiB" in remark.message
    spoiled = only(of_program("numpy_array", "off", 3 * MIB, spoiled=True))
    assert "warnings below" in (spoiled.hint or "")
    assert of_program("numpy_array", "ok", 96 * KIB) == []


def test_what_samples_get_wrong_is_a_note_with_the_reason() -> None:
    missed = only(of_program("spike", "missed", -20 * MIB, source="sampled"))
    assert (missed.code, missed.severity) == ("beyond_samples", "note")
    assert "samples missed SPIKE by 20.0 MiB: it lasts 5 ms" in missed.message
    doubled = only(of_program("child_process", "doubled", 13 * MIB, source="sampled"))
    assert "overstate CHILD_PROCESS by 13.0 MiB" in doubled.message
    assert "counts twice" in doubled.message


def of_meter(*verdicts: tuple[str, str, int | None], why: str | None = None) -> list[Finding]:
    """Findings on memray, of programs with name, verdict and what it saw."""
    programs = [
        ProgramResult(
            name,
            name.upper(),
            64 * MIB,
            {"memray": MeterReading(verdict, 3 * MIB, None, seen, None if seen is None else seen - 64 * MIB)},
        )
        for name, verdict, seen in verdicts
    ]
    return list(remarks.meter_findings("memray", programs, why))


def test_of_a_meter_that_is_right_nothing_is_said() -> None:
    assert of_meter(("numpy_array", "ok", 64 * MIB)) == []


def test_a_meter_that_must_be_blind_is_a_note_with_its_nature() -> None:
    remark = only(of_meter(("child_process", "blind", 0), ("malloc", "blind", 900), ("numpy_array", "ok", 64 * MIB)))
    assert (remark.code, remark.severity) == ("meter_blind", "note")
    assert remark.message.startswith("memray saw less of 2 of 3 programs than there was, as it must: it follows")
    assert remark.evidence == {"meter": "memray", "programs": ["child_process", "malloc"]}


def test_a_meter_that_missed_what_was_short_is_a_note() -> None:
    remark = only(of_meter(("spike", "missed", MIB)))
    assert (remark.code, remark.severity) == ("meter_missed", "note")
    assert "memray missed SPIKE" in remark.message


def test_a_meter_that_is_off_is_a_warning_with_the_worst_of_it() -> None:
    remark = only(of_meter(("numpy_array", "off", 60 * MIB), ("malloc", "off", 80 * MIB)))
    assert (remark.code, remark.severity) == ("meter_off", "warning")
    assert "MALLOC took 64.0 MiB and memray saw 80.0 MiB: +16.0 MiB, where 3.00 MiB would be allowed" in remark.message
    assert remark.message.endswith("it is off for 2 of 2 programs (NUMPY_ARRAY, MALLOC)")


def test_a_meter_without_figures_is_a_warning_with_the_reason() -> None:
    remark = only(of_meter(("numpy_array", "failed", None), why="memray is not installed"))
    assert (remark.code, remark.severity) == ("meter_failed", "warning")
    assert remark.message == "memray has no figure for 1 of 1 programs (NUMPY_ARRAY): memray is not installed"
    assert only(of_meter(("numpy_array", "failed", None))).message.endswith("(NUMPY_ARRAY)")


def test_a_missing_meter_says_what_to_install() -> None:
    remark = remarks.meter_missing(MissingMeter("memray", "memray is missing; install it with: pip install memray"))
    assert (remark.code, remark.severity, remark.evidence) == ("meter_missing", "note", {"meter": "memray"})
    assert "pip install memray" in remark.message
