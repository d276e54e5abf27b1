"""One generated photograph: what a picture needs so that codecs and filters treat it like one from a camera.

Three properties of photographs decide how large their files are and how much work their decoding is, and each
is made here: detail at all scales, falling off with frequency (the 1/f spectrum of natural scenes), hard edges
between surfaces of different brightness, and a sensor's noise, which grows with the light. The picture is
composed at half its resolution and enlarged, as a lens and a colour filter array soften the real thing; only
the noise has single pixels.

Everything is drawn from one PCG64 stream whose seed is made of the description, so the same description gives
the same bytes with the same libraries. Any change here that changes a byte belongs with a new version in
`memlab.inputs.photos`, or caches would mix pictures of both.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from memlab.recipe.inputs import Photos

    Field = NDArray[np.float32]

_BAND_ROWS = 256
"""Rows worked on at a time, so that what is held as float stays small however large the picture is."""
_FALLOFF = 0.88
"""How much weaker each octave of detail is than the one below it."""
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG", "subsampling": "4:2:0"},
    "png": {"format": "PNG", "compress_level": 1},
    "tiff": {"format": "TIFF", "compression": "raw"},
    "webp": {"format": "WEBP", "method": 2},
    "bmp": {"format": "BMP"},
}


def encode_photograph(description: Photos, index: int) -> bytes:
    """Generate picture number `index` of a description and write it in the description's format.

    Returns:
        The file's bytes: RGB, 8 bits a channel; TIFF is uncompressed, WebP lossy.
    """
    options = dict(_SAVE_OPTIONS[description.format])
    if description.format in ("jpeg", "webp"):
        options["quality"] = description.quality
    if description.format == "jpeg":
        options["progressive"] = description.progressive
    content = io.BytesIO()
    paint_photograph(description.width, description.height, description.seed, index).save(content, **options)
    return content.getvalue()


def paint_photograph(width: int, height: int, seed: int, index: int) -> Image.Image:
    """Paint a landscape: sky, ridges behind each other, buildings, round things; an RGB picture.

    Args:
        width, height: pixels.
        seed, index: which picture; each pair gives another one.
    """
    import numpy as np
    from PIL import Image

    random = np.random.Generator(np.random.PCG64([seed, index, width, height]))
    scene = _draw_scene(width, height, random).reduce(2)
    half = _add_detail(scene, random)
    picture = Image.new("RGB", (width, height))
    for top in range(0, height, _BAND_ROWS):
        rows = min(_BAND_ROWS, height - top)
        # An odd size has its last half pixel cut off: the box is exactly half the picture.
        box = (0.0, top / 2, width / 2, (top + rows) / 2)
        band = np.asarray(half.resize((width, rows), Image.Resampling.BICUBIC, box=box), dtype=np.float32)
        brightness = band[:, :, 1]
        noise = random.standard_normal((rows, width), dtype=np.float32)
        noise *= np.sqrt(2.0 + 0.03 * brightness)
        band = band + noise[:, :, None]
        picture.paste(Image.fromarray(np.clip(band, 0, 255).astype(np.uint8)), (0, top))
    return picture


def _draw_scene(width: int, height: int, random: np.random.Generator) -> Image.Image:
    """Surfaces with hard edges, as RGBA: A says how strong the surface's own detail is."""
    import numpy as np
    from PIL import Image, ImageDraw

    def colour(one: tuple[int, int, int], other: tuple[int, int, int], detail: int) -> tuple[int, ...]:
        between = random.random()
        mixed = (a + (b - a) * between + random.uniform(-7, 7) for a, b in zip(one, other, strict=True))
        return (*(int(value) for value in mixed), detail)

    sky = colour((122, 158, 204), (204, 204, 208), 40)
    canvas = Image.new("RGBA", (width, height), sky)
    draw = ImageDraw.Draw(canvas)

    def ellipse(x: float, y: float, radius: float, fill: tuple[int, ...]) -> None:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    size = min(width, height)
    if random.random() < 0.6:
        ellipse(width * random.uniform(0.1, 0.9), height * random.uniform(0.08, 0.25), size * 0.05, (250, 240, 215, 8))

    ridges = int(random.integers(3, 6))
    near = np.array(colour((34, 52, 30), (92, 76, 52), 0)[:3])
    horizon = random.uniform(0.28, 0.45)
    for ridge in range(ridges):
        depth = (ridge + 1) / ridges
        # Far ridges take the sky's colour and lose their detail, as haze does.
        tint = np.array(sky[:3]) * (1 - depth) * 0.85 + near * (0.15 + 0.85 * depth)
        base = height * (horizon + (0.92 - horizon) * depth**1.4 * 0.8)
        line = _ridge_line(width, base, height * 0.16 * (1.1 - 0.6 * depth), random)
        fill = (*(int(value) for value in tint), int(70 + 120 * depth))
        draw.polygon([(-1, height), *line, (width, height)], fill=fill)

    ground = height * random.uniform(0.72, 0.86)
    for _ in range(int(random.integers(2, 6))):
        _draw_building(draw, width, height, ground, colour((150, 92, 74), (216, 206, 186), 85), random)
    for _ in range(int(random.integers(2, 6))):
        radius = size * random.uniform(0.015, 0.07)
        x, y = width * random.random(), ground + height * random.uniform(0.0, 0.2)
        ellipse(x + radius * 0.3, y + radius * 0.3, radius, (25, 25, 28, 60))
        ellipse(x, y, radius, colour((72, 66, 62), (176, 162, 140), 130))
    return canvas


