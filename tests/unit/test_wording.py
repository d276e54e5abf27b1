"""Figures and names in sentences."""

from __future__ import annotations

import pytest
from made_runs import KIB, MIB

from memlab.analysis.wording import listed, part_of, sizes

GIB = 1 << 30


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
        (list("abcdefg"), "a, b and 5 more"),
    ],
)
def test_names(names: list[str], text: str) -> None:
    assert listed(names) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([20 * MIB], "20.0 MiB"),
        ([20 * MIB, 20 * MIB + 5], "20.0 MiB"),
        ([50 * MIB, 6.29 * MIB, 7 * MIB], "6.29 to 50.0 MiB"),
        ([300 * KIB, 2 * GIB], "300 KiB to 2.00 GiB"),
        ([0, MIB], "0 B to 1.00 MiB"),
    ],
)
def test_sizes(values: list[float], text: str) -> None:
    assert sizes(values) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0.1 * MIB, 124 * MIB, "0.1 of 124 MiB"),
        (40 * KIB, 124 * MIB, "0 of 124 MiB"),
        (0, 95.4 * MIB, "0 of 95.4 MiB"),
        (-5, 95.4 * MIB, "0 of 95.4 MiB"),
        (60 * MIB, 1.5 * GIB, "0.1 of 1.50 GiB"),
        (300 * MIB, 900 * MIB, "300 of 900 MiB"),
        (99.96 * MIB, 900 * MIB, "100 of 900 MiB"),
        (3, 512, "3 of 512 B"),
    ],
)
def test_a_part_of_a_size(part: float, whole: float, text: str) -> None:
    assert part_of(part, whole) == text
