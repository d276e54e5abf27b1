"""Inputs in one line: another line whenever the pictures are others."""

from __future__ import annotations

from typing import Any

import pytest

from memlab.analysis.inputs_line import inputs_line
from memlab.model.run import InputFile, Inputs
from memlab.recipe import files, photos


def line(description: dict[str, Any] | None, *sizes: int) -> str:
    made = tuple(InputFile(f"/home/somebody/{number}.tif", size) for number, size in enumerate(sizes))
    return inputs_line(Inputs(description, True, made))


@pytest.mark.parametrize(
    ("description", "words"),
    [
        (photos(24, 1200, 900), "24 photos of 1200×900, jpeg, quality 90"),
        (photos(1, 64, 48, progressive=True, quality=50), "1 photo of 64×48, progressive jpeg, quality 50"),
        (photos(2, 64, 48, format="png"), "2 photos of 64×48, png"),
        (photos(2, 64, 48, format="webp", seed=7), "2 photos of 64×48, webp, quality 90, seed 7"),
    ],
)
def test_generated_photographs(description: Any, words: str) -> None:
    assert line(description.to_dict(), 5, 5) == words


def test_files_of_ones_own() -> None:
    described = files("scans/*.tif", "/home/somebody/more.tif", count=2).to_dict()
    assert line(described, 1000, 234) == "2 files of 1234 bytes (scans/*.tif, more.tif)"
    assert line(files("a.tif").to_dict(), 1) == "1 file of 1 bytes (a.tif)"


def test_a_folder_is_known_by_its_files() -> None:
    assert (
        line({"kind": "folder", "path": "/home/somebody", "count": None}, 10, 20) == "2 files of 30 bytes in a folder"
    )


def test_no_inputs() -> None:
    assert line(None) == "no inputs"


def test_a_kind_that_is_not_known_is_told_by_its_description() -> None:
    assert line({"kind": "video", "frames": 3}, 7) == '1 file of 7 bytes, {"frames": 3, "kind": "video"}'
