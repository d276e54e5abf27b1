"""The examination on a terminal and as a document."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from fake_machine import ABILITIES, ENVIRONMENT, KIB, MIB

from memlab.errors import DocumentError
from memlab.model.doctor import DoctorReport, MeterReading, ProgramResult, decode_doctor, encode_doctor
from memlab.model.report import Finding
from memlab.render.doctor import render_doctor
from memlab.render.layout import cell_width

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SENTENCE = "The kernel's high-water mark can be trusted here: 2 programs of known memory came out within 128 KiB."


def program(title: str, verdict: str, error: int | None) -> ProgramResult:
    seen = None if error is None else 64 * MIB + error
    return ProgramResult(title, title, 64 * MIB, {"os": MeterReading(verdict, 655 * KIB, "kernel", seen, error)})


REPORT = DoctorReport(
    memlab_version="0.1.0",
    created="2026-01-01T00:00:00+00:00",
    source="kernel",
    sentence=SENTENCE,
    trusted=True,
    environment=msgspec.structs.replace(ENVIRONMENT, settings={"OMP_NUM_THREADS": "1"}),
    meters=("os",),
    programs=(
        program("numpy array", "ok", 96 * KIB),
        program("spike of 5 ms", "ok", -128 * KIB),
        program("C call that holds the GIL", "off", 3 * MIB),
        program("child process", "failed", None),
        ProgramResult("opencv", "OpenCV images", 64 * MIB, passed_over="cv2 (OpenCV) is missing; install it"),
    ),
    abilities=ABILITIES,
    packages={"numpy": "2.4.6", "opencv-contrib-python-headless": "4.11.0.86"},
    findings=(
        Finding("beyond_samples", "note", None, "a note comes last"),
        Finding("preloaded", "error", None, "an error comes first", "and this is its cure"),
    ),
)


def render(report: DoctorReport = REPORT, width: int = 100, colour: bool = False, unicode: bool = True) -> str:
    return render_doctor(report, width=width, colour=colour, unicode=unicode)


def test_the_verdict_comes_first_and_the_table_shows_each_program() -> None:
    text = render()
    lines = text.splitlines()
    assert " ".join(text.partition("\n\n")[0].split()) == SENTENCE
    rows = {line.split("  ")[0]: line.split() for line in lines}
    assert rows["numpy array"][2:] == ["64.0", "MiB", "64.1", "MiB", "+96.0", "KiB", "ok"]
    assert rows["spike of 5 ms"][4:] == ["64.0", "MiB", "63.9", "MiB", "-128", "KiB", "ok"]
    assert rows["C call that holds the GIL"][-1] == "off"
    assert rows["child process"][-3:] == ["–", "–", "failed"]
    assert rows["OpenCV images"][-2:] == ["passed", "over"]
    assert lines[lines.index(next(line for line in lines if line.startswith("OpenCV"))) + 1] == (
        "    cv2 (OpenCV) is missing; install it"
    )


def test_facts_versions_and_remarks_follow() -> None:
    text = render()
    for said in ("248 KiB (2 CPUs", "none can be made for a trial", "/tmp (ext4)", "OMP_NUM_THREADS=1", "4.11.0.86"):
        assert said in text
    assert text.index("error: an error comes first") < text.index("  → and this is its cure")
    assert text.index("and this is its cure") < text.index("note: a note comes last")


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int, unicode: bool) -> None:
    text = render(width=width, unicode=unicode)
    assert max(map(cell_width, text.splitlines())) <= width
    assert unicode or text.isascii()
    for shown in REPORT.programs:
        assert "".join(shown.title.split()) in "".join(text.split())


def test_colour_adds_nothing_but_colour() -> None:
    report = msgspec.structs.replace(REPORT, trusted=False)
    assert "\x1b" in render(report, colour=True)
    assert COLOURS.sub("", render(report, colour=True)) == render(report)


def test_a_column_for_each_meter() -> None:
    reading = MeterReading("off", 655 * KIB, None, MIB, -63 * MIB)
    blind = msgspec.structs.replace(REPORT.programs[0], readings={**REPORT.programs[0].readings, "other": reading})
    text = render(msgspec.structs.replace(REPORT, meters=("os", "other"), programs=(blind,)), width=120)
    heading, row = text.split("\n\n")[1].splitlines()
    assert heading.split() == ["program", "allocated", "os", "saw", "error", "other", "saw", "error"]
    assert row.split()[-5:] == ["1.00", "MiB", "-63.0", "MiB", "off"]
    stacked = render(msgspec.structs.replace(REPORT, meters=("os", "other"), programs=(blind,)), width=40)
    assert "other saw 1.00 MiB" in stacked


def test_what_others_named_does_the_terminal_no_harm() -> None:
    evil = "\x1b[31m\u202eevil\n"
    report = msgspec.structs.replace(
        REPORT,
        environment=msgspec.structs.replace(ENVIRONMENT, settings={"LD_PRELOAD": evil}),
        abilities=msgspec.structs.replace(ABILITIES, temporary_folder=f"/{evil}", allocator=evil),
        packages={"numpy": evil},
        findings=(Finding("preloaded", "note", None, evil, evil),),
        programs=(msgspec.structs.replace(REPORT.programs[-1], passed_over=evil),),
    )
    for width in (40, 100):
        text = render(report, width=width)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\\x1b[31m\\u202eevil\\n" in "".join(line.strip() for line in text.splitlines())


def test_the_document_reads_back() -> None:
    content = encode_doctor(REPORT)
    envelope = json.loads(content)
    assert (envelope["format"], envelope["version"]) == ("memlab.doctor", 1)
    assert decode_doctor(content) == REPORT
    envelope["programs"][0]["readings"]["os"]["seen_bytes"] = "much"
    with pytest.raises(DocumentError, match="seen_bytes"):
        decode_doctor(json.dumps(envelope).encode())
