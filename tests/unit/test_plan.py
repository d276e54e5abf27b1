"""The order of trials: the timeline trials first, then rounds that go forwards and backwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memlab.plan import HEADLINE, TIMELINE, PlannedTrial, make_plan


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
