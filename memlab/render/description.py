"""A recipe's description for a terminal: what it explains, its variants, and their source."""

from __future__ import annotations

import re

from memlab.model.description import RecipeDescription, VariantDescription
from memlab.printable import printable, printable_lines
from memlab.render.layout import cell_width, cut, pad_left, path_lines, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.units import format_ratio

_ITEM = re.compile(r" {0,8}(?:[*+-]|[0-9]{1,3}[.)]) +")
_CODE = "    "
_SHOWS = {
    "no_saving": "saves nothing",
    "costs": "needs more",
    "retains": "retains as much",
    "wrong_output": "gives a wrong result",
}


def render_description(recipe: RecipeDescription, *, width: int, colour: bool, unicode: bool) -> str:
    """The recipe as text that ends in a newline.

    Args:
        width: cells of the terminal; longer lines of prose are wrapped, longer lines of source are cut in pieces.
        colour: whether to write escape sequences; the source is highlighted then.
        unicode: whether the terminal can show more than ASCII.
    """
    style, chosen = Style(colour), signs(unicode)
    width = max(20, width)
    lines = [style.bold(chosen.text(printable(recipe.name)))]
    lines += _prose(recipe.doc, width, chosen)
    facts: list[str] = []
    if recipe.inputs is not None:
        facts.append(f"inputs: {_inputs(recipe.inputs)}")
    if recipe.needs:
        facts.append(f"needs: {', '.join(recipe.needs)}")
    if recipe.headline != "growth":
        facts.append(f"about: what is {'retained' if recipe.headline == 'retained' else 'kept by the allocator'}")
    lines += ["", *map(style.dim, path_lines("file:", chosen.text(printable(recipe.file, None)), width))]
    lines += [style.dim(line) for fact in facts for line in wrap(_text(fact, chosen), width, rest="  ")]
    for variant in recipe.variants:
        lines += ["", *_variant(variant, recipe, width, style, chosen)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _variant(
    variant: VariantDescription, recipe: RecipeDescription, width: int, style: Style, chosen: Signs
) -> list[str]:
    title = wrap(f"{_text(variant.role, chosen)}: {_text(variant.name, chosen)}", width, rest="  ")
    lines = [style.bold(style.role(line, variant.role)) for line in title]
    lines += [f"  {line}".rstrip() for line in _prose(variant.doc, width - 2, chosen)]
    for fact in _facts(variant, recipe):
        lines += [style.dim(line) for line in wrap(_text(fact, chosen), width, first="  ", rest="    ")]
    if variant.source is not None:
        lines += _source(variant, width, style, chosen)
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
        facts.append(f"promises to need {format_ratio(ratio)} less, give or take {tolerance:g}")
    if variant.needs:
        facts.append(f"needs: {', '.join(variant.needs)}")
    if variant.source is not None:
        line = f"line {variant.source.line}"
        facts.append(line if variant.source.file == recipe.file else f"{line} of {variant.source.file}")
    return facts


def _source(variant: VariantDescription, width: int, style: Style, chosen: Signs) -> list[str]:
    assert variant.source is not None
    plain = [chosen.text(line) for line in printable_lines(variant.source.text)]
    shown = _highlighted(plain) if style.colour else plain
    number_width = cell_width(str(variant.source.line + len(plain)))
    # Two spaces before the number, and two between it and the code.
    room = max(10, width - number_width - 4)
    lines: list[str] = []
    for number, (text, coloured) in enumerate(zip(plain, shown, strict=True), variant.source.line):
        # A line too long for the terminal is shown without colour: escape sequences can't be cut in pieces.
        first, *rest = [coloured] if cell_width(text) <= room else cut(text, room)
        lines.append(f"  {style.dim(pad_left(str(number), number_width))}  {first}")
        lines += [" " * (number_width + 4) + piece for piece in rest]
    return lines


def _highlighted(lines: list[str]) -> list[str]:
    import io

    from rich.console import Console
    from rich.syntax import Syntax

    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard",
        no_color=False,
        width=1 << 20,
        legacy_windows=False,
    )
    text = syntax.highlight("\n".join(lines))
    with console.capture() as capture:
        console.print(text, end="", soft_wrap=True)
    coloured = capture.get().split("\n")
    # The highlighter may drop blank lines at the end; then no line can be told from another.
    return coloured[: len(lines)] + [""] * (len(lines) - len(coloured))


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
        return (
            f"{inputs.get('count')} generated photographs of {inputs.get('width')}×{inputs.get('height')}, "
            f"{inputs.get('format')}"
        )
    patterns = inputs.get("patterns")
    if isinstance(patterns, list | tuple):
        return f"files that match {', '.join(map(str, patterns))}"
    return str(inputs.get("kind"))


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, 600, ellipsis=chosen.ellipsis))
