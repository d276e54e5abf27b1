"""The order of trials: the timeline trials first, then rounds that go forwards and backwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memlab.plan import DEFAULT_METERS, HEADLINE, METER, METERS, TIMELINE, PlannedTrial, make_plan


def test_two_variants_three_rounds() -> None:
    order = [(one.variant, one.kind) for one in make_plan(("a", "b"), 3)]
    assert order == [
        ("a", TIMELINE),
        ("b", TIMELINE),
        ("a", HEADLINE),
        ("b", HEADLINE),
        ("b", HEADLINE),
        ("a", HEADLINE),
        ("a", HEADLINE),
        ("b", HEADLINE),
    ]


def test_each_other_meter_has_one_trial_a_variant_after_the_rest() -> None:
    plan = make_plan(("a", "b"), 1, ("memory_profiler", "os", "memray"))
    assert [(one.variant, one.kind, one.meter) for one in plan[4:]] == [
        ("a", METER, "memray"),
        ("b", METER, "memray"),
        ("a", METER, "memory_profiler"),
        ("b", METER, "memory_profiler"),
    ]
    assert {one.meter for one in plan[:4]} == {"os"}
    assert [one.number for one in plan] == list(range(8))
    assert make_plan(("a", "b"), 1, ("os",)) == make_plan(("a", "b"), 1) == plan[:4]


def test_timelines_can_be_those_of_some_variants() -> None:
    plan = make_plan(("a", "b", "c"), 1, timelines=("c", "a"))
    assert [(one.variant, one.kind) for one in plan[:3]] == [("a", TIMELINE), ("c", TIMELINE), ("a", HEADLINE)]
    assert len(plan) == 5


def test_only_meters_that_count_what_is_asked_for_run_beside_others() -> None:
    plan = make_plan(("a",), 1, METERS)
    assert {one.meter for one in plan if one.beside_others} == {"tracemalloc", "memray"}
    assert DEFAULT_METERS == ("os", "tracemalloc", "memray")


def test_numbers_are_places_in_the_plan() -> None:
    plan = make_plan(("a", "b"), 2)
    assert [one.number for one in plan] == list(range(6))
    assert plan[0] == PlannedTrial(0, "a", TIMELINE)


def test_nothing_is_planned_for_nobody() -> None:
    assert make_plan((), 3) == ()


@given(st.lists(st.text(min_size=1), unique=True, max_size=6), st.integers(0, 6))
def test_every_variant_gets_the_same(variants: list[str], trials: int) -> None:
    plan = make_plan(tuple(variants), trials)
    for variant in variants:
        kinds = [one.kind for one in plan if one.variant == variant]
        assert kinds == [TIMELINE] + [HEADLINE] * trials
    # Drift over an even number of rounds falls on all alike: their places add up to the same.
    if trials % 2 == 0:
        places = {sum(one.number for one in plan if one.variant == v and one.kind == HEADLINE) for v in variants}
        assert len(places) <= 1
