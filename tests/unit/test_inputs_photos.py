"""Generated photographs: always the same, like a photograph, kept in a cache that nothing spoils."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memlab.errors import MemlabError
from memlab.inputs import make_photos, photograph, provide
from memlab.recipe.inputs import FORMATS, Photos


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("MEMLAB_CACHE", str(folder))
    return folder


def run_python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_description_gives_the_same_bytes(tmp_path: Path, format: str) -> None:
    description = Photos(2, 101, 75, format)
    first = make_photos(description, cache=tmp_path / "one", progress=quiet)
    second = make_photos(description, cache=tmp_path / "two", progress=quiet)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].read_bytes() != first[1].read_bytes()
    for path in first:
        with Image.open(path) as image:
            assert (image.format, image.size, image.mode) == (format.upper(), (101, 75), "RGB")
            image.load()


def test_another_process_makes_the_same_bytes() -> None:
    code = (
        "import sys; from memlab.inputs.photograph import encode_photograph; from memlab.recipe.inputs import Photos\n"
        "sys.stdout.buffer.write(encode_photograph(Photos(1, 200, 150), 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout == photograph.encode_photograph(Photos(9, 200, 150), 0)


def test_seed_index_and_size_each_make_another_picture() -> None:
    def pixels(width: int, height: int, seed: int, index: int) -> bytes:
        return photograph.paint_photograph(width, height, seed, index).resize((40, 30)).tobytes()

    assert len({pixels(160, 120, 0, 0), pixels(160, 120, 0, 1), pixels(160, 120, 1, 0), pixels(168, 120, 0, 0)}) == 4


@pytest.mark.parametrize(("width", "height"), [(8, 8), (9, 8192), (8192, 9), (257, 513)])
def test_odd_sizes(width: int, height: int) -> None:
    picture = photograph.paint_photograph(width, height, 0, 0)
    assert picture.size == (width, height)
    assert np.asarray(picture).std() > 5


def test_progressive_and_quality_reach_the_file() -> None:
    def encoded(**settings: object) -> Image.Image:
        return Image.open(
            io.BytesIO(photograph.encode_photograph(Photos(1, 320, 240).with_settings(dict(settings)), 0))
        )

    def size(**settings: object) -> int:
        return len(photograph.encode_photograph(Photos(1, 320, 240).with_settings(dict(settings)), 0))

    assert encoded(progressive=True).info.get("progressive")
    assert not encoded().info.get("progressive")
    assert size(quality=50) < 0.6 * size(quality=90)
    assert size(format="webp", quality=50) < 0.8 * size(format="webp", quality=90)


def test_a_picture_has_the_statistics_of_a_photograph() -> None:
    """0.1 to 0.3 bytes a pixel as JPEG; a 1/f spectrum; edges; neither flat nor clipped; noise on flat places."""
    for index in range(3):
        encoded = photograph.encode_photograph(Photos(24, 1200, 900), index)
        assert 0.1 < len(encoded) / (1200 * 900) < 0.3
        picture = photograph.paint_photograph(1200, 900, 0, index)
        light = np.asarray(picture.convert("L"), dtype=float)
        assert 80 < light.mean() < 180
        assert light.std() > 30
        assert np.isin(light, (0, 255)).mean() < 0.01

        skies = [light[:200, left : left + 200] for left in range(0, 1000, 200)]
        assert -2.7 < np.median([spectral_slope(sky) for sky in skies]) < -1.7  # 1/f of amplitude is -2 of power.

        steps = np.diff(light, axis=1)
        assert (steps**4).mean() / (steps**2).mean() ** 2 > 10  # A picture without edges has 3.

        noise = np.diff(light[:60], 2, axis=1).std() / 6**0.5
        assert 1.5 < noise < 5  # A sensor's at daylight, in levels of 255; without it 0.75 are seen.


def spectral_slope(square: np.ndarray) -> float:
    """The exponent with which the power of a square piece falls with spatial frequency."""
    side = len(square)
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.fftshift(np.fft.fft2((square - square.mean()) * window))) ** 2
    rows, columns = np.indices(power.shape)
    radius = np.hypot(rows - side // 2, columns - side // 2).astype(int).ravel()
    spectrum = np.bincount(radius, power.ravel()) / np.bincount(radius)
    return float(np.polyfit(np.log(np.arange(3, 30)), np.log(spectrum[3:30]), 1)[0])


def test_the_cache_is_used_again_for_another_count(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    all_of_them = make_photos(Photos(5, 64, 48), cache=cache, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 5) for done in range(6)]
    assert [path.relative_to(cache).as_posix() for path in all_of_them[:2]] == [
        "photos-v1/64x48-jpeg-q90-s0/0000.jpg",
        "photos-v1/64x48-jpeg-q90-s0/0001.jpg",
    ]
    monkeypatch.setattr(photograph, "encode_photograph", None)
    calls.clear()
    fewer = make_photos(Photos(3, 64, 48), cache=cache, progress=lambda done, total: calls.append((done, total)))
    assert fewer == all_of_them[:3]
    assert calls == []


def test_what_decides_the_bytes_decides_the_folder(tmp_path: Path) -> None:
    descriptions = [
        Photos(1, 64, 48),
        Photos(1, 48, 64),
        Photos(1, 64, 48, quality=80),
        Photos(1, 64, 48, seed=1),
        Photos(1, 64, 48, progressive=True),
        Photos(1, 64, 48, "webp"),
        Photos(1, 64, 48, "png"),
        Photos(1, 64, 48, "tiff"),
    ]
    paths = {make_photos(description, cache=tmp_path, progress=quiet)[0] for description in descriptions}
    assert len(paths) == len(descriptions)
    # A PNG has no quality: the same file serves both.
    assert make_photos(Photos(1, 64, 48, "png", quality=10), cache=tmp_path, progress=quiet)[0] in paths


def test_provide_describes_what_it_made(cache: Path, tmp_path: Path) -> None:
    description = Photos(3, 120, 90, progressive=True)
    made = provide(description, recipe_folder=tmp_path, scratch=tmp_path / "s", default=True, progress=quiet)
    assert made.default
    assert made.description == description.to_dict()
    assert made.passed_over == ()
    for file in made.files:
        assert Path(file.path).is_relative_to(cache)
        assert file.size_bytes == os.path.getsize(file.path)
        assert (file.width, file.height, file.mode) == (120, 90, "RGB")
    assert len(set(made.twins)) == 2
    for twin in made.twins:
        with Image.open(twin) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (64, 48), "RGB")
            assert image.info.get("progressive")
    one = provide(Photos(1, 120, 90), recipe_folder=tmp_path, scratch=tmp_path, default=False, progress=quiet)
    assert (len(one.files), len(one.twins), one.default) == (1, 1, False)


def test_no_inputs(tmp_path: Path) -> None:
    made = provide(None, recipe_folder=tmp_path, scratch=tmp_path, default=True, progress=quiet)
    assert (made.files, made.twins, made.description, made.passed_over) == ((), (), None, ())


def test_a_cache_that_cannot_be_written_falls_back_to_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("MEMLAB_CACHE", str(tmp_path / "file" / "below"))
    scratch = tmp_path / "scratch"
    made = provide(Photos(2, 64, 48), recipe_folder=tmp_path, scratch=scratch, default=True, progress=quiet)
    assert all(Path(path).is_relative_to(scratch) for path in (*(file.path for file in made.files), *made.twins))
    assert capfd.readouterr() == ("", "")


def test_a_read_only_cache_is_still_read(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so writing is made to fail instead of being forbidden."""
    arguments = {"recipe_folder": tmp_path, "scratch": tmp_path / "scratch", "default": True, "progress": quiet}
    first = provide(Photos(2, 64, 48), **arguments)

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert provide(Photos(2, 64, 48), **arguments) == first
    monkeypatch.undo()
    monkeypatch.setenv("MEMLAB_CACHE", str(cache))
    real_mkdir = Path.mkdir
    monkeypatch.setattr(
        Path, "mkdir", lambda self, *a, **k: refuse() if self.is_relative_to(cache) else real_mkdir(self, *a, **k)
    )
    more = provide(Photos(3, 64, 48), **arguments)
    assert all(Path(file.path).is_relative_to(tmp_path / "scratch") for file in more.files)
    assert Path(more.files[0].path).read_bytes() == Path(first.files[0].path).read_bytes()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX users")
