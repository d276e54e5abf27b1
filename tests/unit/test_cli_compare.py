"""`memlab compare`: its words become options, its results are printed and written, its exit code is theirs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from made_runs import described, made_run, measured

import memlab.render.charts as charts
import memlab.render.html as html
import memlab.workflow.compare as workflow
import memlab.workflow.several as several
from memlab.cli import browser, main
from memlab.cli.parameters import parse_settings
from memlab.errors import Interrupted, MeasurementError, RecipeError, Terminated
from memlab.kernel.resolution import cpus_allowed
from memlab.model.report import Report, decode_report
from memlab.model.shown import Shown
from memlab.plan import DEFAULT_METERS, METERS
from memlab.runner.progress import ProgressSink
from memlab.workflow.compare import CompareOptions, CompareResult

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_reports

Capture = pytest.CaptureFixture[str]
RUN = made_run([described("load_all", "baseline"), described("stream")], [measured("load_all", 1000)])


@dataclass
class Asked:
    """What the workflow was asked for, and what it is to answer.

    Attributes:
        drawn: the charts that were drawn, as (chart, format); opened: the pages that a browser was to show.
        saved: whether the run could be saved; opens: whether there is a browser.
        error: what is raised; of_recipe: what is raised, or the exit code, for one recipe.
    """

    options: list[CompareOptions] = field(default_factory=list)
    drawn: list[tuple[str, str]] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)
    saved: bool = True
    opens: bool = True
    exit_code: int = 0
    error: BaseException | None = None
    of_recipe: dict[str, BaseException | int] = field(default_factory=dict)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """`memlab compare` without a measurement, in a folder of its own."""
    made = Asked()

    def compare(options: CompareOptions, progress: ProgressSink) -> CompareResult:
        made.options.append(options)
        progress.stage("measuring")
        progress.trial_started("stream", "headline", 1, 2)
        answer = made.of_recipe.get(options.recipe, made.error or made.exit_code)
        if isinstance(answer, BaseException):
            raise answer
        folder = tmp_path / "reports" / options.recipe.strip("./")
        folder.mkdir(parents=True, exist_ok=True)
        report = msgspec.structs.replace(
            fake_reports.eight_variants(),
            recipe=options.recipe,
            run_file=str(folder / "run.json") if made.saved else None,
        )
        outputs = (("stream, trial 1 (timeline)", "printed\x1b[31m\n"),)
        return CompareResult(report, RUN, answer, str(folder / "run.json"), outputs)

    def draw(report: Report, chart: str, format: str) -> bytes:
        made.drawn.append((chart, format))
        return f"{chart} of {report.recipe} as {format}".encode()

    monkeypatch.setattr(workflow, "compare", compare)
    monkeypatch.setattr(several, "compare", compare)

    def render_page(shown: Sequence[Shown]) -> bytes:
        return " and ".join(one.report.recipe for one in shown).encode()

    def open_page(path: Path) -> bool:
        made.opened.append(path)
        return made.opens

    monkeypatch.setattr(charts, "draw", draw)
    monkeypatch.setattr(html, "render_page", render_page)
    monkeypatch.setattr(browser, "open_page", open_page)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def test_the_defaults(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators"]) == 0
    assert asked.options == [
        CompareOptions(
            recipe="generators",
            variants=(),
            trials=3,
            timeout_seconds=300.0,
            settings={},
            images=None,
            source="kernel",
            reports="reports",
            show_output=False,
            command=("memlab", "compare", "generators"),
            meters=("os", "tracemalloc", "memray"),
            jobs=min(4, cpus_allowed()),
            quick=False,
        )
    ]
    assert asked.options[0].meters == DEFAULT_METERS
    output, said = capsys.readouterr()
    assert output.startswith("stream needs 12.0× less memory than load_all: 12.4 MiB instead of 148 MiB\n")
    assert said == "memlab: measuring\nmemlab: trial 1 of 2: stream\n"
    assert "printed" not in output


def test_the_command_knows_the_charts_and_meters_there_are() -> None:
    from memlab.cli.compare import command

    options = {option.name: option for option in command.params}
    assert tuple(options["charts"].type.choices) == charts.CHARTS  # type: ignore[attr-defined]
    assert options["meters"].default == ",".join(DEFAULT_METERS)


def test_every_option(asked: Asked, capsys: Capture) -> None:
    words = ["compare", "./mine.py", "--variant", "a", "--variant", "b", "--variant", "a", "--trials", "7"]
    words += ["--timeout", "1 h 30 min", "--set", "count=32", "--set", "format=png", "--images", "some where"]
    words += ["--source", "psutil", "--reports", "elsewhere", "--show-output", "--json"]
    words += ["--meters", "memory-profiler, memray", "--jobs", "3", "--quick", "-o", "a.json", "--force"]
    assert main(words) == 0
    assert asked.options == [
        CompareOptions(
            recipe="./mine.py",
            variants=("a", "b"),
            trials=7,
            timeout_seconds=5400.0,
            settings={"count": 32, "format": "png"},
            images="some where",
            source="psutil",
            reports="elsewhere",
            show_output=True,
            command=("memlab", *words),
            meters=("os", "memray", "memory_profiler"),
            jobs=3,
            quick=True,
        )
    ]
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.report"
    assert "printed\\x1b[31m" in said
    assert "memlab: " not in said


def test_outputs_follow_the_report(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators", "--show-output"]) == 0
    assert asked.options[0].show_output
    assert capsys.readouterr().out.endswith("run.json\n\noutput of stream, trial 1 (timeline)\n  printed\\x1b[31m\n")


def test_a_quick_run_has_two_trials_unless_the_user_says_otherwise(asked: Asked) -> None:
    assert main(["compare", "generators", "--quick", "--json"]) == 0
    assert main(["compare", "generators", "--quick", "--trials", "5", "--json"]) == 0
    assert [options.trials for options in asked.options] == [2, 5]
    assert all(options.quick for options in asked.options)


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_results_exit_code_is_memlabs(asked: Asked, capsys: Capture, code: int) -> None:
    asked.exit_code = code
    assert main(["compare", "generators", "--json"]) == code
    json.loads(capsys.readouterr().out)


def test_an_interrupt_says_where_the_rest_is(asked: Asked, capsys: Capture) -> None:
    asked.error = Interrupted("interrupted: 3 of 32 trials were measured, saved in reports/x/run.json")
    assert main(["compare", "generators", "--json"]) == 130
    output, said = capsys.readouterr()
    assert (output, said) == ("", f"memlab: {asked.error}\n")


def test_a_lost_measurement(asked: Asked, capsys: Capture) -> None:
    asked.error = MeasurementError("the supervisor was lost", detail="why")
    assert main(["compare", "generators", "--json"]) == 3
    assert capsys.readouterr() == ("", "memlab: the supervisor was lost\n\n  why\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--trials", "0"],
        ["--trials", "1001"],
        ["--trials", "three"],
        ["--timeout", "0"],
        ["--timeout", "-5"],
        ["--timeout", "31days"],
        ["--timeout", "1e9"],
        ["--timeout", "1e999"],
        ["--timeout", ""],
        ["--timeout", "nan"],
        ["--set", "count"],
        ["--set", "=3"],
        ["--set", "a b=3"],
        ["--set", "count=1", "--set", "count=2"],
        ["--source", "guess"],
        ["--reports"],
        ["--meters", "os,valgrind"],
        ["--meters", ""],
        ["--jobs", "0"],
        ["--chart", "pie"],
    ],
)
def test_words_that_cannot_be_meant(asked: Asked, capsys: Capture, words: list[str]) -> None:
    assert main(["compare", "generators", *words]) == 2
    output, said = capsys.readouterr()
    assert output == ""
    assert said.startswith("memlab: ")
    # click doesn't say which command an option without its value belongs to.
    command = "memlab" if words == ["--reports"] else "memlab compare"
    assert said.endswith(f"\n  {command} --help says what can be asked for\n")
    assert said.count("\n") == 2
    assert asked.options == []


def test_a_meter_that_there_is_not_is_answered_with_those_there_are(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators", "--meters", "os,valgrind"]) == 2
    said = capsys.readouterr().err
    assert "there is no meter called 'valgrind'; there are os, tracemalloc, memray and memory_profiler" in said
    assert asked.options == []


@pytest.mark.parametrize(
    ("words", "meters"),
    [("os", ("os",)), ("memray", ("os", "memray")), (",".join(reversed(METERS)), METERS), ("MEMRAY", None)],
)
def test_os_is_always_among_the_meters(asked: Asked, words: str, meters: tuple[str, ...] | None) -> None:
    assert main(["compare", "generators", "--json", "--meters", words]) == (2 if meters is None else 0)
    assert [options.meters for options in asked.options] == ([] if meters is None else [meters])


def test_no_recipe_at_all(asked: Asked, capsys: Capture) -> None:
    assert main(["compare"]) == 2
    assert capsys.readouterr().err.startswith("memlab: name a recipe, or say --all\n")
    assert asked.options == []


# Files


def test_every_chart_is_drawn_beside_the_run_after_the_results_were_printed(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    printed: list[str] = []
    monkeypatch.setattr(charts, "draw", lambda *_: printed.append(capsys.readouterr().out) or b"drawn")
    assert main(["compare", "generators"]) == 0
    assert printed[0].startswith("stream needs 12.0")
    drawn = {file.name for file in (tmp_path / "reports" / "generators").iterdir()}
    assert drawn == {f"{chart}.{format}" for chart in charts.CHARTS for format in ("svg", "png")}
    assert asked.drawn == []


@pytest.mark.parametrize("code", [0, 3])
def test_charts_that_cannot_be_drawn_cost_a_sentence(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: Capture, code: int
) -> None:
    def broken(*_: object) -> bytes:
        raise ImportError("libfreetype.so.6: cannot open shared object file")

    monkeypatch.setattr(charts, "draw", broken)
    asked.exit_code = code
    assert main(["compare", "generators", "--json"]) == code
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.report"
    assert said == (
        "memlab: warning: the chart peaks could not be drawn: "
        "ImportError: libfreetype.so.6: cannot open shared object file\n"
    )


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (Terminated("asked to end"), 143)])
def test_memlab_can_be_stopped_while_it_draws(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture, stop: BaseException, code: int
) -> None:
    def interrupted(*_: object) -> bytes:
        raise stop

    monkeypatch.setattr(charts, "draw", interrupted)
    assert main(["compare", "generators", "--json", "-o", "a.json"]) == code
    assert json.loads(capsys.readouterr().out)["format"] == "memlab.report"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "reports"]
    assert main(["compare", "generators", "-o", "a.svg"]) == code
    assert len(asked.options) == 2


def test_charts_that_cannot_be_saved_cost_a_sentence(asked: Asked, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "reports" / "generators" / "timeline.svg").mkdir(parents=True)
    assert main(["compare", "generators", "--json"]) == 0
    folder = tmp_path / "reports" / "generators"
    assert capsys.readouterr().err == f"memlab: warning: the charts could not be saved in {folder}: Is a directory\n"
    assert sorted(path.name for path in folder.iterdir()) == ["peaks.png", "peaks.svg", "timeline.svg"]
    assert asked.drawn[-1] == ("timeline", "svg")


def test_a_report_and_charts_are_written_to_files(asked: Asked, tmp_path: Path) -> None:
    words = ["-o", "r.json", "-o", "t.SVG", "--chart", "timeline", "--chart", "retained", "-o", "sub/r.png"]
    (tmp_path / "sub").mkdir()
    assert main(["compare", "generators", *words]) == 0
    assert decode_report((tmp_path / "r.json").read_bytes()).recipe == "generators"
    assert (tmp_path / "t.SVG").read_bytes() == b"timeline of generators as svg"
    assert (tmp_path / "sub" / "r.png").read_bytes() == b"retained of generators as png"
    # Each was drawn once, for both places.
    assert len(asked.drawn) == len(set(asked.drawn)) == 6


def test_a_chart_shows_the_peaks_unless_said(asked: Asked, tmp_path: Path) -> None:
    assert main(["compare", "generators", "-o", "a.svg", "-o", "b.png"]) == 0
    assert (tmp_path / "a.svg").read_bytes() == b"peaks of generators as svg"
    assert (tmp_path / "b.png").read_bytes() == b"peaks of generators as png"
    assert len(asked.drawn) == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "-"], "-o takes a file, not -\n  --json prints the report's document to standard output"),
        (
            ["-o", "report.pdf"],
            "'report.pdf' is to hold can't be told from its name\n  a file ends in .html or .md (a page), .csv (the",
        ),
        (["-o", "report"], "what 'report' is to hold can't be told from its name\n  a file ends in .html"),
        (["-o", ""], "what '' is to hold can't be told from its name\n  a file ends in .html"),
        (["-o", ".json"], "what '.json' is to hold can't be told from its name\n  a file ends in .html"),
        (["-o", "old.json"], "old.json is there already\n  --force replaces it"),
        (["-o", "old.svg", "-o", "new.json"], "old.svg is there already\n  --force replaces it"),
        (["-o", "folder.json"], "folder.json is a folder"),
        (["-o", "folder.json", "--force"], "folder.json is a folder"),
        (["-o", "no/where/r.json"], "no/where/r.json can't be written: there is no folder no/where"),
        (["-o", "old.json/r.json"], "old.json/r.json can't be written: "),
        (["-o", "pipe.json", "--force"], "pipe.json is no regular file, and can't be replaced by one"),
        (["-o", "a\0b.json"], "a\\x00b.json can't be written: "),
        (["-o", "a" * 300 + ".json"], "File name too long"),
        (["-o", "loop.svg"], "loop.svg is there already\n  --force replaces it"),
        (["-o", "loop.svg", "--force"], "loop.svg is no regular file, and can't be replaced by one"),
        (["-o", "r.json", "-o", "./r.json"], "-o ./r.json is given twice"),
        (["--chart", "peaks"], "--chart is given once, and there is no chart file it could be for\n  say -o FILE.svg"),
        (
            ["-o", "r.json", "--chart", "peaks"],
            "--chart is given once, and there is no chart file it could be for\n  say -o FILE.svg",
        ),
        (
            ["-o", "a.svg", "-o", "b.svg", "--chart", "peaks"],
            "--chart is given once, and there are 2 chart files it could be for\n  say -o FILE.svg",
        ),
        (
            ["-o", "a.svg", "--chart", "peaks", "--chart", "timeline"],
            "--chart is given twice, and there is one chart file it could be for\n  say -o FILE.svg",
        ),
        (["views", "-o", "r.svg"], "a chart shows one recipe, and r.svg would be of several\n  their charts are in"),
        (["--all", "-o", "r.png"], "a chart shows one recipe, and r.png would be of several\n  their charts are in"),
    ],
)
def test_files_that_cannot_be_written_are_found_before_anything_is_measured(
    asked: Asked, tmp_path: Path, capsys: Capture, words: list[str], said: str
) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "old.svg").write_text("old")
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.svg").symlink_to("loop.svg")
    before = sorted(tmp_path.iterdir())
    assert main(["compare", "generators", *words]) == 2
    output, error = capsys.readouterr()
    assert output == ""
    assert said in error
    assert error.count("\n") <= 2
    assert asked.options == []
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "old.json").read_text() == "old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written_to(asked: Asked, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert main(["compare", "generators", "-o", "closed/r.json"]) == 2
    assert capsys.readouterr().err == "memlab: closed/r.json can't be written: Permission denied\n"
    assert asked.options == []


def test_force_replaces_what_is_there(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert main(["compare", "generators", "--json", "-o", "link.json", "--force"]) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert decode_report((tmp_path / "real.json").read_bytes()).recipe == "generators"
    assert len(asked.options) == 1


def test_a_file_that_somebody_makes_meanwhile_is_not_replaced(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    whole = workflow.compare

    def compare(options: CompareOptions, progress: ProgressSink) -> CompareResult:
        (tmp_path / "r.json").write_text("somebody's")
        return whole(options, progress)

    monkeypatch.setattr(workflow, "compare", compare)
    assert main(["compare", "generators", "--json", "-o", "r.json", "-o", "p.svg"]) == 2
    assert (tmp_path / "r.json").read_text() == "somebody's"
    assert "memlab: r.json was made by somebody else meanwhile, and is left as it is\n" in capsys.readouterr().err
    # The others are written all the same.
    assert (tmp_path / "p.svg").exists()
    assert len(asked.drawn) == 6


def test_a_disk_that_fills_up_meanwhile(asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("memlab.workflow.files.write_atomically", full)
    monkeypatch.setattr("memlab.workflow.contents.write_atomically", full)
    asked.exit_code = 3
    assert main(["compare", "generators", "--json", "-o", "r.json"]) == 2
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.report"
    assert said.startswith("memlab: r.json could not be written: No space left on device\n")
    assert "memlab: warning: the charts could not be saved in " in said


# The page


@pytest.mark.parametrize("opens", [True, False])
def test_the_page_is_made_beside_the_run_and_opened(asked: Asked, tmp_path: Path, capsys: Capture, opens: bool) -> None:
    asked.opens, asked.exit_code = opens, 3
    assert main(["compare", "generators", "--json", "--open"]) == 3
    page = tmp_path / "reports" / "generators" / "report.html"
    assert page.read_bytes() == b"generators"
    assert asked.opened == [page]
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.report"
    assert said == f"memlab: {'' if opens else 'no browser can be opened here; '}the page is {page}\n"
    assert len(asked.drawn) == 6


def test_no_page_unless_it_is_asked_for(asked: Asked, tmp_path: Path) -> None:
    assert main(["compare", "generators"]) == 0
    assert main(["compare", "generators", "-o", "a.html"]) == 0
    assert Path("a.html").read_bytes() == b"generators"
    assert not (tmp_path / "reports" / "generators" / "report.html").exists()
    assert asked.opened == []


def test_the_page_asked_for_is_the_one_that_is_opened(asked: Asked, tmp_path: Path) -> None:
    assert main(["compare", "generators", "--open", "-o", "a.json", "-o", "a.html"]) == 0
    assert asked.opened == [tmp_path / "a.html"]
    assert not (tmp_path / "reports" / "generators" / "report.html").exists()


def test_one_page_of_several_recipes_with_those_that_were_measured(asked: Asked, tmp_path: Path) -> None:
    asked.of_recipe = {"generators": RecipeError("no")}
    assert main(["compare", "generators", "views", "caches", "--open", "-o", "a.md", "-o", "a.csv"]) == 2
    page = tmp_path / "reports" / "views" / "reports.html"
    assert page.read_bytes() == b"views and caches"
    assert asked.opened == [page]
    assert "views" in Path("a.md").read_text()
    assert len(Path("a.csv").read_text().splitlines()) == 3


def test_where_nothing_was_measured_only_the_document_is_written(asked: Asked, capsys: Capture) -> None:
    asked.of_recipe = {"generators": RecipeError("no"), "views": MeasurementError("no")}
    assert main(["compare", "generators", "views", "--open", "-o", "a.html", "-o", "a.md", "-o", "a.json"]) == 2
    said = capsys.readouterr().err
    for name in ("a.html", "a.md"):
        assert f"memlab: {name} is not written: nothing was measured that it could show\n" in said
        assert not Path(name).exists()
    assert len(json.loads(Path("a.json").read_text())["failed"]) == 2
    assert asked.opened == []


def test_a_run_that_could_not_be_saved_has_no_place_for_a_page(asked: Asked, capsys: Capture) -> None:
    asked.saved = False
    assert main(["compare", "generators", "--json", "--open"]) == 2
    said = "memlab: there is no saved run that a page could lie beside\n  -o FILE.html says where the page is to be\n"
    assert capsys.readouterr().err == said
    assert main(["compare", "generators", "--json", "--open", "-o", "a.html"]) == 0
    assert asked.opened == [Path("a.html").resolve()]


# Several recipes


def test_several_recipes_are_compared_in_turn_each_once(asked: Asked, capsys: Capture, tmp_path: Path) -> None:
    path = str(tmp_path / "mine.py")
    Path(path).write_text('"""Mine."""\nfrom memlab import Recipe\nrecipe = Recipe()\n')
    words = ["views", "del-and-gc", "del_and_gc", "./mine.py", path, "views", "no_such", "no_such"]
    assert main(["compare", *words]) == 0
    assert [options.recipe for options in asked.options] == ["views", "del-and-gc", "./mine.py", "no_such"]
    output, said = capsys.readouterr()
    assert output.count("stream needs 12.0") == 4
    assert output.index("── views ──") < output.index("── del-and-gc ──") < output.index("4 of 4 recipes compared in ")
    assert "memlab: recipe 1 of 4: views\n" in said
    assert (tmp_path / "reports" / "views" / "peaks.svg").exists()
    assert (tmp_path / "reports" / "del-and-gc" / "peaks.svg").exists()


def test_all_are_all(asked: Asked) -> None:
    assert main(["compare", "--all", "--json"]) == 0
    found = several.every_recipe()
    assert "generators" in found
    assert [options.recipe for options in asked.options] == list(found)


def test_one_recipe_given_twice_is_one(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators", "generators", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "memlab.report"
    assert len(asked.options) == 1


def test_one_that_fails_does_not_stop_the_others(asked: Asked, capsys: Capture, tmp_path: Path) -> None:
    asked.of_recipe = {
        "generators": RecipeError("generators can't run: no OpenCV", hint="install it", detail="more\nthan that"),
        "views": 3,
    }
    assert main(["compare", "generators", "views", "del_and_gc", "-o", "all.json"]) == 2
    output, said = capsys.readouterr()
    assert "memlab: generators: generators can't run: no OpenCV\n  install it\n\n  more\n  than that\n" in said
    assert output.count("stream needs 12.0") == 2
    assert "2 of 3 recipes compared in " in output
    document = json.loads((tmp_path / "all.json").read_text())
    assert document["format"] == "memlab.reports"
    assert [report["recipe"] for report in document["reports"]] == ["views", "del_and_gc"]
    assert document["failed"] == [{"recipe": "generators", "message": "generators can't run: no OpenCV"}]


def test_words_that_are_no_text_can_be_saved(asked: Asked, capsys: Capture) -> None:
    """A path on Linux is any bytes; those of it that are not UTF-8 come as lone surrogates, which JSON can't hold."""
    name = os.fsdecode(b"\xff")
    asked.of_recipe = {f"./{name}.py": RecipeError(f"the path ./{name}.py is not valid UTF-8")}
    assert main(["compare", f"./{name}.py", "views", "--json", "-o", f"{name}.json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["failed"][0]["recipe"] == "./\\udcff.py"
    assert all(word.encode() for word in asked.options[-1].command)
    assert asked.options[-1].command[-1] == "\\udcff.json"
    assert os.path.exists(f"{name}.json")


@pytest.mark.parametrize(
    ("of_recipe", "code"),
    [
        ({}, 0),
        ({"views": 3}, 3),
        ({"views": 3, "generators": RecipeError("no")}, 2),
        ({"views": MeasurementError("no")}, 3),
        ({"views": 3, "generators": 1, "del_and_gc": 2}, 1),
    ],
)
def test_the_exit_code_is_the_worst_of_all(
    asked: Asked, capsys: Capture, of_recipe: dict[str, BaseException | int], code: int
) -> None:
    asked.of_recipe = of_recipe
    assert main(["compare", "generators", "views", "del_and_gc", "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert len(document["reports"]) + len(document["failed"]) == 3


def test_an_interrupt_stops_all(asked: Asked, capsys: Capture) -> None:
    asked.of_recipe = {"views": Interrupted("interrupted: 3 of 32 trials were measured, saved in reports/x/run.json")}
    assert main(["compare", "generators", "views", "del_and_gc"]) == 130
    output, said = capsys.readouterr()
    assert [options.recipe for options in asked.options] == ["generators", "views"]
    assert "recipes compared in" not in output
    assert said.endswith("memlab: interrupted: 3 of 32 trials were measured, saved in reports/x/run.json\n")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a=3", 3),
        ("a=-3", -3),
        ("a=0.5", 0.5),
        ("a=1e3", 1000.0),
        ("a=true", True),
        ("a=False", False),
        ("a=png", "png"),
        ("a=", ""),
        ("a=b=c", "b=c"),
        ("a=1_000", "1_000"),
        ("a=nan", "nan"),
        ("a=" + "9" * 5000, "9" * 5000),
    ],
)
def test_settings_are_numbers_truths_or_texts(word: str, value: object) -> None:
    settings = parse_settings((word,))
    assert settings == {"a": value}
    assert type(settings["a"]) is type(value)
