"""A diff for a terminal, from 40 columns up: what changed first, with by how much, where, and under what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memlab.model.diff import VERDICTS, Diff, DiffSide, FigureDiff, LineDiff, VariantDiff
from memlab.printable import printable
from memlab.render.layout import cell_width, fit, flow, pad, pad_left, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.units import format_bytes, format_ratio, format_signed_bytes

_LEAST_WIDTH = 20
_TEXT_LIMIT = 600
_NAME_LIMIT = 60
_LEAST_NAME, _MOST_NAME = 16, 28
_BELOW = " " * 6
_MOST_SOURCE_LINES = 8
_WORDS = {
    "no_difference": "as before",
    "added": "new",
    "removed": "gone",
    "failed": "failed in both",
    "another_result": "another result",
}
_SIGNS = {
    "more": ("↑", "^"),
    "less": ("↓", "v"),
    "fails_now": ("✗", "X"),
    "fails_no_more": ("✓", "="),
    "failed": ("✗", "X"),
    "added": ("+", "+"),
    "removed": ("–", "-"),
    "inconclusive": ("?", "?"),
    "another_result": ("≠", "!"),
    "no_difference": ("=", "="),
}
_SEVERITIES = {"more": "warning", "another_result": "warning", "fails_now": "error", "failed": "error"}
_MOVES = {"more": "up", "less": "down"}
_SILENT = ("no_difference", "not_compared")
_LEVELS = (
    ("figure", "difference", "factor", "heap", "time"),
    ("figure", "difference", "factor", "heap"),
    ("figure", "difference", "factor"),
    ("figure", "factor"),
    ("figure",),
)
_HEADINGS = {"difference": "difference", "factor": "", "heap": "heap", "time": "time"}


def render_diff(diff: Diff, *, width: int, colour: bool, unicode: bool) -> str:
    """The diff as text that ends in a newline.

    Args:
        width: cells of the terminal; no line is longer, but for one that holds only a path, which stays in one
            piece so that it can be copied.
        colour: whether to write escape sequences for colour and weight.
        unicode: whether the terminal can show more than ASCII.
    """
    return _Text(max(_LEAST_WIDTH, width), Style(colour), signs(unicode)).of(diff)


class _Text:
    """How to write: for how wide a terminal, in which style, with which signs."""

    def __init__(self, width: int, style: Style, chosen: Signs) -> None:
        self.width, self.style, self.signs = width, style, chosen

    def of(self, diff: Diff) -> str:
        sections = [
            [self.style.bold(line) for line in wrap(self.text(diff.sentence), self.width)],
            self.runs(diff),
            self.variants(diff),
            self.environment(diff),
        ]
        return "\n\n".join("\n".join(line.rstrip() for line in section) for section in sections if section) + "\n"

    def runs(self, diff: Diff) -> list[str]:
        lines = [self.style.bold(line) for line in wrap(self.text(diff.recipe, _NAME_LIMIT), self.width)]
        for label, side in (("old", diff.old), ("new", diff.new)):
            first, *rest = map(self.text, _facts(side, with_inputs=not diff.comparable))
            *above, last = flow([f"{label} {first}", *rest], self.width, indent="  ", signs=self.signs)
            path = self.signs.text(printable(side.run_file, None))
            whole = f"{last} {self.signs.dot} {path}"
            fits = cell_width(whole) <= self.width
            lines += map(self.style.dim, [*above, whole] if fits else [*above, last, path])
        for remark in diff.remarks:
            lines += wrap(self.text(remark), self.width, first="  ", rest="    ")
        return lines

    def variants(self, diff: Diff) -> list[str]:
        ordered = sorted(diff.variants, key=lambda one: VERDICTS.index(one.verdict) - (_shown(one) == "another_result"))
        columns = self.columns(ordered, diff)
        lines = (
            [] if columns is None else [self.style.dim("    " + self.row("", "", _headings(diff.headline), columns))]
        )
        for variant in ordered:
            lines += self.variant(variant, diff, columns)
            lines += self.details(variant)
        return lines

    def columns(self, variants: Sequence[VariantDiff], diff: Diff) -> dict[str, int] | None:
        """How wide each column is; None where there is no room for any, or nothing to stand in them."""
        rows = [cells for one in variants if (cells := self.cells(one, diff.headline))]
        longest = max((cell_width(self.name(one)) for one in variants), default=0)
        verdict = max((cell_width(_verdict_words(one)) for one in variants), default=0)
        for level in _LEVELS if rows else ():
            headings = _headings(diff.headline)
            columns = {key: max(cell_width(row.get(key, "")) for row in (headings, *rows)) for key in level}
            columns = {key: size for key, size in columns.items() if any(row.get(key) for row in rows)}
            room = self.width - (2 + 2 + 2 + verdict + sum(columns.values()) + 2 * len(columns))
            if room >= min(longest, _LEAST_NAME if len(level) <= 2 else _MOST_NAME):
                return {"name": min(longest, _MOST_NAME, room), "verdict": verdict} | columns
        return None

    def row(self, name: str, verdict: str, cells: dict[str, str], columns: dict[str, int]) -> str:
        """A line of the table without its sign."""
        sizes = [(key, size) for key, size in columns.items() if key not in ("name", "verdict")]
        shown = [pad_left(cells.get(key, ""), size) for key, size in sizes]
        start = [pad(fit(name, columns["name"], self.signs), columns["name"]), pad(verdict, columns["verdict"])]
        return "  ".join([*start, *shown]).rstrip()

    def variant(self, variant: VariantDiff, diff: Diff, columns: dict[str, int] | None) -> list[str]:
        verdict = _shown(variant)
        unicode, ascii = _SIGNS.get(verdict, ("·", "."))
        sign = self.style.severity(unicode if self.signs.unicode else ascii, _SEVERITIES.get(verdict, ""))
        cells = self.cells(variant, diff.headline)
        name, words = self.name(variant), _verdict_words(variant)
        if columns is not None:
            return [f"  {sign} {self.row(name, words, cells, columns)}"]
        first, *rest = wrap(f"{name}  {words}", self.width, first=" " * 4, rest=_BELOW)
        items = (
            [f"{cells['figure']}", *(cells[key] for key in ("difference", "factor") if cells.get(key))] if cells else []
        )
        return [f"  {sign} {first[4:]}", *rest, *flow(items, self.width, indent="    ", signs=self.signs)]

    def details(self, variant: VariantDiff) -> list[str]:
        """What the columns don't say; nothing of what is as it was."""
        lines: list[str] = []
        if variant.verdict not in _SILENT or variant.output == "changed":
            lines += wrap(self.text(variant.message), self.width, first=_BELOW)
        if variant.renamed_from is not None:
            renamed = self.text(f"likely {variant.renamed_from} of the old run, under a new name", 2 * _NAME_LIMIT)
            lines += wrap(renamed, self.width, first=_BELOW)
        moved = [self.text(_figure_words(one)) for one in variant.figures[1:] if one.moved in ("up", "down")]
        lines += map(self.style.dim, flow(moved, self.width, indent=_BELOW, signs=self.signs))
        for line in variant.lines:
            lines += wrap(self.text(f"at the peak {_line_words(line)}"), self.width, first=_BELOW, rest=_BELOW + "  ")
        return lines + self.source(variant)

    def source(self, variant: VariantDiff) -> list[str]:
        """How its source differs: line by line where a figure moved, else that it does."""
        source = variant.source
        if source is None:
            moved = variant.verdict in ("more", "less") and not variant.renamed_from
            return [self.style.dim(line) for line in wrap(_OWN_SOURCE, self.width, first=_BELOW)] if moved else []
        if variant.verdict == "no_difference" and variant.output != "changed":
            words = f"its source differs: {_count(source.removed)} gone, {_count(source.added)} new"
            return [self.style.dim(line) for line in wrap(words, self.width, first=_BELOW)]
        lines = wrap("its source differs:", self.width, first=_BELOW)
        shown = [("-", line) for line in source.removed] + [("+", line) for line in source.added]
        for sign, line in shown[:_MOST_SOURCE_LINES]:
            lines += wrap(self.text(line, 200), self.width, first=f"{_BELOW}{sign} ", rest=_BELOW + "    ")
        if len(shown) > _MOST_SOURCE_LINES:
            lines += wrap(f"and {len(shown) - _MOST_SOURCE_LINES} more", self.width, first=_BELOW)
        return lines

    def environment(self, diff: Diff) -> list[str]:
        if not diff.environment:
            return [self.style.dim(line) for line in wrap("The environments are the same.", self.width)]
        changed = "These differ in the environment, and can explain what changed:"
        title = changed if diff.changed else "These differ in the environment:"
        lines = wrap(title, self.width)
        names = [self.text(one.key, _NAME_LIMIT) for one in diff.environment]
        longest = min(max(map(cell_width, names)), self.width // 2)
        for name, one in zip(names, diff.environment, strict=True):
            old, new = (self.text(value, 200) or "unknown" for value in (one.old, one.new))
            start = f"  {pad(fit(name, longest, self.signs), longest)}  "
            lines += wrap(self.signs.text(f"{old} → {new}"), self.width, first=start, rest="    ")
        return lines

    def cells(self, variant: VariantDiff, headline: str) -> dict[str, str]:
        """The cells of a variant by column; none where there is no figure to compare."""
        figure = next((one for one in variant.figures if one.figure == headline), None)
        if figure is None:
            return {}
        heap = next((one for one in variant.figures if one.figure == "heap"), None)
        cells = {
            "figure": _move(figure),
            "difference": format_signed_bytes(figure.new_bytes - figure.old_bytes),
            "factor": "" if figure.factor is None else format_ratio(figure.factor),
            "heap": "" if heap is None else format_signed_bytes(heap.new_bytes - heap.old_bytes),
            "time": _time(variant),
        }
        return {key: self.signs.text(text) for key, text in cells.items()}

    def text(self, text: str, limit: int = _TEXT_LIMIT) -> str:
        return self.signs.text(printable(text, limit, ellipsis=self.signs.ellipsis))

    def name(self, variant: VariantDiff) -> str:
        return self.text(variant.variant, _NAME_LIMIT)


_OWN_SOURCE = "its own source is the same: look at what it calls, and at the environment"


def _facts(side: DiffSide, *, with_inputs: bool) -> Iterator[str]:
    yield f"{side.created[:19].replace('T', ' ')} UTC"
    yield f"{side.trials} trial{'' if side.trials == 1 else 's'} each"
    if with_inputs:
        yield side.inputs
    if not side.complete:
        yield "interrupted"


def _headings(headline: str) -> dict[str, str]:
    return {"figure": headline} | _HEADINGS


def _shown(variant: VariantDiff) -> str:
    """The verdict; of what needs as much as before and gives another result, that."""
    return "another_result" if variant.verdict == "no_difference" and variant.output == "changed" else variant.verdict


def _verdict_words(variant: VariantDiff) -> str:
    """The verdict in words; where it isn't the headline's figure that moved, with that one's name."""
    verdict = _shown(variant)
    words = _WORDS.get(verdict, verdict.replace("_", " "))
    moved = [one.figure for one in variant.figures if one.moved == _MOVES.get(verdict)]
    return f"{words} {moved[0]}" if moved and moved[0] != variant.figures[0].figure else words


def _move(figure: FigureDiff) -> str:
    return f"{format_bytes(figure.old_bytes)} → {format_bytes(figure.new_bytes)}"


def _figure_words(figure: FigureDiff) -> str:
    change = format_signed_bytes(figure.new_bytes - figure.old_bytes)
    return f"{figure.figure} {_move(figure)} ({change})"


def _time(variant: VariantDiff) -> str:
    old, new = variant.old_seconds, variant.new_seconds
    return "" if not old or new is None else format_ratio(new / old)


def _line_words(line: LineDiff) -> str:
    where = f"{line.file}:{line.line}" if line.line else line.file
    text = f"`{printable(line.text, 120)}`" if line.text else f"in {printable(line.function, 120)}"
    old, new = format_bytes(line.old_bytes), format_bytes(line.new_bytes)
    if not line.old_bytes:
        return f"{where} {text} is new, with {new}"
    if not line.new_bytes:
        return f"{where} {text} is not there any more; it held {old}"
    more = "more" if line.new_bytes > line.old_bytes else "less"
    return f"{where} {text} holds {format_bytes(abs(line.new_bytes - line.old_bytes))} {more} ({new} instead of {old})"


def _count(lines: Sequence[str]) -> str:
    return f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
