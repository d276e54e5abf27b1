"""Ticks, scales, and labels beside one another."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.render.charts.labels import spread
from memlab.render.charts.scales import Scale, size_ticks, time_ticks

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 148 * MIB, ["0", "50 MiB", "100 MiB"]),
        (0, 40 * GIB, ["0", "10 GiB", "20 GiB", "30 GiB", "40 GiB"]),
        (0, 40 * KIB, ["0", "10 KiB", "20 KiB", "30 KiB", "40 KiB"]),
        (0, 3, ["0", "1 B", "2 B", "3 B"]),
        (0, 1, ["0", "1 B"]),
        (0, 1.5 * GIB, ["0", "0.5 GiB", "1 GiB", "1.5 GiB"]),
        (-30 * MIB, 160 * MIB, ["0", "50 MiB", "100 MiB", "150 MiB"]),
        (-80 * MIB, 20 * MIB, ["-80 MiB", "-60 MiB", "-40 MiB", "-20 MiB", "0", "20 MiB"]),
    ],
)
def test_sizes_are_marked_at_round_numbers_of_binary_units(low: float, high: float, labels: list[str]) -> None:
    assert [label for _, label in size_ticks(low, high)] == labels


@pytest.mark.parametrize(
    ("longest", "labels"),
    [
        (0.227, ["0", "50 ms", "100 ms", "150 ms", "200 ms"]),
        (4e-4, ["0", "100 µs", "200 µs", "300 µs", "400 µs"]),
        (1.3, ["0", "0.5 s", "1 s"]),
        (90.0, ["0", "20 s", "40 s", "60 s", "80 s"]),
        (4123.0, ["0", "20 min", "40 min", "60 min"]),
        (36000.0, ["0", "2 h", "4 h", "6 h", "8 h", "10 h"]),
    ],
)
def test_times_are_marked_in_the_unit_that_suits_them(longest: float, labels: list[str]) -> None:
    assert [label for _, label in time_ticks(longest, most=6)] == labels


@given(low=st.integers(-(1 << 60), 0), high=st.integers(0, 1 << 60), most=st.integers(3, 12))
def test_ticks_lie_on_the_scale_and_are_few_and_different(low: int, high: int, most: int) -> None:
    if low == high:
        high = 1
    ticks = size_ticks(low, high, most)
    tolerance = 1e-6 * (high - low)
    assert all(low - tolerance <= value <= high + tolerance for value, _ in ticks)
    assert (0, "0") in ticks
    assert 1 <= len(ticks) <= most
    assert len({label for _, label in ticks}) == len(ticks)


@given(longest=st.floats(1e-9, 1e7), most=st.integers(3, 12))
def test_times_lie_on_the_scale(longest: float, most: int) -> None:
    ticks = time_ticks(longest, most)
    assert ticks[0] == (0, "0")
    assert 1 <= len(ticks) <= most
    assert ticks[-1][0] <= longest * (1 + 1e-6)


def test_a_scale_is_a_straight_line() -> None:
    scale = Scale(-10, 90, 100, 200)
    assert [scale.at(value) for value in (-10, 0, 40, 90)] == [100, 110, 150, 200]


def test_labels_that_have_room_stay_where_they_are_wanted() -> None:
    assert spread([(20, 10), (50, 10), (80, 20)], 0, 100) == [20, 50, 80]


def test_labels_in_one_place_share_the_way() -> None:
    assert spread([(50, 10), (50, 10), (50, 10)], 0, 100) == [40, 50, 60]


def test_labels_at_the_end_are_pushed_back() -> None:
    assert spread([(90, 10), (100, 10), (100, 10)], 0, 100) == [75, 85, 95]
    assert spread([(0, 10), (0, 10)], 0, 100) == [5, 15]


@given(
    labels=st.lists(st.tuples(st.floats(-50, 450), st.floats(5, 40)), max_size=12).map(
        lambda found: sorted(found, key=lambda label: label[0])
    )
)
def test_no_label_lies_upon_another(labels: list[tuple[float, float]]) -> None:
    places = spread(labels, 0, 480)
    boxes = [(middle - height / 2, middle + height / 2) for middle, (_, height) in zip(places, labels, strict=True)]
    assert all(first[1] <= second[0] + 1e-6 for first, second in pairwise(boxes))
    assert all(begin >= -1e-6 and end <= 480 + 1e-6 for begin, end in boxes)
