"""The baseline file on disk: put in its place whole, found or not, refused where it can't be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_baselines import BASELINE, section

from memlab.errors import DocumentError, UsageError
from memlab.model.baseline import Baseline
from memlab.model.baseline_file import encode_baseline
from memlab.storage import load_baseline, save_baseline


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "memlab-baseline.json"
    save_baseline(file, BASELINE)
    assert file.read_bytes() == encode_baseline(BASELINE)
    assert load_baseline(file) == BASELINE
    save_baseline(str(file), Baseline((section(python="CPython 3.12"),)))
    assert load_baseline(str(file)) == Baseline((section(python="CPython 3.12"),))
    assert os.listdir(tmp_path) == ["memlab-baseline.json"]


def test_no_file_is_no_baseline(tmp_path: Path) -> None:
    assert load_baseline(tmp_path / "nothing.json") is None


def test_what_can_not_be_loaded(tmp_path: Path) -> None:
    file = tmp_path / "it.json"
    with pytest.raises(DocumentError, match=r"^the baseline file .* can't be read: Is a directory$"):
        load_baseline(tmp_path)
    with pytest.raises(DocumentError, match="can't be read: embedded null"):
        load_baseline("a\0b")
    file.write_bytes(encode_baseline(BASELINE)[:-10])
    with pytest.raises(DocumentError, match=r"it\.json is damaged"):
        load_baseline(file)


def test_what_was_there_stays_when_it_can_not_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "it.json"
    save_baseline(file, BASELINE)

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="can't be written: No space left on device") as raised:
        save_baseline(file, Baseline(()))
    assert raised.value.hint == "name another file with --baseline"
    assert load_baseline(file) == BASELINE
    assert os.listdir(tmp_path) == ["it.json"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written: No such file or directory"):
        save_baseline(tmp_path / "none" / "it.json", BASELINE)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    link = tmp_path / "it.json"
    link.symlink_to(tmp_path / "shared" / "real.json")
    save_baseline(link, BASELINE)
    assert link.is_symlink()
    assert load_baseline(tmp_path / "shared" / "real.json") == BASELINE
