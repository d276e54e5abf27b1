"""Files that are made once: several processes at once, damage, kills, and where the cache is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from memlab.inputs import kept, make_photos, provide
from memlab.inputs.kept import KeptFiles, cache_folder
from memlab.recipe.inputs import Photos

fcntl = pytest.importorskip("fcntl", reason="the lock is tested with POSIX locks")

# Large and quick to encode: writing one takes long enough for a reader to meet half of it, were that possible.
PICTURES = Photos(6, 1000, 800, "bmp")
MAKE = f"""
import sys
from pathlib import Path
from memlab.inputs import make_photos, photograph
from memlab.recipe.inputs import Photos
made = []
encode = photograph.encode_photograph
photograph.encode_photograph = lambda description, index: made.append(index) or encode(description, index)
sys.stdin.readline()
for path in make_photos({PICTURES!r}, cache=Path(sys.argv[1]), progress=lambda done, total: None):
    path.read_bytes()
print(*made)
"""


def quiet(_done: int, _total: int) -> None:
    """Progress that nobody sees."""


def test_two_processes_at_once_share_the_work_and_a_third_meets_only_whole_files(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, str(cache)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("go\n")
        maker.stdin.flush()
    met: dict[str, set[bytes]] = {}
    readings = 0
    deadline = time.monotonic() + 60
    while any(maker.poll() is None for maker in makers) and time.monotonic() < deadline:
        for path in cache.glob("*/*/*.bmp"):
            if not path.name.startswith("."):
                met.setdefault(path.name, set()).add(path.read_bytes())
                readings += 1
    made = [number for maker in makers for number in maker.communicate(timeout=30)[0].split()]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert sorted(made) == ["0", "1", "2", "3", "4", "5"]
    assert readings > len(met) > 0
    for path in make_photos(PICTURES, cache=cache, progress=lambda *_: pytest.fail("it was there already")):
        assert met.get(path.name, {path.read_bytes()}) == {path.read_bytes()}


@pytest.mark.parametrize("damage", ["empty", "cut", "one byte", "removed"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    description = Photos(3, 96, 64)
    paths = make_photos(description, cache=tmp_path, progress=quiet)
    before = [path.read_bytes() for path in paths]
    victim = paths[1]
    whole = victim.read_bytes()
    if damage == "empty":
        victim.write_bytes(b"")
    elif damage == "cut":
        victim.write_bytes(whole[: len(whole) // 2])
    elif damage == "one byte":
        victim.write_bytes(whole[:700] + bytes([whole[700] ^ 1]) + whole[701:])
    else:
        victim.unlink()
    calls: list[tuple[int, int]] = []
    again = make_photos(description, cache=tmp_path, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(2, 3), (3, 3)]
    assert again == paths
    assert [path.read_bytes() for path in paths] == before


def test_a_folder_in_a_pictures_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMLAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache/photos-v1/64x48-jpeg-q90-s0/0000.jpg").mkdir(parents=True)
    scratch = tmp_path / "scratch"
    made = provide(Photos(1, 64, 48), recipe_folder=tmp_path, scratch=scratch, default=True, progress=quiet)
    assert Path(made.files[0].path).is_relative_to(scratch)
    assert not list((tmp_path / "cache").rglob("*.part"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00nonsense\n" * 50,
        b"0000.jpg 1 00000000\n",
        b"\n0000.jpg 12",
    ],
)
def test_a_damaged_list_costs_only_time(tmp_path: Path, content: bytes) -> None:
    description = Photos(2, 64, 48)
    first = make_photos(description, cache=tmp_path, progress=quiet)
    pictures = [path.read_bytes() for path in first]
    (first[0].parent / "checksums").write_bytes(content)
    assert [path.read_bytes() for path in make_photos(description, cache=tmp_path, progress=quiet)] == pictures
    make_photos(description, cache=tmp_path, progress=lambda *_: pytest.fail("the list was not mended"))


def test_an_interrupt_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_photos(Photos(1, 64, 48), cache=tmp_path, progress=quiet)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["lock"]


def test_ctrl_c_in_a_real_process(tmp_path: Path) -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", MAKE.replace("Photos(count=6", "Photos(count=5000"), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert maker.stdin is not None
    maker.stdin.write("go\n")
    maker.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("*/*/0001.bmp")) and time.monotonic() < deadline:
        time.sleep(0.01)
    maker.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in maker.communicate(timeout=30)[1]
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in ("lock", "checksums")]
    assert len(left) >= 2
    for path in left:
        assert path.suffix == ".bmp"
        with Image.open(path) as image:
            image.load()


def test_what_a_killed_process_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    old, young = folder / ".0000.jpg.1-aa.part", folder / ".0001.jpg.2-bb.part"
    for path in (old, young):
        path.write_bytes(b"half")
    an_hour_ago = time.time() - 3600
    os.utime(old, (an_hour_ago, an_hour_ago))
    KeptFiles(folder).keep("0000.jpg", lambda: b"whole")
    assert not old.exists()
    assert young.exists()
    assert (folder / "0000.jpg").read_bytes() == b"whole"


def test_a_lock_held_for_ever_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_PATIENCE_SECONDS", 0.3)
    waits: list[float] = []
    monkeypatch.setattr(kept.time, "sleep", lambda seconds, sleep=time.sleep: (waits.append(seconds), sleep(seconds)))
    with open(tmp_path / "lock", "ab") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        store = KeptFiles(tmp_path)
        store.keep("0000.jpg", lambda: b"one")
        waited_for_the_first = len(waits)
        store.keep("0001.jpg", lambda: b"two")
    assert waited_for_the_first > 1
    assert len(waits) == waited_for_the_first
    assert store.holds("0000.jpg")
    assert store.holds("0001.jpg")


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_arguments: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    store = KeptFiles(tmp_path)
    store.keep("0000.jpg", lambda: b"one")
    assert store.holds("0000.jpg")


def test_a_file_that_another_process_made_meanwhile_is_not_made_twice(tmp_path: Path) -> None:
    late = KeptFiles(tmp_path)
    assert not late.holds("0000.jpg")
    KeptFiles(tmp_path).keep("0000.jpg", lambda: b"one")
    late.keep("0000.jpg", lambda: pytest.fail("made twice"))


def test_a_cache_that_was_emptied_and_filled_again_meanwhile(tmp_path: Path) -> None:
    store = KeptFiles(tmp_path)
    for name in ("0000.jpg", "0001.jpg"):
        store.keep(name, lambda: b"before")
    for path in tmp_path.iterdir():
        path.unlink()
    KeptFiles(tmp_path).keep("0000.jpg", lambda: b"afterwards")
    assert store.holds("0000.jpg")
    assert not store.holds("0001.jpg")


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEMLAB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    found = cache_folder()
    assert found is not None
    assert found.is_relative_to(home)
    assert found.name == "memlab"
    assert list(home.iterdir()) == []

    monkeypatch.setenv("HOME", str(tmp_path / "nonexistent"))
    assert cache_folder() is None
    monkeypatch.setenv("HOME", "")
    assert cache_folder() is None

    monkeypatch.setenv("MEMLAB_CACHE", str(tmp_path / "named"))
    assert cache_folder() == tmp_path / "named"
    monkeypatch.setenv("MEMLAB_CACHE", "relative")
    monkeypatch.chdir(tmp_path)
    assert cache_folder() == tmp_path / "relative"
    monkeypatch.setenv("MEMLAB_CACHE", str(tmp_path / "no-utf8-\udcff"))
    assert cache_folder() is None


def test_without_a_home_folder_pictures_come_from_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEMLAB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nonexistent"))
    scratch = tmp_path / "scratch"
    made = provide(Photos(1, 64, 48), recipe_folder=tmp_path, scratch=scratch, default=True, progress=quiet)
    assert Path(made.files[0].path).is_relative_to(scratch)
    assert not (tmp_path / "nonexistent").exists()
