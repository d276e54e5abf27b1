"""Small PNG pictures of kept outputs, and of where two of them differ.

Only for the process that holds outputs against each other: this imports numpy and Pillow. Pictures are read in strips
of rows, whatever their size.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray
from PIL import Image

from memlab.child.loaded_outputs import KeptOutput, Values, form

LARGEST_SIDE = 128
_SMALLEST_SIDE = 8
_MOST_SIDE = 65_535
_STRIP_VALUES = 1 << 18
_SHOWN_MODES = ("L", "LA", "RGB", "RGBA")
_COLOUR_MODES = (*_SHOWN_MODES, "CMYK", "HSV", "LAB", "La", "RGBX", "RGBa", "YCbCr")


@dataclass(frozen=True)
class PictureSource:
    """A picture in a kept output, or several of one size one after the other.

    Attributes:
        values: the array that holds it.
        height, width: in pixels; planes: values to a pixel.
        mode: Pillow's, None for an array.
        palette: R G B A of the modes P and PA.
        bgr: its three or four channels are in OpenCV's order.
    """

    values: Values
    height: int
    width: int
    planes: int
    mode: str | None = None
    palette: bytes | None = None
    bgr: bool = False

    @property
    def frame_values(self) -> int:
        """How many elements one picture has."""
        return self.height * self.width * self.planes

    def strips(self, frame: int) -> Iterator[NDArray[numpy.float64]]:
        """One of the pictures from top to bottom, as (rows, width, channels)."""
        row = self.width * self.planes
        rows = max(1, _STRIP_VALUES // row)
        for piece in self.values.pieces(rows * row, frame * self.frame_values, self.frame_values):
            strip = numpy.frombuffer(piece, self.values.dtype)
            if self.palette is not None:
                strip = through_palette(strip, self.palette, self.planes)
            yield strip.reshape(len(piece) // (row * self.values.dtype.itemsize), self.width, -1).astype(numpy.float64)


def picture_source(output: KeptOutput, node: Any) -> PictureSource | None:
    """A node as a picture; None when it doesn't look like one.

    An array looks like one when it is bool, uint8, uint16 or float, has two axes or a third of 1, 3 or 4 channels, and
    8 pixels or more either way; or when it is a stack of such pictures.
    """
    if form(node) == "image":
        values = output.values(node)
        height, width = values.shape[:2]
        if not (0 < height <= _MOST_SIDE and 0 < width <= _MOST_SIDE):
            return None
        palette = bytes.fromhex(node["palette"]) if "palette" in node else None
        return PictureSource(values, height, width, math.prod(values.shape[2:]), node["image"], palette)
    if form(node) != "array" or "mask" in node or "value" in node:
        return None
    values = output.values(node)
    if values.dtype.kind != "f" and values.dtype.str[1:] not in ("b1", "u1", "u2"):
        return None
    for shape in (values.shape, values.shape[1:]):
        size = _size(shape)
        if size is not None and values.size:
            return PictureSource(values, *size, bgr=output.bgr)
    return None


def _size(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    if len(shape) not in (2, 3) or not all(_SMALLEST_SIDE <= side <= _MOST_SIDE for side in shape[:2]):
        return None
    planes = shape[2] if len(shape) == 3 else 1
    return (shape[0], shape[1], planes) if planes in (1, 3, 4) else None


def first_picture(output: KeptOutput) -> PictureSource | None:
    """The first picture in an output; None when there is none."""
    waiting = [output.root]
    while waiting:
        node = waiting.pop()
        source = picture_source(output, node)
        if source is not None:
            return source
        if form(node) == "sequence":
            waiting += reversed(node.get("items", ()))
        elif form(node) == "mapping":
            waiting += [item for _, item in reversed(node["mapping"])]
    return None


def through_palette(indices: NDArray[Any], palette: bytes, planes: int) -> NDArray[Any]:
    """The colours (pixels, R G B A) that indices stand for; with two planes the second is A."""
    colours = numpy.zeros((256, 4), numpy.uint8)
    known = numpy.frombuffer(palette, numpy.uint8).reshape(-1, 4)[:256]
    colours[: len(known)] = known
    pixels: NDArray[Any] = colours[indices[::planes]]
    if planes == 2:
        pixels[:, 3] = indices[1::2]
    return pixels


def small_picture(source: PictureSource) -> dict[str, Any]:
    """`memlab.model.output.Picture` as a dict: the (first) picture, each pixel the mean of what it covers.

    Floats that leave the range from 0 to 1, and whole numbers of 32 bits, are scaled to their range.
    """
    lowest, highest = numpy.inf, -numpy.inf

    def finite() -> Iterator[NDArray[numpy.float64]]:
        nonlocal lowest, highest
        for strip in source.strips(0):
            is_finite = numpy.isfinite(strip)
            lowest = min(lowest, float(strip.min(initial=numpy.inf, where=is_finite)))
            highest = max(highest, float(strip.max(initial=-numpy.inf, where=is_finite)))
            yield numpy.where(is_finite, strip, 0)

    pixels = _pooled(finite(), source, numpy.add) / _covered(source)
    return _png(_to_bytes(pixels, source, lowest, highest), source)


def difference_picture(expected: PictureSource, found: PictureSource, frame: int) -> dict[str, Any]:
    """`memlab.model.output.Picture` as a dict: by how much two pictures of one size and mode differ.

    Each pixel shows the largest difference in what it covers, so that a single one is seen; white is the largest of
    all. Pictures of three colours keep them, others become grey.
    """

    def differences() -> Iterator[NDArray[numpy.float64]]:
        with numpy.errstate(invalid="ignore", over="ignore"):
            for strip, other in zip(expected.strips(frame), found.strips(frame), strict=True):
                same = (strip == other) | (numpy.isnan(strip) & numpy.isnan(other))
                yield numpy.where(same, 0, numpy.nan_to_num(numpy.abs(strip - other), nan=numpy.inf, posinf=numpy.inf))

    pixels = _pooled(differences(), expected, numpy.maximum)
    measured = pixels[numpy.isfinite(pixels)]
    largest = float(measured.max(initial=0)) or 1.0
    pixels = numpy.where(numpy.isfinite(pixels), pixels, largest) / largest * 255
    if pixels.shape[2] != 3 or expected.mode not in (None, "RGB"):
        pixels = pixels.max(axis=2, keepdims=True)
    mode = "RGB" if pixels.shape[2] == 3 else "L"
    shown = PictureSource(expected.values, expected.height, expected.width, pixels.shape[2], mode, bgr=expected.bgr)
    return _png(_rounded(pixels), shown)


def _small_size(source: PictureSource) -> tuple[int, int]:
    scale = min(1.0, LARGEST_SIDE / max(source.height, source.width))
    return max(1, round(source.height * scale)), max(1, round(source.width * scale))


def _boxes(source: PictureSource) -> tuple[NDArray[numpy.intp], NDArray[numpy.intp]]:
    """For each row and each column the row or column of the small picture that it belongs to."""
    height, width = _small_size(source)
    rows = numpy.arange(source.height) * height // source.height
    return rows, numpy.arange(source.width) * width // source.width


def _covered(source: PictureSource) -> NDArray[Any]:
    rows, columns = _boxes(source)
    return numpy.multiply.outer(numpy.bincount(rows), numpy.bincount(columns))[:, :, None]


def _pooled(strips: Iterator[NDArray[numpy.float64]], source: PictureSource, function: numpy.ufunc) -> NDArray[Any]:
    """All that falls into one pixel of the small picture, summed or whatever the function does."""
    rows, columns = _boxes(source)
    starts = numpy.flatnonzero(numpy.diff(columns, prepend=-1))
    pooled: NDArray[Any] | None = None
    top = 0
    for strip in strips:
        if pooled is None:
            pooled = numpy.zeros((*_small_size(source), strip.shape[2]))
        belongs = rows[top : top + len(strip)]
        firsts = numpy.flatnonzero(numpy.diff(belongs, prepend=-1))
        part = function.reduceat(function.reduceat(strip, starts, axis=1), firsts, axis=0)
        pooled[belongs[firsts]] = function(pooled[belongs[firsts]], part)
        top += len(strip)
    assert pooled is not None
    return pooled


def _to_bytes(pixels: NDArray[Any], source: PictureSource, lowest: float, highest: float) -> NDArray[numpy.uint8]:
    kind = source.values.dtype.str[1:]
    if kind == "b1":
        return _rounded(pixels * 255)
    if kind == "u1":
        return _rounded(pixels)
    if kind == "u2":
        return _rounded(pixels / 257)
    if lowest >= 0 and highest <= 1 and source.values.dtype.kind == "f":
        return _rounded(pixels * 255)
    span = highest - lowest
    return _rounded((pixels - lowest) / span * 255 if 0 < span < numpy.inf else pixels * 0)


def _rounded(pixels: NDArray[Any]) -> NDArray[numpy.uint8]:
    rounded: NDArray[numpy.uint8] = numpy.clip(numpy.rint(pixels), 0, 255).astype(numpy.uint8)
    return rounded


def _png(pixels: NDArray[numpy.uint8], source: PictureSource) -> dict[str, Any]:
    height, width, channels = pixels.shape
    if source.bgr and channels > 2:
        pixels = numpy.concatenate([pixels[:, :, 2::-1], pixels[:, :, 3:]], axis=2)
    mode = source.mode if source.mode in _COLOUR_MODES else {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    image = Image.frombytes(mode, (width, height), pixels.tobytes())
    if mode not in _SHOWN_MODES:
        image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(mode, "RGB"))
    written = io.BytesIO()
    image.save(written, "png")
    return {"width": source.width, "height": source.height, "png": base64.b64encode(written.getvalue()).decode()}
