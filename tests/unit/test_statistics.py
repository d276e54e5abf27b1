"""The interval on a ratio of medians, against every resample there is and against another generator's."""

from __future__ import annotations

import itertools
import random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.analysis.statistics import ratio_interval

VALUES = st.lists(st.integers(1, 10**12).map(float), min_size=2, max_size=3)


def every_ratio(numerators: list[float], denominators: list[float]) -> list[float]:
    """The ratio of medians of every pair of resamples, sorted."""
    above = [median(one) for one in itertools.product(numerators, repeat=len(numerators))]
    below = [median(one) for one in itertools.product(denominators, repeat=len(denominators))]
    return sorted(a / b for a in above for b in below)


@given(VALUES, VALUES)
def test_few_values_are_resampled_in_every_way(numerators: list[float], denominators: list[float]) -> None:
    expected = np.quantile(every_ratio(numerators, denominators), [0.025, 0.975], method="nearest")
    assert ratio_interval(numerators, denominators) == tuple(expected)


def test_four_values_are_resampled_in_every_way_too() -> None:
    above, below = [90.0, 100.0, 104.0, 120.0], [9.0, 10.0, 10.5, 14.0]
    expected = np.quantile(every_ratio(above, below), [0.025, 0.975], method="nearest")
    assert ratio_interval(above, below) == tuple(expected)
    assert (expected[0], expected[1]) != (90 / 14, 120 / 9)


def test_three_of_each_span_their_whole_range() -> None:
    # A resample's median is the smallest of three with 7 chances in 27: both extremes at once are in 6.7 %.
    assert ratio_interval([90, 100, 120], [9, 10, 12]) == (90 / 12, 120 / 9)


def test_two_of_each_span_their_whole_range() -> None:
    assert ratio_interval([90, 110], [9, 11]) == (90 / 11, 110 / 9)


@pytest.mark.parametrize("size", [5, 10])
def test_many_values_are_resampled_at_random(size: int) -> None:
    chance = random.Random(size)
    above = [chance.gauss(200, 10) for _ in range(size)]
    below = [chance.gauss(100, 4) for _ in range(size)]
    generator = np.random.default_rng(7)
    resampled = [np.median(generator.choice(one, (200_000, size)), axis=1) for one in (above, below)]
    expected = np.quantile(resampled[0] / resampled[1], [0.025, 0.975])
    found = ratio_interval(above, below)
    assert found is not None
    assert found == pytest.approx(expected, rel=0.01)
    # A wrong share of the tail would be seen: the 90 % interval is elsewhere.
    assert found != pytest.approx(np.quantile(resampled[0] / resampled[1], [0.05, 0.95]), rel=0.003)


def test_sides_of_different_size() -> None:
    low, high = ratio_interval([100.0, 101.0, 102.0], [10.0 + i / 10 for i in range(10)]) or (0.0, 0.0)
    assert 100 / 10.9 <= low < 101 / 10.45 < high <= 102 / 10


@pytest.mark.parametrize("size", [2, 3, 10])
def test_the_same_values_always_give_the_same_interval(size: int) -> None:
    above = [100.0 + i for i in range(size)]
    below = [10.0 + i / 7 for i in range(size)]
    random.seed(1)
    first = ratio_interval(above, below)
    random.seed(2)
    assert ratio_interval(above, below) == first
    assert ratio_interval(above[::-1], below[::-1]) == (pytest.approx(first, rel=0.01) if size > 3 else first)


@pytest.mark.parametrize(
    ("above", "below"),
    [([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0]), ([], []), ([1.0, 2.0], [0.0, 2.0]), ([1.0, 2.0], [-1.0, 2.0, 3.0])],
)
def test_without_spread_or_above_zero_there_is_none(above: list[float], below: list[float]) -> None:
    assert ratio_interval(above, below) is None


def test_numerators_may_be_negative() -> None:
    assert ratio_interval([-10.0, 10.0], [5.0, 5.0]) == (-2.0, 2.0)


@given(VALUES, VALUES)
def test_the_interval_holds_the_ratio_itself(numerators: list[float], denominators: list[float]) -> None:
    low, high = ratio_interval(numerators, denominators) or (0.0, 0.0)
    assert low <= median(numerators) / median(denominators) <= high


@given(VALUES, VALUES, st.sampled_from([0.5, 2.0, 1024.0]))
def test_units_do_not_matter(numerators: list[float], denominators: list[float], factor: float) -> None:
    found = ratio_interval(numerators, denominators) or (0.0, 0.0)
    scaled = ratio_interval([factor * one for one in numerators], denominators)
    assert scaled == pytest.approx([factor * one for one in found])


@pytest.mark.parametrize(("size", "least", "most"), [(2, 0.60, 0.90), (3, 0.85, 0.99)])
def test_how_often_the_interval_holds_the_truth(size: int, least: float, most: float) -> None:
    """Few trials can't give 95 %: two hold the truth in about three of four cases, three in nine of ten."""
    chance = random.Random(3)
    held = 0
    for _ in range(400):
        above = [chance.gauss(2000, 60) for _ in range(size)]
        below = [chance.gauss(1000, 30) for _ in range(size)]
        low, high = ratio_interval(above, below) or (0.0, 0.0)
        held += low <= 2.0 <= high
    assert least <= held / 400 <= most


def test_ten_trials_hold_the_truth_nearly_always() -> None:
    chance = random.Random(4)
    held = 0
    for _ in range(12):
        above = [chance.gauss(2000, 60) for _ in range(10)]
        below = [chance.gauss(1000, 30) for _ in range(10)]
        low, high = ratio_interval(above, below) or (0.0, 0.0)
        held += low <= 2.0 <= high
    assert held >= 10
