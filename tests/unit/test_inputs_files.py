"""`files(...)`: what lies beside the recipe, pictures or not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from memlab.errors import UsageError
from memlab.inputs import MadeInputs, provide
from memlab.recipe.inputs import files


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody sees."""


def find(folder: Path, *patterns: str, count: int | None = None) -> MadeInputs:
    return provide(
        files(*patterns, count=count),
        recipe_folder=folder,
        scratch=folder.parent / "scratch",
        default=True,
        progress=quiet,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recipe [1]"  # Brackets in the folder's own name are no pattern.
    (folder / "scans").mkdir(parents=True)
    Image.new("L", (300, 200), 90).save(folder / "b.png")
    Image.new("RGB", (120, 80)).save(folder / "a.jpg")
    Image.new("CMYK", (20, 10)).save(folder / "scans" / "c.tif")
    (folder / "table.csv").write_text("1,2\n")
    (folder / "other.csv").write_text("3,4\n")
    (folder / "empty.bin").touch()
    (folder / "data.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    (folder / "folder.csv").mkdir()
    return folder


def names(made: MadeInputs, folder: Path) -> list[str]:
    return [Path(file.path).relative_to(folder).as_posix() for file in made.files]


def test_patterns_are_relative_sorted_and_each_file_is_taken_once(folder: Path) -> None:
    made = find(folder, "*.png", "scans/*.tif", "*.jpg", "./b.*", "scans/../b.png", str(folder.parent / "*/a.jpg"))
    assert names(made, folder) == ["a.jpg", "b.png", "scans/c.tif"]
    assert [(file.width, file.height, file.mode) for file in made.files] == [
        (120, 80, "RGB"),
        (300, 200, "L"),
        (20, 10, "CMYK"),
    ]
    assert made.default
    assert (
        made.description
        == files("*.png", "scans/*.tif", "*.jpg", "./b.*", "scans/../b.png", str(folder.parent / "*/a.jpg")).to_dict()
    )
    (folder / "scans" / "old").mkdir()
    Image.new("L", (20, 10)).save(folder / "scans" / "old" / "d.tif")
    assert names(find(folder, "**/*.tif"), folder) == ["scans/c.tif", "scans/old/d.tif"]


def test_pictures_have_twins_and_other_files_are_their_own(folder: Path) -> None:
    made = find(folder, "*.png", "*.csv", "*.h5", "*.bin")
    assert names(made, folder) == ["b.png", "data.h5", "empty.bin", "other.csv", "table.csv"]
    assert [file.mode for file in made.files] == ["L", None, None, None, None]
    assert [file.size_bytes for file in made.files][1:] == [208, 0, 4, 4]
    twin, *others = made.twins
    with Image.open(twin) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (64, 48))
    assert others == [str(folder / name) for name in ("data.h5", "empty.bin", "other.csv")]


def test_two_files_of_one_kind_have_two_twins(folder: Path) -> None:
    assert len(find(folder, "*.csv").twins) == 2
    Image.new("L", (30, 20), 90).save(folder / "d.png")
    assert len(set(find(folder, "*.png").twins)) == 2


def test_a_damaged_picture_is_the_authors_business(folder: Path) -> None:
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(whole[:60])
    made = find(folder, "*.png")
    assert names(made, folder) == ["b.png"]
    assert made.twins == (str(folder / "b.png"),)


def test_count_takes_the_first(folder: Path) -> None:
    assert names(find(folder, "*.csv", "*.jpg", count=2), folder) == ["a.jpg", "other.csv"]
    with pytest.raises(UsageError) as caught:
        find(folder, "*.csv", count=5)
    assert caught.value.message == f"*.csv in {folder}: 2 found, 5 asked"


def test_nothing_matches(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find(folder, "*.exr", "raw/*.dng")
    assert caught.value.message == f"no file matches *.exr or raw/*.dng in {folder}"
    assert caught.value.hint


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="needs file names of any bytes")
def test_names_and_files_of_the_worst_kind(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    with open(os.fsencode(folder) + b"/latin-\xe9.csv", "w") as file:
        file.write("5,6\n")
    made = find(folder, "*.csv")
    assert names(made, folder) == ["other.csv", "table.csv"]
    assert made.passed_over == (("latin-\\udce9.csv", "its name is not valid UTF-8"),)
