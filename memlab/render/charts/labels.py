"""Labels beside one another in a column, each as near to its place as the others let it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class _Block:
    """Labels that touch: how many, their heights together, and where the block would begin by the wishes of all."""

    count: int
    height: float
    wishes: float

    @property
    def begin(self) -> float:
        return self.wishes / self.count


def spread(wanted: Sequence[tuple[float, float]], low: float, high: float) -> list[float]:
    """Where to put labels so that none lies upon another, as near to where they are wanted as that goes.

    Args:
        wanted: of each label, from the first to the last, the middle it is wanted at and its height. They keep this
            order.
        low, high: between which they have to lie; the first begins at `low` where they don't all fit.

    Returns:
        The middle of each label.
    """
    blocks: list[_Block] = []
    for middle, height in wanted:
        blocks.append(_Block(1, height, middle - height / 2))
        # Two blocks that would overlap become one, in the middle of what its labels wish.
        while len(blocks) > 1 and blocks[-2].begin + blocks[-2].height > blocks[-1].begin:
            last = blocks.pop()
            before = blocks[-1]
            wishes = before.wishes + last.wishes - last.count * before.height
            blocks[-1] = _Block(before.count + last.count, before.height + last.height, wishes)
    begins = _inside(blocks, low, high)
    middles: list[float] = []
    heights = iter(height for _, height in wanted)
    for block, begin in zip(blocks, begins, strict=True):
        for _ in range(block.count):
            height = next(heights)
            middles.append(begin + height / 2)
            begin += height
    return middles


def _inside(blocks: Sequence[_Block], low: float, high: float) -> list[float]:
    """Where the blocks begin when what stands out at one end is pushed back between both."""
    begins = [block.begin for block in blocks]
    end = high
    for index in reversed(range(len(blocks))):
        begins[index] = min(begins[index], end - blocks[index].height)
        end = begins[index]
    for index, block in enumerate(blocks):
        begins[index] = max(begins[index], low)
        low = begins[index] + block.height
    return begins
