"""The envelope keeper: bounded, in order, and the maxima survive."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.supervisor.timeline import TimelineKeeper


def kept(sizes: list[int], most: int) -> list[tuple[float, int]]:
    keeper = TimelineKeeper(most)
    for number, size in enumerate(sizes):
        keeper.add(0.02 * (number + 1), size)
    return keeper.points()


def test_few_points_are_kept_as_they_are() -> None:
    assert kept([5, 9, 7], 10) == [(0.02, 5), (0.04, 9), (0.06, 7)]


def test_nothing_gives_nothing() -> None:
    assert kept([], 4) == []


def test_neighbours_are_merged_to_the_later_time_and_the_larger_size() -> None:
    assert kept([5, 9, 7, 1], 4) == [(0.04, 9), (0.08, 7)]


@given(st.lists(st.integers(0, 2**40), max_size=400), st.integers(2, 50))
def test_bounded_and_ordered_and_no_maximum_is_lost(sizes: list[int], most: int) -> None:
    points = kept(sizes, most)
    assert len(points) <= most
    assert len(points) >= min(len(sizes), most // 2)
    times = [seconds for seconds, _ in points]
    assert times == sorted(set(times))
    if not sizes:
        return
    assert times[-1] == pytest.approx(0.02 * len(sizes))
    # Each point is the maximum of exactly the intervals that end between the point before it and itself.
    before = 0.0
    for seconds, size in points:
        inside = [one for number, one in enumerate(sizes) if before + 1e-6 < 0.02 * (number + 1) <= seconds + 1e-6]
        assert size == max(inside)
        before = seconds


@pytest.mark.parametrize("count", [100, 1000, 10_000])
def test_all_points_but_the_last_span_equally_many_intervals(count: int) -> None:
    times = [0.0, *(seconds for seconds, _ in kept([1] * count, 16))]
    spans = {round((later - earlier) / 0.02) for earlier, later in itertools.pairwise(times[:-1])}
    assert len(spans) == 1


def test_a_day_is_bounded_too() -> None:
    keeper = TimelineKeeper()
    for number in range(200_000):
        keeper.add(0.02 * number, 10 if number != 123_456 else 99)
    points = keeper.points()
    assert 700 <= len(points) <= 1500
    assert max(size for _, size in points) == 99
    assert [size for _, size in points].count(99) == 1
