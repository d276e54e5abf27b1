"""The list of recipes, for a terminal. Loads next to nothing: `memlab list` has to be quick."""

from __future__ import annotations

from collections.abc import Sequence

from memlab.printable import printable
from memlab.render.layout import cell_width, fit, pad, wrap
from memlab.render.signs import signs
from memlab.render.style import Style

_LEAST_SUMMARY = 32
"""Cells beside the names; in less than that a summary falls into single words."""


def render_list(recipes: Sequence[tuple[str, str]], *, width: int | None, colour: bool, unicode: bool) -> str:
    """One line a recipe: its name, and what it is about.

    Args:
        recipes: (name, summary) of each.
        width: cells of the terminal; longer summaries go on below themselves. None: one line a recipe, however
            long, for other programs.
    """
    style, chosen = Style(colour), signs(unicode)
    shown = [(chosen.text(printable(name, 60)), chosen.text(printable(summary, 400))) for name, summary in recipes]
    longest = max((cell_width(name) for name, _ in shown), default=0)
    lines: list[str] = []
    for name, summary in shown:
        if width is None:
            lines.append(f"{pad(name, longest)}  {summary}".rstrip())
        elif longest + 2 + _LEAST_SUMMARY <= width:
            first, *rest = wrap(summary, width - longest - 2)
            lines.append(f"{style.bold(pad(name, longest))}  {first}".rstrip())
            lines += [" " * (longest + 2) + line for line in rest]
        else:
            lines.append(style.bold(fit(name, width, chosen)))
            lines += [line for line in wrap(summary, width, first="  ") if line.strip()]
    return "".join(f"{line}\n" for line in lines)
