"""A run that was saved is found by what users call it, and told from everything else."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from saved_runs import NOON, interrupted_run, run_of, save

from memlab.errors import DocumentError, MemlabError, UsageError
from memlab.model.run import encode_run
from memlab.storage import RUN_FILE
from memlab.workflow.saved_runs import find_run, load_runs, load_shown, newest_run

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an empty folder for runs in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


@pytest.mark.parametrize("name", ["top_k", "top-k", "memlab:top_k", "./top_k.py", "some/where/top_k.py", "top_k.py"])
def test_a_recipe_is_its_newest_run(reports: Path, name: str) -> None:
    save(reports, run_of("top_k"))
    newest = save(reports, run_of("top_k"), LATER)
    save(reports, run_of("views"), LATER + timedelta(hours=1))
    assert find_run(name, reports) == newest


def test_a_path_is_a_run_s_file_or_folder(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = save(reports, run_of("views"))
    assert find_run(str(saved), "nowhere") == saved
    assert find_run(str(saved.parent), "nowhere") == saved
    assert find_run(f"{saved.parent}/", "nowhere") == saved
    monkeypatch.chdir(saved.parent)
    assert find_run("run.json", "nowhere") == Path("run.json")
    assert find_run(".", "nowhere") == Path("run.json")


def test_what_has_runs_is_a_recipe_though_a_folder_is_called_so(reports: Path) -> None:
    saved = save(reports, run_of("views"))
    Path("views").mkdir()
    assert find_run("views", reports) == saved
    with pytest.raises(UsageError, match=r"^there is no run\.json in \./views$"):
        find_run("./views", reports)
    assert find_run("./a:views", reports) == Path("a:views")


@pytest.mark.parametrize("name", ["views", "views.py", "", "a\0b", "\x1b[31m", "x" * 5000])
def test_what_there_is_not(reports: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"^there is no run of .* in .*reports") as raised:
        find_run(name, reports)
    assert raised.value.hint == "memlab runs lists those there are; --reports names another folder"


def test_the_newest_of_all(reports: Path) -> None:
    with pytest.raises(UsageError, match=r"^there is no run in .*reports$"):
        newest_run(reports)
    save(reports, run_of("views"))
    newest = save(reports, run_of("caches"), LATER)
    assert newest_run(reports) == newest
    assert [one.report.recipe for one in load_runs([], reports)] == ["caches"]


def test_folders_that_memlab_does_not_make_are_no_runs(reports: Path) -> None:
    """As the gallery: pages, charts and runs that somebody has put together."""
    saved = save(reports, run_of("views"))
    for name in ("gallery/views", "gallery/9999", "views/copy of 3000-01-01T00-00-00Z", "2999-01-02T12-00-00Z"):
        (reports / name).mkdir(parents=True)
        (reports / name / RUN_FILE).write_bytes(saved.read_bytes())
    assert newest_run(reports) == saved
    assert find_run(str(reports / "gallery" / "views"), reports) == reports / "gallery" / "views" / RUN_FILE


def test_a_reports_folder_that_can_not_be_read(reports: Path) -> None:
    Path("file").touch()
    Path("loop").symlink_to("loop")
    for folder, reason in (
        ("file", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("a\0b", "embedded null"),
    ):
        with pytest.raises(UsageError) as raised:
            newest_run(folder)
        assert raised.value.message.startswith(f"the reports folder {folder} can't be read: ")
        assert reason in raised.value.message
    (reports / "loop").symlink_to("..")
    saved = save(reports, run_of("views"))
    assert newest_run(reports) == saved


def test_a_run_named_twice_is_shown_once(reports: Path) -> None:
    first, second = save(reports, run_of("views")), save(reports, run_of("views", 20), LATER)
    Path("link.json").symlink_to(second)
    shown = load_runs([str(second), "./link.json", "views", str(first.parent)], reports)
    assert [one.report.run_file for one in shown] == [str(second), str(first)]
    assert [one.report.sentence.partition(" less")[0] for one in shown] == ["stream needs 20.0×", "stream needs 10.0×"]


def test_what_is_shown_goes_together(reports: Path) -> None:
    (shown,) = load_runs([str(save(reports, run_of("views")))], reports)
    assert [row.variant for row in shown.trials] == [trial.variant for trial in shown.run.trials]
    assert shown.report.created == shown.run.created == "2999-01-02T12:00:00+00:00"


def test_an_interrupted_run_is_shown_with_what_it_has(reports: Path) -> None:
    shown = load_shown(save(reports, interrupted_run("views"), report=False))
    assert (shown.report.complete, len(shown.trials)) == (False, 1)
    assert [variant.name for variant in shown.report.variants] == ["load_all"]


def _damaged(reports: Path) -> dict[str, str]:
    """Files that are no runs, each with how the sentence on it goes on."""
    whole = encode_run(run_of("views"))
    document = json.loads(whole)
    document["trials"][3]["reply"]["source"] = "crystal ball"
    senseless = json.dumps(document).encode()
    document = json.loads(whole)
    document["trials"][0]["outcome"]["timeline"] = {"points": [[-1.0, 5]], "interval_seconds": 0.02}
    timeless = json.dumps(document).encode()
    report = save(reports, run_of("caches")).with_name("report.json").read_bytes()
    contents: dict[str, tuple[bytes, str]] = {
        "empty": (b"", "is empty"),
        "spaces": (b" \n" * 9000, "is empty"),
        "cut": (whole[: len(whole) // 2], "is damaged or not one of memlab's: "),
        "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 9000, "is damaged or not one of memlab's: "),
        "deep": (b'{"a":' * 100_000, "is damaged or not one of memlab's: "),
        "list": (b"[1, 2]", "is damaged or not one of memlab's: "),
        "newer": (whole.replace(b'"version": 1', b'"version": 99'), "was written by a newer memlab (version 99 of"),
        "report": (report, "is a 'memlab.report' document, not a 'memlab.run' one"),
        "baseline": (b'{"format": "memlab.baseline", "version": 1}', "is a 'memlab.baseline' document, not a"),
        "missing": (b'{"format": "memlab.run", "version": 1}', "is damaged: Object missing required field"),
        "senseless": (senseless, "is damaged: no report can be made of it ("),
        "timeless": (timeless, "is damaged: no report can be made of it ("),
    }
    for name, (content, _) in contents.items():
        Path(name).write_bytes(content)
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    others = {"pipe": "can't be read: it is no regular file", "/dev/zero": "can't be read: it is no regular file"}
    return {name: said for name, (_, said) in contents.items()} | others | {"loop": "can't be read: Too many levels"}


def test_what_is_no_run_is_said_in_a_sentence(reports: Path) -> None:
    for name, said in _damaged(reports).items():
        with pytest.raises(DocumentError) as raised:
            load_shown(find_run(name if name.startswith("/") else f"./{name}", reports))
        assert raised.value.message.startswith(f"{name} {said}")
        assert raised.value.hint
        assert raised.value.exit_code == 2


def test_a_run_file_that_is_a_folder_or_a_pipe(reports: Path) -> None:
    folder = reports / "views" / "2999-01-02T12-00-00Z"
    (folder / RUN_FILE).mkdir(parents=True)
    with pytest.raises(MemlabError, match=r"run\.json"):
        load_shown(find_run("views", reports))
    (folder / RUN_FILE).rmdir()
    os.mkfifo(folder / RUN_FILE)
    with pytest.raises(DocumentError, match=r"no regular file$"):
        load_shown(find_run("views", reports))


def test_a_name_that_is_no_text_is_a_path_all_the_same(reports: Path) -> None:
    name = os.fsdecode(b"./\xff.json")
    Path(name).write_bytes(encode_run(run_of("views")))
    (shown,) = load_runs([name], reports)
    assert shown.report.run_file == name.removeprefix("./")
