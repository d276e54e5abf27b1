"""Outputs that are kept, read back and held against each other, without a process of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from memlab.child.agree import agree
from memlab.child.kept_outputs import keep_output
from memlab.child.loaded_outputs import KeptOutput, Values, form, scalar
from memlab.child.outputs import describe_output
from memlab.model.output import AgreeReply, OutputComparison


def digest(value: object) -> str:
    return str(describe_output(value)["digest"])


def keep(value: object, folder: Path, name: str | None = None) -> str:
    """Keep a value that can be kept, and return its digest."""
    name = name or digest(value)
    assert keep_output(value, name, str(folder), ())
    return name


def hold(expected: object, found: object, folder: Path) -> OutputComparison:
    """Keep two values and have them compared; whether or not their digests differ."""
    reply = agreement(expected, found, folder)
    (comparison,) = reply.comparisons
    assert (comparison.expected, comparison.found) == ("expected", "found")
    return comparison


def agreement(expected: object, found: object, folder: Path) -> AgreeReply:
    keep(expected, folder, "expected")
    keep(found, folder, "found")
    return agree_on(folder, ("expected", "found"))


def agree_on(folder: Path, *pairs: tuple[str, str]) -> AgreeReply:
    """What `agree` replies, strictly decoded from JSON."""
    reply = agree({"outputs": str(folder), "pairs": pairs})
    return msgspec.json.decode(msgspec.json.encode(reply), type=AgreeReply)


def read_back(folder: Path) -> Any:
    """A kept output as a value that has the same digest."""
    output = KeptOutput(str(folder))
    return _value(output, output.root)


def _value(output: KeptOutput, node: Any) -> Any:
    match form(node):
        case "array":
            value = _array(output.values(node))
            return np.ma.array(value, mask=_array(output.values(node, "mask"))) if "mask" in node else value
        case "image":
            return _image(node, _array(output.values(node)))
        case "sequence":
            items = [_value(output, item) for item in output.items(node)]
            if node["sequence"] in ("list", "tuple"):
                return items if node["sequence"] == "list" else tuple(items)
            return type(node["sequence"], (tuple,), {})(items)
        case "mapping":
            return {_value(output, key): _value(output, item) for key, item in node["mapping"]}
        case "set":
            return frozenset(_value(output, item) for item in node["set"])
        case "buffer":
            content = _array(output.values(node)).tobytes()
            if node["buffer"] == "B" and len(node["shape"]) == 1:
                return content
            return memoryview(content).cast(node["buffer"], node["shape"])
        case _:
            return scalar(node)


def _array(values: Values) -> Any:
    content = b"".join(values.pieces(3))
    made = np.frombuffer(content, values.dtype, count=values.size).reshape(values.shape)
    return made[()] if values.shape == () and values.dtype.isnative else made  # what numpy hands out is native


def _image(node: Any, pixels: Any) -> Image.Image:
    height, width = pixels.shape[:2]
    content = np.packbits(pixels, axis=1).tobytes() if node["image"] == "1" else pixels.tobytes()
    if not content:
        return Image.new(node["image"], (width, height))
    image = Image.frombytes(node["image"], (width, height), content)
    if node.get("palette"):
        image.putpalette(bytes.fromhex(node["palette"]), "RGBA")
    return image
