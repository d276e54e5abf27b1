"""`memlab report`: a saved run again, in every form; what can't be read or written is said in a sentence."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from saved_runs import NOON, interrupted_run, run_of, save

import memlab.render.charts as charts
import memlab.render.html as html
from memlab.cli import browser, main
from memlab.model.report import Report, decode_report
from memlab.model.run import decode_run, encode_run
from memlab.model.shown import Shown
from memlab.render.charts import CHARTS

Capture = pytest.CaptureFixture[str]
HOSTILE = "\x1b[31mred\u202e\n</script>"


class Drawn:
    """What was drawn, and which pages were opened, where neither really happens.

    Attributes:
        error: what drawing raises; opens: whether there is a browser.
    """

    def __init__(self) -> None:
        self.pages: list[Path] = []
        self.error: Exception | None = None
        self.opens = True


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Drawn:
    """A working folder of the test's own, without matplotlib and browsers."""
    made = Drawn()

    def draw(report: Report, chart: str, format: str) -> bytes:
        if made.error is not None:
            raise made.error
        return f"{chart} of {report.recipe} as {format}".encode()

    def render_page(shown: Sequence[Shown]) -> bytes:
        if made.error is not None:
            raise made.error
        return " and ".join(one.report.recipe for one in shown).encode()

    def open_page(path: Path) -> bool:
        made.pages.append(path)
        return made.opens

    monkeypatch.setattr(charts, "draw", draw)
    monkeypatch.setattr(html, "render_page", render_page)
    monkeypatch.setattr(browser, "open_page", open_page)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


REPORTS = Path("reports")


@pytest.mark.usefixtures("drawn")
def test_the_newest_run_is_shown_as_compare_shows_it(capsys: Capture) -> None:
    save(REPORTS, run_of("views"))
    newest = save(REPORTS, run_of("caches"), NOON + timedelta(hours=1))
    assert main(["report"]) == 0
    output, said = capsys.readouterr()
    assert output.startswith("stream needs 10.0× less memory than load_all: 10.0 MiB instead of 100 MiB\n")
    assert output.endswith(f"saved in {newest}\n")
    assert said == ""
    assert sorted(file.name for file in newest.parent.iterdir()) == ["report.json", "run.json"]


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("word", ["top-k", "reports/top_k/2999-01-02T12-00-00Z", "reports/top_k/2999-01-02T12-00-00Z/"])
def test_a_run_is_named_by_recipe_or_path(capsys: Capture, word: str) -> None:
    run = save(REPORTS, run_of("top_k"))
    save(REPORTS, run_of("views"), NOON + timedelta(hours=1))
    assert main(["report", word, "--json"]) == 0
    report = decode_report(capsys.readouterr().out.encode())
    assert (report.recipe, report.run_file) == ("top_k", str(run))


@pytest.mark.usefixtures("drawn")
def test_another_reports_folder(capsys: Capture) -> None:
    save(Path("elsewhere"), run_of("views"))
    assert main(["report", "--reports", "elsewhere"]) == 0
    assert main(["report"]) == 2
    assert capsys.readouterr().err == (
        "memlab: there is no run in reports\n  memlab compare generators makes one; --reports names another folder\n"
    )


@pytest.mark.usefixtures("drawn")
def test_what_was_measured_does_not_fail_what_shows_it(capsys: Capture) -> None:
    """An interrupted run, as far as it came; the exit code of compare was 130."""
    save(REPORTS, interrupted_run("views"), report=False)
    assert main(["report", "views"]) == 0
    output = capsys.readouterr().out
    assert "Interrupted: only the trials that had finished are counted." in output
    assert "the run was interrupted: 1 of 6 trials were measured" in output


