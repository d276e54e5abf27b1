"""What trials printed, as text that can do a terminal no harm."""

from __future__ import annotations

from collections.abc import Iterable

from memlab.printable import printable, printable_lines
from memlab.render.signs import signs
from memlab.render.style import Style


def render_outputs(outputs: Iterable[tuple[str, str]], *, colour: bool, unicode: bool) -> str:
    """Each captured output under its label; those that are empty are named together at the end."""
    style, chosen = Style(colour), signs(unicode)
    lines: list[str] = []
    silent: list[str] = []
    for label, text in outputs:
        shown = chosen.text(printable(label))
        if not text:
            silent.append(shown)
            continue
        lines += ["", style.bold(f"output of {shown}")]
        lines += [f"  {chosen.text(line)}" for line in printable_lines(text)]
    if silent:
        lines += ["", style.dim(f"printed nothing: {', '.join(silent)}")]
    return "".join(f"{line}\n" for line in lines)
