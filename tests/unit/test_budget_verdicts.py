"""Budgets against figures."""

from __future__ import annotations

from typing import Any

import pytest
from made_figures import KIB, MIB, RESOLUTION, observed

from memlab.analysis.budgets import EvaluatedBudget, Measured, StatedBudget, evaluate, unused
from memlab.analysis.growth_class import Sweep
from memlab.limits import parse_budget

STREAM = observed((12.3, 12.4, 12.5), 12.0, retained=0.25, kept=3)
LOAD_ALL = observed((147.9, 148, 148.1), 147.0)
CONSTANT = Sweep(((8, 12 * MIB), (32, 12 * MIB)), MIB)
LINEAR = Sweep(((8, 25 * MIB), (32, 99 * MIB)), MIB)


def stated(text: str, origin: str = "command line") -> StatedBudget:
    return StatedBudget(parse_budget(text), origin)


def evaluated(text: str, origin: str = "command line", **known: Any) -> EvaluatedBudget:
    measured = Measured(**{"observed": {"stream": STREAM, "load_all": LOAD_ALL}} | known)
    (found,) = evaluate([stated(text, origin)], "generators", measured)
    return found


def verdict(text: str, **known: Any) -> tuple[str, str]:
    found = evaluated(text, **known).check
    return found.verdict, found.message


def test_within_and_over() -> None:
    found = evaluated("stream<64MiB").check
    assert (found.expression, found.origin, found.variant) == ("stream<64MiB", "command line", "stream")
    assert (found.limit_bytes, found.measured_bytes) == (64 * MIB, round(12.4 * MIB))
    assert (found.verdict, found.message) == ("ok", "stream needs 12.4 MiB, within its budget of 64.0 MiB")
    assert verdict("stream<10MiB") == ("over_budget", "stream needs 12.4 MiB, over its budget of 10.0 MiB")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stream.heap<12.1MiB", ("ok", "stream asks for 12.0 MiB of heap, within its budget of 12.1 MiB")),
        ("stream.heap<12MiB", ("over_budget", "stream asks for 12.0 MiB of heap, over its budget of 12.0 MiB")),
        ("stream.heap<=12MiB", ("ok", "stream asks for 12.0 MiB of heap, within its budget of 12.0 MiB")),
        ("stream.retained<1MiB", ("ok", "stream retains 256 KiB, within its budget of 1.00 MiB")),
        ("stream.retained<255KiB", ("over_budget", "stream retains 256 KiB, over its budget of 255 KiB")),
        ("stream.kept<2MiB", ("over_budget", "stream leaves 3.00 MiB with the allocator, over its budget of 2.00 MiB")),
    ],
)
def test_the_other_figures_are_exact(text: str, expected: tuple[str, str]) -> None:
    assert verdict(text) == expected


def test_too_close_for_growth_the_heap_decides() -> None:
    assert verdict("stream<12.6MiB") == (
        "ok",
        (
            "stream needs 12.4 MiB, within its budget of 12.6 MiB; it is too close for growth to tell, so its heap "
            "peak decides: 12.0 MiB"
        ),
    )
    heavy = {"stream": observed((12.3, 12.4, 12.5), 12.7)}
    assert verdict("stream<12.6MiB", observed=heavy)[0] == "over_budget"
    coarse = {"stream": observed(40, 39, resolution=32 * MIB)}
    assert verdict("stream<64MiB", observed=coarse)[0] == "ok"


@pytest.mark.parametrize(
    "found", [observed((12.3, 12.4, 12.5)), observed((12.3, 12.4, 12.5), 12.0, descendants=1)], ids=["no heap", "tree"]
)
def test_too_close_without_a_heap_that_counts(found: Any) -> None:
    assert verdict("stream<12.6MiB", observed={"stream": found})[0] == "inconclusive"


def test_more_trials_are_asked_for_where_they_may_help() -> None:
    close = evaluated("stream<12.6MiB", observed={"stream": observed((12.5, 12.5, 12.5))})
    assert (close.check.verdict, close.wants_trials) == ("inconclusive", ())
    assert close.check.message == (
        "stream needs 12.5 MiB with a budget of 12.6 MiB: nearer than can be told here, 248 KiB"
    )
    scattered = evaluated("stream<12.6MiB", observed={"stream": observed((12, 12.5, 13))})
    assert (scattered.check.verdict, scattered.wants_trials) == ("inconclusive", ("stream",))
    assert scattered.check.message == (
        "stream needs 12.5 MiB with a budget of 12.6 MiB: its trials lie between 12.0 MiB and 13.0 MiB"
    )


def test_a_share_is_of_what_the_other_needs_in_the_same_run() -> None:
    assert verdict("stream<0.1×load_all") == (
        "ok",
        "stream needs 12.4 MiB, within its budget of 14.8 MiB, 0.1× that of load_all",
    )
    found = evaluated("stream<0.05×load_all").check
    assert (found.verdict, found.limit_bytes) == ("over_budget", round(7.4 * MIB))
    assert verdict("load-all.retained<2×stream")[0] == "ok"
    close = {"stream": observed(14.8), "load_all": observed((140, 148, 156))}
    both = evaluated("stream<0.1×load_all", observed=close)
    assert (both.check.verdict, both.wants_trials) == ("inconclusive", ())
    decided = {"stream": observed(14.8, 14.6), "load_all": observed((140, 148, 156), 147)}
    assert verdict("stream<0.1×load_all", observed=decided)[0] == "ok"


