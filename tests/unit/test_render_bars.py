"""Bars and timelines start at 0 and keep every maximum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.render.bars import bar, timeline
from memlab.render.layout import cell_width
from memlab.render.signs import ASCII, UNICODE


@pytest.mark.parametrize(
    ("value", "drawn"),
    [(0, ""), (-5, ""), (0.001, "▏"), (10, "█"), (15, "█▌"), (40, "████"), (100, "██████████"), (200, "██████████")],
)
def test_a_bar_is_as_long_as_its_value(value: float, drawn: str) -> None:
    assert bar(value, 100, 10, UNICODE) == drawn


def test_a_bar_of_ascii() -> None:
    assert bar(50, 100, 10, ASCII) == "#####"
    assert bar(1, 100, 10, ASCII) == "#"
    assert bar(1, 0, 10, ASCII) == ""


@given(st.floats(0, 1e12), st.floats(0, 1e12), st.integers(0, 50), st.sampled_from([UNICODE, ASCII]))
def test_a_bar_never_overflows(value: float, largest: float, width: int, chosen: object) -> None:
    assert cell_width(bar(value, largest, width, chosen)) <= width  # type: ignore[arg-type]


def test_a_timeline_is_as_high_as_its_points() -> None:
    points = [(1.0, 0), (2.0, 12), (3.0, 50), (4.0, 100)]
    assert timeline(points, 100, 4, UNICODE) == " ▁▄█"
    assert timeline(points, 200, 4, UNICODE) == " ▁▂▄"
    assert timeline(points, 100, 4, ASCII) == " .=#"
    assert timeline(points, 100, 8, UNICODE) == "  ▁▁▄▄██"


def test_a_timeline_keeps_a_single_high_interval() -> None:
    points = [((index + 1) * 0.02, 100 if index == 777 else 0) for index in range(1000)]
    assert timeline(points, 100, 10, UNICODE) == "       █  "


def test_a_long_merged_interval_fills_its_stretch() -> None:
    assert timeline([(1.0, 8), (9.0, 4), (10.0, 8)], 8, 10, UNICODE) == "█▄▄▄▄▄▄▄▄█"


def test_timelines_of_nothing() -> None:
    assert timeline([], 100, 10, UNICODE) == ""
    assert timeline([(1.0, 5)], 0, 3, UNICODE) == "   "
    assert timeline([(0.0, 5)], 5, 3, UNICODE) == "███"


@given(st.lists(st.tuples(st.floats(1e-4, 10), st.integers(-100, 10**10)), min_size=1, max_size=50), st.integers(1, 40))
def test_the_highest_point_always_shows(steps: list[tuple[float, int]], width: int) -> None:
    total, points = 0.0, []
    for step, value in steps:
        total += step
        points.append((total, value))
    largest = max(value for _, value in points)
    drawn = timeline(points, largest, width, UNICODE)
    assert len(drawn) == width
    assert ("█" in drawn) == (largest > 0)
