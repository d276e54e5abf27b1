"""`--images DIR` on a folder with everything in it that users' folders have: used or named, never a crash."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memlab.errors import MemlabError, UsageError
from memlab.inputs import MadeInputs, photograph, read_folder

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody sees."""


def read(folder: Path | str, count: int | None = None) -> MadeInputs:
    scratch = Path(str(folder) + "-scratch")
    return read_folder(str(folder), count=count, scratch=scratch, progress=quiet)


def names(made: MadeInputs) -> list[str]:
    return [os.path.basename(file.path) for file in made.files]


def shot(width: int = 200, height: int = 150) -> Image.Image:
    return photograph.paint_photograph(width, height, 0, 0)


def rotated() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def see_through(image: Image.Image) -> Image.Image:
    """Transparent in one place only, as WebP drops an alpha channel that says nothing."""
    clear = image.convert("RGBA")
    clear.paste((0, 0, 0, 0), (101, 71, 102, 72))
    return clear


def deep(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


USED = {
    "bilevel.png": ("1", lambda path: shot().convert("1").save(path)),
    "grey.jpg": ("L", lambda path: shot().convert("L").save(path)),
    "grey_alpha.png": ("LA", lambda path: shot().convert("LA").save(path)),
    "palette.png": ("P", lambda path: shot().convert("P").save(path)),
    "palette.gif": ("P", lambda path: shot().save(path)),
    "rgba.png": ("RGBA", lambda path: shot().convert("RGBA").save(path)),
    "rgba.webp": ("RGBA", lambda path: see_through(shot()).save(path, lossless=True)),
    "cmyk.jpg": ("CMYK", lambda path: shot().convert("CMYK").save(path)),
    "sixteen.png": ("I;16", lambda path: deep(shot()).save(path)),
    "sixteen.tif": ("I;16", lambda path: deep(shot()).save(path)),
    "float.tif": ("F", lambda path: shot().convert("F").save(path)),
    "lzw.TIF": ("RGB", lambda path: shot().save(path, format="TIFF", compression="tiff_lzw")),
    "fax.tif": ("1", lambda path: shot().convert("1").save(path, compression="group4")),
    "pages.tif": ("RGB", lambda path: shot().save(path, save_all=True, append_images=[shot()])),
    "progressive.jpg": ("RGB", lambda path: shot().save(path, progressive=True)),
    "exif.jpg": ("RGB", lambda path: shot().save(path, exif=rotated())),
    "exif.png": ("RGB", lambda path: shot().save(path, exif=rotated())),
    "exif.tif": ("RGB", lambda path: shot().save(path, exif=rotated())),
    "bitmap.bmp": ("RGB", lambda path: shot().save(path)),
    "a jpeg in truth.png": ("RGB", lambda path: shot().save(path, format="JPEG")),
}


@pytest.mark.parametrize("name", USED)
def test_every_kind_of_picture_is_used_and_has_a_twin_of_its_kind(tmp_path: Path, name: str) -> None:
    mode, save = USED[name]
    folder = tmp_path / "pictures"
    folder.mkdir()
    save(folder / name)
    shutil.copy(folder / name, folder / f"z-{name}")
    made = read(folder)
    assert names(made) == [name, f"z-{name}"]
    assert made.passed_over == ()
    file = made.files[0]
    with Image.open(folder / name) as picture, Image.open(made.twins[0]) as twin:
        assert (file.width, file.height, file.mode) == (*picture.size, mode)
        assert file.size_bytes == os.path.getsize(folder / name)
        assert (twin.format, twin.mode, os.path.splitext(made.twins[0])[1]) == (
            picture.format,
            picture.mode,
            os.path.splitext(name)[1],
        )
        for key in ("compression", "progressive"):
            assert twin.info.get(key) == picture.info.get(key)
        assert getattr(twin, "is_animated", False) == getattr(picture, "is_animated", False)
        assert twin.getexif().get(0x0112) == picture.getexif().get(0x0112)
        # Pillow swaps the sides of a TIFF that lies on its side.
        assert twin.size == ((48, 64) if picture.size == (150, 200) else (64, 48))
        twin.load()
    assert len(set(made.twins)) == 2
    assert all(os.path.getsize(twin) < 20_000 for twin in made.twins)


def test_twins_go_through_every_kind_once(tmp_path: Path) -> None:
    for number in range(3):
        shot().save(tmp_path / f"{number}.jpg")
        shot().save(tmp_path / f"{number}.png")
    shot().convert("L").save(tmp_path / "3.jpg")
    made = read(tmp_path)
    assert sorted(os.listdir(f"{tmp_path}-scratch/twins")) == ["twin-00.jpg", "twin-01.png", "twin-02.jpg"]
    kinds = []
    for path in made.twins:
        with Image.open(path) as twin:
            kinds.append((twin.format, twin.mode))
    assert kinds == [("JPEG", "RGB"), ("PNG", "RGB"), ("JPEG", "L")]
    assert len(read(tmp_path, count=1).twins) == 1


def test_a_format_without_a_writer_has_a_plain_twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shot().save(tmp_path / "camera.jpg")
    Image.init()
    monkeypatch.delitem(Image.SAVE, "JPEG")
    (twin,) = read(tmp_path).twins
    with Image.open(twin) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (64, 48))


