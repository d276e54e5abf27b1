"""The page's colours: one for each constant of the charts' palette, for a light and for a dark ground.

A drawing's colours are put into the page as CSS variables, so that it follows the reader's choice. On either ground
every text has a contrast of at least 4.5:1, and every line and bar one of at least 3:1.
"""

from __future__ import annotations

from dataclasses import dataclass

from memlab.render.charts.palette import AXIS, GRID, GROUND, QUIET_TEXT, ROLES, TEXT, WARNING_TEXT


@dataclass(frozen=True)
class Colour:
    """A CSS variable, without its `--`, and what it is on a light and on a dark ground."""

    name: str
    light: str
    dark: str


def _of_role(role: str, light: str, *shades: str) -> tuple[Colour, ...]:
    """A role's shades, the first of which is its bars', and what stands beside them."""
    style = ROLES[role]
    lines = zip(style.shades, shades, strict=True)
    return (
        *(Colour(f"{role}-{number}", shade, dark) for number, (shade, dark) in enumerate(lines, 1)),
        Colour(f"{role}-light", style.light, light),
    )


COLOURS = (
    Colour("ground", GROUND, "#15181D"),
    Colour("ink", TEXT, "#E6E9EE"),
    Colour("muted", QUIET_TEXT, "#A6AEB9"),
    Colour("warning", WARNING_TEXT, "#FF8F97"),
    Colour("axis", AXIS, "#6F7985"),
    Colour("grid", GRID, "#2C323B"),
    *_of_role("baseline", "#6E4526", "#F08A3C"),
    *_of_role("technique", "#274A64", "#4FA8E0", "#B5DCF7", "#2E86C1", "#7CC0EA"),
    *_of_role("pitfall", "#5E3A4E", "#E29CC3", "#F7D5E6", "#C9689D", "#D583B0"),
)
"""The charts' colours, and those of the page's own text and rules."""


def declarations(ground: str) -> str:
    """The variables as CSS declarations.

    Args:
        ground: `light` or `dark`.
    """
    return "".join(f"--{one.name}:{one.dark if ground == 'dark' else one.light};" for one in COLOURS)
