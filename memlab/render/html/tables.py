"""Tables of the page: what stands in them, before it is markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: what is read; detail: what is said below it, smaller.
        value: what the column is sorted by; empty where it is the text, or nothing.
        share: from 0 to 1, how long a bar beside the text is; None for no bar.
        role: of the variant whose name this is; its sign then stands before it.
    """

    text: str
    detail: str = ""
    value: str = ""
    share: float | None = None
    role: str = ""


@dataclass(frozen=True)
class Column:
    """The head of a column.

    Attributes:
        detail: what is said below the label, smaller.
        sort: `number` or `text`; numbers are aligned to the right.
    """

    label: str
    detail: str = ""
    sort: str = "number"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its heading.

    Attributes:
        caption: what it shows; label: the same, unlike that of any other table of the page.
        sortable: rows may be put into another order.
    """

    caption: str
    label: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    sortable: bool = False


def number(text: str, value: float | None, *, detail: str | None = None, share: float | None = None) -> Cell:
    """A cell that is sorted by its number; without one it goes to the end."""
    sorted_by = "" if value is None else f"{value:.9g}"
    return Cell(text, detail=detail or "", value=sorted_by, share=share)