def _ridge_line(width: int, base: float, rise: float, random: np.random.Generator) -> list[tuple[float, float]]:
    """The upper edge of a ridge from left to right: a random walk, whose spectrum falls as mountains' do."""
    import numpy as np

    points = max(8, min(1024, width // 4))
    walk = np.cumsum(random.standard_normal(points))
    walk -= np.linspace(walk[0], walk[-1], points)
    walk /= max(1e-6, float(np.abs(walk).max()))
    across = np.linspace(-1, width, points)
    return [(float(x), float(base - rise * y)) for x, y in zip(across, walk, strict=True)]


def _draw_building(
    draw: Any, width: int, height: int, ground: float, wall: tuple[int, ...], random: np.random.Generator
) -> None:
    """A front with rows of windows, standing on the ground line."""
    wide, high = width * random.uniform(0.05, 0.14), height * random.uniform(0.1, 0.34)
    left = width * random.uniform(0.0, 0.9)
    shade = tuple(value // 2 for value in wall)
    draw.rectangle((left, ground - high, left + wide, ground + height * 0.03), fill=wall)
    draw.rectangle((left + wide, ground - high, left + wide * 1.25, ground + height * 0.03), fill=shade)
    across, up = int(random.integers(3, 6)), int(random.integers(3, 8))
    for row in range(up):
        for column in range(across):
            x = left + wide * (column + 0.3) / across
            y = ground - high + high * (row + 0.3) / up
            lit = random.random() < 0.2
            glass = (235, 205, 140, 20) if lit else (50, 60, 75, 40)
            draw.rectangle((x, y, x + wide * 0.45 / across, y + high * 0.5 / up), fill=glass)


def _add_detail(scene: Image.Image, random: np.random.Generator) -> Image.Image:
    """Light every surface with 1/f detail of the strength its A channel says; RGBA in, RGB out."""
    import numpy as np
    from PIL import Image

    width, height = scene.size
    light = _detail(width, height, random)
    # Colours vary over larger distances than brightness does: a quarter of the resolution is enough.
    hue = Image.fromarray(_detail((width + 1) // 2, (height + 1) // 2, random))
    lit = Image.new("RGB", scene.size)
    for top in range(0, height, _BAND_ROWS):
        rows = min(_BAND_ROWS, height - top)
        surface = np.asarray(scene.crop((0, top, width, top + rows)), dtype=np.float32)
        strength = surface[:, :, 3] * np.float32(1 / 255)
        gain = np.maximum(1 + 0.34 * strength * light[top : top + rows], 0.05)
        tint = np.asarray(
            hue.resize((width, rows), Image.Resampling.BILINEAR, box=(0, top / 2, width / 2, (top + rows) / 2))
        )
        tint = 14 * strength * tint
        colours = surface[:, :, :3] * gain[:, :, None]
        colours[:, :, 0] += tint
        colours[:, :, 2] -= tint
        lit.paste(Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)), (0, top))
    return lit


def _detail(width: int, height: int, random: np.random.Generator) -> Field:
    """Noise whose amplitude falls with frequency, octave by octave; float32 (height, width), about unit variance."""
    import numpy as np
    from PIL import Image

    octaves = max(1, max(width, height).bit_length() - 2)
    field = np.zeros((1, 1), dtype=np.float32)
    total = 0.0
    for octave in range(octaves):
        scale = 1 << (octaves - 1 - octave)
        across, down = -(-width // scale), -(-height // scale)
        amplitude = _FALLOFF**octave
        total += amplitude**2
        larger = Image.fromarray(field).resize((across, down), Image.Resampling.BICUBIC)
        field = random.standard_normal((down, across), dtype=np.float32)
        field *= np.float32(amplitude)
        field += np.asarray(larger)
    field *= np.float32(total**-0.5)
    return field
