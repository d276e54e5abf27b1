"""A page to draw on, in points from the top left corner; matplotlib's figure behind it, made into SVG or PNG.

Charts are laid out here by hand, not by matplotlib's axes: only so is it certain that no text lies upon another, with
one variant or twelve. The same calls give the same bytes: nothing of the user's settings for matplotlib is used, and
no date is written.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, Literal, cast

from memlab.printable import printable
from memlab.render.charts.palette import GROUND, TEXT, Dashes

WIDTH = 576.0
"""Points: 8 inches, 1200 pixels of a PNG. Shown 600 pixels wide, a point is a little more than a pixel."""

SMALL, BASE, MEDIUM, LARGE = 9.0, 10.0, 11.5, 14.0
"""Sizes of type in points."""

_DOTS_PER_INCH = 150
_COLOURS = 64
_POINTS_PER_INCH = 72.0
_MEASURED_SIZE = 100.0
_FIXED_POINT = 65536.0
_FAMILY = "DejaVu Sans"
_FAMILIES = "'DejaVu Sans', Verdana, sans-serif"
_SETTINGS: dict[str, Any] = {
    "font.family": [_FAMILY],
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "memlab",
    "text.usetex": False,
}
_SVG_TEXT = re.compile(r"<text [^<>]*>")
_NO_ROTATION = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_SVG_BODY = '<g id="figure_1">'

Align = Literal["left", "right", "center"]


class Canvas:
    """One picture, `WIDTH` points wide and as high as `set_height` says.

    Only to be used within `drawing`. Texts are made printable. Where a PNG's font lacks a character, its escape is
    shown instead (`\\u5199`); an SVG keeps it and leaves it to the reader's fonts.

    Args:
        format: `svg` or `png`.
        prefix: begins the `id` of every element that is given one.
        header: whether the picture has to say what it is about; on a page, the page does.

    Attributes:
        header: as above.
        figure: matplotlib's, which everything is added to.
    """

    def __init__(self, format: str, prefix: str, *, header: bool = True) -> None:
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties, findfont
        from matplotlib.ft2font import FT2Font
        from matplotlib.transforms import Affine2D

        self.header = header
        self._format, self._prefix, self._height = format, prefix, 0.0
        self.figure = Figure(facecolor=GROUND)
        # Filled in by `set_height`, when the height is known.
        self._to_inches = Affine2D()
        self._transform = self._to_inches + self.figure.dpi_scale_trans
        self._fonts = {}
        for bold in (False, True):
            self._fonts[bold] = FT2Font(findfont(FontProperties(family=_FAMILY, weight="bold" if bold else "normal")))
            self._fonts[bold].set_size(_MEASURED_SIZE, _POINTS_PER_INCH)
        self._advances: dict[tuple[str, bool], float] = {}

    def text_width(self, text: str, size: float = BASE, *, bold: bool = False) -> float:
        """How many points wide the text is, or a little more: pairs of letters that move together are not counted."""
        return size * sum(self._advance(character, bold) for character in self._shown(text))

    def _advance(self, character: str, bold: bool) -> float:
        """How far a character takes the text on, as a share of its size."""
        if (character, bold) not in self._advances:
            if self._has(character):
                advance = self._fonts[bold].load_char(ord(character)).linearHoriAdvance / _FIXED_POINT / _MEASURED_SIZE
            else:
                # In a reader's font it is at most about as wide as it is high.
                advance = 1.2
            self._advances[character, bold] = advance
        return self._advances[character, bold]

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BASE,
        bold: bool = False,
        colour: str = TEXT,
        align: Align = "left",
        id: str | None = None,
    ) -> None:
        """Write one line: `x` is its left or right end or its middle, `y` its base line."""
        self.figure.text(
            x,
            y,
            self._shown(text),
            transform=self._transform,
            size=size,
            weight="bold" if bold else "normal",
            color=colour,
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            zorder=1,
            gid=self._id(id),
        )

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        colour: str,
        *,
        edge: str | None = None,
        behind: bool = False,
        id: str | None = None,
    ) -> None:
        """Fill a box, with an edge or without one, behind everything or upon what was drawn before."""
        from matplotlib.patches import Rectangle

        patch = Rectangle(
            (_round(left), _round(top)),
            _round(width),
            _round(height),
            transform=self._transform,
            facecolor=colour,
            edgecolor=edge,
            linewidth=0 if edge is None else 0.7,
            zorder=0 if behind else 1,
            gid=self._id(id),
        )
        self.figure.add_artist(patch)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        *,
        width: float = 1.0,
        dashes: Dashes = None,
        behind: bool = False,
        id: str | None = None,
    ) -> None:
        """Draw a line through the points, behind everything or upon what was drawn before."""
        from matplotlib.lines import Line2D

        artist = Line2D(
            [_round(x) for x, _ in points],
            [_round(y) for _, y in points],
            transform=self._transform,
            color=colour,
            linewidth=width,
            linestyle="solid" if dashes is None else (0, tuple(length / width for length in dashes)),
            dash_capstyle="butt",
            zorder=0 if behind else 1,
            gid=self._id(id),
        )
        self.figure.add_artist(artist)

    def set_height(self, height: float) -> None:
        """Say how high the page is, in points: before that nothing has its place."""
        self._height = height
        self._to_inches.clear().scale(1, -1).translate(0, height).scale(1 / _POINTS_PER_INCH)
        self.figure.set_size_inches(WIDTH / _POINTS_PER_INCH, height / _POINTS_PER_INCH)

    def save(self, *, title: str, description: str) -> bytes:
        """The picture as bytes, when its height is set.

        Args:
            title, description: what the picture says in words; of an SVG.
        """
        return self._png() if self._format == "png" else self._svg(title, description)

    def _png(self) -> bytes:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        self.figure.set_dpi(_DOTS_PER_INCH)
        page: Any = FigureCanvasAgg(self.figure)
        page.draw()
        picture = Image.frombuffer("RGBA", page.get_width_height(), page.buffer_rgba(), "raw", "RGBA", 0, 1)
        # A few colours and their way to white: a palette takes a third of the room.
        picture = picture.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        content = io.BytesIO()
        picture.save(content, "PNG", optimize=True, dpi=(_DOTS_PER_INCH, _DOTS_PER_INCH))
        return content.getvalue()

    def _svg(self, title: str, description: str) -> bytes:
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        self.figure.set_dpi(_POINTS_PER_INCH)
        content, page = io.BytesIO(), cast("Any", FigureCanvasSVG(self.figure))
        page.print_svg(content, metadata={"Date": None})
        whole = content.getvalue().decode("utf-8")
        # matplotlib's own head names a DTD on the web and a style for all elements of a page it is put into.
        body = whole[whole.index(_SVG_BODY) :]
        body = _SVG_TEXT.sub(_plain_text, body)
        size = f'width="{WIDTH:g}pt" height="{self._height:g}pt" viewBox="0 0 {WIDTH:g} {self._height:g}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
            'style="stroke-linejoin: round; stroke-linecap: butt">\n'
            f" <title>{escape(printable(title, None), quote=False)}</title>\n"
            f" <desc>{escape(printable(description, None), quote=False)}</desc>\n "
        )
        return (head + body).encode("utf-8")

    def _shown(self, text: str) -> str:
        text = printable(text, None)
        if self._format == "svg" or text.isascii():
            return text
        return "".join(one if self._has(one) else _escaped(one) for one in text)

    def _has(self, character: str) -> bool:
        return character.isascii() or self._fonts[False].get_char_index(ord(character)) != 0

    def _id(self, id: str | None) -> str | None:
        return None if id is None else f"{self._prefix}.{id}"


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with matplotlib's own settings and a few of ours, and leave the user's as they were.

    Nothing is said meanwhile of a settings folder that can't be written, or of a user's settings that are wrong.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        import matplotlib

        with matplotlib.rc_context(), warnings.catch_warnings():
            # An SVG's text needs no glyph of ours.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            matplotlib.rcdefaults()
            settings: Any = matplotlib.rcParams
            settings.update(_SETTINGS)
            yield
    finally:
        logger.setLevel(level)


def _plain_text(found: re.Match[str]) -> str:
    """An SVG's text element with fonts that readers have, and without a rotation by nothing."""
    return _NO_ROTATION.sub("", found[0]).replace(f"'{_FAMILY}'", _FAMILIES)


def _round(value: float) -> float:
    return round(value, 1)


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")
