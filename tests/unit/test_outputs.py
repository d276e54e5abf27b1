"""Digests of outputs: equal exactly where type, shape and bytes are, and a sentence where nothing can be compared."""

from __future__ import annotations

import array
import ctypes
import decimal
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from memlab.child.outputs import IncomparableOutputError, describe_output


def digest(value: object) -> str:
    return str(describe_output(value)["digest"])


def refusal(value: object) -> str:
    with pytest.raises(IncomparableOutputError) as raised:
        describe_output(value)
    return str(raised.value)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=4),
    ),
    max_leaves=12,
)


def written(value: object) -> str:
    """A value spelt out with its types, NaN like any other; dicts by their sorted keys."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(key)}:{written(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({','.join(map(written, value))})"
    if isinstance(value, float):
        return f"float {value.hex()} {math.copysign(1, value)}"
    if isinstance(value, complex):
        return f"complex {written(value.real)} {written(value.imag)}"
    return f"{type(value).__name__} {value!r}"


@given(VALUES, VALUES)
def test_values_have_one_digest_exactly_when_they_are_the_same(one: object, other: object) -> None:
    assert digest(one) == digest(one)
    assert (digest(one) == digest(other)) == (written(one) == written(other))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_a_dict_does_not_matter(value: dict[str, int]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (1, "1"),
        ("a", b"a"),
        (None, "None"),
        (None, False),
        ([], ()),
        ([], {}),
        ([[1], [2]], [[1, 2]]),
        ([[1], [2]], [[1], 2]),
        ([[1], 2], [[1, 2]]),
        (([1], 2), ([1, 2],)),
        (["ab", "c"], ["a", "bc"]),
        (["astr:1;b", "c"], ["a", "bstr:1;c"]),
        (["astr;b", "c"], ["a", "bstr;c"]),
        ({"a": 1}, {"a": 2}),
        ({"a": "b"}, {"b": "a"}),
        ({1: 2}, [(1, 2)]),
        ({1, 2}, {1, 3}),
        ({1, 2}, [1, 2]),
        (b"ab", b"a"),
        ([10**5000], [10**5000 + 1]),
        (np.float64(1), 1.0),
        (np.float64(1), np.float32(1)),
        (np.zeros(3), [0.0, 0.0, 0.0]),
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros((1, 4)), np.zeros((4, 1))),
        (np.zeros(4, "f4"), np.zeros(4, "i4")),
        (np.zeros(4, "<i4"), np.zeros(4, ">i4")),
        (np.zeros(0, "f4"), np.zeros(0, "f8")),
        (np.zeros(3, "M8[s]"), np.zeros(3, "M8[ms]")),
        (np.array("a"), np.array("b")),
        (np.zeros(3), np.ma.zeros(3)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        (np.zeros(2, [("a", "i4")]), np.zeros(2, [("b", "i4")])),
        (np.array([1, "a"], object), np.array([1, "b"], object)),
        (np.zeros(3, bool), np.zeros(3, "u1")),
    ],
)
def test_what_differs(one: object, other: object) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (math.nan, float("nan")),
        ([math.nan], [math.nan]),
        ({3, 1, 2}, {1, 2, 3}),
        (frozenset({1}), {1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcdef")[::2], b"ace"),
        ([10**5000], [10**5000]),
        (np.arange(12).reshape(3, 4), np.asfortranarray(np.arange(12).reshape(3, 4))),
        (np.array([1, "a", None], object), np.array([1, "a", None], object)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 99], mask=[0, 1])),
        (np.ma.zeros(3), np.ma.array(np.zeros(3), mask=[0, 0, 0])),
    ],
)
def test_what_is_the_same(one: object, other: object) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a,
        lambda a: np.asfortranarray(a),
        lambda a: np.concatenate([a, a])[: len(a)],
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: a[::-1].copy()[::-1],
        lambda a: np.ascontiguousarray(a.T).T,
        lambda a: np.pad(a, ((1, 1), (1, 1), (0, 0)))[1:-1, 1:-1],
    ],
)
def test_how_an_array_lies_in_memory_does_not_matter(view: Callable[[Any], Any]) -> None:
    # Above a mebibyte, so that it is read in several blocks.
    whole = np.random.default_rng(1).integers(0, 255, (500, 900, 3), np.uint8)
    assert digest(view(whole)) == digest(whole)
    changed = whole.copy()
    changed[-1, -1, -1] ^= 1
    assert digest(view(changed)) != digest(whole)


def test_what_pads_a_record_does_not_matter() -> None:
    kind = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    clean, dirty = np.zeros(3, kind), np.zeros(3, kind)
    dirty.view(np.uint8).reshape(3, -1)[:, 1:8] = 0xEE
    assert clean.tobytes() != dirty.tobytes()
    assert digest(clean) == digest(dirty)
    dirty["b"][1] = 1
    assert digest(clean) != digest(dirty)


def test_records_hold_anything() -> None:
    mixed = np.zeros(2, [("name", "U5"), ("many", "f4", (2,)), ("any", "O")])
    mixed["any"] = [[1, 2], {"a": 1}]
    other = mixed.copy()
    other["any"] = [[1, 2], {"a": 2}]
    assert digest(mixed) != digest(other)
    assert digest(mixed[0]) == digest(other[0])
    assert digest(mixed[1]) != digest(other[1])


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "PA", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"]
)
def test_pictures_of_every_mode(mode: str) -> None:
    def picture(width: int = 700, height: int = 500, dot: bool = False) -> Image.Image:
        made = Image.new(mode, (width, height))
        if dot:
            made.putpixel((width - 1, height - 1), (1,) * len(made.getbands()) if len(made.getbands()) > 1 else 1)
        return made

    assert digest(picture()) == digest(picture())
    assert digest(picture(dot=True)) != digest(picture())
    assert digest(picture(500, 700)) != digest(picture(700, 500))
    described = describe_output(picture())
    assert (described["kind"], described["shape"]) == (f"image {mode}", (500, 700))
    assert described["text"] == f"image {mode}, 700×500 pixels"


def test_the_same_pixels_in_another_mode_are_another_picture() -> None:
    assert digest(Image.new("L", (5, 5))) != digest(Image.new("P", (5, 5)))
    assert digest(Image.new("RGB", (5, 5))) != digest(np.asarray(Image.new("RGB", (5, 5))))


@pytest.mark.parametrize("mode", ["P", "PA"])
def test_a_palette_is_part_of_the_picture(mode: str) -> None:
    def picture(*colours: int) -> Image.Image:
        made = Image.new(mode, (4, 4))
        made.putpalette(colours)
        return made

    assert digest(picture(1, 2, 3, 4, 5, 6)) == digest(picture(1, 2, 3, 4, 5, 6))
    assert digest(picture(1, 2, 3, 4, 5, 6)) != digest(picture(1, 2, 3, 4, 5, 7))


def test_a_picture_is_read_when_it_was_only_opened(tmp_path: Any) -> None:
    Image.new("RGB", (40, 30), (10, 20, 30)).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened:
        assert digest(opened) == digest(Image.new("RGB", (40, 30), (10, 20, 30)))


def test_an_empty_picture() -> None:
    assert digest(Image.new("RGB", (0, 4))) != digest(Image.new("RGB", (4, 0)))


def test_buffers_of_any_kind() -> None:
    assert digest(array.array("i", [1, 2])) == digest(array.array("i", [1, 2]))
    assert digest(array.array("i", [1, 2])) != digest(array.array("f", [1, 2]))
    assert digest((ctypes.c_int * 2)(1, 2)) != digest((ctypes.c_int * 2)(1, 3))


WAY_OUT = "say with @recipe.output what is to be compared, or return arrays, images, numbers, lists"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ((number for number in range(3)), "a generator"),
        (range(3), "a range"),
        (map(str, []), "a map"),
        (object(), "an object"),
        (len, "a builtin_function_or_method"),
        (decimal.Decimal(1), "a decimal.Decimal"),
        ({"a": [1, iter([])]}, "a list_iterator"),
        ({1: {2: (3, {4: object()})}}, "an object"),
        (np.array([1, object()], object), "an object"),
    ],
)
def test_what_can_not_be_compared_is_named_with_the_way_out(value: object, name: str) -> None:
    assert refusal(value) == f"the output holds {name}, which memlab can't compare; {WAY_OUT}"


def test_what_holds_itself_is_refused() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    loop: dict[str, object] = {}
    loop["loop"] = loop
    beside: list[object] = []
    beside.extend([beside, beside])
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    for value in (cycle, loop, beside, deep, np.array([cycle, 1], object)):
        assert refusal(value) == "the output is nested too deeply, or holds itself"


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "kind", "shape", "text"),
    [
        (None, "None", None, "None"),
        (12.5, "float", None, "12.5"),
        ("é\ud800", "str", None, "'é\\ud800'"),
        ([10**5000], "list of int", (1,), "[int of 16610 bits]"),
        (np.float64(12.5), "float64", None, "12.5"),
        (np.int32(3), "int32", None, "3"),
        ([1.0, 2.0], "list of float", (2,), "[1.0, 2.0]"),
        ([np.float64(1.5)] * 8, "list of float64", (8,), "[1.5, 1.5, 1.5, 1.5, 1.5, 1.5, …]"),
        ((1, "a"), "tuple of different things", (2,), "(1, 'a')"),
        (Point(1, 2), "Point of int", (2,), "(1, 2)"),
        ([], "empty list", (0,), "[]"),
        ({"a": 1}, "dict", (1,), "dict"),
        ({1, 2}, "set of int", (2,), "set of int"),
        (b"abc", "bytes", (3,), "bytes"),
        (np.zeros((3, 4)), "ndarray of float64", (3, 4), "ndarray of float64, shape (3, 4)"),
        (np.array(5.0), "ndarray of float64", (), "ndarray of float64, shape ()"),
        (
            [Image.new("L", (4, 3))],
            "list of image L",
            (1,),
            "[image L, 4×3 pixels]",
        ),
    ],
)
def test_what_it_is_in_words(value: object, kind: str, shape: tuple[int, ...] | None, text: str) -> None:
    described = describe_output(value)
    assert (described["kind"], described["shape"], described["text"]) == (kind, shape, text)
    assert len(described["digest"]) == 32


def test_a_look_is_short() -> None:
    many = np.zeros(1, [(f"field_{number}", "i4") for number in range(500)])
    for value in ("x" * 10_000, ["y" * 10_000] * 9, many, np.str_("z" * 10_000)):
        described = describe_output(value)
        assert len(described["text"]) <= 160
        assert len(described["kind"]) <= 160
        assert described["text"].endswith(("…", "…]"))
