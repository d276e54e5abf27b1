"""What a variant returned: a digest of type, shape and bytes, and a few words on what it is.

Nothing is imported for it: a value can only be an array or a picture if its library is loaded already.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from collections.abc import Iterator
from typing import Any

_BLOCK_BYTES = 1 << 20
_MOST_TEXT = 160


class IncomparableOutputError(Exception):
    """A value of a kind that memlab can't compare; the sentence names the way out."""


def describe_output(value: object) -> dict[str, Any]:
    """Digest a value.

    Returns:
        `digest` (32 hexadecimal digits), `kind`, `shape` (None for scalars), `text` (a short look).

    Raises:
        IncomparableOutputError: it holds a kind of value that has no digest.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for part in _parts(value):
            digest.update(part)
    except RecursionError:
        raise IncomparableOutputError("the output is nested too deeply, or holds itself") from None
    kind, shape = _kind(value)
    return {"digest": digest.hexdigest(), "kind": _cut(kind), "shape": shape, "text": _text(value)}


def nature(value: object) -> str:
    """As what a value is compared: scalar, array, image, sequence, mapping, set or buffer.

    Raises:
        IncomparableOutputError: as none of them.
    """
    numpy, pillow = sys.modules.get("numpy"), sys.modules.get("PIL.Image")
    if value is None or type(value) in (bool, int, float, complex, str):
        return "scalar"
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return "array"
    if pillow is not None and isinstance(value, pillow.Image):
        return "image"
    if isinstance(value, list | tuple):
        return "sequence"
    if isinstance(value, dict):
        return "mapping"
    if isinstance(value, set | frozenset):
        return "set"
    if isinstance(value, bytes | bytearray | memoryview) or _has_buffer(value):
        return "buffer"
    name = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    raise IncomparableOutputError(
        f"the output holds {'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}, which memlab can't compare; "
        "say with @recipe.output what is to be compared, or return arrays, images, numbers, lists"
    )


def _parts(value: Any) -> Iterator[Any]:
    """The value as bytes, each piece told apart from its neighbours by a tag and a length."""
    match nature(value):
        case "scalar":
            yield from _scalar(value)
        case "array":
            yield from _array(value)
        case "image":
            yield from _picture(value)
        case "sequence":
            yield f"{type(value).__name__}:{len(value)};".encode()
            for item in value:
                yield from _parts(item)
        case "mapping":
            yield f"dict:{len(value)};".encode()
            yield from sorted(_digest_of(pair) for pair in value.items())
        case "set":
            yield f"set:{len(value)};".encode()
            yield from sorted(_digest_of(item) for item in value)
        case _:
            view = memoryview(value)
            yield f"buffer:{view.format}:{view.shape};".encode()
            yield view if view.c_contiguous else view.tobytes()


def _digest_of(value: object) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(value):
        digest.update(part)
    return digest.digest()


def _scalar(value: object) -> Iterator[bytes]:
    if isinstance(value, float):
        yield b"float;" + struct.pack("<d", value)
    elif isinstance(value, complex):
        yield b"complex;" + struct.pack("<dd", value.real, value.imag)
    else:
        # Whole numbers in hexadecimal: Python refuses to write very large ones in decimal.
        content = (f"{value:x}" if type(value) is int else str(value)).encode("utf-8", "surrogatepass")
        yield f"{type(value).__name__}:{len(content)};".encode() + content


def _array(value: Any) -> Iterator[Any]:
    yield f"array:{value.dtype.str}:{value.dtype.names or ''}:{value.shape};".encode()
    value, mask = unmasked(value)
    if mask is not None:
        yield b"masked;"
        yield from _array(mask)
    if value.dtype.names is not None:
        # Field by field: what pads a record is not part of it.
        for name in value.dtype.names:
            yield from _parts(value[name])
    elif value.dtype.hasobject:
        for item in value.ravel().tolist():
            yield from _parts(item)
    else:
        yield from array_blocks(value)


def unmasked(value: Any) -> tuple[Any, Any]:
    """An array's values with zeros below the mask, and the mask; (the array, None) when it has none.

    What lies below a mask is nobody's result. A structured array is masked field by field; its values stay.
    """
    masks = sys.modules.get("numpy.ma")
    if masks is None or not isinstance(value, masks.MaskedArray):
        return value, None
    mask = masks.getmaskarray(value)
    if value.dtype.names is not None:
        return value.data, mask
    numpy = sys.modules["numpy"]
    return numpy.where(mask, numpy.zeros((), value.dtype), value.data), mask


def array_blocks(value: Any) -> Iterator[Any]:
    """An array's bytes, the last axis fastest, without a copy of the whole."""
    if value.ndim == 0 or value.nbytes == 0:
        yield value.tobytes()
        return
    numpy = sys.modules["numpy"]
    rows = max(1, _BLOCK_BYTES * len(value) // max(1, value.nbytes))
    for first in range(0, len(value), rows):
        block = numpy.ascontiguousarray(value[first : first + rows])
        yield block.reshape(-1).view(numpy.uint8)


def _picture(value: Any) -> Iterator[bytes]:
    yield f"image:{value.mode}:{value.size};".encode()
    colours = palette(value)
    if colours is not None:
        yield f"palette:{len(colours)};".encode() + colours
    for strip in strips(value):
        yield strip.tobytes()


def palette(image: Any) -> bytes | None:
    """The colours of an image of Pillow's as R, G, B, A after one another; None for a mode without a palette."""
    image.load()
    return bytes(image.getpalette("RGBA") or b"") if image.mode in ("P", "PA") else None


def strips(image: Any) -> Iterator[Any]:
    """An image of Pillow's in strips from top to bottom, so that nothing makes a copy of the whole."""
    image.load()
    width, height = image.size
    rows = max(1, _BLOCK_BYTES // max(1, 4 * width))
    for top in range(0, height, rows):
        yield image.crop((0, top, width, min(height, top + rows)))


def _has_buffer(value: object) -> bool:
    try:
        memoryview(value).release()  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def _kind(value: object) -> tuple[str, tuple[int, ...] | None]:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and hasattr(value, "dtype"):
        if not shape and not hasattr(value, "__setitem__"):
            return type(value).__name__, None
        return f"{type(value).__name__} of {value.dtype}", tuple(map(int, shape))
    size, mode = getattr(value, "size", None), getattr(value, "mode", None)
    if isinstance(mode, str) and isinstance(size, tuple) and len(size) == 2:
        return f"image {mode}", (int(size[1]), int(size[0]))
    if isinstance(value, list | tuple | set | frozenset):
        kinds = {_kind(item)[0] for item in value}
        inner = next(iter(kinds)) if len(kinds) == 1 else "different things"
        return f"{type(value).__name__} of {inner}" if value else f"empty {type(value).__name__}", (len(value),)
    if isinstance(value, dict | bytes | bytearray):
        return type(value).__name__, (len(value),)
    return type(value).__name__ if value is not None else "None", None


def _text(value: object) -> str:
    if hasattr(value, "dtype") or hasattr(value, "mode"):
        kind, shape = _kind(value)
        if shape is None:
            text = str(value)
        else:
            text = f"{kind}, {shape[1]}×{shape[0]} pixels" if hasattr(value, "mode") else f"{kind}, shape {shape}"
    elif isinstance(value, list | tuple):
        shown = ", ".join(_text(item) for item in value[:6])
        text = f"{'[' if isinstance(value, list) else '('}{shown}{', …' if len(value) > 6 else ''}"
        text += "]" if isinstance(value, list) else ")"
    elif isinstance(value, int) and value.bit_length() > 1000:
        text = f"int of {value.bit_length()} bits"
    elif isinstance(value, str | int | float | complex | None):
        text = repr(value)
    else:
        text = _kind(value)[0]
    return _cut(text)


def _cut(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
