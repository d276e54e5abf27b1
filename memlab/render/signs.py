"""The signs a terminal can show: with Unicode, or in plain ASCII."""

from __future__ import annotations

from dataclasses import dataclass

_SPELLED = str.maketrans(
    {
        "×": "x",
        "÷": "/",
        "±": "+-",
        "≥": ">=",
        "≤": "<=",
        "≈": "~",
        "–": "-",
        "—": "-",
        "−": "-",
        "·": "|",
        "…": "...",
        "→": "->",
        "µ": "u",
        "μ": "u",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
    }
)


@dataclass(frozen=True)
class Signs:
    """One set of signs.

    Attributes:
        unicode: whether more than ASCII may be written.
        at_least: stands before a lower bound.
        dash: stands between the ends of a range, and for "nothing to show".
        dot: stands between items on a line.
        ellipsis: stands for what was left out.
        full: one full cell of a bar.
        parts: cells of a bar filled by 1/n, 2/n, ... of their width; empty where there are none.
        levels: cells of a timeline filled to a rising height, the last one full.
        line: underlines a heading.
    """

    unicode: bool
    at_least: str
    dash: str
    dot: str
    ellipsis: str
    full: str
    parts: str
    levels: str
    line: str

    def text(self, text: str) -> str:
        """A text in these signs: what ASCII lacks is spelled, or written as an escape."""
        if self.unicode or text.isascii():
            return text
        return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode("ascii")


UNICODE = Signs(True, "≥", "–", "·", "…", "█", "▏▎▍▌▋▊▉", "▁▂▃▄▅▆▇█", "─")
ASCII = Signs(False, ">=", "-", "|", "...", "#", "", ".:-=+*#", "-")


def signs(unicode: bool) -> Signs:
    """The set for a terminal that can or can't show Unicode."""
    return UNICODE if unicode else ASCII
