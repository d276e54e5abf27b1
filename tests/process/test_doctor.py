"""`memlab doctor` on this machine: real programs, real processes."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import Place, RunMemlab

from memlab.doctor import expectations
from memlab.model.doctor import DoctorReport, decode_doctor
from memlab.plan import METERS
from memlab.runner.progress import Silent
from memlab.workflow.doctor import examine

KIB, MIB = 1 << 10, 1 << 20
SPOILING = ("PYTHONMALLOC", "PYTHONDEVMODE", "PYTHONTRACEMALLOC", "MALLOC_PERTURB_", "PYTHONPATH")

if sys.platform != "linux":
    pytest.skip("the kernel's high-water mark is Linux's", allow_module_level=True)


@pytest.fixture(autouse=True)
def plain_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in SPOILING:
        monkeypatch.delenv(name, raising=False)
    return place


def choose(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> None:
    """Leave one program, changed."""
    (program,) = [one for one in expectations.PROGRAMS if one.name == name]
    monkeypatch.setattr(expectations, "PROGRAMS", (dataclasses.replace(program, **changes),))


def verdicts(report: DoctorReport) -> dict[str, str]:
    return {one.name: "" if one.passed_over else one.readings["os"].verdict for one in report.programs}


@pytest.mark.slow
def test_every_program_comes_out_as_what_it_allocated(memlab: RunMemlab) -> None:
    ended = memlab("doctor", "--json")
    assert (ended.code, ended.err) == (0, "")
    report = decode_doctor(ended.out.encode())
    assert report.trusted
    found = verdicts(report)
    assert len(found) == 12
    passed_over = {name for name, verdict in found.items() if not verdict}
    assert passed_over <= {"opencv_images"}
    assert {verdict for verdict in found.values() if verdict} == {"ok"}
    for program in report.programs:
        if program.passed_over:
            continue
        reading = program.readings["os"]
        assert reading.source == "kernel"
        assert reading.seen_bytes is not None
        assert abs(reading.seen_bytes - program.allocated_bytes) <= reading.tolerance_bytes
        assert reading.tolerance_bytes >= 512 * KIB
    assert report.meters == METERS
    beside = {
        meter: {one.name: one.readings[meter].verdict for one in report.programs if not one.passed_over}
        for meter in METERS[1:]
    }
    ends, child = {"spike_before_exit"}, {"child_process"}
    assert {name for name, verdict in beside["tracemalloc"].items() if verdict == "ok"} == {
        "python_objects", "numpy_array",
    }  # fmt: skip
    assert set(beside["tracemalloc"].values()) == {"ok", "blind"}
    blind = {name for name, verdict in beside["memray"].items() if verdict != "ok"}
    assert blind == ends | child | {"malloc", "call_holding_the_gil"}
    assert set(beside["memray"].values()) == {"ok", "blind"}
    # What is short it sees by luck, and what ends at once or is another process not at all.
    by_luck = {name for name, verdict in beside["memory_profiler"].items() if verdict == "missed"}
    assert by_luck <= {"spike", "call_holding_the_gil"}
    assert {name for name, verdict in beside["memory_profiler"].items() if verdict == "blind"} == ends | child
    assert "off" not in beside["memory_profiler"].values()
    for program in report.programs:
        if program.name == "pillow_image":
            assert (program.readings["tracemalloc"].seen_bytes or 0) < 512 * KIB
    assert report.packages["numpy"] == report.environment.libraries["numpy"]
    assert json.loads(ended.out)["format"] == "memlab.doctor"


@pytest.mark.slow
def test_what_samples_get_wrong_is_a_remark(memlab: RunMemlab) -> None:
    ended = memlab("doctor", "--source", "psutil")
    assert ended.code == 0, ended.out
    assert ended.out.startswith("Sampling can be trusted here for what lasts: ")
    verdicts = re.findall(r"^(\S.*?)  .*  (ok|missed|doubled|off|failed|not run) ", ended.out, flags=re.MULTILINE)
    assert len(verdicts) == 12
    wrong = {title: verdict for title, verdict in verdicts if verdict not in ("ok", "not run")}
    assert wrong["child process"] == "doubled"
    # Now and then a sample falls on a spike: which of them are missed is not the same every time.
    missed = set(wrong) - {"child process"}
    assert missed <= {"spike before os._exit", "spike of 5 ms", "C call that holds the GIL"}
    assert {wrong[title] for title in missed} <= {"missed"}
    notes = [line for line in ended.out.splitlines() if line.startswith("note: samples ")]
    assert len(notes) == len(wrong)
    assert all(any(title in note for note in notes) for title in wrong)
    count = 12 - [verdict for _, verdict in verdicts].count("not run")
    assert f"memlab: trial 1 of {count * len(METERS)}: Python objects" in ended.err
    assert "Python objects, memray" in ended.err


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_wrong_expectation_is_noticed(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    choose(monkeypatch, "anonymous_mapping", allocated_bytes=round(64 * MIB * factor))
    report, code = examine("kernel", Silent())
    assert (code, report.trusted) == (3, False)
    assert verdicts(report) == {"anonymous_mapping": "off"}
    assert report.findings[0].code == "program_off"


def test_a_library_that_cannot_load_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    broken = place.folder / "broken"
    (broken / "cv2").mkdir(parents=True)
    (broken / "cv2" / "__init__.py").write_text(
        'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")\n'
    )
    for name in ("opencv-python", "opencv-contrib-python-headless"):
        info = broken / f"{name.replace('-', '_')}-4.11.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.11.0\n")
    monkeypatch.syspath_prepend(broken)
    monkeypatch.setenv("PYTHONPATH", str(broken))
    choose(monkeypatch, "opencv_images")
    report, _ = examine("kernel", Silent())
    assert report.programs[0].passed_over == "cv2 can't be imported"
    found = {finding.code: finding for finding in report.findings}
    assert "libgl1" in found["library_unusable"].message
    assert {"opencv-python", "opencv-contrib-python-headless"} <= set(found["opencv_twice"].evidence["packages"])


def test_settings_that_spoil_figures_are_taken_away_or_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(monkeypatch, "python_objects")
    monkeypatch.setenv("PYTHONMALLOC", "debug")
    monkeypatch.setenv("MALLOC_PERTURB_", "165")
    report, code = examine("kernel", Silent())
    assert (code, verdicts(report)) == (0, {"python_objects": "ok"})
    assert [one.evidence["setting"] for one in report.findings if one.code == "setting_unset"] == [
        "MALLOC_PERTURB_",
        "PYTHONMALLOC",
    ]
    monkeypatch.delenv("PYTHONMALLOC")
    monkeypatch.setenv("PYTHONTRACEMALLOC", "1")
    report, code = examine("kernel", Silent())
    assert (code, verdicts(report)) == (3, {"python_objects": "off"})
    assert "setting_spoils" in [finding.code for finding in report.findings]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no /dev/shm")
def test_a_temporary_folder_in_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, "file_mapping")
    monkeypatch.setenv("TMPDIR", "/dev/shm")
    report, code = examine("kernel", Silent())
    assert code == 0
    assert "temporary_folder_in_memory" in [finding.code for finding in report.findings]


STARVED = """
import threading, time
from memlab.doctor.programs import SIZE_BYTES, Order, call_holding_the_gil, recipe

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

seen, over = [], False

def sample():
    while not over:
        seen.append(resident())
        time.sleep(0.001)

call_holding_the_gil(Order(65536, None))
thread = threading.Thread(target=sample)
thread.start()
time.sleep(0.05)
level = resident()
call_holding_the_gil(Order(SIZE_BYTES, "a file"))
over = True
thread.join()
with open("/proc/self/status") as file:
    peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
print(peak - level, max(seen) - level, len(seen))
"""


def test_a_sampler_in_the_process_starves_during_the_call() -> None:
    """What makes the row worth having: without it nothing would tell a meter that samples from a thread."""
    done = subprocess.run([sys.executable, "-c", STARVED], capture_output=True, text=True, timeout=60, check=True)
    peak, seen, samples = map(int, done.stdout.split())
    assert samples > 10
    assert peak >= 63 * MIB
    assert seen < 8 * MIB
