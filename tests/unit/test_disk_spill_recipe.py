"""Where the recipe `disk_spill` puts its files: on a disk, or it says that it can't."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cv2")

from memlab import catalogue

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def recipe() -> Any:
    (entry,) = [entry for entry in catalogue.find_all() if entry.name == "disk_spill"]
    assert entry.module is not None
    return importlib.import_module(entry.module)


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that is memory."""
    if not sys.platform.startswith("linux") or not os.access(SHARED_MEMORY, os.W_OK):
        pytest.skip("there is no /dev/shm")
    monkeypatch.setattr(tempfile, "tempdir", str(SHARED_MEMORY))
    return SHARED_MEMORY


def test_shared_memory_is_memory_and_what_is_not_there_is_not(recipe: Any, in_memory: Path) -> None:
    assert recipe.is_memory(str(in_memory))
    assert not recipe.is_memory("/proc")
    assert not recipe.is_memory(str(in_memory / "no-such-folder"))


def test_files_go_to_a_disk_instead(
    recipe: Any, in_memory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recipe, "is_memory", lambda folder: folder == str(in_memory))
    with recipe.spill_folder() as folder:
        assert Path(folder).parent == Path("/var/tmp")
        assert Path(folder).is_dir()
    assert not Path(folder).exists()
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("in_memory")
def test_where_there_is_no_disk_that_is_said(
    recipe: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recipe, "is_memory", lambda _: True)
    with recipe.spill_folder() as folder:
        assert Path(folder).is_dir()
    assert "is memory (tmpfs): what is spilled there saves none; set TMPDIR" in capsys.readouterr().out


def test_an_error_leaves_no_files(recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(recipe, "is_memory", lambda _: False)

    def spill() -> None:
        with recipe.spill_folder() as folder:
            (Path(folder) / "0.npy").write_bytes(b"x")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        spill()
    assert list(tmp_path.iterdir()) == []
