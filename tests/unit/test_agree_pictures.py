"""The small pictures of outputs, and of their differences: looked at pixel by pixel."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held import agree_on, agreement, hold, keep
from PIL import Image

from memlab.child import kept_outputs
from memlab.model.output import Picture


def seen(picture: Picture | None) -> np.ndarray[Any, Any]:
    """The pixels of a PNG."""
    assert picture is not None
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.format == "PNG"
        assert max(image.size) <= 128
        return np.asarray(image)


def shown(value: object, folder: Path) -> np.ndarray[Any, Any]:
    """The small picture of an output."""
    keep(value, folder, "one")
    return seen(agree_on(folder, ("one", "one")).pictures["one"])


def is_shown(value: object, folder: Path) -> bool:
    keep(value, folder, "one")
    reply = agree_on(folder, ("one", "one"))
    assert len(reply.comparisons) == 1
    return "one" in reply.pictures


COLOURS = np.arange(8 * 10 * 3, dtype=np.uint8).reshape(8, 10, 3)


def test_a_small_picture_is_itself(tmp_path: Path) -> None:
    assert np.array_equal(shown(COLOURS, tmp_path), COLOURS)


def test_a_large_one_is_the_mean_of_what_each_pixel_covers(tmp_path: Path) -> None:
    blocks = np.kron(np.arange(16, dtype=np.uint8).reshape(4, 4) * 16, np.ones((128, 128), np.uint8))
    checks = (np.indices((512, 512)).sum(axis=0) % 2).astype(np.uint8) * 8
    keep(blocks + checks, tmp_path, "one")
    picture = agree_on(tmp_path, ("one", "one")).pictures["one"]
    assert (picture.width, picture.height) == (512, 512)
    expected = np.kron(np.arange(16, dtype=np.uint8).reshape(4, 4) * 16, np.ones((32, 32), np.uint8)) + 4
    assert np.array_equal(seen(picture), expected)


@pytest.mark.parametrize(
    ("height", "width", "small"),
    [
        (1080, 1920, (72, 128)),
        (1920, 1080, (128, 72)),
        (129, 128, (128, 127)),
        (8, 2000, (1, 128)),
        (8, 65_535, (1, 128)),
        (128, 128, (128, 128)),
        (3, 5000, None),
        (8, 65_536, None),
    ],
)
def test_sizes(height: int, width: int, small: tuple[int, int] | None, tmp_path: Path) -> None:
    value = np.full((height, width), 9, np.uint8)
    if small is None:
        assert not is_shown(value, tmp_path)
    else:
        found = shown(value, tmp_path)
        assert found.shape == small
        assert (found == 9).all()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.full((8, 8), 51, np.uint8), 51),
        (np.full((8, 8, 1), 51, np.uint8), 51),
        (np.full((8, 8), 51 * 257, np.uint16), 51),
        (np.full((8, 8), 51 * 257, ">u2"), 51),
        (np.ones((8, 8), bool), 255),
        (np.full((8, 8), 0.2, np.float32), 51),
        (np.full((8, 8), 0.2, np.float16), 51),
        (Image.new("1", (8, 8), 1), 255),
        (Image.new("L", (3, 8), 51), 51),
        (Image.new("I;16", (8, 8), 51 * 257), 51),
        (Image.new("F", (8, 8), 0.2), 51),
    ],
)
def test_grey(value: Any, expected: int, tmp_path: Path) -> None:
    assert (shown(value, tmp_path) == expected).all()


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 40), (10, 20, 30, 40)),
        ("LA", (10, 40), (10, 40)),
        ("La", (10, 255), (10, 255)),
        ("RGBa", (10, 20, 30, 255), (10, 20, 30, 255)),
        ("RGBX", (10, 20, 30, 0), (10, 20, 30)),
        ("CMYK", (255, 0, 0, 0), (0, 255, 255)),
        ("YCbCr", (128, 128, 128), (128, 128, 128)),
        ("HSV", (0, 0, 77), (77, 77, 77)),
    ],
)
def test_colours_of_each_mode(mode: str, pixel: tuple[int, ...], expected: tuple[int, ...], tmp_path: Path) -> None:
    found = shown(Image.new(mode, (9, 8), pixel), tmp_path)
    assert found.shape == (8, 9, len(expected))
    assert (found == expected).all()


def test_palettes(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    assert (shown(image, tmp_path) == (10, 20, 30, 255)).all()


def test_floats_beyond_0_and_1_are_scaled_to_their_range(tmp_path: Path) -> None:
    value = np.full((8, 8), -100.0)
    value[0, 0], value[0, 1] = 300.0, 100.0
    found = shown(value, tmp_path)
    assert found[0].tolist() == [255, 128, 0, 0, 0, 0, 0, 0]
    (tmp_path / "a").mkdir()
    assert (shown(np.full((8, 8), 7.0), tmp_path / "a") == 0).all()  # a range of nothing


def test_nan_and_infinity_do_not_spoil_the_rest(tmp_path: Path) -> None:
    value = np.full((8, 8), 0.2)
    value[0, :3] = math.nan, math.inf, -math.inf
    found = shown(value, tmp_path)
    assert found[0].tolist() == [0, 0, 0, 51, 51, 51, 51, 51]
    assert (found[1:] == 51).all()
    for number, other in enumerate((np.full((8, 8), math.nan), np.full((8, 8), 1e308) * ([[1], [-1]] * 4))):
        (tmp_path / str(number)).mkdir()
        assert (shown(other, tmp_path / str(number)) == 0).all()


def test_opencv_s_order_is_turned_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_outputs, "_probably_bgr", lambda: True)
    with_alpha = np.concatenate([COLOURS, COLOURS[:, :, :1]], axis=2)
    for number, value in enumerate((COLOURS, with_alpha, np.stack([COLOURS] * 3))):
        (tmp_path / str(number)).mkdir()
        found = shown(value, tmp_path / str(number))
        assert np.array_equal(found[:, :, :3], COLOURS[:, :, ::-1])
        assert number != 1 or np.array_equal(found[:, :, 3], COLOURS[:, :, 0])
    # Pillow's images have an order, whoever else is there.
    (tmp_path / "image").mkdir()
    assert np.array_equal(shown(Image.fromarray(COLOURS), tmp_path / "image"), COLOURS)
    (tmp_path / "difference").mkdir()
    other = COLOURS.copy()
    other[0, 0] = (100, 1, 2)
    assert seen(hold(COLOURS, other, tmp_path / "difference").difference)[0, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    "value",
    [
        [COLOURS, np.zeros((9, 9), np.uint8)],
        (Image.fromarray(COLOURS), 1),
        {"count": 3, "pictures": [(0.5, "a"), COLOURS]},
        np.stack([COLOURS, COLOURS[::-1]]),
        [np.zeros(5), np.zeros((7, 100)), np.zeros((8, 8), "i4"), COLOURS],
    ],
)
def test_the_first_picture_of_several(value: Any, tmp_path: Path) -> None:
    assert np.array_equal(shown(value, tmp_path), COLOURS)


@pytest.mark.parametrize(
    "value",
    [
        1,
        [1.0] * 1000,
        b"a" * 5000,
        {"a": {1, 2}},
        np.zeros((0, 8, 8), np.uint8),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((8, 8), np.int64),
        np.zeros((8, 8), np.complex64),
        np.zeros((8, 8), "f4,f4"),
        np.ma.zeros((8, 8)),
        np.zeros((2, 2, 8, 8)),
        Image.new("RGB", (0, 8)),
        Image.new("RGB", (65_536, 1)),
    ],
)
def test_what_is_no_picture(value: Any, tmp_path: Path) -> None:
    assert not is_shown(value, tmp_path)


def test_a_difference_of_one_pixel_in_many_is_seen(tmp_path: Path) -> None:
    value = np.full((2000, 3000, 3), 100, np.uint8)
    other = value.copy()
    other[1999, 2999, 1] = 101
    found = hold(value, other, tmp_path)
    assert found.difference is not None
    assert (found.difference.width, found.difference.height) == (3000, 2000)
    pixels = seen(found.difference)
    assert pixels.shape == (85, 128, 3)
    assert pixels[84, 127].tolist() == [0, 255, 0]
    assert pixels.sum() == 255


def test_each_pixel_shows_the_largest_difference_in_what_it_covers(tmp_path: Path) -> None:
    value, other = np.zeros((256, 256), np.uint8), np.zeros((256, 256), np.uint8)
    other[:2, :2] = 1
    other[2, 2] = 2
    pixels = seen(hold(value, other, tmp_path).difference)
    assert pixels[:2, :2].tolist() == [[128, 0], [0, 255]]


def test_the_largest_difference_is_white(tmp_path: Path) -> None:
    value, other = np.zeros((8, 8), np.float32), np.zeros((8, 8), np.float32)
    other[0, :4] = 0.1, -0.2, 0.05, 0.0
    assert seen(hold(value, other, tmp_path).difference)[0].tolist() == [128, 255, 64, 0, 0, 0, 0, 0]


def test_nan_is_a_large_difference(tmp_path: Path) -> None:
    value, other = np.zeros((8, 8)), np.zeros((8, 8))
    value[1, 1] = other[1, 1] = math.nan
    other[0, :4] = 0.1, math.nan, math.inf, 0.2
    assert seen(hold(value, other, tmp_path).difference)[:2].tolist() == [[128, 255, 255, 255, 0, 0, 0, 0], [0] * 8]
    (tmp_path / "all").mkdir()
    assert seen(hold(value, value + math.nan, tmp_path / "all").difference)[1].tolist() == [255, 0, *[255] * 6]


@pytest.mark.parametrize(
    ("mode", "one", "other", "expected"),
    [
        ("RGB", (0, 0, 0), (0, 5, 10), [0, 128, 255]),
        ("RGBA", (0, 0, 0, 0), (0, 0, 0, 9), 255),
        ("CMYK", (0, 0, 0, 0), (0, 9, 0, 0), 255),
        ("HSV", (0, 0, 0), (0, 0, 9), 255),
        ("LA", (0, 0), (0, 9), 255),
        ("1", 0, 1, 255),
        ("I", 0, -5, 255),
        ("P", 0, 9, 255),
    ],
)
def test_differences_of_each_mode(mode: str, one: Any, other: Any, expected: Any, tmp_path: Path) -> None:
    images = Image.new(mode, (9, 8), one), Image.new(mode, (9, 8), other)
    for image in images:
        if mode == "P":
            image.putpalette(range(200))
    pixels = seen(hold(*images, tmp_path).difference)
    assert (pixels == expected).all()


def test_the_first_pictures_that_differ(tmp_path: Path) -> None:
    other = COLOURS.copy()
    other[3, 3] += 1
    white = np.zeros((8, 10, 3), np.uint8)
    white[3, 3] = 255
    pairs: list[tuple[Any, Any]] = [
        ([COLOURS, COLOURS, 1], [COLOURS, other, 2]),
        (np.stack([COLOURS] * 5), np.stack([COLOURS, COLOURS, COLOURS, other, COLOURS + 9])),
        ({"a": COLOURS, "b": Image.fromarray(COLOURS)}, {"a": COLOURS, "b": Image.fromarray(other)}),
    ]
    for number, (one, another) in enumerate(pairs):
        folder = tmp_path / str(number)
        folder.mkdir()
        reply = agreement(one, another, folder)
        assert np.array_equal(seen(reply.comparisons[0].difference), white)
        assert set(reply.pictures) == {"expected", "found"}


def test_the_frame_of_a_long_stack(tmp_path: Path) -> None:
    """Frames larger than a piece that is read at once."""
    stack = np.zeros((5, 400, 500, 3), np.uint8)
    other = stack.copy()
    other[3, 399, 0, 0] = 1
    other[4] = 1
    pixels = seen(hold(stack, other, tmp_path).difference)
    assert pixels[-1, 0].tolist() == [255, 0, 0]
    assert pixels.sum() == 255


def test_no_picture_of_a_difference_where_there_is_none(tmp_path: Path) -> None:
    found = hold([COLOURS, 1], [COLOURS, 2], tmp_path)
    assert (found.differs_in, found.difference) == ("values", None)
    (tmp_path / "sizes").mkdir()
    reply = agreement(COLOURS, COLOURS[:, :-1], tmp_path / "sizes")
    assert (reply.comparisons[0].differs_in, reply.comparisons[0].difference) == ("shape", None)
    assert set(reply.pictures) == {"expected", "found"}
