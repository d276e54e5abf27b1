"""Outputs in files: what is read back has the digest of what was kept, and whatever fails leaves nothing behind."""

from __future__ import annotations

import array
import ctypes
import errno
import io
import json
import os
import sys
import tempfile
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from held import digest, keep, read_back
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy
from PIL import Image

from memlab.child import kept_outputs
from memlab.child.kept_outputs import keep_output
from memlab.child.outputs import describe_output

MODES = ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "LA", "PA", "RGBX", "RGBa", "La",
         "I;16", "I;16L", "I;16B")  # fmt: skip

HASHABLE = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(max_size=20)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3)),
    max_leaves=4,
)
DTYPES = st.one_of(
    hypothesis_numpy.scalar_dtypes(), hypothesis_numpy.nested_dtypes(max_leaves=4, max_itemsize=200)
).filter(lambda dtype: dtype.itemsize)
ARRAYS = DTYPES.flatmap(
    lambda dtype: hypothesis_numpy.arrays(dtype, hypothesis_numpy.array_shapes(min_dims=0, min_side=0, max_side=5))
)


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    mode, width, height = draw(st.sampled_from(MODES)), draw(st.integers(1, 9)), draw(st.integers(1, 9))
    size = len(Image.new(mode, (width, height)).tobytes())
    content = draw(st.binary(min_size=size, max_size=size))
    if mode == "1" and width % 8:
        # Pillow leaves the bits beyond a row's end to chance.
        rows = np.unpackbits(np.frombuffer(content, np.uint8).reshape(height, -1), axis=1)
        rows[:, width:] = 0
        content = np.packbits(rows, axis=1).tobytes()
    image = Image.frombytes(mode, (width, height), content)
    if mode in ("P", "PA"):
        image.putpalette(draw(st.binary(min_size=3, max_size=768).map(lambda colours: colours[len(colours) % 3 :])))
    return image


NUMBERS = st.one_of(st.floats(width=32).map(np.float32), st.integers(-(1 << 63), (1 << 63) - 1).map(np.int64))
VALUES = st.recursive(
    st.one_of(HASHABLE, ARRAYS, images(), NUMBERS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.lists(inner, min_size=2, max_size=2).map(lambda both: Point(*both)),
    ),
    max_leaves=8,
)
Point = namedtuple("Point", "x y")


@given(VALUES)
@example([0.5] * 40)
@example([-1] * 40)
@example([1 << 70] * 40)
@example([np.float32(0.5)] * 40)
@example([np.float32(0.5), np.float64(0.5)] * 20)
@example([np.str_("a"), np.str_("ab")] * 20)
@example([True] * 40)
@example([float("nan"), -0.0, float("-inf")])
@example([10**5000, -(10**5000)])
@example("\ud800 é")
@example(b"x" * 5000)
@example({b"y" * 5000: 1})
@example(array.array("d", [1.5] * 400))
@example({np.uint8(3): np.int64(7), (1, frozenset({2.5, "a"})): b"z"})
@example(np.ma.array([1, 2, 3], mask=[0, 1, 0]))
@example(np.ma.array(5, mask=True))
@example(np.ma.array([(1, 2.0)], mask=[(True, False)], dtype=[("a", "i4"), ("b", "f8")]))
@example(np.zeros(3, np.dtype([("a", "u1"), ("b", "f8")], align=True)))
@example(np.zeros(3, [("a", "u1"), ("b", "f8"), ("c", "u2")])[["a", "c"]])
@example(np.zeros(3, [("größe", "f4", (2, 2))]))
@example(np.array((1, 2.0), [("a", "i4"), ("b", "f8")]))
@example(np.array(["2020-01-01", "NaT"], "M8[s]"))
@example(np.asfortranarray(np.arange(12.0).reshape(3, 4)))
@example(np.arange(24).reshape(2, 3, 4)[:, ::-1, ::2])
@example(np.broadcast_to(np.float32(1), (5, 6)))
@example(np.zeros((0, 3)))
@example(np.zeros((3, 0)))
@example(np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
@example(memoryview(bytes(range(256)))[::2])
@example(Image.new("RGB", (0, 4)))
@example(Image.new("1", (4, 0)))
@example(Image.new("P", (3, 3)))
def test_what_is_read_back_has_the_same_digest(value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        name = keep(value, Path(folder))
        assert os.listdir(folder) == [name]
        assert digest(read_back(Path(folder, name))) == name


@pytest.mark.parametrize("mode", MODES)
def test_pictures_of_many_strips(mode: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, 4 << 20, np.uint8).tobytes()
    width, height = 640, 900
    size = len(Image.new(mode, (width, height)).tobytes())
    image = Image.frombytes(mode, (width, height), noise[:size])
    assert digest(read_back(tmp_path / keep(image, tmp_path))) == digest(image)


def test_arrays_are_files_that_numpy_reads(tmp_path: Path) -> None:
    big = np.arange(3 << 20, dtype=np.uint16).reshape(1024, 3, 1024).swapaxes(1, 2)
    value = {"a": big, "b": [np.zeros((2, 2), [("größe", "f4")]), Image.new("1", (9, 2), 1)]}
    folder = tmp_path / keep(value, tmp_path)
    assert sorted(os.listdir(folder)) == ["0.npy", "1.npy", "2.npy", "structure.json"]
    loaded = [np.load(folder / f"{number}.npy", allow_pickle=False) for number in range(3)]
    assert np.array_equal(loaded[0], big)
    assert loaded[0].flags.c_contiguous
    assert loaded[1].dtype.names == ("größe",)
    assert loaded[2].tolist() == [[True] * 9] * 2
    assert loaded[2].tobytes() == b"\1" * 18


def test_whose_colours_come_in_opencv_s_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def noted() -> bool:
        keep(1, tmp_path, "one")
        found = json.loads((tmp_path / "one" / "structure.json").read_bytes())["bgr"]
        (tmp_path / "one" / "structure.json").unlink()
        (tmp_path / "one").rmdir()
        return bool(found)

    monkeypatch.setitem(sys.modules, "cv2", sys)
    assert not noted()  # with Pillow beside it, the colours have been turned around
    monkeypatch.delitem(sys.modules, "PIL.Image")
    assert noted()
    monkeypatch.delitem(sys.modules, "cv2")
    assert not noted()


class _Hostile(list[object]):
    def __iter__(self) -> Any:
        raise RuntimeError("no")


def _deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


class _Array(NamedTuple):
    value: np.ndarray[Any, Any]


@pytest.mark.parametrize(
    "value",
    [
        np.array([1, "a", None], object),
        np.zeros(2, [("a", "O"), ("b", "f4")]),
        np.zeros(3, np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0]})),
        [{"a": (np.zeros(3), [np.array([None])])}],
        _Hostile([1]),
        _deep(700),
        [str(number) for number in range(100_001)],
        ["x" * (17 << 20)],
        {np.array((1, 2), [("a", "i4"), ("b", "i4")])[()].item(): 1, "b": np.array([None])},
    ],
)
def test_what_can_not_be_kept_leaves_nothing(value: object, tmp_path: Path) -> None:
    assert keep_output(value, "any", str(tmp_path), ()) is False
    assert os.listdir(tmp_path) == []


