"""A recipe's description for a terminal: what it explains, its variants, and their source."""

from __future__ import annotations

import re
from typing import Any

from memlab.model.description import RecipeDescription, Source, VariantDescription
from memlab.printable import printable, printable_lines
from memlab.render.layout import cell_width, path_lines, wrap
from memlab.render.side_by_side import Side, fits_side_by_side, lines_of_code, render_side_by_side
from memlab.render.signs import Signs, signs
from memlab.render.source import Listing
from memlab.render.style import Style
from memlab.units import format_ratio

_ITEM = re.compile(r" {0,8}(?:[*+-]|[0-9]{1,3}[.)]) +")
_CODE = "    "
_ENDLESS = 1 << 20
_PROMISES = {"growth": "need", "retained": "retain", "kept": "make the allocator keep"}
_SHOWS = {
    "no_saving": "saves nothing",
    "costs": "needs more",
    "retains": "retains as much",
    "wrong_output": "gives a wrong result",
}


def render_description(recipe: RecipeDescription, *, width: int | None, colour: bool, unicode: bool) -> str:
    """The recipe as text that ends in a newline.

    Args:
        width: cells of the terminal. Longer lines of prose are wrapped, longer lines of source folded, and where two
            functions fit beside each other, each technique and pitfall stands beside what it is held against. None:
            every line is left as long as it is, and all stands one below the other, for other programs.
        colour: whether to write escape sequences; the source is highlighted then.
        unicode: whether the terminal can show more than ASCII.
    """
    style, chosen = Style(colour), signs(unicode)
    beside = width is not None
    width = _ENDLESS if width is None else max(20, width)
    lines = [style.bold(chosen.text(printable(recipe.name)))]
    lines += _prose(recipe.doc, width, chosen)
    lines += ["", *map(style.dim, path_lines("file:", chosen.text(printable(recipe.file, None)), width))]
    for fact in _recipe_facts(recipe):
        lines += [style.dim(line) for line in wrap(_text(fact, chosen), width, rest="  ")]
    for variant in recipe.variants:
        lines += ["", *_variant(variant, recipe, width, style, chosen)]
        if variant.source is not None:
            compared = _beside_reference(variant, recipe, width, style, chosen) if beside else None
            lines += compared or _source(variant.source, width, style, chosen)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _recipe_facts(recipe: RecipeDescription) -> list[str]:
    facts: list[str] = []
    if recipe.inputs is not None:
        facts.append(f"inputs: {_inputs(recipe.inputs)}")
    if recipe.quick:
        facts.append(f"with --quick: {', '.join(f'{name}={value}' for name, value in recipe.quick.items())}")
    if recipe.sweep:
        sizes = (f"{name}={', '.join(map(str, values))}" for name, values in recipe.sweep.items())
        facts.append(f"sweep: {'; '.join(sizes)}")
    facts.append(f"outputs: {_agreement(recipe.agree)}")
    if recipe.needs:
        facts.append(f"needs: {', '.join(recipe.needs)}")
    if recipe.headline != "growth":
        facts.append(f"about: what is {'retained' if recipe.headline == 'retained' else 'kept by the allocator'}")
    return facts


def _agreement(rule: dict[str, Any]) -> str:
    if rule.get("kind") == "exact":
        return "agree with the baseline's in every byte"
    if rule.get("kind") == "psnr":
        return f"agree with the baseline's from {rule.get('at_least_db', 0):g} dB of PSNR on"
    return f"are held against the baseline's by {rule.get('kind')}"


def _variant(
    variant: VariantDescription, recipe: RecipeDescription, width: int, style: Style, chosen: Signs
) -> list[str]:
    title = wrap(f"{_text(variant.role, chosen)}: {_text(variant.name, chosen)}", width, rest="  ")
    lines = [style.bold(style.role(line, variant.role)) for line in title]
    lines += [f"  {line}".rstrip() for line in _prose(variant.doc, width - 2, chosen)]
    for fact in _facts(variant, recipe):
        lines += [style.dim(line) for line in wrap(_text(fact, chosen), width, first="  ", rest="    ")]
    return lines