def test_an_unprivileged_user_with_a_cache_of_roots(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    # Its libraries are loaded before it stops being root, whose folders may be closed to others.
    code = (
        "import os, tempfile\nfrom pathlib import Path\nfrom memlab.inputs import photograph, provide\n"
        "from memlab.recipe.inputs import Photos\nphotograph.encode_photograph(Photos(1, 64, 48), 0)\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "with tempfile.TemporaryDirectory(dir='/tmp') as scratch:\n"
        "    made = provide(Photos(1, 64, 48), recipe_folder=Path('/'), scratch=Path(scratch), default=True,"
        " progress=lambda done, total: None)\n"
        "    print(made.files[0].path.startswith(scratch))\n"
    )
    done = run_python(code, MEMLAB_CACHE=str(folder))
    assert (done.stdout, done.stderr) == ("True\n", "")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from memlab.errors import MemlabError
from memlab.inputs import provide
from memlab.recipe.inputs import Photos
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    provide(Photos(2, 640, 480), recipe_folder=Path("/"), scratch=Path(sys.argv[1]), default=True,
            progress=lambda done, total: None)
except MemlabError as error:
    print(error.exit_code, error.message)
    print(error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    done = run_python(FULL_DISK, tmp_path / "scratch", MEMLAB_CACHE=str(cache))
    assert done.stderr == ""
    message, hint = done.stdout.splitlines()
    assert re.fullmatch(
        r"2 there is no room for the generated pictures in .*640x480-jpeg-q90-s0: File too large", message
    )
    assert "MEMLAB_CACHE" in hint
    assert sorted(path.name for path in cache.rglob("*") if path.is_file()) == ["lock"]
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (MemoryError(), "there is not enough memory to make a picture of 64×48 pixels"),
        (KeyError("WEBP"), "Pillow can't write a webp picture of 64×48 pixels: 'WEBP'"),
        (
            OSError("encoder webp not available"),
            "Pillow can't write a webp picture of 64×48 pixels: encoder webp not available",
        ),
    ],
)
@pytest.mark.usefixtures("cache")
def test_a_picture_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, sentence: str
) -> None:
    def fail(_description: Photos, _index: int) -> bytes:
        raise failure

    monkeypatch.setattr(photograph, "encode_photograph", fail)
    with pytest.raises(MemlabError) as caught:
        provide(Photos(1, 64, 48, "webp"), recipe_folder=tmp_path, scratch=tmp_path, default=True, progress=quiet)
    assert caught.value.message == sentence


