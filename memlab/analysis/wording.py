"""How a recipe's figure is put in words."""

from __future__ import annotations

_VERBS = {"growth": "need", "retained": "retain", "kept": "leave"}
_WHERE = {"growth": "", "retained": "", "kept": " with the allocator"}


def says(figure: str, quantity: str, *, several: bool = False) -> str:
    """What a variant does: `needs 12.0× less memory`, `leaves more memory with the allocator`.

    Args:
        figure: growth, retained or kept.
        quantity: how much, in words.
        several: of more than one variant.
    """
    return f"{_VERBS[figure]}{'' if several else 's'} {quantity} memory{_WHERE[figure]}"