def encoded(format: str, image: Image.Image | None = None, **options: object) -> bytes:
    content = io.BytesIO()
    (image or shot()).save(content, format=format, **options)
    return content.getvalue()


def png_of_zeros(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = bytes((width + 7) // 8 + 1)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    folder = tmp_path / "zoo"
    folder.mkdir()
    jpeg = encoded("JPEG")
    (folder / "good.jpg").write_bytes(jpeg)
    (folder / ".hidden.jpg").write_bytes(jpeg)
    (folder / "empty.jpg").touch()
    (folder / "notes.txt").write_text("no image\n")
    (folder / "fake.jpg").write_text("no JPEG")
    (folder / "data.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    (folder / "drawing.eps").write_bytes(encoded("EPS"))
    (folder / "bomb.png").write_bytes(png_of_zeros(20_000, 20_000))
    (folder / "large.png").write_bytes(png_of_zeros(10_000, 10_000))
    (folder / "album").mkdir()
    (folder / "folder.jpg").mkdir()
    (folder / "album" / "below.jpg").write_bytes(jpeg)
    for name, whole in (
        ("jpg", jpeg),
        ("png", encoded("PNG")),
        ("bmp", encoded("BMP")),
        ("gif", encoded("GIF")),
        ("tif", encoded("TIFF")),
    ):
        (folder / f"cut.{name}").write_bytes(whole[: len(whole) * 6 // 10])
    broken = bytearray(jpeg)
    broken[len(jpeg) // 2 : len(jpeg) // 2 + 64] = b"\xff" * 64
    (folder / "broken.jpg").write_bytes(broken)
    (folder / "bad_exif.png").write_bytes(encoded("PNG", exif=b"Exif\0\0no TIFF header"))
    if sys.platform != "win32":
        os.mkfifo(folder / "pipe.jpg")
        (folder / "loop.jpg").symlink_to("loop.jpg")
        (folder / "nowhere.jpg").symlink_to("nothing")
        (folder / "device.jpg").symlink_to("/dev/zero")
        (folder / "link.jpg").symlink_to("good.jpg")
        (folder / "new\nline.jpg").write_bytes(jpeg)
        (folder / "escape\x1b[31m.jpg").write_bytes(jpeg)
        (folder / "escape\x1b[2J.txt").write_text("no image")
        if sys.platform != "darwin":
            with open(os.fsencode(folder) + b"/latin-\xe9.jpg", "wb") as file:
                file.write(jpeg)
    return folder


@POSIX
def test_the_zoo(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(zoo)  # A socket's path may be no longer than 108 bytes.
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
        monkeypatch.chdir("/")
        made = read(zoo)
    assert names(made) == [
        "bad_exif.png",
        "escape\x1b[31m.jpg",
        "good.jpg",
        "large.png",
        "link.jpg",
        "new\nline.jpg",
    ]
    expected = {
        "album": "a folder",
        "bomb.png": "so many pixels that Pillow takes it for a decompression bomb",
        "broken.jpg": "damaged: broken data stream when reading image file",
        "cut.bmp": "truncated",
        "cut.gif": "truncated",
        "cut.jpg": "truncated",
        "cut.png": "truncated",
        "cut.tif": "truncated",
        "data.h5": "not an image that Pillow can read",
        "device.jpg": "not a regular file",
        "drawing.eps": "not an image that Pillow can read",
        "empty.jpg": "empty",
        "escape\\x1b[2J.txt": "not an image that Pillow can read",
        "fake.jpg": "not an image that Pillow can read",
        "folder.jpg": "a folder",
        "loop.jpg": "unreadable: Too many levels of symbolic links",
        "notes.txt": "not an image that Pillow can read",
        "nowhere.jpg": "unreadable: No such file or directory",
        "pipe.jpg": "a named pipe, not a file",
        "socket.jpg": "a socket, not a file",
    }
    if sys.platform != "darwin":
        expected["latin-\\udce9.jpg"] = "its name is not valid UTF-8"
    if sys.platform == "linux":
        assert dict(made.passed_over) == expected
    assert dict(made.passed_over).keys() == expected.keys()
    assert list(dict(made.passed_over)) == sorted(expected, key=lambda name: name.replace("\\x1b", "\x1b"))
    document = json.dumps([made.passed_over, [file.path for file in made.files], made.twins, made.description])
    assert document.encode("utf-8")
    assert "\x1b" not in "".join(name + reason for name, reason in made.passed_over)


@POSIX
def test_the_zoo_in_a_process_where_warnings_are_errors(zoo: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from memlab.inputs import read_folder\n"
        "made = read_folder(sys.argv[1], count=None, scratch=Path(sys.argv[2]), progress=lambda done, total: None)\n"
        "print(len(made.files))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(zoo), str(zoo.parent / "scratch")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("6\n", "")


def test_count_takes_the_first_usable_and_looks_no_further(tmp_path: Path) -> None:
    for name in ("a.txt", "z.txt"):
        (tmp_path / name).write_text("no image")
    for name in ("c.jpg", "B.jpg", "d.jpg", "e.jpg"):
        shot().save(tmp_path / name)
    calls: list[tuple[int, int]] = []
    made = read_folder(
        str(tmp_path),
        count=2,
        scratch=tmp_path.with_name("scratch"),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert names(made) == ["B.jpg", "c.jpg"]
    assert made.passed_over == (("a.txt", "not an image that Pillow can read"),)
    assert calls == [(1, 2), (1, 2), (2, 2)]
    assert made.description == {"kind": "folder", "path": str(tmp_path), "count": 2}
    assert not made.default
    assert names(read(tmp_path, count=4)) == ["B.jpg", "c.jpg", "d.jpg", "e.jpg"]


def test_more_than_there_are(tmp_path: Path) -> None:
    for number in range(7):
        shot(16, 16).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, count=32)
    assert caught.value.message == f"{tmp_path} has only 7 usable pictures, 32 asked"
    assert caught.value.hint == "--set count=7 takes all there are"


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_that_is_none(tmp_path: Path, count: int) -> None:
    with pytest.raises(UsageError, match=f"count={count}"):
        read(tmp_path, count=count)


def test_nothing_usable_says_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path)
    assert caught.value.message == f"{tmp_path} has no picture that can be used"
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("no image")
    with pytest.raises(UsageError) as caught:
        read(tmp_path)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("passed over: 0.txt (not an image that Pillow can read), 1.txt (")
    assert caught.value.hint.endswith(" and 2 more")


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("missing", "there is no folder missing"),
        ("", "there is no folder ''"),
        ("file", "file is a file, not a folder"),
        ("no\0folder", "there is no folder no\\x00folder"),
        ("bell\a", "there is no folder bell\\x07"),
        ("\udcff", "the name of the folder \\udcff is not valid UTF-8"),
    ],
)
def test_folders_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, sentence: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        read_folder(folder, count=None, scratch=tmp_path / "scratch", progress=quiet)
    assert caught.value.message == sentence
    assert caught.value.hint


def test_an_endless_name_makes_a_short_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_folder("x" * 10_000, count=None, scratch=tmp_path, progress=quiet)
    assert len(caught.value.message) < 400


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read anything, so reading is made to fail instead of being forbidden."""

    def refuse(_folder: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(UsageError, match=r"can't be read: Permission denied$"):
        read(tmp_path)


def test_a_relative_folder_gives_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    shot().save(tmp_path / "pictures" / "a.png")
    monkeypatch.chdir(tmp_path)
    made = read_folder("pictures", count=None, scratch=Path("scratch"), progress=quiet)
    assert made.files[0].path == str(tmp_path / "pictures" / "a.png")
    assert os.path.isabs(made.twins[0])
    assert os.path.exists(made.twins[0])


def test_a_picture_too_large_for_the_memory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shot().save(tmp_path / "a.png")
    shot().save(tmp_path / "b.jpg")
    from PIL import PngImagePlugin

    def fail(_image: object) -> None:
        raise MemoryError

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail)
    made = read(tmp_path)
    assert names(made) == ["b.jpg"]
    assert made.passed_over == (("a.png", "too large to be decoded in the memory there is"),)


def test_twins_that_cannot_be_written_are_no_fault_of_the_picture(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    shot().save(pictures / "a.png")
    (tmp_path / "file").write_text("")
    with pytest.raises(MemlabError, match=r"pictures for the warm-up can't be written to .*: Not a directory"):
        read_folder(str(pictures), count=None, scratch=tmp_path / "file", progress=quiet)
