"""By how much outputs differ: numbers computed by hand, every kind of value, and what can't be compared, in words."""

from __future__ import annotations

import io
import math
import os
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held import agree_on, hold, keep
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from memlab.child.loaded_outputs import KeptOutput
from memlab.model.output import OutputComparison

NAN, INF = math.nan, math.inf


def decibels(mean_square: float) -> float:
    """Of a mean squared difference as a share of the peak."""
    return -10 * math.log10(mean_square)


def figures(found: OutputComparison) -> tuple[Any, ...]:
    return found.differs_in, found.psnr_db, found.largest_difference, found.differing, found.values


def changed(value: np.ndarray[Any, Any], *places: tuple[Any, Any]) -> np.ndarray[Any, Any]:
    copy = value.copy()
    for place, new in places:
        copy[place] = new
    return copy


def test_one_pixel_that_is_one_off(tmp_path: Path) -> None:
    black = np.zeros((1000, 1000, 3), np.uint8)
    found = hold(black, changed(black, ((999, 999, 2), 1)), tmp_path)
    # 10 log10(255² · 3,000,000), by hand.
    assert figures(found) == ("values", pytest.approx(112.902, abs=0.001), 1.0, 1, 3_000_000)
    assert found.note is None


@pytest.mark.parametrize(
    ("dtype", "one", "other", "share"),
    [
        ("u1", 0, 255, 1.0),
        ("u1", 255, 0, 1.0),
        ("u1", 200, 149, 0.2),
        ("i1", -128, 127, 255 / 127),
        ("u2", 65535, 0, 1.0),
        (">u2", 1, 0, 1 / 65535),
        ("i4", -(1 << 31), (1 << 31) - 1, 2 + 1 / ((1 << 31) - 1)),
        ("u8", (1 << 64) - 1, (1 << 64) - 2, 1 / ((1 << 64) - 1)),
        ("i8", -(1 << 63), (1 << 63) - 1, 2.0),
        ("i8", (1 << 60) + 1, 1 << 60, 1 / ((1 << 63) - 1)),
        ("f2", 0.5, 0.25, 0.25),
        ("f4", 1.0, 0.5, 0.5),
        ("f8", 100.0, 97.0, 3.0),
        (np.longdouble, 1.0, 0.5, 0.5),
        ("c8", 3 + 4j, 0, 5.0),
        ("c16", 0.3j, 0, 0.3),
        ("?", True, False, 1.0),
    ],
)
def test_each_type_has_its_peak(dtype: Any, one: Any, other: Any, share: float, tmp_path: Path) -> None:
    expected = np.zeros(8, dtype)
    expected[3] = one
    found = hold(expected, changed(expected, (3, other)), tmp_path)
    assert found.psnr_db == pytest.approx(decibels(share**2 / 8), abs=1e-6)
    peak = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 1
    assert found.largest_difference == pytest.approx(share * peak, rel=1e-12)
    assert (found.differs_in, found.differing, found.values, found.note) == ("values", 1, 8, None)


def test_several_arrays_count_as_one_each_with_its_peak(tmp_path: Path) -> None:
    expected = [np.zeros(100, np.uint8), np.zeros(300, np.float32), np.zeros(600, np.uint16)]
    found = [changed(expected[0], (0, 51)), changed(expected[1], (0, 0.5)), expected[2]]
    # (51 ÷ 255)² + 0.5² = 0.29 of 1000 values.
    assert figures(hold(expected, found, tmp_path)) == ("values", pytest.approx(decibels(0.29e-3)), 51.0, 2, 1000)


