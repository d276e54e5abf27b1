"""One variant against its reference: ratio, verdict, agreement, and what a pitfall shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from made_runs import MIB, described, made_run, measured, three

from memlab.analysis.agreement import AgreementRule
from memlab.analysis.comparison import compare
from memlab.analysis.measured import MeasuredVariant, measure_variant
from memlab.model.report import Comparison
from memlab.model.trial import Trial

FLOOR = 2 * MIB
EXACT = AgreementRule()


def of(name: str, role: str, trials: Sequence[Trial], **more: Any) -> MeasuredVariant:
    variants = [described(name, role, **more)]
    if role != "baseline":
        variants.append(described("somebody", "baseline"))
    return measure_variant(made_run(variants, trials), variants[0])


def growths(name: str, *mib: float, role: str = "technique", **more: Any) -> MeasuredVariant:
    return of(name, role, [measured(name, size * MIB) for size in mib], **more)


def against(variant: MeasuredVariant, baseline: MeasuredVariant, figure: str = "growth") -> Comparison:
    return compare(variant, baseline, baseline, figure, EXACT)


BASE = growths("load_all", 147, 148, 149, role="baseline")


def test_a_saving() -> None:
    found = against(growths("stream", 12.2, 12.3, 12.4), BASE)
    assert (found.variant, found.baseline, found.figure, found.verdict) == ("stream", "load_all", "growth", "saves")
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(148 / 12.3)
    assert (found.ratio.low, found.ratio.high) == (pytest.approx(147 / 12.4), pytest.approx(149 / 12.2))
    assert found.ratio.at_least is None
    assert found.confirmed is None


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        ((300, 301, 302), "costs"),
        ((147, 148, 149), "no_difference"),
        ((130, 148, 160), "inconclusive"),  # the interval leaves 1 ± 5 %
        ((140, 141, 142), "inconclusive"),  # 1.035 to 1.064
        ((135, 136, 137), "saves"),
        ((156.8, 157, 157.2), "inconclusive"),  # 0.935 to 0.950…
        ((160, 161, 162), "costs"),
        ((148,), "inconclusive"),
        ((12,), "inconclusive"),
        ((12.2, 12.4), "saves"),
    ],
)
def test_a_verdict_needs_the_whole_interval(sizes: tuple[float, ...], verdict: str) -> None:
    assert against(growths("stream", *sizes), BASE).verdict == verdict


@pytest.mark.parametrize(("base", "own"), [(5.0, 4.0), (4.0, 5.0)])
def test_a_difference_below_the_floor_is_no_saving_and_no_cost(base: float, own: float) -> None:
    found = against(growths("stream", own, own, own), growths("load_all", base, base, base, role="baseline"))
    assert found.ratio is not None
    assert found.ratio.value == base / own
    assert found.verdict == "inconclusive"


def test_one_trial_gives_a_ratio_and_no_interval() -> None:
    found = against(growths("stream", 12), growths("load_all", 148, role="baseline"))
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == (pytest.approx(148 / 12), None, None)
    assert found.verdict == "inconclusive"


def test_what_is_below_the_floor_saves_at_least() -> None:
    found = against(growths("stream", 0, 0.5, 1.9), BASE)
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == (None, None, None)
    assert found.ratio.at_least == 148 / 2
    assert found.verdict == "saves"


@pytest.mark.parametrize(
    ("own", "base"),
    [
        ((0.5,), (147, 148, 149)),  # one trial
        ((0, 0.5, 160), (147, 148, 149)),  # it came to 160 once
        ((0.5, 0.5, 0.5), (0.1, 148, 149)),  # the baseline came to nothing once
        ((1.9, 1.9, 1.9), (2.1, 2.1, 2.1)),  # hardly different
    ],
)
def test_at_least_is_no_verdict_by_itself(own: tuple[float, ...], base: tuple[float, ...]) -> None:
    found = against(growths("stream", *own), growths("load_all", *base, role="baseline"))
    assert found.ratio is not None
    assert found.ratio.at_least is not None
    assert found.verdict == "inconclusive"


def test_a_reference_below_the_floor_gives_no_ratio() -> None:
    small = growths("load_all", 0.5, 0.6, 0.7, role="baseline")
    costly = against(growths("stream", 30, 31, 32), small)
    assert (costly.ratio, costly.verdict) == (None, "costs")
    assert against(growths("stream", 0.1, 0.1, 0.1), small).verdict == "inconclusive"
    assert against(growths("stream", 31), small).verdict == "inconclusive"
    assert against(growths("stream", 0, 31, 32), small).verdict == "inconclusive"
    now_and_then = growths("load_all", 0.5, 0.6, 40, role="baseline")
    assert against(growths("stream", 30, 31, 32), now_and_then).verdict == "inconclusive"


def test_nothing_at_all_is_compared_with_nothing() -> None:
    found = against(growths("stream", 0, 0, 0), growths("load_all", 0, 0, 0, role="baseline"))
    assert (found.ratio, found.verdict) == (None, "inconclusive")
    assert against(of("stream", "technique", []), BASE).verdict is None


@pytest.mark.parametrize("figure", ["retained", "kept"])
def test_other_headlines(figure: str) -> None:
    base = of("cache", "baseline", three("cache", 160 * MIB, **{figure: 150 * MIB}))
    found = against(of("bounded", "technique", three("bounded", 160 * MIB, **{figure: 12 * MIB})), base, figure)
    assert found.ratio is not None
    assert (found.ratio.value, found.verdict, found.figure) == (12.5, "saves", figure)


def test_what_gives_back_more_than_it_took_retains_nothing() -> None:
    base = of("cache", "baseline", three("cache", 160 * MIB, retained=150 * MIB))
    gives_back = of("gives", "technique", three("gives", 160 * MIB, retained=-9 * MIB))
    found = against(gives_back, base, "retained")
    assert found.ratio is not None
    assert (found.ratio.at_least, found.verdict) == (75.0, "saves")
    turned = compare(base, gives_back, gives_back, "retained", EXACT)
    assert (turned.ratio, turned.verdict) == (None, "costs")
    little = of("little", "technique", three("little", 160 * MIB, retained=MIB))
    assert compare(little, gives_back, gives_back, "retained", EXACT).verdict == "inconclusive"
    both = compare(gives_back, gives_back, gives_back, "retained", EXACT)
    assert (both.ratio, both.verdict) == (None, "inconclusive")


def test_what_the_allocator_keeps_may_be_unknown() -> None:
    base = of("cache", "baseline", three("cache", 160 * MIB, kept=None))
    found = against(of("bounded", "technique", three("bounded", 160 * MIB, kept=None)), base, "kept")
    assert (found.ratio, found.verdict) == (None, None)
    assert found.time_ratio is not None


def test_time_is_the_other_way_round() -> None:
    slow = of("stream", "technique", [measured("stream", 12 * MIB, seconds=one) for one in (1.9, 2.0, 2.1)])
    time = against(slow, BASE).time_ratio
    assert time is not None
    assert (time.value, time.low, time.high) == (2.0, 1.9, 2.1)


def test_another_output_withholds_every_ratio() -> None:
    found = against(of("stream", "technique", three("stream", 12 * MIB, result="[2.0]")), BASE)
    assert found.agreement is not None
    assert (found.agreement.same, found.agreement.declared) == (False, False)
    assert (found.ratio, found.verdict, found.time_ratio) == (None, None, None)


def test_an_output_that_changes_from_trial_to_trial_agrees_with_nothing() -> None:
    def changing(name: str) -> list[Trial]:
        return [measured(name, 12 * MIB, result=one) for one in ("[1.0]", "[1.0]", "[1.5]")]

    found = against(of("stream", "technique", changing("stream")), BASE)
    assert found.agreement is not None
    assert not found.agreement.same
    turned = against(growths("stream", 12, 12, 12), of("load_all", "baseline", changing("load_all")))
    assert turned.agreement is not None
    assert not turned.agreement.same


def test_an_output_nobody_knows_is_not_held_against_anybody() -> None:
    silent = of("load_all", "baseline", three("load_all", 148 * MIB, output=None))
    found = against(growths("stream", 12, 12, 12), silent)
    assert found.agreement is None
    assert found.verdict == "saves"


def trap(*shows: str, mib: float = 148.0, **more: Any) -> MeasuredVariant:
    return of("trap", "pitfall", three("trap", mib * MIB, **more), shows=shows, against=None)


@pytest.mark.parametrize(
    ("variant", "confirmed"),
    [
        (trap("no_saving", mib=148), True),
        (trap("no_saving", mib=300), True),
        (trap("no_saving", mib=130), False),
        (trap("no_saving", mib=1), False),
        (trap("costs", mib=300), True),
        (trap("costs", mib=148), False),
        (trap("costs", mib=12), False),
        (trap("costs", mib=1), False),
        (trap("no_saving", "costs", mib=300), True),
        (trap("no_saving", "costs", mib=148), False),
        (trap("wrong_output", result="[2.0]"), True),
        (trap("wrong_output"), False),
        (trap("wrong_output", "costs", mib=300, result="[2.0]"), True),
        (trap("wrong_output", "costs", mib=12, result="[2.0]"), False),
        (trap("costs", mib=300, result="[2.0]"), None),  # it did other work, and doesn't say so
        (trap("wrong_output", output=None), None),
    ],
)
def test_what_a_pitfall_shows(variant: MeasuredVariant, confirmed: bool | None) -> None:
    assert against(variant, BASE).confirmed is confirmed


def test_one_trial_confirms_and_refutes_nothing() -> None:
    base = growths("load_all", 148, role="baseline")
    for size in (12, 148, 300):
        single = of("trap", "pitfall", [measured("trap", size * MIB)], shows=("costs",))
        assert against(single, base).confirmed is None


def test_a_pitfall_against_what_can_not_be_told_from_nothing() -> None:
    small = growths("load_all", 0.5, 0.6, 0.7, role="baseline")
    assert against(trap("no_saving", mib=30), small).confirmed is True
    assert against(trap("costs", mib=30), small).confirmed is True
    assert against(trap("no_saving", mib=0.5), small).confirmed is None
    assert against(trap("costs", mib=0.5), small).confirmed is None


@pytest.mark.parametrize(
    ("own", "other", "confirmed"),
    [
        (150, 150, True),
        (137, 150, True),
        (136, 150, False),
        (150, 0, True),
        (150, -5, True),
        (0.5, 0.4, False),  # neither retains anything that can be told from nothing
        (-1, -5, False),
        (1.5, -5, False),
    ],
)
@pytest.mark.parametrize("figure", ["retained", "kept", "growth"])
def test_a_pitfall_that_retains(own: float, other: float, confirmed: bool, figure: str) -> None:
    which = "kept" if figure == "kept" else "retained"
    if which == "kept" and other < 0:
        other = 0
    if which == "kept" and own < 0:
        own = 0
    base = of("cache", "baseline", three("cache", 160 * MIB, **{which: other * MIB}))
    variant = of("trap", "pitfall", three("trap", 160 * MIB, **{which: own * MIB}), shows=("retains",))
    assert against(variant, base, figure).confirmed is confirmed


def test_a_pitfall_is_held_against_the_variant_it_names_and_its_output_against_the_baseline() -> None:
    stream = growths("stream", 12, 12, 12)
    variant = of("trap", "pitfall", three("trap", 74 * MIB), shows=("costs",), against="stream")
    found = compare(variant, stream, BASE, "growth", EXACT)
    assert found.baseline == "stream"
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(12 / 74)
    assert (found.verdict, found.confirmed) == ("costs", True)
    assert found.agreement is not None
    assert found.agreement.same


def test_a_reference_that_did_other_work_compares_with_nothing() -> None:
    wrong = of("stream", "technique", three("stream", 12 * MIB, result="[2.0]"))
    variant = of("trap", "pitfall", three("trap", 74 * MIB), shows=("costs",), against="stream")
    found = compare(variant, wrong, BASE, "growth", EXACT)
    assert (found.ratio, found.verdict, found.time_ratio, found.confirmed) == (None, None, None, None)
    assert found.agreement is not None
    assert found.agreement.same
