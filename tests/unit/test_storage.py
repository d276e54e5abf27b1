"""What runs leave behind: folders of their own, files whole or not at all, and sentences where nothing can be saved."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from made_runs import described, made_run, measured

from memlab import storage
from memlab.errors import DocumentError, UsageError
from memlab.storage import RunFolder, list_runs, load_run, write_atomically

NOON = datetime(2030, 1, 2, 12, 0, 0, tzinfo=UTC)
RUN = made_run([described("plain", "baseline")], [measured("plain", 1000)])


def test_a_folder_is_named_after_the_recipe_and_the_moment(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "reports", "generators", NOON)
    assert folder.path == tmp_path / "reports" / "generators" / "2030-01-02T12-00-00Z"
    assert folder.run_file == folder.path / "run.json"
    assert list(folder.path.iterdir()) == []


def test_the_moment_is_now_in_utc(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    name = RunFolder(tmp_path, "generators").path.name
    assert before <= datetime.strptime(name, "%Y-%m-%dT%H-%M-%S%z") <= datetime.now(UTC)


def test_folders_of_one_second_are_never_shared(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: RunFolder(tmp_path, "generators", NOON).path, range(24)))
    assert len(set(paths)) == 24
    names = {"2030-01-02T12-00-00Z"} | {f"2030-01-02T12-00-00Z-{number}" for number in range(2, 25)}
    assert {path.name for path in paths} == names


def test_a_run_is_saved_in_place_of_the_one_before(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "generators", NOON)
    folder.save(made_run([described("plain", "baseline")], []))
    folder.save(RUN)
    assert load_run(folder.run_file) == RUN
    assert load_run(folder.path) == RUN
    assert [file.name for file in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("broken", ["fsync", "replace", "chmod"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "run.json"
    write_atomically(file, b"before")
    with monkeypatch.context() as patch:
        patch.setattr(os, broken, fail)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(file, b"after" * 100_000)
    assert file.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_file_that_is_there_can_be_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "report.json"
    write_atomically(file, b"first", replace=False)
    assert file.stat().st_nlink == 1
    with pytest.raises(FileExistsError):
        write_atomically(file, b"second", replace=False)
    assert file.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "dangling", b"second", replace=False)


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_s_name_may_be_as_long_as_the_file_system_lets_it_be(tmp_path: Path, replace: bool) -> None:
    file = tmp_path / ("a" * 251 + ".svg")
    write_atomically(file, b"whole", replace=replace)
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(file, b"whole")]


def test_a_report_is_saved_beside_the_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "generators", NOON)
    folder.save(RUN)
    folder.save_report(b"{}")
    assert {file.name for file in folder.path.iterdir()} == {"run.json", "report.json"}
    assert (folder.path / "report.json").read_bytes() == b"{}"


def test_an_interrupted_write_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(tmp_path / "run.json", b"after")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_get_the_rights_that_the_user_s_umask_leaves(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "run.json", b"x")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == mode


def test_a_folder_without_a_run_goes_with_those_made_for_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a" / "b", "generators", NOON)
    folder.discard()
    assert list(tmp_path.iterdir()) == []
    folder.discard()


def test_only_what_was_made_for_it_goes(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    RunFolder(tmp_path / "reports", "generators", NOON).discard()
    assert [one.name for one in tmp_path.iterdir()] == ["reports"]
    assert list((tmp_path / "reports").iterdir()) == []


def test_a_saved_run_stays(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "reports", "generators", NOON)
    folder.save(RUN)
    folder.discard()
    assert load_run(folder.path) == RUN


def test_a_run_beside_it_stays(tmp_path: Path) -> None:
    first = RunFolder(tmp_path / "reports", "generators", NOON)
    second = RunFolder(tmp_path / "reports", "generators", NOON)
    second.save(RUN)
    first.discard()
    assert list_runs(tmp_path / "reports") == [second.run_file]


def test_another_memlab_may_remove_the_recipe_s_folder_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RunFolder(tmp_path / "reports", "generators", NOON)
    real = storage._missing_folders

    def discard_meanwhile(path: Path) -> list[Path]:
        missing = real(path)
        other.discard()
        return missing

    monkeypatch.setattr(storage, "_missing_folders", discard_meanwhile)
    assert RunFolder(tmp_path / "reports", "generators", NOON).path.is_dir()


def test_a_file_in_the_way_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(UsageError) as raised:
        RunFolder(tmp_path / "reports", "generators")
    assert raised.value.message == f"runs can't be saved in {tmp_path / 'reports'}: Not a directory"
    assert raised.value.hint == "name another folder with --reports"
    assert raised.value.exit_code == 2


def test_an_impossible_name_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"null"):
        RunFolder("reports\0", "generators")


def test_a_reports_folder_that_json_can_not_name_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not valid UTF-8$"):
        RunFolder(tmp_path / os.fsdecode(b"\xff"), "generators")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_can_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        RunFolder(tmp_path / "reports", "generators")


def test_a_full_disk_is_found_when_the_folder_is_made_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage.tempfile, "TemporaryFile", fail)
        with pytest.raises(UsageError, match=r"^runs can't be saved in .*: No space left on device$"):
            RunFolder(tmp_path / "a" / "reports", "generators", NOON)
    assert list(tmp_path.iterdir()) == []


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    made = []
    for number in range(12):
        made.append(RunFolder(tmp_path, ("generators", "tiles")[number % 2], NOON))
        made[-1].save(RUN)
    later = RunFolder(tmp_path, "generators", NOON.replace(second=1))
    later.save(RUN)
    earlier = RunFolder(tmp_path, "tiles", NOON.replace(hour=9))
    earlier.save(RUN)
    RunFolder(tmp_path, "generators", NOON.replace(hour=13))  # nothing saved in it
    (tmp_path / "README.md").write_text("")
    listed = list_runs(tmp_path)
    assert listed[0] == later.run_file
    assert listed[-1] == earlier.run_file
    numbers = [file.parent.name for file in listed if file.parent.parent.name == "tiles"][:-1]
    assert numbers == [f"2030-01-02T12-00-00Z-{number}" for number in (6, 5, 4, 3, 2)] + ["2030-01-02T12-00-00Z"]


def test_ten_and_more_runs_of_one_second_are_in_their_order(tmp_path: Path) -> None:
    made = [RunFolder(tmp_path, "generators", NOON) for _ in range(12)]
    for folder in made:
        folder.save(RUN)
    assert list_runs(tmp_path) == [folder.run_file for folder in reversed(made)]


def test_there_may_be_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "reports") == []


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as raised:
        load_run(tmp_path / "run.json")
    assert raised.value.message == f"{tmp_path / 'run.json'} can't be read: No such file or directory"
    with pytest.raises(DocumentError, match=r"can't be read: No such file"):
        load_run(tmp_path)
    with pytest.raises(DocumentError, match=r"can't be read: embedded null byte"):
        load_run("a\0b")


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    for content, message in [
        (b"", "is empty"),
        (b"{", "is damaged or not one of memlab's: "),
        (b'{"format": "memlab.run", "version": 99}', "was written by a newer memlab (version 99 of memlab.run, "),
        (b'{"format": "memlab.report", "version": 1}', "is a 'memlab.report' document, not a 'memlab.run' one"),
    ]:
        file.write_bytes(content)
        with pytest.raises(DocumentError) as raised:
            load_run(file)
        assert raised.value.message.startswith(f"{file} {message}")
