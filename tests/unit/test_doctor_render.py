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
    assert rows["OpenCV images"][-2:] == ["not", "run"]
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


METERS = ("os", "tracemalloc", "memray", "memory_profiler")


def beside(verdict: str, seen: int | None) -> MeterReading:
    return MeterReading(verdict, 3 * MIB, None, seen, None if seen is None else seen - 64 * MIB)


def with_meters(*verdicts: tuple[str, int | None], headline: str = "ok") -> DoctorReport:
    first = program("C call that holds the GIL", headline, 96 * KIB)
    readings = first.readings | {meter: beside(*found) for meter, found in zip(METERS[1:], verdicts, strict=True)}
    return msgspec.structs.replace(
        REPORT, meters=METERS, programs=(msgspec.structs.replace(first, readings=readings), REPORT.programs[-1])
    )


SEEN = with_meters(("blind", 832), ("off", 70 * MIB), ("missed", 20 * MIB), headline="doubled")


def table(report: DoctorReport, width: int, **options: bool) -> list[str]:
    return render(report, width, **options).split("\n\n")[1].splitlines()


def test_at_100_columns_the_headline_meter_has_its_error_and_each_other_one_column() -> None:
    above, headings, row, passed_over, why, legend = table(SEEN, 100)
    assert above.split() == ["trace-", "memory_"]
    assert headings.split() == ["program", "allocated", "os", "saw", "error", "malloc", "memray", "profiler"]
    assert row.split()[6:] == [
        "64.0", "MiB", "64.1", "MiB", "+96.0", "KiB", "doubled", "<832", "B", "!70.0", "MiB", "<20.0", "MiB",
    ]  # fmt: skip
    assert passed_over.split()[2:] == ["64.0", "MiB", "–", "–", "not", "run", "–", "–", "–"]
    assert why == "    cv2 (OpenCV) is missing; install it"
    assert legend == "< less than there was, as such a meter must · ! wrong"


def test_at_80_columns_the_headline_meter_has_one_too() -> None:
    headings, row = table(SEEN, 80)[1:3]
    assert headings.split() == ["program", "allocated", "os", "malloc", "memray", "profiler"]
    assert row.split()[6:] == ["64.0", "MiB", ">64.1", "MiB", "<832", "B", "!70.0", "MiB", "<20.0", "MiB"]
    assert " ".join(table(SEEN, 80)[-2:]) == (
        "< less than there was, as such a meter must > more than there was, as such a meter must · ! wrong"
    )


def test_on_a_narrow_terminal_words_stand_for_the_marks() -> None:
    text = " ".join(" ".join(table(SEEN, 60)).split())
    assert "os saw 64.1 MiB · +96.0 KiB doubled" in text
    assert "tracemalloc saw 832 B blind" in text
    assert "memray saw 70.0 MiB off" in text
    assert "memory_profiler saw 20.0 MiB missed" in text


@pytest.mark.parametrize("width", [20, 40, 60, 79, 80, 99, 100, 140])
def test_no_line_of_the_table_is_too_wide(width: int) -> None:
    for unicode in (True, False):
        assert max(map(cell_width, table(SEEN, width, unicode=unicode))) <= width


def test_a_meter_without_a_figure_shows_a_dash_and_its_mark() -> None:
    row = table(with_meters(("blind", None), ("failed", None), ("ok", 64 * MIB)), 100)[2]
    assert row.split()[-4:] == ["<–", "!–", "64.0", "MiB"]


def test_where_all_are_right_there_is_no_legend() -> None:
    lines = table(with_meters(("ok", 64 * MIB), ("ok", 64 * MIB), ("ok", 64 * MIB)), 100)
    assert lines[-1] == "    cv2 (OpenCV) is missing; install it"


def test_colour_falls_on_the_figure_that_is_wrong() -> None:
    row = table(with_meters(("ok", 64 * MIB), ("off", 70 * MIB), ("blind", 832)), 100, colour=True)[2]
    assert "\x1b" not in row.partition("!70.0")[0].removesuffix("\x1b[1;31m")
    assert re.search(r"\x1b\[1;31m *!70\.0 MiB\x1b\[0m", row)
    assert re.search(r"\x1b\[33m *<832 B\x1b\[0m", row)


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
