"""The variants' outputs held against the baseline's: in words, and where they are pictures, as small pictures."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memlab.model.output import OutputComparison, Picture
from memlab.model.report import Report, VariantReport
from memlab.model.run import Run
from memlab.model.trial import OutputDescription
from memlab.printable import printable
from memlab.render import figures, words
from memlab.render.charts.frame import in_order
from memlab.render.html.figures_tables import name_cell
from memlab.render.html.tables import Cell, Column, Table
from memlab.render.signs import UNICODE

_ALL_PICTURES_BYTES = 96 << 10
_MOST_PIXELS = 1 << 20
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Shown:
    """A picture on the page: the address that holds it, how large to show it, and what it shows."""

    address: str
    width: int
    height: int
    words: str


@dataclass(frozen=True)
class Output:
    """One result, of all variants that have it.

    Attributes:
        title: whose it is; description: what it is.
        pictures: of the result, and of where it differs from the baseline's.
    """

    title: str
    description: str
    pictures: Sequence[Shown]


def outputs_table(report: Report, run: Run, label: str) -> Table:
    """Whether each variant's output is the baseline's, and by how much it is not."""
    rows = []
    known = {(one.expected, one.found): one for one in run.agreements}
    baseline = _digest(report, report.baseline)
    for variant in in_order(report):
        output = variant.output
        held = None if output is None or baseline is None else known.get((baseline, output.digest))
        said = "the baseline" if variant.name == report.baseline else figures.same(variant, report, UNICODE)
        rows.append(
            (
                name_cell(variant.name, variant.role),
                Cell(said),
                Cell("; ".join(_differences(variant, report, held)) or UNICODE.dash),
                Cell(UNICODE.dash if output is None else _described(output)),
            )
        )
    columns = (
        Column("variant", sort="text"),
        Column("same?", sort="text"),
        Column("difference", sort="text"),
        Column("output", sort="text"),
    )
    return Table("Outputs, held against the baseline's", label, columns, rows)


def pictured_outputs(report: Report, run: Run) -> list[Output]:
    """Results that are pictures, the baseline's first, each once; empty where none is.

    Pictures that take too much room together are put in as JPEG, which loses what the eye hardly sees.
    """
    digests: dict[str, list[VariantReport]] = {}
    baseline = _digest(report, report.baseline)
    for variant in sorted(in_order(report), key=lambda one: one.name != report.baseline):
        if variant.output is not None:
            digests.setdefault(variant.output.digest, []).append(variant)
    known = {one.found: one for one in run.agreements if one.expected == baseline}
    wanted: list[tuple[list[VariantReport], list[tuple[Picture, str]]]] = []
    for digest, variants in digests.items():
        names = _names(variants)
        pictures = [(run.pictures[digest], f"the output of {names}")] if digest in run.pictures else []
        difference = known[digest].difference if digest in known else None
        if difference is not None and variants[0].name != report.baseline:
            pictures.append((difference, f"where the output of {names} differs from the baseline's"))
        if pictures:
            wanted.append((variants, pictures))
    small = sum(len(picture.png) for _, pictures in wanted for picture, _ in pictures) > _ALL_PICTURES_BYTES
    made = []
    for variants, pictures in wanted:
        shown = [one for picture, text in pictures if (one := _shown(picture, text, small)) is not None]
        output = variants[0].output
        if shown and output is not None:
            made.append(Output(_names(variants), _described(output), shown))
    return made


def _digest(report: Report, name: str) -> str | None:
    outputs = (variant.output for variant in report.variants if variant.name == name)
    output = next(outputs, None)
    return None if output is None else output.digest


def _differences(variant: VariantReport, report: Report, held: OutputComparison | None) -> Iterable[str]:
    comparison = figures.comparison_of(variant, report)
    agreement = None if comparison is None else comparison.agreement
    if comparison is not None:
        differing = words.differing(comparison, report.baseline, UNICODE)
        if differing is not None:
            yield differing
    if agreement is not None and agreement.same and agreement.psnr_db is not None:
        asked = "" if agreement.at_least_db is None else f" where {agreement.at_least_db:g} are asked for"
        yield f"{agreement.psnr_db:.1f} dB{asked}"
    if held is None:
        return
    if held.differing is not None and held.values:
        yield f"{held.differing:,} of {held.values:,} values differ"
    if held.largest_difference is not None:
        yield f"at most by {held.largest_difference:g}"
    if held.note:
        yield printable(held.note, 300)


def _described(output: OutputDescription) -> str:
    kind, text = printable(output.kind, 80), printable(output.text, 120)
    return text if text.startswith(kind) else f"{kind}: {text}" if text else kind


def _names(variants: Sequence[VariantReport]) -> str:
    return ", ".join(words.shown_name(variant.name, UNICODE) for variant in variants)


def _shown(picture: Picture, text: str, small: bool) -> Shown | None:
    """The picture as the page holds it; None where it can't be read: a saved run may come from anywhere."""
    from PIL import Image

    kind, data = "png", picture.png
    try:
        with warnings.catch_warnings():
            # What would be worth a warning is too large for a page.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture.png), formats=("PNG",)) as opened:
                width, height = opened.size
                if width * height > _MOST_PIXELS:
                    return None
                opened.load()
                if small:
                    content = io.BytesIO()
                    plain = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
                    plain.save(content, "JPEG", quality=_JPEG_QUALITY, subsampling=0, optimize=True)
                    if len(content.getvalue()) < len(picture.png):
                        kind, data = "jpeg", content.getvalue()
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return None
    address = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return Shown(address, width, height, text)
