"""Lay two kept outputs side by side: which value stands opposite which."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memlab.child.loaded_outputs import KeptOutput, Values, form, scalar
from memlab.child.pictures import PictureSource, picture_source

_LONGEST_NAME = 40


class OtherStructureError(Exception):
    """The outputs are of different structure, so that values can't be held against each other.

    Attributes:
        differs_in: `kind`, `shape`, `length` or `keys`.
        note: where, and what stands there.
    """

    def __init__(self, differs_in: str, place: str, difference: str) -> None:
        super().__init__()
        self.differs_in = differs_in
        self.note = f"at {place} {difference}" if place else difference


@dataclass(frozen=True)
class ScalarPair:
    """Two scalars of one class."""

    place: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class SetPair:
    """Two sets of one size, each item as JSON."""

    place: str
    expected: frozenset[str]
    found: frozenset[str]


@dataclass(frozen=True)
class ArrayPair:
    """Two arrays of one dtype and shape, or what is stored like one.

    Attributes:
        what: array, image, mask, numbers (a list of them, or a single one of numpy's) or bytes.
        palettes: colours of both images, where they have palettes: R G B A.
        pictures: both as pictures, where they look like ones.
    """

    place: str
    what: str
    expected: Values
    found: Values
    palettes: tuple[bytes, bytes] | None = None
    pictures: tuple[PictureSource, PictureSource] | None = None


Pair = ScalarPair | SetPair | ArrayPair


def pair_up(expected: KeptOutput, found: KeptOutput) -> list[Pair]:
    """All pairs of values, in the baseline's order.

    Raises:
        OtherStructureError: at the first place where kind, shape, length or keys differ.
    """
    return list(_Walk(expected, found).pairs("", expected.root, found.root))


class _Walk:
    def __init__(self, expected: KeptOutput, found: KeptOutput) -> None:
        self._expected, self._found = expected, found

    def pairs(self, place: str, expected: Any, found: Any) -> Iterator[Pair]:
        kind = form(expected)
        self._hold("kind", place, kind, form(found), expected, found)
        match kind:
            case "array":
                yield from self._arrays(place, expected, found)
            case "image":
                self._hold("kind", place, expected["image"], found["image"], expected, found)
                yield self._images(place, expected, found)
            case "sequence":
                self._hold("kind", place, expected["sequence"], found["sequence"], expected, found)
                yield from self._sequences(place, expected, found)
            case "mapping":
                yield from self._mappings(place, expected["mapping"], found["mapping"])
            case "set":
                self._hold("length", place, len(expected["set"]), len(found["set"]), expected, found)
                yield SetPair(place, *(frozenset(map(json.dumps, node["set"])) for node in (expected, found)))
            case "buffer":
                self._hold("kind", place, expected["buffer"], found["buffer"], expected, found)
                shapes = expected["shape"], found["shape"]
                differs_in = "length" if len(shapes[0]) == len(shapes[1]) == 1 else "shape"
                self._hold(differs_in, place, *shapes, expected, found)
                yield ArrayPair(place, "bytes", self._expected.values(expected), self._found.values(found))
            case _:
                yield ScalarPair(place, scalar(expected), scalar(found))

    def _hold(self, differs_in: str, place: str, one: Any, other: Any, expected: Any, found: Any) -> None:
        if one != other:
            words = f"the baseline has {_words(self._expected, expected)}, this one {_words(self._found, found)}"
            raise OtherStructureError(differs_in, place, words)

    def _values(self, place: str, expected: Any, found: Any, key: str = "array") -> tuple[Values, Values]:
        values = self._expected.values(expected, key), self._found.values(found, key)
        self._hold("kind", place, values[0].dtype, values[1].dtype, expected, found)
        self._hold("shape", place, values[0].shape, values[1].shape, expected, found)
        return values

    def _arrays(self, place: str, expected: Any, found: Any) -> Iterator[Pair]:
        self._hold("kind", place, "mask" in expected, "mask" in found, expected, found)
        values = self._values(place, expected, found)
        if "mask" in expected:
            yield ArrayPair(place, "mask", *self._values(place, expected, found, "mask"))
        what = "numbers" if values[0].shape == () else "array"
        yield ArrayPair(place, what, *values, pictures=self._pictures(expected, found))

    def _images(self, place: str, expected: Any, found: Any) -> Pair:
        values = self._values(place, expected, found)
        palettes = None
        if "palette" in expected:
            palettes = bytes.fromhex(expected["palette"]), bytes.fromhex(found["palette"])
        return ArrayPair(place, "image", *values, palettes, self._pictures(expected, found))

    def _pictures(self, expected: Any, found: Any) -> tuple[PictureSource, PictureSource] | None:
        one, other = picture_source(self._expected, expected), picture_source(self._found, found)
        return None if one is None or other is None else (one, other)

    def _sequences(self, place: str, expected: Any, found: Any) -> Iterator[Pair]:
        if "array" in expected and "array" in found:
            lengths = self._expected.values(expected).size, self._found.values(found).size
            self._hold("length", place, *lengths, expected, found)
            self._hold("kind", place, expected["of"], found["of"], expected, found)
            yield ArrayPair(place, "numbers", *self._values(place, expected, found))
            return
        items, others = self._expected.items(expected), self._found.items(found)
        self._hold("length", place, len(items), len(others), expected, found)
        for number, (item, other) in enumerate(zip(items, others, strict=True)):
            yield from self.pairs(f"{place}[{number}]", item, other)

    def _mappings(self, place: str, expected: list[Any], found: list[Any]) -> Iterator[Pair]:
        others = defaultdict(list)
        for key, node in found:
            others[json.dumps(key)].append(node)
        keys = [json.dumps(key) for key, _ in expected]
        if sorted(keys) != sorted(json.dumps(key) for key, _ in found):
            further = [key for key in others if key not in set(keys)]
            absent = [key for key in keys if key not in others]
            words = [
                f"{whose} has {_key(json.loads(alone[0]))}{f' and {len(alone) - 1} more' if alone[1:] else ''}"
                for whose, alone in (("only the baseline", absent), ("only this one", further))
                if alone
            ]
            raise OtherStructureError("keys", place, ", ".join(words) or "the keys are the same, but not as often")
        for key, (node, name) in zip(keys, ((node, _key(key)) for key, node in expected), strict=True):
            yield from self.pairs(f"{place}[{name}]", node, others[key].pop(0))


def _words(output: KeptOutput, node: Any) -> str:
    """What a node is, for people."""
    kind = form(node)
    match kind:
        case "array":
            values = output.values(node)
            if values.shape == ():
                return _with_article(_cut(values.dtype))
            return f"{'a masked' if 'mask' in node else 'an'} array of {_cut(values.dtype)}, shape {values.shape}"
        case "image":
            height, width = output.values(node).shape[:2]
            return f"an image {node['image']} of {width}×{height} pixels"
        case "sequence":
            name = _cut(node["sequence"])
            if "items" in node:
                return f"a {name} of {len(node['items'])}"
            return f"a {name} of {output.values(node).size}, each {_cut(node['of'])}"
        case "mapping" | "set":
            return f"a {'dict' if kind == 'mapping' else 'set'} of {len(node[kind])}"
        case "buffer":
            return f"a buffer of {_cut(node['buffer'])}, shape {tuple(node['shape'])}"
        case "NoneType":
            return "None"
        case _:
            return _with_article(kind)


def _with_article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"  # a uint8


def _key(node: Any) -> str:
    """A key, for people."""
    if form(node) in ("bool", "complex", "float", "int", "str"):
        value = scalar(node)
        if type(value) is not int or value.bit_length() < 1000:
            return _cut(repr(value))
    return _cut(json.dumps(node))


def _cut(text: object) -> str:
    written = str(text).encode("utf-8", "backslashreplace").decode()
    return written if len(written) <= _LONGEST_NAME else written[: _LONGEST_NAME - 1] + "…"