def test_scratch_that_cannot_be_written_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MEMLAB_CACHE", str(tmp_path / "file" / "a"))
    with pytest.raises(MemlabError, match=r"can't be kept in .*: Not a directory"):
        provide(
            Photos(1, 64, 48), recipe_folder=tmp_path, scratch=tmp_path / "file" / "b", default=True, progress=quiet
        )


BIG = """
import resource
from memlab.inputs.photograph import encode_photograph
from memlab.recipe.inputs import Photos
content = encode_photograph(Photos(1, 5312, 2988), 0)
print(len(content) / (5312 * 2988), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is KiB on Linux")
def test_sixteen_megapixels_in_bounded_memory() -> None:
    # A shell between them: what a process starts with counts in its child's ru_maxrss, and pytest's is large.
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -c "$1"', sys.executable, BIG], capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    bytes_a_pixel, peak_kib = map(float, done.stdout.split())
    assert 0.1 < bytes_a_pixel < 0.3
    assert peak_kib < 500 * 1000


def test_importing_the_package_loads_no_library_of_pictures() -> None:
    code = (
        "import sys, memlab.inputs; print([name for name in ('numpy', 'PIL', 'platformdirs') if name in sys.modules])"
    )
    assert run_python(code).stdout == "[]\n"


def test_cached_pictures_are_provided_without_them_too(cache: Path, tmp_path: Path) -> None:
    arguments = {"recipe_folder": tmp_path, "scratch": tmp_path, "default": True, "progress": quiet}
    provide(Photos(2, 64, 48), **arguments)
    code = (
        "import sys; from pathlib import Path; from memlab.inputs import provide\n"
        "from memlab.recipe.inputs import Photos\n"
        "made = provide(Photos(2, 64, 48), recipe_folder=Path('/'), scratch=Path('/'), default=True, progress=print)\n"
        "print(len(made.files), [name for name in ('numpy', 'PIL') if name in sys.modules])"
    )
    assert run_python(code, MEMLAB_CACHE=str(cache)).stdout == "2 []\n"