@given(st.integers(1, 400_000), st.sampled_from(["u1", "u2", "f4"]), st.integers(0, 1 << 30))
def test_as_the_formula_says(count: int, dtype: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    peak = {"u1": 255, "u2": 65535, "f4": 1.0}[dtype]
    one, other = ((random.random(count) * peak).astype(dtype) for _ in range(2))
    wide = one.astype(float) - other.astype(float)
    if not wide.any():
        return
    with tempfile.TemporaryDirectory() as folder:
        found = hold(one, other, Path(folder))
    assert found.psnr_db == pytest.approx(20 * math.log10(peak / math.sqrt((wide**2).mean())), abs=1e-9)
    assert found.largest_difference == pytest.approx(np.abs(wide).max())
    assert (found.differing, found.values) == (np.count_nonzero(wide), count)


def test_no_decibels_at_all_have_no_sign(tmp_path: Path) -> None:
    found = hold(np.zeros(10), np.ones(10), tmp_path)
    assert str(found.psnr_db) == "0.0"


def test_a_jpeg_against_its_original(tmp_path: Path) -> None:
    original = Image.radial_gradient("L").resize((400, 300)).convert("RGB")
    written = io.BytesIO()
    original.save(written, "jpeg", quality=95)
    decoded = Image.open(written)
    decoded.load()
    difference = np.asarray(original).astype(float) - np.asarray(decoded)
    db = 20 * math.log10(255 / math.sqrt((difference**2).mean()))
    assert 40 < db < 60
    found = hold(original.copy(), decoded, tmp_path)
    assert found.psnr_db == pytest.approx(db, abs=1e-9)
    assert found.largest_difference == np.abs(difference).max()


def test_nan_at_the_same_place_is_the_same(tmp_path: Path) -> None:
    expected = np.array([NAN, INF, -INF, 1.0, NAN, 0.0])
    found = changed(expected, (3, 1.5))
    found.view(np.uint64)[0] = 0x7FF8_0000_0000_0001  # another NaN
    found[5] = -0.0
    assert figures(hold(expected, found, tmp_path)) == ("values", pytest.approx(decibels(0.25 / 6)), 0.5, 1, 6)


def test_other_bytes_and_the_same_values(tmp_path: Path) -> None:
    for number, (one, other) in enumerate(
        [
            (np.array([0.0, NAN]), np.array([-0.0, -NAN])),
            (np.array([0j]), np.array([complex(-0.0, -0.0)])),
            ([0.0, NAN, complex(NAN, 0)], [-0.0, -NAN, complex(NAN, 1)]),
            ([0.0] * 40, [-0.0] * 40),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = hold(one, other, folder)
        assert (found.differs_in, found.psnr_db, found.largest_difference, found.differing) == (None, None, 0.0, 0)
        assert (found.note, found.difference) == (None, None)


@pytest.mark.parametrize(
    ("one", "other", "note"),
    [
        (np.array([1.0, NAN]), np.array([1.5, 1.0]), "one value is NaN or infinite in one output only"),
        (np.array([1.0, 2.0, 3.0]), np.array([INF, NAN, 3.5]), "2 values are NaN or infinite in one output only"),
        (np.array([INF]), np.array([-INF]), "one value is NaN or infinite in one output only"),
        (np.array([complex(0, INF)]), np.array([1j]), "one value is NaN or infinite in one output only"),
        ([1.0, NAN], [1.0, 2.0], "one value is NaN or infinite in one output only"),
        ([1.0] * 40, [*[1.0] * 39, INF], "one value is NaN or infinite in one output only"),
    ],
)
def test_nan_in_one_only(one: Any, other: Any, note: str, tmp_path: Path) -> None:
    found = hold(one, other, tmp_path)
    assert (found.differs_in, found.psnr_db, found.largest_difference, found.note) == ("values", None, None, note)


def test_differences_that_are_too_large_or_too_small(tmp_path: Path) -> None:
    found = hold(np.array([1e308]), np.array([-1e308]), tmp_path)
    assert figures(found) == ("values", None, None, 1, 1)
    (tmp_path / "a").mkdir()
    found = hold([10**400], [-(10**400)], tmp_path / "a")
    assert figures(found) == ("values", None, None, 1, 1)
    (tmp_path / "b").mkdir()
    found = hold(np.array([5e-324]), np.array([0.0]), tmp_path / "b")
    assert found.psnr_db is not None
    assert found.psnr_db > 3000


@pytest.mark.parametrize(
    ("one", "other", "largest", "differing", "values"),
    [
        (1, 4, 3.0, 1, 1),
        (1.5, 1.25, 0.25, 1, 1),
        (1 + 1j, 1 - 1j, 2.0, 1, 1),
        (True, False, 1.0, 1, 1),
        (1 << 70, (1 << 70) + 5, 5.0, 1, 1),
        ([1, 2, 3], [1, 4, 9], 6.0, 2, 3),
        ([1] * 100, [*[1] * 99, 1 << 80], float((1 << 80) - 1), 1, 100),
        (list(range(100)), [*range(99), 0], 99.0, 1, 100),
        ([0.5] * 100, [*[0.5] * 99, 0.75], 0.25, 1, 100),
        ([np.float32(0.5)] * 100, [*[np.float32(0.5)] * 99, np.float32(0)], 0.5, 1, 100),
        (np.uint8(3), np.uint8(200), 197.0, 1, 1),
        (np.array(3.5), np.float64(4.0), 0.5, 1, 1),
        ({"a": 1, "b": (2.0, 3)}, {"b": (2.5, 3), "a": 1}, 0.5, 1, 3),
        ("a", "b", None, 1, 1),
        (["a", 1], ["b", 1], 0.0, 1, 2),
        (["a", 1], ["b", 2], 1.0, 2, 2),
        ({1, 2, 3}, {1, 2, 4}, None, 1, 3),
        (b"abc", b"abd", None, 1, 3),
        (b"a" * 5000, b"b" * 5000, None, 5000, 5000),
        (np.array(["a", "b"]), np.array(["a", "c"]), None, 1, 2),
        (np.array(["2020-01-01", "NaT"], "M8[D]"), np.array(["2020-01-02", "NaT"], "M8[D]"), None, 1, 2),
        (np.array([(1, 2)], "i4,i4").view("V8"), np.array([(1, 3)], "i4,i4").view("V8"), None, 1, 1),
    ],
)
def test_values_beside_arrays(
    one: Any, other: Any, largest: float | None, differing: int, values: int, tmp_path: Path
) -> None:
    assert figures(hold(one, other, tmp_path)) == ("values", None, largest, differing, values)


def test_the_ratio_covers_arrays_only(tmp_path: Path) -> None:
    picture = np.zeros((10, 10), np.uint8)
    other = changed(picture, ((0, 0), 255))
    cases: list[tuple[Any, Any, str]] = [
        ((picture, 0.5), (other, 0.75), "a float at [1]"),
        ((picture, "a", 1), (other, "b", 2), "a str at [1] and 1 more differ"),
        ({"p": picture, "n": np.int64(1)}, {"p": other, "n": np.int64(2)}, "a number at ['n']"),
        ({"p": picture, "n": list(range(50))}, {"p": other, "n": list(range(1, 51))}, "a number at ['n']"),
        ([picture, {1}], [other, {2}], "a set at [1]"),
        ([picture, b"a"], [other, b"b"], "a buffer at [1]"),
        ([picture, np.array(["a"])], [other, np.array(["b"])], "an array at [1]"),
        ([picture, np.zeros(1, "f4,S1")], [other, np.array([(1, b"a")], "f4,S1")], "an array at [1]"),
        (np.ma.array([1, 2], mask=[0, 0]), np.ma.array([1, 2], mask=[0, 1]), "a mask"),
    ]
    for number, (one, another, what) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = hold(one, another, folder)
        assert (found.differs_in, found.psnr_db) == ("values", None)
        differ = what if what.endswith("differ") else f"{what} differs"
        assert found.note == f"{differ}, for which there is no signal-to-noise ratio"
    # Where all else is equal, there is one.
    found = hold((picture, 0.5, "a", {1}, b"a"), (other, 0.5, "a", {1}, b"a"), tmp_path)
    assert (found.psnr_db, found.note) == (pytest.approx(20.0), None)


def test_structured_arrays_field_by_field(tmp_path: Path) -> None:
    dtype = np.dtype([("a", "u1"), ("b", [("c", "f4", (2,)), ("d", "S1")])], align=True)
    expected, found = np.zeros(10, dtype), np.zeros(10, dtype)
    expected.view(np.uint8)[1] = 77  # what pads a record
    found["a"][3] = 51
    found["b"]["c"][4, 1] = 0.5
    assert figures(hold(expected, found, tmp_path)) == ("values", pytest.approx(decibels(0.29 / 30)), 51.0, 2, 40)


def test_masked_arrays(tmp_path: Path) -> None:
    mask = [0, 1, 0, 0]
    one, other = np.ma.array([1.0, 2, 3, 4], mask=mask), np.ma.array([1.0, 99, 3, 4.5], mask=mask)
    assert hold(one, other, tmp_path).psnr_db == pytest.approx(decibels(0.25 / 4))


def picture(mode: str, *pixels: Any, colours: bytes | None = None) -> Image.Image:
    """A row of 20 pixels, of which the first are as said."""
    made = Image.new(mode, (20, 1))
    if colours is not None:
        made.putpalette(colours, "RGBA")
    for column, pixel in enumerate(pixels):
        made.putpixel((column, 0), pixel)
    return made


@pytest.mark.parametrize(
    ("one", "other", "mean_square", "largest", "differing", "values"),
    [
        (picture("1", 0), picture("1", 1), 1 / 20, 1.0, 1, 20),
        (picture("L", 51), picture("L", 0), 0.04 / 20, 51.0, 1, 20),
        (picture("RGB", (0, 51, 102)), picture("RGB", (0, 0, 0)), 0.2 / 60, 102.0, 2, 60),
        (picture("CMYK", (0, 0, 0, 255)), picture("CMYK", (0, 0, 0, 0)), 1 / 80, 255.0, 1, 80),
        (picture("LA", (0, 51)), picture("LA", (0, 0)), 0.04 / 40, 51.0, 1, 40),
        (picture("I;16", 65535), picture("I;16", 0), 1 / 20, 65535.0, 1, 20),
        (picture("F", 0.5), picture("F", 0.25), 1 / 16 / 20, 0.25, 1, 20),
        (picture("I", 5), picture("I", 3), (2 / ((1 << 31) - 1)) ** 2 / 20, 2.0, 1, 20),
    ],
)
def test_pictures_of_each_mode(
    one: Any, other: Any, mean_square: float, largest: float, differing: int, values: int, tmp_path: Path
) -> None:
    found = hold(one, other, tmp_path)
    assert figures(found) == ("values", pytest.approx(decibels(mean_square)), largest, differing, values)


def test_a_palette_is_what_it_looks_like(tmp_path: Path) -> None:
    grey = bytes([0, 0, 0, 255, 51, 51, 51, 255, 0, 0, 0, 255])

    def compared(name: str, one: Image.Image, other: Image.Image) -> tuple[Any, ...]:
        (tmp_path / name).mkdir()
        return figures(hold(one, other, tmp_path / name))

    first = picture("P", 1, colours=grey)
    assert compared("index", first, picture("P", 0, colours=grey)) == (
        "values", pytest.approx(decibels(3 * 0.04 / 80)), 51.0, 3, 80,
    )  # fmt: skip
    # The same index means another colour, and another index the same.
    other = picture("P", 1, colours=bytes([0, 0, 0, 255, 0, 0, 51, 255]))
    assert compared("colour", first, other) == ("values", pytest.approx(decibels(2 * 0.04 / 80)), 51.0, 2, 80)
    assert compared("same", picture("P", 0, colours=grey), picture("P", 2, colours=grey)) == (None, None, 0.0, 0, 80)
    # Beyond the palette there is nothing.
    assert compared("beyond", picture("P", 0, colours=grey), picture("P", 9, colours=grey))[2:] == (255.0, 1, 80)
    both = (picture("PA", (1, 255), colours=grey), picture("PA", (1, 204), colours=grey))
    assert compared("opacity", *both) == ("values", pytest.approx(decibels(0.04 / 80)), 51.0, 1, 80)


def test_large_pictures_with_a_palette(tmp_path: Path) -> None:
    """Larger than what is read at once, whose indices and opacities must not be taken for each other."""
    one, other = Image.new("PA", (500, 400), (1, 9)), Image.new("PA", (500, 400), (1, 9))
    other.putpixel((499, 399), (1, 10))
    for image in (one, other):
        image.putpalette([0, 0, 0, 200, 100, 50])
    found = hold(one, other, tmp_path)
    assert figures(found) == ("values", pytest.approx(decibels((1 / 255) ** 2 / 800_000)), 1.0, 1, 800_000)


def test_sets_as_keys_have_no_order(tmp_path: Path) -> None:
    one, other = frozenset([0, 8]), frozenset([8, 0])
    assert [*one] != [*other]  # they fall into the same slot, and the first to come has it
    assert figures(hold({one: 1}, {other: 2}, tmp_path)) == ("values", None, 1.0, 1, 1)


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("one", "other", "differs_in", "note"),
    [
        (1, 1.0, "kind", "the baseline has an int, this one a float"),
        (True, 1, "kind", "the baseline has a bool, this one an int"),
        (None, 0, "kind", "the baseline has None, this one an int"),
        ([1], (1,), "kind", "the baseline has a list of 1, this one a tuple of 1"),
        ((1, 2), Point(1, 2), "kind", "the baseline has a tuple of 2, this one a Point of 2"),
        ([1], [1, 2], "length", "the baseline has a list of 1, this one a list of 2"),
        ([1] * 40, [1] * 41, "length", "the baseline has a list of 40, each int, this one a list of 41, each int"),
        (
            [1] * 40,
            [1.0] * 40,
            "kind",
            "the baseline has a list of 40, each int, this one a list of 40, each float",
        ),
        ([1] * 40, [*[1] * 39, "a"], "kind", "at [39] the baseline has an int, this one a str"),
        (
            [np.uint8(1)] * 40,
            [*[np.uint8(1)] * 39, 1],
            "kind",
            "at [39] the baseline has a uint8, this one an int",
        ),
        ({"a": 1, "b": 2}, {"a": 1}, "keys", "only the baseline has 'b'"),
        ({"a": 1}, {"b": 1, 2: 3}, "keys", "only the baseline has 'a', only this one has 'b' and 1 more"),
        ({NAN: 1, -NAN: 1}, {NAN: 1}, "keys", "only the baseline has nan"),
        ({1}, {1, 2}, "length", "the baseline has a set of 1, this one a set of 2"),
        (b"a", b"ab", "length", "the baseline has a buffer of B, shape (1,), this one a buffer of B, shape (2,)"),
        (
            b"abcd",
            memoryview(b"abcd").cast("H"),
            "kind",
            "the baseline has a buffer of B, shape (4,), this one a buffer of H, shape (2,)",
        ),
        (
            memoryview(b"abcd").cast("B", (2, 2)),
            b"abcd",
            "shape",
            "the baseline has a buffer of B, shape (2, 2), this one a buffer of B, shape (4,)",
        ),
        (
            np.zeros(3, "u1"),
            np.zeros(3, "u2"),
            "kind",
            "the baseline has an array of uint8, shape (3,), this one an array of uint16, shape (3,)",
        ),
        (
            np.zeros(3, "<u2"),
            np.zeros(3, ">u2"),
            "kind",
            "the baseline has an array of uint16, shape (3,), this one an array of >u2, shape (3,)",
        ),
        (
            [{"a": np.zeros((4, 3), "u1")}],
            [{"a": np.zeros((3, 4), "u1")}],
            "shape",
            "at [0]['a'] the baseline has an array of uint8, shape (4, 3), this one an array of uint8, shape (3, 4)",
        ),
        (
            np.zeros(2),
            np.ma.zeros(2),
            "kind",
            "the baseline has an array of float64, shape (2,), this one a masked array of float64, shape (2,)",
        ),
        (
            np.zeros((2, 3), "u1"),
            Image.new("L", (3, 2)),
            "kind",
            "the baseline has an array of uint8, shape (2, 3), this one an image L of 3×2 pixels",
        ),
        (
            Image.new("L", (3, 2)),
            Image.new("P", (3, 2)),
            "kind",
            "the baseline has an image L of 3×2 pixels, this one an image P of 3×2 pixels",
        ),
        (
            Image.new("RGB", (500, 281)),
            Image.new("RGB", (500, 280)),
            "shape",
            "the baseline has an image RGB of 500×281 pixels, this one an image RGB of 500×280 pixels",
        ),
        (
            [Image.new("RGB", (5, 5))],
            [None],
            "kind",
            "at [0] the baseline has an image RGB of 5×5 pixels, this one None",
        ),
    ],
)
def test_another_structure(one: Any, other: Any, differs_in: str, note: str, tmp_path: Path) -> None:
    found = hold(one, other, tmp_path)
    assert figures(found) == (differs_in, None, None, None, None)
    assert found.note == note
    assert found.difference is None


def test_names_are_cut_and_printable(tmp_path: Path) -> None:
    wide = np.zeros(1, [(f"field {number}", "u1") for number in range(500)])
    found = hold({"\ud800" * 200: [wide]}, {"\ud800" * 200: [1]}, tmp_path)
    assert found.note is not None
    assert len(found.note) < 250
    found.note.encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: shutil.rmtree(folder),
        lambda folder: (folder / "structure.json").unlink(),
        lambda folder: (folder / "structure.json").write_text("{"),
        lambda folder: (folder / "structure.json").write_text("[]"),
        lambda folder: (folder / "structure.json").write_text('{"bgr": false, "output": {}}'),
        lambda folder: (folder / "structure.json").write_text('{"bgr": false, "output": {"array": "../x"}}'),
        lambda folder: (folder / "structure.json").write_text("[" * 100_000),
        lambda folder: (folder / "0.npy").unlink(),
        lambda folder: (folder / "0.npy").write_bytes(b""),
        lambda folder: (folder / "0.npy").write_bytes(b"garbage" * 100),
        lambda folder: (folder / "0.npy").write_bytes((folder / "0.npy").read_bytes()[:-1]),
    ],
)
@pytest.mark.parametrize("name", ["good", "bad"])
def test_damage_costs_only_its_own_pair(damage: Any, name: str, tmp_path: Path, capsys: Any) -> None:
    zeros = np.zeros((20, 20), np.uint8)
    keep(zeros, tmp_path, "base")
    keep(changed(zeros, ((0, 0), 9)), tmp_path, "good")
    keep(changed(zeros, ((0, 0), 7)), tmp_path, "bad")
    damage(tmp_path / "bad")
    pairs = [("base", "bad"), ("base", "good")]
    reply = agree_on(tmp_path, *(pairs if name == "good" else reversed(pairs)))
    assert reply.status == "compared"
    assert [one.found for one in reply.comparisons] == ["good"]
    assert reply.comparisons[0].largest_difference == 9.0
    assert set(reply.pictures) == {"base", "good"}
    assert "memlab: the output bad can't be held against base" in capsys.readouterr().err


def test_a_file_that_is_cut_short_while_it_is_read(tmp_path: Path) -> None:
    folder = tmp_path / keep(np.zeros(1000), tmp_path)
    output = KeptOutput(str(folder))
    values = output.values(output.root)
    os.truncate(folder / "0.npy", 4000)
    with pytest.raises(ValueError, match="has become shorter"):
        list(values.pieces(100))


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    keep(np.zeros(3), tmp_path, "base")
    keep(np.zeros(3), tmp_path, "bad")
    np.save(tmp_path / "bad" / "0.npy", np.array([print], object), allow_pickle=True)
    assert agree_on(tmp_path, ("base", "bad")).comparisons == ()