def _facts(variant: VariantDescription, recipe: RecipeDescription) -> list[str]:
    facts: list[str] = []
    if variant.role == "pitfall":
        against = variant.against or recipe.baseline.name
        shows = " and ".join(_SHOWS.get(shown, shown) for shown in variant.shows)
        because = f", because {variant.because}" if variant.because else ""
        facts.append(f"held against {against}, it {shows}{because}")
    if variant.promises is not None:
        ratio, tolerance = variant.promises
        promised = _PROMISES.get(recipe.headline, _PROMISES["growth"])
        facts.append(f"promises to {promised} {format_ratio(ratio)} less than {recipe.baseline.name}, ± {tolerance:g}")
    if variant.needs:
        facts.append(f"needs: {', '.join(variant.needs)}")
    if variant.source is not None:
        line = f"line {variant.source.line}"
        facts.append(line if variant.source.file == recipe.file else f"{line} of {variant.source.file}")
    return facts


def _source(source: Source, width: int, style: Style, chosen: Signs) -> list[str]:
    listing = Listing(source, chosen, colour=style.colour)
    # Two spaces before the number, and two between it and the code.
    margin = listing.number_width + 4
    lines: list[str] = []
    for index in range(len(listing.lines)):
        before = f"  {style.dim(listing.number(index))}  "
        for text, _ in listing.pieces(index, max(10, width - margin)):
            lines.append(before + text)
            before = " " * margin
    return lines


def _beside_reference(
    variant: VariantDescription, recipe: RecipeDescription, width: int, style: Style, chosen: Signs
) -> list[str] | None:
    """The variant's source beside that of what it is held against; None where there isn't room, or no reference."""
    name = variant.against or recipe.baseline.name
    reference = next((one for one in recipe.variants if one.name == name and one is not variant), None)
    if variant.role == "baseline" or reference is None:
        return None
    left, right = _side(reference, style, chosen), _side(variant, style, chosen)
    if left is None or right is None or not fits_side_by_side(left, right, width):
        return None
    return render_side_by_side(left, right, width, style, chosen)


def _side(variant: VariantDescription, style: Style, chosen: Signs) -> Side | None:
    if variant.source is None:
        return None
    return Side(
        name=_text(variant.name, chosen),
        role=variant.role,
        listing=Listing(variant.source, chosen, colour=style.colour),
        shown=lines_of_code(variant.source.text, variant.role),
    )


def _prose(text: str, width: int, chosen: Signs) -> list[str]:
    shown = [chosen.text(line) for line in printable_lines(text)]
    if all(cell_width(line) <= width for line in shown):
        return shown
    return [line for paragraph in _paragraphs(shown) for line in _refilled(paragraph, width)]


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Lines that belong together: up to an empty line, the next item of a list, or another indentation."""
    paragraphs: list[list[str]] = []
    for line in lines:
        before = paragraphs[-1] if paragraphs else [""]
        goes_on = line.strip() and before[0].strip() and not _ITEM.match(line) and not line.startswith(_CODE)
        hanging = _ITEM.match(before[0])
        indent = len(hanging[0]) if hanging else _indent(before[0])
        if goes_on and _indent(line) == indent:
            before.append(line)
        else:
            paragraphs.append([line])
    return paragraphs


def _refilled(paragraph: list[str], width: int) -> list[str]:
    item = _ITEM.match(paragraph[0])
    if item is not None:
        text = " ".join([paragraph[0][item.end() :], *paragraph[1:]])
        return wrap(text, width, first=item[0])
    return wrap(" ".join(paragraph), width, first=" " * min(_indent(paragraph[0]), width // 2))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _inputs(inputs: dict[str, object]) -> str:
    if inputs.get("kind") == "photos":
        noun = "photograph" if inputs.get("count") == 1 else "photographs"
        kind = "progressive " if inputs.get("progressive") else ""
        return (
            f"{inputs.get('count')} generated {noun} of {inputs.get('width')}×{inputs.get('height')}, "
            f"{kind}{inputs.get('format')}"
        )
    patterns = inputs.get("patterns")
    if isinstance(patterns, list | tuple):
        return f"files that match {', '.join(map(str, patterns))}"
    return str(inputs.get("kind"))


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, 600, ellipsis=chosen.ellipsis))