@pytest.mark.parametrize(("other", "expected"), [(12.8, "inconclusive"), (12.9, "ok"), (12.0, "inconclusive")])
def test_of_a_share_both_sides_can_be_off(other: float, expected: str) -> None:
    known = {"stream": observed(12.4), "load_all": observed(other)}
    assert verdict("stream<1×load_all", observed=known)[0] == expected


def test_a_phase_has_its_own_peak() -> None:
    phases = {"stream": {"decode": 9 * MIB, "blur": 12 * MIB}}
    assert verdict("stream[decode]<10MiB", phases=phases) == (
        "ok",
        "stream needs 9.00 MiB in its phase 'decode', within its budget of 10.0 MiB",
    )
    assert verdict("stream[blur]<10MiB", phases=phases)[0] == "over_budget"
    assert verdict("stream[blur]<12.1MiB", phases=phases)[0] == "inconclusive"
    assert verdict("stream[fold]<10MiB", phases=phases) == (
        "failed",
        "the budget stream[fold]<10MiB can't be judged: stream has no phase 'fold'; it has 'decode', 'blur'",
    )
    assert verdict("stream[fold]<10MiB")[1].endswith("stream has no phase 'fold'; it has none")


def test_growth_classes() -> None:
    sweeps = {"stream": {"count": CONSTANT, "width": LINEAR}}
    assert verdict("stream is constant in count", sweeps=sweeps) == (
        "ok",
        "stream is constant in count, as its budget asks",
    )
    found = evaluated("stream is constant", sweeps=sweeps).check
    assert (found.verdict, found.limit_bytes, found.measured_bytes) == ("over_budget", None, None)
    assert found.message == "stream has to be constant and is linear in width (25.0 MiB at 8, 99.0 MiB at 32)"
    assert verdict("stream is linear", sweeps=sweeps)[0] == "ok"
    hardly = Sweep(((8, 100 * MIB), (16, 112 * MIB), (32, 136 * MIB)), MIB)
    assert hardly.growth_class() == "linear"
    assert verdict("stream is constant", sweeps={"stream": {"count": hardly}})[0] == "ok", "as close as it is accepted"


@pytest.mark.parametrize(
    ("text", "known", "why"),
    [
        ("stream is constant", {}, "stream was measured at one size only; a class needs the recipe's sweep"),
        (
            "stream is constant in width",
            {"settings": ("count",)},
            "stream was not measured at several sizes of width; the recipe's sweep has count",
        ),
        ("stream is constant in width", {}, "stream was not measured at several sizes of width; it has no sweep"),
        (
            "stream.heap<1MiB",
            {"observed": {"stream": observed(12)}},
            "there is no heap figure of stream: memray gave none",
        ),
        (
            "stream.kept<1MiB",
            {"observed": {"stream": observed(12)}},
            "there is no kept figure of stream: it isn't known on this machine",
        ),
        ("stream<1MiB", {"failures": {"stream": "stream raised ValueError"}}, "stream raised ValueError"),
        ("stream<2×load_all", {"failures": {"load_all": "load_all crashed"}}, "load_all crashed"),
        ("generators/stream<2×loadall", {}, "the recipe has no variant loadall"),
        ("generators/streams<1MiB", {}, "the recipe has no variant streams"),
    ],
)
def test_what_was_not_measured_can_t_be_judged(text: str, known: dict[str, Any], why: str) -> None:
    assert verdict(text, **known) == ("failed", f"the budget {text} can't be judged: {why}")


def test_a_skipped_variant_has_no_budget_to_keep() -> None:
    known = {"observed": {}, "skipped": {"hdf5": "hdf5 needs h5py"}}
    assert verdict("hdf5<1MiB", **known) == ("skipped", "the budget hdf5<1MiB can't be judged: hdf5 needs h5py")


def test_a_budget_belongs_to_recipes_that_have_its_variant() -> None:
    measured = Measured({"top_k": STREAM})
    texts = ["top-k<64MiB", "stream<64MiB", "generators/stream<64MiB", "views/top_k<64MiB", "generators/top-k<64MiB"]
    found = evaluate([stated(text) for text in texts], "generators", measured)
    assert [one.check.expression for one in found] == [
        "top-k<64MiB",
        "generators/stream<64MiB",
        "generators/top-k<64MiB",
    ]
    assert [one.check.verdict for one in found] == ["ok", "failed", "ok"]
    assert found[0].check.variant == "top_k"
    (of_recipe,) = evaluate([stated("stream<64MiB", "recipe")], "generators", measured)
    assert of_recipe.check.verdict == "failed"


def test_a_mistyped_name_is_found() -> None:
    variants = {"generators": ["load_all", "stream"], "views": ["keep_view"]}
    budgets = [
        stated(text) for text in ("steam<1MiB", "stream<1MiB", "views/stream<1MiB", "keep-view<1MiB", "view/x<1MiB")
    ]
    budgets += [stated("stream<0.1×load-all"), stated("stream<0.1×loadall"), stated("stream<0.1×keep_view")]
    assert [one.budget.text for one in unused(budgets, variants)] == [
        "steam<1MiB",
        "views/stream<1MiB",
        "view/x<1MiB",
        "stream<0.1×loadall",
        "stream<0.1×keep_view",
    ]


@pytest.mark.parametrize(
    ("limit", "expected"), [(12.9, "ok"), (12.7, "inconclusive"), (12.1, "inconclusive"), (12.0, "over_budget")]
)
def test_the_resolution_lies_on_both_sides(limit: float, expected: str) -> None:
    known = {"stream": observed((12.3, 12.4, 12.5))}
    assert verdict(f"stream<{limit}MiB", observed=known)[0] == expected
    assert RESOLUTION == 248 * KIB
