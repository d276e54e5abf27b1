"""Verdicts on figures: the table of `memlab.analysis.regression`, row by row, in exact numbers."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_figures import CONDITIONS, KIB, MIB, RESOLUTION, accepted, observed, rules

from memlab.analysis.figure_words import as_accepted_words, change_words, may_words
from memlab.analysis.observed import Observed
from memlab.analysis.regression import Judgement, judge, moved
from memlab.analysis.tolerance import Rules, condition_differences
from memlab.limits import DEFAULT_FAIL_ON
from memlab.model.baseline import AcceptedVariant
from memlab.model.check import FigureCheck

OTHER_KERNEL = ("kernel 6.8 instead of 6.1",)
SIXTY_FOUR_CPUS = msgspec.structs.replace(CONDITIONS, cpus=64, resolution_bytes=32 * MIB)


def figure(judgement: Judgement, name: str) -> FigureCheck:
    return next(one for one in judgement.figures if one.figure == name)


def verdict(found: Observed, held: AcceptedVariant, by: Rules | None = None) -> str:
    return judge(found, held, by or rules()).verdict


@pytest.mark.parametrize(
    ("interval", "move"),
    [
        ((113, 120), "up"),
        ((112, 120), "unclear"),
        ((100, 113), "unclear"),
        ((80, 113), "unclear"),
        ((100, 112), "no"),
        ((88, 112), "no"),
        ((80, 100), "no"),
        ((80, 88), "no"),
        ((80, 87), "down"),
    ],
)
def test_where_the_median_lies(interval: tuple[int, int], move: str) -> None:
    assert moved(interval, 100, 12) == move


def test_both_meters_up_is_certain_after_three_trials() -> None:
    found = judge(observed(80.4, 79.8), accepted(12.5, 12.0), rules(trials_left=True))
    assert (found.verdict, found.causes, found.wants_trials) == ("regressed", ("growth",), False)
    assert found.why == "its heap peak says the same: 67.8 MiB more"
    growth = figure(found, "growth")
    assert (growth.accepted_bytes, growth.measured_bytes) == (round(12.5 * MIB), round(80.4 * MIB))
    assert (growth.moved, growth.tolerance_bytes) == ("up", 2 * MIB)
    assert growth.tolerance_reason == "the rule growth>5% and >2MiB"
    assert (figure(found, "heap").moved, figure(found, "heap").tolerance_bytes) == ("up", MIB)
    assert change_words(growth) == "needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB)"


def test_both_meters_up_of_trials_that_scatter_are_confirmed() -> None:
    assert judge(observed((40.5, 41, 41.2), 40), accepted(36.7, 35.4), rules(trials_left=True)).wants_trials
    six = observed((40.5, 41, 41.2) * 2, 40)
    assert verdict(six, accepted(36.7, 35.4), rules(trials_left=True)) == "regressed"


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [(12.5, 14.4, "ok"), (12.5, 14.6, "regressed"), (100, 104.9, "ok"), (100, 105.1, "regressed"), (0, 1.9, "ok")],
)
def test_the_rule_sets_the_floor(then: float, now: float, expected: str) -> None:
    assert verdict(observed(now, trials=6), accepted(then)) == expected


@pytest.mark.parametrize("heap", [None, 12.0, 12.9, 8.0])
def test_growth_alone_is_confirmed_by_six_trials(heap: float | None) -> None:
    held = accepted(12.5, None if heap is None else 12.0)
    early = judge(observed(22.5, heap, trials=5), held, rules(trials_left=True))
    assert (early.verdict, early.wants_trials) == ("inconclusive", True)
    assert early.why == "more trials have to confirm it"
    late = judge(observed(22.5, heap, trials=6), held, rules(trials_left=True))
    assert (late.verdict, late.causes, late.wants_trials) == ("regressed", ("growth",), False)
    assert verdict(observed(22.5, heap), held, rules(trials_left=False)) == "regressed"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (
            observed(22.5, 12.0),
            (
                "its heap is as accepted, so it lies outside: in mapped memory, in what was freed and the allocator "
                "keeps, or in the threads of a library"
            ),
        ),
        (
            observed(22.5, 12.0, file_bytes=9 * MIB),
            "its heap is as accepted, so it lies outside: 9.00 MiB of the peak are pages of files",
        ),
        (
            observed(22.5, 8.0, file_bytes=MIB),
            (
                "its heap is less than accepted, so it lies outside: in mapped memory, in what was freed and the "
                "allocator keeps, or in the threads of a library"
            ),
        ),
        (
            observed(22.5, 12.0, descendants=2),
            "its own heap is as accepted: it lies in the processes it starts, which memray doesn't see",
        ),
        (observed(22.5, (12.0, 20.0)), "its heap differs from trial to trial"),
        (observed(22.5), ""),
    ],
)
def test_why_growth_can_be_up_alone(found: Observed, why: str) -> None:
    judgement = judge(found, accepted(12.5, 12.0), rules())
    assert (judgement.verdict, judgement.why) == ("regressed", why)


def test_other_conditions_double_what_is_resident_and_not_the_heap() -> None:
    other = rules(differences=OTHER_KERNEL)
    found = judge(observed(16.4, 12.0), accepted(12.5, 12.0), other)
    assert (found.verdict, figure(found, "growth").tolerance_bytes) == ("ok", 4 * MIB)
    assert figure(found, "growth").tolerance_reason == (
        "the rule growth>5% and >2MiB; doubled, as conditions differ: kernel 6.8 instead of 6.1"
    )
    assert figure(found, "retained").tolerance_bytes == 4 * MIB
    assert figure(found, "heap").tolerance_bytes == MIB


def test_growth_alone_under_other_conditions_can_be_the_machine() -> None:
    other = rules(differences=OTHER_KERNEL)
    found = judge(observed(22.5, 12.0, trials=9), accepted(12.5, 12.0), other)
    assert (found.verdict, found.wants_trials) == ("inconclusive", False)
    assert found.why == (
        "its heap is as accepted and the conditions are others (kernel 6.8 instead of 6.1), so it may be the machine's "
        "doing"
    )
    # What memray sees of a tree is only a part, and without memray nothing speaks against the mark.
    assert verdict(observed(22.5, 12.0, descendants=2), accepted(12.5, 12.0), other) == "regressed"
    assert verdict(observed(22.5), accepted(12.5), other) == "regressed"
    assert verdict(observed(22.5, 22.0), accepted(12.5, 12.0), other) == "regressed"


@pytest.mark.parametrize(("resolution", "from_mark"), [(0, True), (RESOLUTION, False)])
def test_growth_by_another_meter_proves_nothing_alone(resolution: int, from_mark: bool) -> None:
    then = msgspec.structs.replace(CONDITIONS, resolution_bytes=resolution)
    by = rules(conditions=then, differences=("peaks that were sampled instead of peaks read from the kernel's mark",))
    found = judge(observed(22.5, from_mark=from_mark), accepted(12.5), by)
    assert (found.verdict, found.why) == ("inconclusive", "growth was read by another meter when it was accepted")
    assert verdict(observed(22.5, 22.0, from_mark=from_mark), accepted(12.5, 12.0), by) == "regressed"


def test_trials_on_both_sides_of_the_limit_ask_for_more() -> None:
    found = judge(observed((12.0, 12.5, 15.0), 12.0), accepted(12.5, 12.0), rules(trials_left=True))
    assert (found.verdict, found.wants_trials, figure(found, "growth").moved) == ("inconclusive", True, "unclear")
    assert found.why == "1 of 3 trials is above 14.5 MiB, they lie between 12.0 MiB and 15.0 MiB"
    assert (figure(found, "growth").low_bytes, figure(found, "growth").high_bytes) == (12 * MIB, 15 * MIB)
    last = judge(observed((12.0, 12.5, 15.0), 12.0), accepted(12.5, 12.0), rules(trials_left=False))
    assert (last.verdict, last.wants_trials) == ("inconclusive", False)


def test_two_outliers_of_nine_are_left_behind() -> None:
    steady = (12.0, 12.4, 12.5, 12.5, 12.5, 12.5, 12.6)
    assert verdict(observed((*steady, 15.0, 15.0)), accepted(12.5)) == "ok"
    assert verdict(observed((*steady[:6], 15.0, 15.0, 15.0)), accepted(12.5)) == "inconclusive"
    assert verdict(observed((*steady[:3], *[15.0] * 6)), accepted(12.5)) == "inconclusive"


def test_of_what_scatters_all_trials_have_to_say_that_it_is_more() -> None:
    assert verdict(observed((12.5, *[15.0] * 8)), accepted(12.5)) == "inconclusive"
    assert verdict(observed((*[15.0] * 8, 18.0)), accepted(12.5)) == "regressed"


def test_of_what_scattered_when_accepted_the_median_counts() -> None:
    held = accepted(38, growth_high_bytes=42)
    found = judge(observed((36, 43, 46)), held, rules(trials_left=True))
    assert (found.verdict, found.wants_trials, figure(found, "growth").moved) == ("ok", False, "no")
    assert judge(observed((36, 45, 46)), held, rules(trials_left=True)).wants_trials
    assert verdict(observed((36, 45, 46)), held) == "inconclusive"
    assert verdict(observed((45, 45, 46)), held) == "regressed"


def test_of_what_is_retained_beside_another_headline_the_median_counts() -> None:
    held = accepted(38)
    now_and_then = (0, 2.2, 8.3)
    assert judge(observed(38, retained=(0, 0, 8.3)), held, rules(trials_left=True)).wants_trials
    assert verdict(observed(38, retained=(0, 0, 8.3)), held) == "ok"
    six = observed(38, retained=(0, 0, 0, 0, 0, 8.3), trials=6)
    assert verdict(six, held, rules(trials_left=True)) == "ok"
    assert verdict(observed(38, retained=now_and_then), held) == "inconclusive"
    assert verdict(observed(38, retained=(0, 0, 8.3)), held, rules(headline="retained")) == "inconclusive"
    assert verdict(observed(38, retained=(0, 0, 8.3)), held, rules("retained>2MiB")) == "inconclusive"


def test_the_heap_of_what_scatters_is_no_improvement() -> None:
    assert verdict(observed(38, 30), accepted(38, 36)) == "improved"
    assert verdict(observed(38, 30), accepted(38, 36, growth_high_bytes=42)) == "ok"
    assert verdict(observed((37, 38, 39), 30), accepted(38, 36)) == "ok"


def test_the_heap_decides_what_the_counters_leave_unclear() -> None:
    close = (14.4, 14.5, 14.6)
    held = accepted(12.5, 12.0)
    found = judge(observed(close * 2, 14.3), held, rules(trials_left=True))
    assert (found.verdict, found.why) == ("regressed", "its heap peak decides: 2.30 MiB more")
    assert judge(observed(close, 14.3), held, rules(trials_left=True)).wants_trials
    # Within the floor, or where the variant itself has two levels, it doesn't.
    assert verdict(observed(close, 13.9), held) == "inconclusive"
    assert verdict(observed((12.5, 14.5, 15.6), 14.3), held) == "inconclusive"


def test_the_heap_decides_where_the_mark_is_coarser_than_the_rule() -> None:
    by = rules(conditions=SIXTY_FOUR_CPUS)
    held = accepted(100, 99)
    coarse = {"resolution": 32 * MIB, "trials": 6}
    found = judge(observed(101, 105, **coarse), held, by)
    assert (found.verdict, found.causes) == ("regressed", ("heap",))
    assert found.why == (
        "the heap decides, as growth is told only to 64.0 MiB here (what growth can be off by, now and when it was "
        "accepted: 64.0 MiB together)"
    )
    assert figure(found, "growth").moved == "no"
    assert verdict(observed(101, 103, **coarse), held, by) == "ok"
    assert verdict(observed(100, 99, **coarse), held, by) == "ok"
    assert verdict(observed(120, 99, **coarse), held, by) == "ok"
    assert verdict(observed(170, 99, **coarse), held, by) == "regressed"
    # Of a variant with two levels the heap has two as well.
    assert verdict(observed((95, 101, 160), 105, resolution=32 * MIB), held, by) == "ok"
    early = judge(observed(101, 105, **coarse), held, rules(conditions=SIXTY_FOUR_CPUS, trials_left=True))
    assert (early.verdict, early.wants_trials) == ("inconclusive", True)
    twice = judge(observed(101, (105, 105), **coarse), held, rules(conditions=SIXTY_FOUR_CPUS, trials_left=True))
    assert (twice.verdict, twice.wants_trials) == ("regressed", False)


def test_what_is_asked_for_and_not_touched_is_no_regression() -> None:
    found = judge(observed(12.5, 112.0), accepted(12.5, 12.0), rules())
    assert (found.verdict, figure(found, "heap").moved) == ("ok", "up")
    assert found.why == (
        "it asks for 100 MiB more heap, which the machine did not have to give: not touched, or not at the time of the "
        "peak"
    )
    # Here the mark tells all that the rule asks for: it has no more to give way to the heap.
    assert verdict(observed(13.1, 14.5), accepted(12.5, 12.0)) == "ok"
    # However coarse the mark is, 200 MiB it would have seen.
    by = rules(conditions=SIXTY_FOUR_CPUS)
    assert verdict(observed(101, 299, resolution=32 * MIB), accepted(100, 99), by) == "ok"
    assert verdict(observed(4, 112.0), accepted(12.5, 12.0), rules()) == "ok"


@pytest.mark.parametrize("heap", [None, 12.0, 8.0])
def test_less_is_improved(heap: float | None) -> None:
    found = judge(observed(8.5, heap), accepted(12.5, None if heap is None else 12.0), rules())
    assert found.verdict == "improved"
    assert found.causes == (("growth", "heap") if heap == 8.0 else ("growth",))
    assert change_words(figure(found, "growth")) == "needs 4.00 MiB less than accepted (8.50 MiB instead of 12.5 MiB)"


def test_less_heap_is_improved_and_less_growth_on_another_machine_is_not() -> None:
    assert verdict(observed(12.5, 9.9), accepted(12.5, 12.0)) == "improved"
    assert verdict(observed(12.5, 10.1), accepted(12.5, 12.0)) == "ok"
    assert verdict(observed(7.5, 12.0), accepted(12.5, 12.0), rules(differences=OTHER_KERNEL)) == "ok"
    assert verdict(observed(7.5), accepted(12.5), rules(differences=OTHER_KERNEL)) == "improved"
    assert verdict(observed(8.5, 13.2), accepted(12.5, 12.0)) == "ok"


def test_a_leak_is_a_regression_of_every_recipe() -> None:
    held = accepted(100, 99, retained_bytes=0.1)
    assert verdict(observed(100, 99, retained=5.0), held) == "ok"
    found = judge(observed(100, 99, retained=5.2), held, rules())
    assert (found.verdict, found.causes) == ("regressed", ("retained",))
    assert (
        change_words(figure(found, "retained")) == "retains 5.10 MiB more than accepted (5.20 MiB instead of 102 KiB)"
    )
    assert figure(found, "retained").tolerance_reason == "2 MiB or 5 % of the growth, whichever is more"
    assert judge(observed(100, 99, retained=5.2), held, rules(trials_left=True)).wants_trials
    assert verdict(observed(100, 99, retained=(0, 5.2, 5.2)), held) == "inconclusive"


@pytest.mark.parametrize("headline", ["retained", "kept"])
def test_a_recipe_is_held_to_its_headline(headline: str) -> None:
    held = accepted(40, 39, retained_bytes=4, kept_bytes=4)
    by = rules(headline=headline)

    def with_(size: float) -> Observed:
        return observed(40, 39, **{"retained": 4, "kept": 4} | {headline: size})

    assert verdict(with_(4.9), held, by) == "ok"
    found = judge(with_(5.1), held, by)
    assert (found.verdict, found.causes, found.figures[0].figure) == ("regressed", (headline,), headline)
    assert found.figures[0].tolerance_reason == "1 MiB or 5 %, whichever is more"
    assert verdict(observed(50, 49, retained=4, kept=4), held, by) == "regressed"


def test_what_the_allocator_keeps_is_only_judged_as_a_headline() -> None:
    held = accepted(40, 39, kept_bytes=4)
    found = judge(observed(40, 39, kept=30), held, rules())
    assert found.verdict == "ok"
    assert [one.figure for one in found.figures] == ["growth", "heap", "retained"]
    assert verdict(observed(40, 39, kept=30), held, rules(headline="kept")) == "regressed"
    assert verdict(observed(40, 39, kept=None), held, rules(headline="kept")) == "ok"
    words = change_words(figure(judge(observed(40, kept=30), held, rules(headline="kept")), "kept"))
    assert words == "leaves 26.0 MiB more with the allocator than accepted (30.0 MiB instead of 4.00 MiB)"


def test_a_figure_that_the_rule_names_is_judged_by_that() -> None:
    held = accepted(12.5, 12.0)
    assert verdict(observed(80.0, 12.0), held, rules("heap>1%")) == "ok"
    found = judge(observed(12.5, 13.5), held, rules("growth>5% or heap>1% and >1MiB"))
    assert (found.verdict, found.causes) == ("regressed", ("heap",))
    assert (
        change_words(figure(found, "heap"))
        == "asks for 1.50 MiB more heap than accepted (13.5 MiB instead of 12.0 MiB)"
    )
    assert verdict(observed(12.5, 12.9), held, rules("heap>0B")) == "ok", "memray itself differs by so much"
    assert verdict(observed(12.5, retained=30), held, rules("growth>5% or retained>64MiB")) == "ok"
    assert verdict(observed(12.5, kept=30), accepted(12.5, kept_bytes=1), rules("kept>8MiB")) == "regressed"


def test_conditions_joined_by_and_are_met_together() -> None:
    held = accepted(12.5, 12.0)
    both = rules("growth>5% and heap>5%")
    assert verdict(observed(22.5, 12.0), held, both) == "ok"
    assert verdict(observed(12.5, 22.0), held, both) == "ok"
    found = judge(observed(22.5, 22.0), held, both)
    assert (found.verdict, found.causes) == ("regressed", ("growth", "heap"))
    assert judge(observed((12.5, 12.5, 22.5), 22.0), held, both).verdict == "inconclusive"
    assert verdict(observed((14.4, 14.5, 14.6), 14.3), held, rules("growth>2MiB and heap>5%")) == "inconclusive"


def test_trials_that_differed_when_accepted_may_differ_again() -> None:
    held = accepted(12.5, growth_high_bytes=16.0)
    assert verdict(observed(16.0), held) == "ok"
    assert verdict(observed((12.5, 16.0, 18.0)), held) == "ok"
    assert verdict(observed(18.1), held) == "regressed"
    assert figure(judge(observed(16.0), held, rules()), "growth").tolerance_reason == (
        "the rule growth>5% and >2MiB; and 3.50 MiB, by which its trials differed when it was accepted"
    )


@pytest.mark.parametrize(("growth", "expected"), [(14.6, "inconclusive"), (14.76, "regressed"), (14.2, "ok")])
def test_one_trial_needs_the_resolution_besides(growth: float, expected: str) -> None:
    assert verdict(observed(growth, trials=1), accepted(12.5)) == expected


def test_unseen_growth_and_the_processes_of_a_tree_widen_the_tolerance() -> None:
    found = judge(observed(20, descendants=3, unseen_bytes=2 * MIB), accepted(12.5), rules())
    assert figure(found, "growth").tolerance_bytes == 2 * (4 * RESOLUTION + 2 * MIB)
    assert judge(observed(12.5), accepted(12.5), rules(conditions=SIXTY_FOUR_CPUS)).figures[0].tolerance_bytes == (
        32 * MIB + RESOLUTION
    )


def test_what_both_readings_can_be_off_by_is_the_least_tolerance() -> None:
    found = judge(observed(14.6, resolution=2 * MIB), accepted(12.5), rules())
    assert (found.verdict, figure(found, "growth").tolerance_bytes) == ("ok", 2 * MIB + RESOLUTION)
    assert figure(found, "growth").tolerance_reason == (
        "what growth can be off by, now and when it was accepted: 2.24 MiB together"
    )


def test_a_variant_without_figures_is_ok_and_has_none() -> None:
    found = judge(Observed({}), accepted(12.5, 12.0), rules())
    assert (found.verdict, found.figures) == ("ok", ())


@pytest.mark.parametrize(
    ("name", "change", "may", "same"),
    [
        ("growth", "needs 2.00 MiB more than", "may need more than", "needs 3.00 MiB"),
        ("heap", "asks for 2.00 MiB more heap than", "may ask for more heap than", "asks for 3.00 MiB heap"),
        ("retained", "retains 2.00 MiB more than", "may retain more than", "retains 3.00 MiB"),
        (
            "kept",
            "leaves 2.00 MiB more with the allocator than",
            "may leave more with the allocator than",
            "leaves 3.00 MiB with the allocator",
        ),
    ],
)
def test_figures_in_words(name: str, change: str, may: str, same: str) -> None:
    one = FigureCheck(name, MIB, 3 * MIB, MIB, MIB, MIB, "", "up")
    assert change_words(one) == f"{change} accepted (3.00 MiB instead of 1.00 MiB)"
    assert may_words(one) == f"{may} accepted (3.00 MiB instead of 1.00 MiB)"
    assert as_accepted_words([one]) == f"{same}, as accepted (1.00 MiB)"
    assert as_accepted_words([]) == "has no figure to compare"


def test_what_differs_in_conditions_is_said() -> None:
    now = msgspec.structs.replace(
        CONDITIONS,
        kernel="6.8.0-45",
        cpus=1,
        transparent_hugepages="always",
        memory_limit_bytes=2 << 30,
        resolution_bytes=0,
    )
    assert condition_differences(CONDITIONS, now) == (
        "kernel 6.8.0-45 instead of 6.1",
        "1 CPU instead of 2",
        "transparent huge pages always instead of madvise",
        "a memory limit of 2.00 GiB instead of no memory limit",
        "peaks that were sampled instead of peaks read from the kernel's mark",
    )
    assert condition_differences(now, CONDITIONS)[1] == "2 CPUs instead of 1"
    assert (
        condition_differences(now, CONDITIONS)[-1]
        == "peaks read from the kernel's mark instead of peaks that were sampled"
    )
    unknown = msgspec.structs.replace(CONDITIONS, kernel="", transparent_hugepages="")
    assert condition_differences(CONDITIONS, unknown) == (
        "kernel unknown instead of 6.1",
        "transparent huge pages unknown instead of madvise",
    )
    patched = msgspec.structs.replace(CONDITIONS, kernel="6.1.0-18-amd64", resolution_bytes=496 * KIB)
    assert condition_differences(CONDITIONS, patched) == ()


some_bytes = st.integers(0, 4 << 30)
headlines = st.sampled_from(["growth", "retained", "kept"])
by_rules = st.builds(
    Rules,
    st.just(DEFAULT_FAIL_ON),
    headlines,
    st.builds(
        lambda resolution: msgspec.structs.replace(CONDITIONS, resolution_bytes=resolution),
        st.sampled_from([0, RESOLUTION, 32 * MIB]),
    ),
    st.sampled_from([(), OTHER_KERNEL]),
    st.booleans(),
)


@given(some_bytes, st.none() | some_bytes, some_bytes, some_bytes, st.integers(1, 12), by_rules, st.integers(0, 3))
def test_what_was_accepted_is_always_ok(
    growth: int, heap: int | None, retained: int, kept: int, trials: int, by: Rules, descendants: int
) -> None:
    values = {"growth": (growth,) * trials, "retained": (retained,) * trials, "kept": (kept,) * trials}
    if heap is not None:
        values["heap"] = (heap,)
    found = Observed(values, resolution_bytes=by.accepted.resolution_bytes, descendants=descendants)
    held = AcceptedVariant("technique", growth, retained, kept, heap_bytes=heap)
    assert judge(found, held, by).verdict == "ok"


SEVERITY = ("improved", "ok", "inconclusive", "regressed")


near = st.integers(-6 * MIB, 6 * MIB) | st.integers(-96 * MIB, 96 * MIB)


@given(
    st.sampled_from([0, 12 * MIB, 100 * MIB, 4 << 30]),
    st.lists(near, min_size=1, max_size=9),
    st.lists(near, max_size=2),
    st.none() | near,
    st.integers(0, 8 * MIB) | st.integers(0, 1 << 30),
    st.sampled_from(["growth", "both", "retained", "kept"]),
    by_rules,
    st.integers(0, 1),
)
def test_more_growth_never_makes_it_better(
    base: int,
    offsets: list[int],
    heaps: list[int],
    accepted_heap: int | None,
    more: int,
    of: str,
    by: Rules,
    descendants: int,
) -> None:
    growth, heap = [max(0, base + offset) for offset in offsets], [max(0, base + offset) for offset in heaps]
    known = None if accepted_heap is None else max(0, base + accepted_heap)
    held = AcceptedVariant("technique", base, 0, 0, heap_bytes=known)

    def with_more(size: int) -> Observed:
        add = {"growth": size if of in ("growth", "both") else 0, "heap": size if of == "both" else 0, of: size}
        values = {
            "growth": tuple(one + add["growth"] for one in growth),
            "retained": tuple(add.get("retained", 0) for _ in growth),
            "kept": tuple(add.get("kept", 0) for _ in growth),
        }
        if heap:
            values["heap"] = tuple(one + add["heap"] for one in heap)
        return Observed(values, resolution_bytes=RESOLUTION, descendants=descendants)

    before, after = judge(with_more(0), held, by), judge(with_more(more), held, by)
    assert SEVERITY.index(after.verdict) >= SEVERITY.index(before.verdict)
