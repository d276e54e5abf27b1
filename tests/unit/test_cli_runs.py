"""`memlab runs`: what is saved, newest first; what can't be read is listed as such and stops nothing."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from saved_runs import NOON, interrupted_run, run_of, save

from memlab.cli import main
from memlab.model.run import encode_run
from memlab.model.run_list import RunList, SavedRun
from memlab.render.run_list import render_run_list
from memlab.storage import load_run
from memlab.workflow.run_list import list_saved_runs

Capture = pytest.CaptureFixture[str]
REPORTS = Path("reports")
HOSTILE = "\x1b[31mred\u202e\n" + "x" * 10_000


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)


def rendered(*runs: SavedRun, width: int = 100, unicode: bool = True, total: int | None = None) -> str:
    listed = RunList("reports", None, len(runs) if total is None else total, runs)
    now = NOON + timedelta(minutes=5)
    return render_run_list(listed, now=now, width=width, colour=False, unicode=unicode)


def test_the_newest_comes_first(capsys: Capture) -> None:
    older = save(REPORTS, run_of("views"))
    newer = save(REPORTS, run_of("caches", 20), NOON + timedelta(hours=1))
    assert main(["runs"]) == 0
    output, said = capsys.readouterr()
    assert said == ""
    assert output == (
        "caches · 2999-01-02 13:00:00 UTC · 6 trials · Python 3.12.1\n"
        "  stream needs 20.0× less memory than load_all: 5.00 MiB instead of 100 MiB\n"
        f"  {newer}\n"
        "views · 2999-01-02 12:00:00 UTC · 6 trials · Python 3.12.1\n"
        "  stream needs 10.0× less memory than load_all: 10.0 MiB instead of 100 MiB\n"
        f"  {older}\n"
    )


def test_one_document(capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    (REPORTS / "caches" / "2999-01-02T11-00-00Z").mkdir(parents=True)
    (REPORTS / "caches" / "2999-01-02T11-00-00Z" / "run.json").write_text("{")
    assert main(["runs", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {name: document[name] for name in ("format", "version", "reports", "recipe", "total")} == {
        "format": "memlab.runs",
        "version": 1,
        "reports": "reports",
        "recipe": None,
        "total": 2,
    }
    good, bad = document["runs"]
    assert good == {
        "path": str(run),
        "recipe": "views",
        "created": "2999-01-02T12:00:00+00:00",
        "complete": True,
        "trials": 6,
        "planned": 6,
        "sentence": "stream needs 10.0× less memory than load_all: 10.0 MiB instead of 100 MiB",
        "memlab_version": "0.1.0",
        "python_version": "3.12.1",
        "problem": None,
    }
    assert (bad["recipe"], bad["created"], bad["sentence"]) == ("caches", None, None)
    assert bad["problem"].startswith(f"{bad['path']} is damaged or not one of memlab's: ")


def test_the_runs_of_one_recipe(capsys: Capture) -> None:
    save(REPORTS, run_of("top_k"))
    save(REPORTS, run_of("views"))
    for word in ("top-k", "top_k", "./top_k.py"):
        assert main(["runs", word, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert (document["total"], document["runs"][0]["recipe"]) == (1, "top_k")
    assert main(["runs", "other"]) == 0
    assert capsys.readouterr() == ("there are no runs of other in reports; memlab compare makes them\n", "")


@pytest.mark.parametrize("make", [True, False])
def test_there_may_be_none(capsys: Capture, make: bool) -> None:
    if make:
        REPORTS.mkdir()
    assert main(["runs"]) == 0
    assert capsys.readouterr() == ("there are no runs in reports; memlab compare makes them\n", "")
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == []


def test_a_reports_folder_that_is_none(capsys: Capture) -> None:
    Path("file").touch()
    assert main(["runs", "--reports", "file"]) == 2
    assert capsys.readouterr() == ("", "memlab: the reports folder file can't be read: Not a directory\n")


def test_only_the_newest_are_read(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def reading(path: Path) -> object:
        read.append(path)
        return load_run(path)

    monkeypatch.setattr("memlab.workflow.run_list.load_run", reading)
    for minute in range(23):
        save(REPORTS, run_of("views"), NOON + timedelta(minutes=minute), report=False)
    assert main(["runs"]) == 0
    output = capsys.readouterr().out
    assert len(read) == 20
    assert output.count("run.json") == 20
    assert output.endswith("\n\n20 of 23 runs; --all lists all of them\n")
    assert "12-02-00Z" not in output
    assert main(["runs", "--limit", "2", "--json"]) == 0
    assert [one["created"][14:16] for one in json.loads(capsys.readouterr().out)["runs"]] == ["22", "21"]
    for words in (["--all"], ["--limit", "23"]):
        assert main(["runs", *words]) == 0
        output = capsys.readouterr().out
        assert (output.count("run.json"), "lists all of them" in output) == (23, False)
    assert main(["runs", "--limit", "0"]) == 2


def test_what_can_not_be_read_is_listed_with_the_reason(capsys: Capture) -> None:
    contents = {
        "01": b"",
        "02": b"{",
        "03": b'{"format": "memlab.run", "version": 99}',
        "04": b'{"format": "memlab.report", "version": 1}',
        "05": b"\x89PNG",
    }
    for minute, content in contents.items():
        file = REPORTS / "views" / f"2999-01-02T12-{minute}-00Z" / "run.json"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    for minute in ("06", "07"):
        (REPORTS / "views" / f"2999-01-02T12-{minute}-00Z").mkdir()
    os.mkfifo(REPORTS / "views" / "2999-01-02T12-06-00Z" / "run.json")
    (REPORTS / "views" / "2999-01-02T12-07-00Z" / "run.json").symlink_to("run.json")
    save(REPORTS, run_of("views"))
    assert main(["runs"]) == 0
    output, said = capsys.readouterr()
    assert said == ""
    assert output.count("views · can't be read\n") == 7
    reasons = (
        "is empty",
        "is damaged",
        "a newer memlab",
        "'memlab.report' document",
        "no regular file",
        "Too many levels",
    )
    assert all(reason in output for reason in reasons)
    assert "stream needs 10.0×" in output


def test_an_interrupted_run_is_told_from_others(capsys: Capture) -> None:
    save(REPORTS, interrupted_run("views"), report=False)
    assert main(["runs"]) == 0
    output = capsys.readouterr().out
    assert "views · 2999-01-02 12:00:00 UTC · incomplete: 1 of 6 trials · Python 3.12.1\n" in output


def test_the_sentence_is_the_report_s_where_that_is_of_the_same_run(capsys: Capture) -> None:
    file = save(REPORTS, run_of("views"))
    beside = file.with_name("report.json")
    for content, sentence in [
        (beside.read_bytes().replace(b"stream needs", b"once it needed"), "once it needed 10.0×"),
        (
            beside.read_bytes().replace(b"12:00:00", b"12:00:01").replace(b"stream needs", b"other"),
            "stream needs 10.0×",
        ),
        (b"{", "stream needs 10.0×"),
        (b"\xff\xfe", "stream needs 10.0×"),
        (b'{"a":' * 100_000, "stream needs 10.0×"),
    ]:
        beside.write_bytes(content)
        (run,) = list_saved_runs("reports", None, None).runs
        assert run.sentence is not None
        assert run.sentence.startswith(sentence)
    beside.unlink()
    os.mkfifo(beside)
    assert main(["runs"]) == 0
    assert "stream needs 10.0×" in capsys.readouterr().out


def test_a_run_no_report_can_be_made_of_is_listed_too(capsys: Capture) -> None:
    run = run_of("views")
    recipe = msgspec.structs.replace(run.recipe, headline="weight")
    file = save(REPORTS, run, report=False)
    file.write_bytes(encode_run(msgspec.structs.replace(run, recipe=recipe)))
    assert main(["runs", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["runs"]
    assert listed["problem"] == f"{file} is damaged: no report can be made of it (KeyError: 'weight')"


RUN = SavedRun(
    "reports/views/x/run.json", "views", "2999-01-02T12:00:00+00:00", True, 1, 1, "It saves.", "0.1.0", "3.12"
)


@pytest.mark.parametrize(
    ("created", "shown"),
    [
        ("2999-01-02T12:04:30+00:00", "2999-01-02 12:04:30 UTC, just now"),
        ("2999-01-02T12:03:01+00:00", "2999-01-02 12:03:01 UTC, 1 min ago"),
        ("2999-01-02T10:00:00+00:00", "2999-01-02 10:00:00 UTC, 2 h ago"),
        ("2998-12-30T10:00:00+00:00", "2998-12-30 10:00:00 UTC, 3 d ago"),
        ("2999-01-02T13:00:00+00:00", "2999-01-02 13:00:00 UTC"),
        ("2999-01-02T12:00:00", "2999-01-02T12:00:00"),
        ("some day", "some day"),
        ("\x1b", "\\x1b"),
    ],
)
def test_when_it_was(created: str, shown: str) -> None:
    first = rendered(msgspec.structs.replace(RUN, created=created)).splitlines()[0]
    assert first == f"views · {shown} · 1 trial · Python 3.12"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_too_long_but_for_paths(width: int, unicode: bool) -> None:
    bad = SavedRun("reports/bad/run.json", HOSTILE, problem=HOSTILE)
    hostile = SavedRun(HOSTILE[:300], HOSTILE, HOSTILE, False, 1, 2, HOSTILE, HOSTILE, HOSTILE)
    text = rendered(RUN, bad, hostile, width=width, unicode=unicode, total=9)
    assert re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text) is None
    assert unicode or text.isascii()
    paths = {"  " + run.path for run in (RUN, bad)}
    long = [line for line in text.splitlines() if len(line) > width and line not in paths]
    assert all(line.startswith("  \\x1b[31mred\\u202e\\nxxx") for line in long)
    assert len(long) == 1


def test_colour_is_only_added() -> None:
    listed = RunList("reports", None, 3, (RUN, SavedRun("reports/bad/run.json", "bad", problem="it is empty")))
    now = datetime(2999, 1, 3, tzinfo=UTC)
    plain, coloured = (
        render_run_list(listed, now=now, width=80, colour=colour, unicode=True) for colour in (False, True)
    )
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