def test_very_many_arrays_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_outputs, "_MOST_FILES", 3)
    assert keep_output([np.zeros(1)] * 3, "three", str(tmp_path), ())
    assert not keep_output([np.zeros(1)] * 4, "four", str(tmp_path), ())
    assert os.listdir(tmp_path) == ["three"]


@pytest.mark.parametrize("make", [lambda: np.zeros(1 << 20, np.uint8), lambda: Image.new("L", (1 << 10, 1 << 10))])
def test_what_is_too_large_is_not_kept(
    make: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_outputs, "MOST_BYTES", (2 << 20) + 1000)
    both = [make(), make()]
    assert keep_output(both, "both", str(tmp_path), ())
    assert not keep_output([*both, make()], "three", str(tmp_path), ())
    monkeypatch.setattr(kept_outputs, "MOST_BYTES", (2 << 20) + 10)
    assert not keep_output([*both, 1], "structure", str(tmp_path), ())
    assert os.listdir(tmp_path) == ["both"]


def test_half_of_what_is_free_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tmp_path)
    values = list(real)
    values[1], values[4] = 1, 2 << 20  # f_frsize, f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))
    assert keep_output(np.zeros((1 << 20) - 1000, np.uint8), "less", str(tmp_path), ())
    assert not keep_output(np.zeros(1 << 20, np.uint8), "half", str(tmp_path), ())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, content: Any) -> int:
            if self.tell() + len(content) > 1 << 20:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content) or 0

    monkeypatch.setattr(kept_outputs, "open", Full, raising=False)
    assert keep_output(np.zeros(1 << 18, np.uint8), "small", str(tmp_path), ())
    assert not keep_output([1, np.zeros(3 << 20, np.uint8)], "large", str(tmp_path), ())
    assert os.listdir(tmp_path) == ["small"]


def test_no_folder(tmp_path: Path) -> None:
    assert keep_output(1, "any", str(tmp_path / "nowhere"), ()) is False


def test_writing_may_not_take_the_trial_s_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_outputs, "MOST_SECONDS", -1.0)
    assert not keep_output(np.zeros(6 << 20, np.uint8), "slow", str(tmp_path), ())
    assert os.listdir(tmp_path) == []


def test_what_is_kept_already_is_not_written_again(tmp_path: Path) -> None:
    assert keep_output(1, "known", str(tmp_path), ["known"])
    assert os.listdir(tmp_path) == []
    # A trial beside this one was faster.
    keep([1, np.zeros(3)], tmp_path, "both")
    before = os.stat(tmp_path / "both")
    assert keep_output([1, np.zeros(3)], "both", str(tmp_path), ())
    assert os.stat(tmp_path / "both") == before
    assert os.listdir(tmp_path) == ["both"]


def test_dtypes_that_carry_notes_are_kept_silently(tmp_path: Path) -> None:
    value = np.zeros(3, np.dtype("f4", metadata={"unit": "lux"}))
    assert digest(read_back(tmp_path / keep(value, tmp_path))) == digest(value)


def test_buffers_of_c(tmp_path: Path) -> None:
    for value in ((ctypes.c_int * 2)(1, 2), (ctypes.c_double * 400)(), OrderedDict(a=b"")):
        assert describe_output(value)
        keep(value, tmp_path)
