"""How a figure grows with the size of the inputs."""

from __future__ import annotations

import random

import pytest
from made_figures import KIB, MIB

from memlab.analysis.growth_class import Sweep, is_worse, second_size, sweep_of
from memlab.model.report import PeakGrowth, TreeReport, VariantReport

SIZES = (8, 16, 32)


def swept(*mib: float, sizes: tuple[int, ...] = SIZES) -> Sweep:
    return Sweep(tuple((size, round(one * MIB)) for size, one in zip(sizes, mib, strict=True)), MIB)


@pytest.mark.parametrize(
    ("points", "growth_class"),
    [
        ((12.4, 12.5, 12.4), "constant"),
        ((12.4, 12.5, 12.9), "constant"),  # a list of results: within the noise
        ((0.0, 0.0, 0.9), "constant"),
        ((300.0, 310.0, 340.0), "constant"),  # 4 % of it goes with the inputs
        ((49.4, 98.9, 197.8), "linear"),
        ((37.1, 61.8, 111.2), "linear"),  # 12.4 and 3.09 for each
        ((100.0, 125.0, 175.0), "linear"),
        ((12.0, 12.0, 32.0), "linear"),  # the larger of a buffer and what is collected
        ((0.0, 3.0, 8.0), "linear"),
        ((1.0, 2.2, 5.3), "linear"),  # n log n
        ((32.0, 64.0, 128.0), "linear"),  # a buffer that doubles
        ((3.0, 12.0, 48.0), "superlinear"),
        ((12.0, 30.0, 102.0), "superlinear"),
        ((100.0, 103.0, 115.0), "constant"),  # quadratic beside a constant that hides it
        ((12.4, 40.0, 12.4), "linear"),  # judged by the worst size, not by the last
        ((80.0, 40.0, 20.0), "constant"),
    ],
)
def test_classes(points: tuple[float, ...], growth_class: str) -> None:
    assert swept(*points).growth_class() == growth_class


@pytest.mark.parametrize(
    ("points", "growth_class"),
    [((12.4, 12.5), "constant"), ((49.4, 98.9), "linear"), ((8.0, 32.0), "superlinear"), ((12.4, 24.0), "linear")],
)
def test_two_sizes_are_enough(points: tuple[float, float], growth_class: str) -> None:
    assert swept(*points, sizes=(8, 16)).growth_class() == growth_class


def test_one_size_tells_nothing() -> None:
    assert swept(12.4, sizes=(8,)).growth_class() is None
    assert Sweep((), MIB).growth_class() is None


def test_an_accepted_class_is_left_for_good_reason_only() -> None:
    hardly = swept(100.0, 112.0, 136.0)  # an eighth of it goes with the inputs
    assert (hardly.growth_class(), hardly.growth_class("constant"), hardly.growth_class("linear")) == (
        "linear",
        "constant",
        "linear",
    )
    assert swept(100.0, 116.0, 148.0).growth_class("constant") == "linear"
    fast = swept(10.0, 38.0, 80.0)
    assert (fast.growth_class(), fast.growth_class("linear"), fast.growth_class("superlinear")) == (
        "superlinear",
        "linear",
        "superlinear",
    )


@pytest.mark.parametrize("growth_class", ["constant", "linear"])
def test_noise_changes_no_class(growth_class: str) -> None:
    chance = random.Random(5)
    for _ in range(500):
        fixed, each = chance.uniform(0, 200), chance.choice([0, 0.4, 3, 12])
        noisy = swept(*(fixed + each * size + chance.uniform(-0.4, 0.4) for size in SIZES))
        if growth_class == "constant" and each == 0:
            assert noisy.growth_class() == "constant"
        if growth_class == "linear" and 8 * each > 0.2 * (fixed + 8 * each):
            assert noisy.growth_class() == "linear"


@pytest.mark.parametrize(
    ("sizes", "own", "second"),
    [
        ((8, 16, 32, 64), 24, 8),
        ((64, 8, 16), 24, 8),
        ((8, 16, 32), 8, 16),
        ((12, 20, 48), 20, 48),
        ((16, 24), 20, None),
        ((1, 2, 4), 1, 2),
    ],
)
def test_a_second_size_that_tells(sizes: tuple[int, ...], own: int, second: int | None) -> None:
    assert second_size(sizes, own) == second


def test_only_faster_is_worse() -> None:
    order = ("constant", "linear", "superlinear")
    assert [(one, other) for one in order for other in order if is_worse(one, other)] == [
        ("linear", "constant"),
        ("superlinear", "constant"),
        ("superlinear", "linear"),
    ]


def report(growth: float | None, heap: float | None = None, tree: TreeReport | None = None) -> VariantReport:
    peak = None
    if growth is not None:
        size = round(growth * MIB)
        peak = PeakGrowth(size, size, size, "kernel", 248 * KIB, MIB, False, False)
    return VariantReport(
        name="stream",
        role="technique",
        trials=3,
        failed=0,
        peak_growth_bytes=peak,
        retained_bytes=None,
        kept_by_allocator_bytes=None,
        seconds=None,
        heap_peak_bytes=None if heap is None else round(heap * MIB),
        tree=tree,
    )


def test_the_heap_is_taken_where_every_size_has_one() -> None:
    assert sweep_of({16: report(13, 12), 8: report(13, 11)}) == Sweep(((8, 11 * MIB), (16, 12 * MIB)), MIB)
    mixed = sweep_of({8: report(13, 11), 16: report(14)})
    assert mixed == Sweep(((8, 13 * MIB), (16, 14 * MIB)), 2 * 248 * KIB + MIB)
    pool = TreeReport(0, 0, 0, 2, 0, 0)
    assert sweep_of({8: report(13, 11, pool), 16: report(14, 11, pool)}) == mixed


def test_sizes_without_a_figure_don_t_count() -> None:
    assert sweep_of({8: report(13), 16: report(None), 32: report(14)}) == Sweep(
        ((8, 13 * MIB), (32, 14 * MIB)), 2 * 248 * KIB + MIB
    )
    assert sweep_of({8: report(13), 16: report(None)}) is None
    assert sweep_of({}) is None