@pytest.mark.usefixtures("drawn")
def test_several_runs_come_one_after_the_other_with_an_overview(capsys: Capture) -> None:
    save(REPORTS, run_of("views", 20))
    save(REPORTS, run_of("caches"))
    assert main(["report", "views", "caches"]) == 0
    output = capsys.readouterr().out
    order = [
        "── views ──",
        "stream needs 20.0×",
        "── caches ──",
        "stream needs 10.0×",
        "2 saved runs",
        "best technique",
    ]
    places = [output.index(text) for text in order]
    assert places == sorted(places)
    assert "took" not in output.partition("2 saved runs")[2]
    assert main(["report", "views", "caches", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "memlab.reports"
    assert [one["recipe"] for one in document["reports"]] == ["views", "caches"]


@pytest.mark.usefixtures("drawn")
def test_every_kind_of_file(capsys: Capture) -> None:
    save(REPORTS, run_of("views"))
    names = ["a.html", "a.MD", "a.csv", "a.json", "a.svg", "a.png"]
    words = [word for name in names for word in ("-o", name)] + ["--chart", "timeline", "--chart", "retained"]
    assert main(["report", "views", *words]) == 0
    assert capsys.readouterr() == ("", "")
    assert Path("a.html").read_bytes() == b"views"
    assert "stream needs 10.0× less memory than load_all" in Path("a.MD").read_text()
    assert len(Path("a.csv").read_text().splitlines()) == 7
    assert decode_report(Path("a.json").read_bytes()).recipe == "views"
    assert Path("a.svg").read_bytes() == b"timeline of views as svg"
    assert Path("a.png").read_bytes() == b"retained of views as png"


@pytest.mark.usefixtures("drawn")
def test_files_of_several_runs_hold_all_of_them() -> None:
    save(REPORTS, run_of("views"))
    save(REPORTS, run_of("caches"))
    assert main(["report", "caches", "views", "-o", "a.html", "-o", "a.md", "-o", "a.csv", "-o", "a.json"]) == 0
    assert Path("a.html").read_bytes() == b"caches and views"
    assert re.findall("caches|views", Path("a.md").read_text())[:2] == ["caches", "views"]
    assert len(Path("a.csv").read_text().splitlines()) == 13
    assert len(json.loads(Path("a.json").read_text())["reports"]) == 2


@pytest.mark.usefixtures("drawn")
def test_a_document_and_files_at_once(capsys: Capture) -> None:
    save(REPORTS, run_of("views"))
    assert main(["report", "--json", "-o", "a.md"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"] == "views"
    assert Path("a.md").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["-o", "a.pdf"],
            "what 'a.pdf' is to hold can't be told from its name\n  a file ends in .html or .md (a page)",
        ),
        (["-o", "old.html"], "old.html is there already\n  --force replaces it"),
        (["caches", "-o", "a.svg"], "a chart shows one recipe, and a.svg would be of several"),
        (["--chart", "peaks"], "--chart is given once, and there is no chart file it could be for"),
        (["-o", "a.html", "--chart", "peaks"], "--chart is given once, and there is no chart file it could be for"),
        (["-o", "reports/views/2999-01-02T12-00-00Z/run.json", "--force"], "which memlab reads\n  name another file"),
        (["-o", "link.json", "--force"], "-o would replace link.json, which memlab reads\n  name another file"),
        (
            ["nothing"],
            "there is no run of 'nothing' in reports, and no file or folder of that name\n  memlab runs lists",
        ),
    ],
)
def test_what_can_not_be_meant_writes_nothing(drawn: Drawn, capsys: Capture, words: list[str], said: str) -> None:
    run = save(REPORTS, run_of("views"))
    save(REPORTS, run_of("caches"))
    Path("old.html").write_text("old")
    Path("link.json").symlink_to(run)
    before, content = sorted(Path().iterdir()), run.read_bytes()
    assert main(["report", "views", "--open", *words]) == 2
    output, error = capsys.readouterr()
    assert output == ""
    assert said in error
    assert error.count("\n") == 2
    assert sorted(Path().iterdir()) == before
    assert (run.read_bytes(), Path("old.html").read_text(), drawn.pages) == (content, "old", [])


def test_one_that_can_not_be_read_stops_all(drawn: Drawn, capsys: Capture) -> None:
    save(REPORTS, run_of("views"))
    Path("bad.json").write_text("{")
    assert main(["report", "views", "bad.json", "-o", "a.md", "--open"]) == 2
    output, said = capsys.readouterr()
    assert output == ""
    assert said.startswith("memlab: bad.json is damaged or not one of memlab's: ")
    assert said.endswith(
        "\n  a run is named by its run.json, the folder of that, or its recipe; memlab runs lists what there is\n"
    )
    assert said.count("\n") == 2
    assert not Path("a.md").exists()
    assert drawn.pages == []


def test_a_page_that_can_not_be_drawn_costs_a_sentence(drawn: Drawn, capsys: Capture) -> None:
    save(REPORTS, run_of("views"))
    drawn.error = ImportError("libfreetype.so.6: cannot open shared object file")
    assert main(["report", "-o", "a.html", "-o", "a.svg", "-o", "a.md", "--open"]) == 2
    why = "ImportError: libfreetype.so.6: cannot open shared object file"
    assert capsys.readouterr().err == (
        f"memlab: a.html could not be made: {why}\nmemlab: the chart peaks could not be drawn: {why}\n"
    )
    assert [Path("a.md").exists(), Path("a.html").exists(), drawn.pages] == [True, False, []]


def test_a_folder_that_is_gone_meanwhile(drawn: Drawn, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    save(REPORTS, run_of("views"))
    monkeypatch.setattr("memlab.workflow.files.write_atomically", full)
    assert main(["report", "-o", "a.html", "--open"]) == 2
    assert capsys.readouterr().err == (
        "memlab: a.html could not be written: No space left on device\n"
        "  memlab report makes files of a saved run at any time\n"
    )
    assert drawn.pages == []


# The page


def test_the_page_is_made_beside_the_run_and_opened(drawn: Drawn, capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    page = run.with_name("report.html")
    for _ in range(2):
        assert main(["report", "--open"]) == 0
        output, said = capsys.readouterr()
        assert output.startswith("stream needs 10.0× less")
        assert said == f"memlab: the page is {page}\n"
        assert page.read_bytes() == b"views"
    assert drawn.pages == [page.resolve()] * 2


def test_a_page_of_several_is_beside_the_first(drawn: Drawn, capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    save(REPORTS, run_of("caches"))
    assert main(["report", "views", "caches", "--open", "--json"]) == 0
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.reports"
    assert said == f"memlab: the page is {run.with_name('reports.html')}\n"
    assert run.with_name("reports.html").read_bytes() == b"views and caches"
    assert drawn.pages == [run.with_name("reports.html").resolve()]


def test_the_page_asked_for_is_the_one_that_is_opened(drawn: Drawn, capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    assert main(["report", "-o", "a.md", "-o", "b.html", "-o", "c.html", "--open"]) == 0
    assert capsys.readouterr() == ("", "memlab: the page is b.html\n")
    assert drawn.pages == [Path("b.html").resolve()]
    assert not run.with_name("report.html").exists()


def test_without_a_browser_the_page_is_named(drawn: Drawn, capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    drawn.opens = False
    assert main(["report", "--open"]) == 0
    assert capsys.readouterr().err == (
        f"memlab: no browser can be opened here; the page is {run.with_name('report.html')}\n"
    )
    assert run.with_name("report.html").exists()


def test_somebody_s_own_page_is_not_replaced(drawn: Drawn, capsys: Capture) -> None:
    """Beside a run that lies elsewhere than memlab has put it, report.html may be anybody's."""
    Path("mine").mkdir()
    Path("mine/run.json").write_bytes(encode_run(run_of("views")))
    Path("mine/report.html").write_text("mine")
    assert main(["report", "mine", "--open", "-o", "a.md"]) == 2
    assert capsys.readouterr().err == (
        "memlab: mine/report.html is there already\n  -o FILE.html says where the page is to be\n"
    )
    assert (Path("mine/report.html").read_text(), Path("a.md").exists(), drawn.pages) == ("mine", True, [])
    assert main(["report", "mine", "--open", "--force"]) == 0
    assert Path("mine/report.html").read_bytes() == b"views"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_run_in_a_folder_that_may_not_be_written_to(drawn: Drawn, capsys: Capture) -> None:
    run = save(REPORTS, run_of("views"))
    run.parent.chmod(0o500)
    assert main(["report", "--open"]) == 2
    assert "report.html can't be written: Permission denied\n  -o FILE.html says where" in capsys.readouterr().err
    assert drawn.pages == []


# Hostile names


def test_names_are_printed_as_text(drawn: Drawn, capsys: Capture) -> None:
    run = decode_run(encode_run(run_of("views")).replace(b'"stream"', json.dumps(HOSTILE).encode()))
    trials = [msgspec.structs.replace(trial, meter=HOSTILE) for trial in run.trials[:1]]
    run = msgspec.structs.replace(run, trials=(*run.trials, *trials), created=HOSTILE, command=(HOSTILE,))
    Path(HOSTILE.replace("/", "")).write_bytes(encode_run(run))
    assert main(["report", "./" + HOSTILE.replace("/", ""), "--open"]) == 0
    output, said = capsys.readouterr()
    for text in (output, said):
        assert re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text) is None
    assert "\\x1b[31mred\\u202e\\n" in output
    assert drawn.pages == [Path("report.html").resolve()]


def test_the_command_knows_the_charts_there_are() -> None:
    from memlab.cli.report import command

    (option,) = [option for option in command.params if option.name == "charts"]
    assert tuple(option.type.choices) == CHARTS  # type: ignore[attr-defined]
