"""Missing libraries are named with what to install, and nothing is imported to find out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memlab.libraries import explain_import_error, install_sentence, missing


def test_only_what_is_absent_is_missing_each_once() -> None:
    assert missing(("os", "no_such_module_1", "os.path", "no_such_module_1", "no_such_module_2.deep")) == (
        "no_such_module_1",
        "no_such_module_2.deep",
    )


def test_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "explosive").mkdir()
    (tmp_path / "explosive" / "__init__.py").write_text("raise SystemExit('imported')")
    script = "from memlab.libraries import missing; print(missing(('explosive', 'explosive.deep')))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    assert done.stdout == "()\n"


def test_a_broken_spec_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "half_loaded", type(sys)("half_loaded"))
    assert missing(("half_loaded",)) == ("half_loaded",)
    monkeypatch.setitem(sys.modules, "blocked", None)
    assert missing(("blocked",)) == ("blocked",)


def test_what_an_uninstallation_left_behind_is_not_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("skimage", "somebodys_namespace"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert missing(("skimage", "somebodys_namespace")) == ("skimage",)


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        ("cv2", 'cv2 (OpenCV) is missing; install it with: pip install "memlab[opencv-headless]"'),
        ("h5py", 'h5py (HDF5) is missing; install it with: pip install "memlab[hdf5]"'),
        ("PIL", "PIL is missing; install it with: pip install Pillow"),
        ("skimage.io", "skimage.io is missing; install it with: pip install scikit-image"),
        ("sklearn", "sklearn is missing; install it with: pip install scikit-learn"),
        ("yaml", "yaml is missing; install it with: pip install PyYAML"),
        ("tifffile", "tifffile is missing; install it with: pip install tifffile"),
    ],
)
def test_the_sentence_names_what_to_install(module: str, sentence: str) -> None:
    assert install_sentence(module) == sentence


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libxcb.so.1", "libxcb1"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libSM.so.6", "libsm6"),
    ],
)
@pytest.mark.parametrize("module", ["cv2", None])
def test_opencvs_system_libraries_are_explained(library: str, package: str, module: str | None) -> None:
    message = f"{library}: cannot open shared object file: No such file or directory"
    explained = explain_import_error(module, message)
    assert explained is not None
    assert library in explained
    assert package in explained
    assert "opencv-python-headless" in explained


def test_other_import_errors_are_explained_no_further_than_known() -> None:
    message = "libvips.so.42: cannot open shared object file: No such file or directory"
    explained = explain_import_error("pyvips", message)
    assert explained is not None
    assert "libvips.so.42" in explained
    assert "opencv" not in explained
    assert explain_import_error("cv2", "No module named 'cv2'") is None
    assert explain_import_error("cv2", "") is None
