"""Each variant's source beside that of what it is held against, with the memory that its lines held at the peak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memlab.model.description import VariantDescription
from memlab.model.report import Report, TopLine, VariantReport
from memlab.model.run import Run
from memlab.printable import printable
from memlab.render import words
from memlab.render.charts.frame import in_order
from memlab.render.html.held_lines import place, worth_saying
from memlab.render.side_by_side import ComparedLine, Side, compared_lines, lines_of_code
from memlab.render.signs import UNICODE
from memlab.render.source import Listing, Span
from memlab.units import format_bytes

_LONGEST_LINE = 400
_MOST_LINES = 400


@dataclass(frozen=True)
class CodeLine:
    """One line of one side.

    Attributes:
        number: in its file; sign: as in `ComparedLine`.
        pieces: the text, each piece with whether it differs from the other side's.
        held: the memory it held, in words; empty where it held none. share: of what the variant's largest line held.
    """

    number: str
    sign: str
    pieces: tuple[tuple[str, bool], ...]
    held: str
    share: float


@dataclass(frozen=True)
class Comparison:
    """Two sources beside each other, or the only one there is.

    Attributes:
        variant, role, reference, reference_role: names and roles; no reference where one stands alone.
        file: where the variant stands.
        says: what the recipe says of it, in sentences.
        rows: reference's and variant's line; of one that stands alone the first is always None.
        held_by: the meter of the figures in the margin; empty where there are none.
        elsewhere: in a sentence, what lines outside of the variant's source held; empty where none did.
        left_out: how many rows there are more.
    """

    variant: str
    role: str
    reference: str
    reference_role: str
    file: str
    says: tuple[str, ...]
    rows: Sequence[tuple[CodeLine | None, CodeLine | None]]
    held_by: str
    elsewhere: str
    left_out: int


def comparisons(report: Report, run: Run) -> list[Comparison]:
    """Of each variant that was measured and whose source is known; of a baseline alone only where nothing else is."""
    described = {one.name: one for one in run.recipe.variants}
    reports = {one.name: one for one in in_order(report)}
    known = [described[name] for name in reports if name in described and described[name].source is not None]
    made = []
    for variant in known:
        if variant.role == "baseline":
            continue
        reference = described.get(variant.against or run.recipe.baseline.name)
        beside = None if reference is None or reference.source is None or reference is variant else reference
        made.append(_comparison(variant, beside, reports))
    return made or [_comparison(variant, None, reports) for variant in known[:1]]


def _comparison(
    variant: VariantDescription, reference: VariantDescription | None, reports: Mapping[str, VariantReport]
) -> Comparison:
    right, held = _side(variant), _Held(variant, reports)
    rows: list[tuple[CodeLine | None, CodeLine | None]]
    meters = {held.in_margin}
    if reference is None:
        rows = [(None, _line(right, ComparedLine(index, " ", ()), held)) for index in right.shown]
    else:
        left, held_left = _side(reference), _Held(reference, reports)
        meters.add(held_left.in_margin)
        rows = [
            (
                None if one is None else _line(left, one, held_left),
                None if other is None else _line(right, other, held),
            )
            for one, other in compared_lines(left, right)
        ]
    assert variant.source is not None
    return Comparison(
        variant=words.shown_name(variant.name, UNICODE),
        role=variant.role,
        reference="" if reference is None else words.shown_name(reference.name, UNICODE),
        reference_role="" if reference is None else reference.role,
        file=f"{printable(variant.source.file, 300)}:{variant.source.line}",
        says=_says(variant),
        rows=rows[:_MOST_LINES],
        held_by=" and ".join(sorted(filter(None, meters))),
        elsewhere=held.elsewhere(),
        left_out=max(0, len(rows) - _MOST_LINES),
    )


def _says(variant: VariantDescription) -> tuple[str, ...]:
    """The first paragraph of its docstring, and of a pitfall why it is one."""
    first = " ".join(variant.doc.strip().split("\n\n")[0].split())
    because = f"A pitfall because {variant.because}" if variant.because else ""
    return tuple(printable(one, 600) for one in (first, because) if one)


def _side(variant: VariantDescription) -> Side:
    assert variant.source is not None
    return Side(
        name=variant.name,
        role=variant.role,
        listing=Listing(variant.source, UNICODE, colour=False),
        shown=lines_of_code(variant.source.text, variant.role),
    )


class _Held:
    """What the lines of a variant held at the peak; memory_profiler's increments where memray wasn't there."""

    def __init__(self, variant: VariantDescription, reports: Mapping[str, VariantReport]) -> None:
        self._sizes: dict[int, int] = {}
        self._others: list[TopLine] = []
        self._meter = ""
        report, source = reports.get(variant.name), variant.source
        if report is None or source is None:
            return
        found = ((meter, worth_saying(report, meter)) for meter in ("memray", "memory_profiler"))
        self._meter, lines = next(((meter, lines) for meter, lines in found if lines), ("", []))
        own = range(source.line, source.line + source.text.count("\n") + 1)
        for line in lines:
            if line.file == source.file and line.line in own:
                self._sizes[line.line] = self._sizes.get(line.line, 0) + line.bytes
            else:
                self._others.append(line)

    @property
    def in_margin(self) -> str:
        """The meter whose figures stand beside lines; empty where none do."""
        return self._meter if self._sizes else ""

    def by(self, line: int) -> tuple[str, float]:
        """The memory of a line in words, and its share of the largest line's; nothing where it held none."""
        size = self._sizes.get(line, 0)
        return (format_bytes(size), size / max(self._sizes.values())) if size else ("", 0.0)

    def elsewhere(self) -> str:
        """What lines outside of the variant's source held, in a sentence; empty where none did."""
        said = [f"{format_bytes(line.bytes)} at {place(line)}{_within(line)}" for line in self._others]
        return f"Outside of it, {self._meter} saw {', '.join(said)}." if said else ""


def _within(line: TopLine) -> str:
    return f" in {printable(line.function, 80)}" if line.function else ""


def _line(side: Side, line: ComparedLine, held: _Held) -> CodeLine:
    text = side.listing.lines[line.index]
    size, share = held.by(side.listing.first + line.index)
    pieces = _pieces(text, line.changed)
    return CodeLine(str(side.listing.first + line.index), line.sign, pieces, size, share)


def _pieces(text: str, changed: Sequence[Span]) -> tuple[tuple[str, bool], ...]:
    """The line cut where what differs begins and ends; one that is very long ends early."""
    cut = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + UNICODE.ellipsis
    pieces: list[tuple[str, bool]] = []
    position = 0
    for start, end in changed:
        pieces += [(cut[position:start], False), (cut[start:end], True)]
        position = end
    pieces.append((cut[position:], False))
    return tuple(piece for piece in pieces if piece[0])
