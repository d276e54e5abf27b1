"""Colours and dashes: they follow a variant's role, and colour is never the only sign of it.

The three role colours can be told apart by people who don't see all colours. Each colour in a chart is one of the
constants here, so that a page can put its own in their place; on white every line and bar has a contrast of at least
3:1, every text of at least 4.5:1.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUND = "#FFFFFF"
TEXT = "#1F2328"
QUIET_TEXT = "#59616B"
WARNING_TEXT = "#A40E26"
AXIS = "#8A929C"
GRID = "#E4E7EB"

Dashes = tuple[float, ...] | None
"""Lengths of line and gap in points; None is a solid line."""


@dataclass(frozen=True)
class RoleStyle:
    """How a role is drawn.

    Attributes:
        heading: stands above its variants.
        colour: of its bars, and of the line of its first variant.
        light: of what stands beside the main figure.
        stripe: the dashes of a white line along the middle of its bars; None is a plain bar.
        shades: colours of its lines, one variant after the other.
        dashes: of its lines, one variant after the other.
    """

    heading: str
    colour: str
    light: str
    stripe: Dashes
    shades: tuple[str, ...]
    dashes: tuple[Dashes, ...]


ROLES = {
    "baseline": RoleStyle("baseline", "#D55E00", "#F2C4A0", None, ("#D55E00",), (None,)),
    "technique": RoleStyle(
        "techniques",
        "#0072B2",
        "#9CCBE6",
        (7.0, 3.0),
        ("#0072B2", "#003F63", "#3B8FC2", "#005A8C"),
        ((6.0, 2.0), (10.0, 2.0, 2.0, 2.0), (3.0, 1.5)),
    ),
    "pitfall": RoleStyle(
        "pitfalls",
        "#CC79A7",
        "#EBCBDC",
        (2.2, 2.6),
        ("#CC79A7", "#7A2E58", "#B85C90", "#9E4A78"),
        ((1.2, 1.4), (1.2, 3.0), (2.2, 1.6, 0.8, 1.6)),
    ),
}


def role_style(role: str) -> RoleStyle:
    """The style of a role; one that isn't known is drawn as a technique."""
    return ROLES.get(role, ROLES["technique"])
