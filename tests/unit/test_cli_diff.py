"""`memlab diff` as it is called, with runs that were made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from made_runs import MIB, three
from msgspec.structs import replace
from saved_runs import NOON, run_of, save

from memlab.cli import main


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences on one line, whatever runs the tests."""
    monkeypatch.setenv("COLUMNS", "140")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def made(reports: Path) -> list[Path]:
    """The files of three runs: the second needs as much as the first, the newest more. There is one of other, too."""
    save(reports, run_of("other"))
    return [save(reports, run_of("made", saving), NOON + timedelta(hours=at)) for at, saving in enumerate((10, 10, 2))]


def test_no_difference(made: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["diff", str(made[0].parent), str(made[1])]
    assert main(words) == 0
    ended = capsys.readouterr()
    assert ended.out.startswith("no difference: 2 variants need as much as before, and the results are the same\n")
    assert ended.err == ""
    assert main([*words, "--exit-code"]) == 0


def test_a_difference(reports: Path, made: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["diff", str(made[0]), "made", "--reports", str(reports)]
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(
        "1 of 2 variants needs more: stream needs 5.00× more than before: 50.0 MiB instead of 10.0 MiB\n"
    )
    assert main([*words, "--exit-code"]) == 1


def test_json(reports: Path, made: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(made[0]), "made", "--reports", str(reports), "--json", "--exit-code"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["version"], found["changed"]) == ("memlab.diff", 1, True)
    assert found["new"]["run_file"] == str(made[2])
    assert [one["verdict"] for one in found["variants"]] == ["no_difference", "more"]


@pytest.mark.usefixtures("made")
def test_the_same_run_twice(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "made", "made", "--reports", str(reports), "--exit-code"]) == 0
    assert capsys.readouterr().out.startswith("no difference: both are the same run\n")


def test_other_inputs(reports: Path, made: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of("made")
    inputs = replace(run.inputs, description={"kind": "photos", "count": 2, "width": 64, "height": 48})
    save(reports, replace(run, inputs=inputs), NOON + timedelta(days=1))
    assert main(["diff", str(made[0]), "made", "--reports", str(reports), "--exit-code"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("not comparable: the inputs are 2 photos of 64×48, jpeg, quality 90, and were no inputs\n")


@pytest.mark.usefixtures("made")
def test_different_recipes_are_refused(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "made", "other", "--reports", str(reports)]) == 2
    ended = capsys.readouterr()
    assert ended.out == ""
    assert ended.err.splitlines() == [
        "memlab: made is a run of made and other one of other: a diff is of two runs of one recipe",
        "  memlab report shows runs of several recipes side by side",
    ]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("content", ["", "{", "\x89PNG", '{"format": "memlab.report", "version": 1}', "[]"])
def test_what_is_no_run_is_refused(
    content: str, reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no_run.json"
    file.write_text(content)
    for words in ((str(file), "made"), ("made", str(file))):
        assert main(["diff", *words, "--reports", str(reports)]) == 2
        ended = capsys.readouterr()
        assert ended.out == ""
        assert ended.err.startswith(f"memlab: {file} is ")
        assert len(ended.err.splitlines()) <= 2


def test_what_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "nothing", "nothing", "--reports", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("memlab: there is no run of 'nothing'")
    assert main(["diff", "made"]) == 2


def test_a_recipe_is_the_same_with_either_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [save(tmp_path, run_of(name)) for name in ("made_up", "made-up")]
    assert main(["diff", *map(str, files)]) == 0
    assert capsys.readouterr().out.startswith("no difference: ")


def test_it_is_as_quick_as_reading_two_runs(tmp_path: Path) -> None:
    """Nothing heavy is imported for it: no charts, no browser, no numpy."""
    run = replace(run_of("made"), trials=tuple([*three("load_all", 9 * MIB), *three("stream", MIB)] * 30))
    file = save(tmp_path, run)
    script = (
        f"import sys; from memlab.cli import main; main(['diff', {str(file)!r}, {str(file)!r}]); "
        "print([name for name in ('numpy', 'matplotlib', 'rich', 'PIL', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
