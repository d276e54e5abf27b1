"""A recipe's variants in a check: a line each, with as many columns as the terminal has room for."""

from __future__ import annotations

from collections.abc import Sequence

from memlab.model.check import VariantCheck
from memlab.printable import printable
from memlab.render.layout import cell_width, fit, flow, pad, pad_left, wrap
from memlab.render.signs import Signs
from memlab.render.style import Style
from memlab.render.verdicts import (
    change,
    difference,
    figure_of,
    headline_of,
    move,
    share,
    verdict_severity,
    verdict_words,
)
from memlab.units import format_bytes

_SIGNS = {"improved": ("↓", "v"), "skipped": ("–", "-")}
_SIGNS_OF_SEVERITY = {"error": ("✗", "X"), "warning": ("!", "!"), "": ("✓", "=")}
_LEVELS = (
    ("move", "difference", "share", "tolerance", "heap", "heap difference"),
    ("move", "difference", "share", "tolerance", "heap difference"),
    ("move", "difference", "share", "heap difference"),
    ("move", "difference", "share"),
    ("move", "difference"),
    ("move",),
)
_INDENT = 2
_LEAST_NAME, _MOST_NAME = 16, 28
_NAME_LIMIT = 60


def verdict_sign(verdict: str, signs: Signs) -> str:
    """One character that goes with the verdict's words and colour."""
    unicode, ascii = _SIGNS.get(verdict) or _SIGNS_OF_SEVERITY[verdict_severity(verdict)]
    return unicode if signs.unicode else ascii


class VariantTable:
    """The columns are chosen once for all variants of a recipe.

    Attributes:
        headline: the figure of the first column.
        shown: the figures that are told in full.
    """

    def __init__(self, variants: Sequence[VariantCheck], *, width: int, style: Style, signs: Signs) -> None:
        self._width, self._style, self._signs = width, style, signs
        self.headline = headline_of(variants)
        compared = [variant for variant in variants if figure_of(variant, self.headline)]
        cells = {variant.variant: self._cells(variant) for variant in compared}
        self._verdict = max((cell_width(verdict_words(variant.verdict)) for variant in compared), default=0)
        self._columns: dict[str, int] | None = None
        longest = max((cell_width(self._name(variant)) for variant in variants), default=0)
        self._name_width = min(longest, _MOST_NAME)
        for level in _LEVELS if compared else ():
            columns = {
                key: max(cell_width(row.get(key, "")) for row in cells.values())
                for key in level
                if any(row.get(key) for row in cells.values())
            }
            columns = {key: max(size, cell_width(self._heading(key, columns))) for key, size in columns.items()}
            room = width - (_INDENT + 2 + 2 + self._verdict + sum(columns.values()) + 2 * len(columns))
            if room >= min(longest, _LEAST_NAME if len(level) == 1 else _MOST_NAME):
                self._columns, self._name_width = columns, min(longest, _MOST_NAME, room)
                break
        # Without columns, both figures stand below the name.
        self.shown = {self.headline} if self._columns and "heap" not in self._columns else {self.headline, "heap"}

    def heading(self) -> list[str]:
        """The names of the columns; nothing where there are none."""
        if not self._columns:
            return []
        start = " " * (_INDENT + 2 + self._name_width + 2 + self._verdict)
        names = (pad_left(self._heading(key, self._columns), size) for key, size in self._columns.items())
        return [self._style.dim("  ".join([start, *names]).rstrip())]

    def lines(self, variant: VariantCheck) -> list[str]:
        """The variant's line; several where the terminal is too narrow for one."""
        style, signs = self._style, self._signs
        severity = verdict_severity(variant.verdict)
        sign, words = verdict_sign(variant.verdict, signs), verdict_words(variant.verdict)
        cells = self._cells(variant)
        start = " " * _INDENT + style.severity(sign, severity) + " "
        if cells and self._columns:
            name = pad(fit(self._name(variant), self._name_width, signs), self._name_width)
            figures = (pad_left(cells.get(key, ""), size) for key, size in self._columns.items())
            verdict = style.severity(pad(words, self._verdict), severity)
            return ["  ".join([start + style.role(name, variant.role), verdict, *figures])]
        if variant.verdict == "skipped":
            words = f"{words}: {signs.text(printable(variant.message, 400, ellipsis=signs.ellipsis))}"
        indent = " " * (_INDENT + 2)
        name = pad(fit(self._name(variant), max(6, self._width - _INDENT - 4), signs), self._name_width)
        line = f"{name}  {words}"
        if variant.verdict == "ok" and cells:
            line += f"  {cells['move']}"
        if _INDENT + 2 + cell_width(line) <= self._width:
            lines = [start + line]
        else:
            first, *rest = wrap(line, self._width, first=indent, rest=indent + "  ")
            lines = [start + first[len(indent) :], *rest]
        if variant.verdict == "ok":
            return lines
        return lines + flow(self._items(variant), self._width, indent=indent, signs=signs)

    def _items(self, variant: VariantCheck) -> list[str]:
        """The figures of the columns, for where there is no room for them."""
        figures = [figure for figure in variant.figures if figure.figure in (self.headline, "heap")]
        return [self._signs.text(f"{figure.figure} {move(figure)} ({change(figure)})") for figure in figures]

    def _cells(self, variant: VariantCheck) -> dict[str, str]:
        """The cells of a variant by column; none where there is no figure to compare."""
        figure, heap = figure_of(variant, self.headline), figure_of(variant, "heap")
        if figure is None:
            return {}
        cells = {
            "move": move(figure),
            "difference": difference(figure),
            "share": share(figure) or "",
            "tolerance": format_bytes(figure.tolerance_bytes),
        }
        if heap is not None:
            cells |= {"heap": move(heap), "heap difference": difference(heap)}
        return {key: self._signs.text(text) for key, text in cells.items()}

    def _heading(self, key: str, columns: dict[str, int]) -> str:
        if key == "move":
            return self.headline
        if key == "heap difference":
            return "difference" if "heap" in columns else "heap"
        return "" if key == "share" else key

    def _name(self, variant: VariantCheck) -> str:
        return self._signs.text(printable(variant.variant, _NAME_LIMIT, ellipsis=self._signs.ellipsis))
