"""Equal work: the recipe's rule applied to the outputs of all trials, and what is said where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from made_runs import MIB, described, held_against, made_run, measured, metered, psnr_rule, three

from memlab.analysis.report import exit_code, make_report
from memlab.model.output import OutputComparison
from memlab.model.report import AgreementReport, Finding, Report
from memlab.model.trial import OutputDescription, Trial

BASE, THUMB = described("load", "baseline"), described("thumb")
LOAD = three("load", 124 * MIB)
OTHER = three("thumb", 40 * MIB, result="[2.0]")


def report(trials: Sequence[Trial], *agreements: OutputComparison, psnr: float | None = None, **more: Any) -> Report:
    agree = None if psnr is None else psnr_rule(psnr)
    variants = more.pop("variants", [BASE, THUMB])
    return make_report(made_run(variants, trials, agree=agree, agreements=agreements, **more))


def agreement(found: Report, variant: str = "thumb") -> AgreementReport:
    (comparison,) = [one for one in found.comparisons if one.variant == variant]
    assert comparison.agreement is not None
    return comparison.agreement


def one(code: str, found: Report) -> Finding:
    (finding,) = [finding for finding in found.findings if finding.code == code]
    return finding


def codes(found: Report) -> list[str]:
    return [finding.code for finding in found.findings]


def test_equal_digests_agree_by_every_rule() -> None:
    same = [*LOAD, *three("thumb", 40 * MIB)]
    assert agreement(report(same)) == AgreementReport("exact", True, False)
    found = report(same, psnr=42)
    assert agreement(found) == AgreementReport("psnr", True, False, at_least_db=42.0)
    assert found.findings == ()
    assert found.comparisons[0].ratio is not None


@pytest.mark.parametrize(
    ("psnr_db", "same"), [(54.2, True), (42.0, True), (41.99, False), (-3.0, False), (None, False)]
)
def test_the_ratio_decides(psnr_db: float | None, same: bool) -> None:
    comparison = held_against("[1.0]", "[2.0]", psnr_db=psnr_db, largest_difference=83.0)
    found = report([*LOAD, *OTHER], comparison, psnr=42)
    assert agreement(found) == AgreementReport(
        "psnr", same, False, psnr_db, at_least_db=42.0, differs_in="values", largest_difference=83.0
    )
    assert (found.comparisons[0].ratio is not None) is same
    assert (found.comparisons[0].verdict is not None) is same
    assert (found.comparisons[0].time_ratio is not None) is same
    assert exit_code(found.findings) == (0 if same else 3)
    assert codes(found) == ([] if same else ["outputs_differ"])


def test_other_bytes_of_the_same_values_agree_by_ratio_and_not_exactly() -> None:
    comparison = held_against("[1.0]", "[2.0]", None)
    assert agreement(report([*LOAD, *OTHER], comparison, psnr=42)).same
    exact = report([*LOAD, *OTHER], comparison)
    assert not agreement(exact).same
    assert one("outputs_differ", exact).message == (
        "thumb gives another result than load: [2.0] instead of [1.0], the same values in other bytes (-0.0 for 0.0); "
        "its memory is not compared"
    )


@pytest.mark.parametrize("differs_in", ["kind", "shape", "length", "keys"])
def test_another_structure_never_agrees(differs_in: str) -> None:
    found = report([*LOAD, *OTHER], held_against("[1.0]", "[2.0]", differs_in, psnr_db=99.0), psnr=42)
    assert not agreement(found).same
    assert agreement(found).differs_in == differs_in


def test_an_exact_recipe_says_as_well_how_far_results_are_apart() -> None:
    found = report([*LOAD, *OTHER], held_against("[1.0]", "[2.0]", psnr_db=99.0, largest_difference=0.5))
    assert agreement(found) == AgreementReport("exact", False, False, 99.0, differs_in="values", largest_difference=0.5)
    assert one("outputs_differ", found).message == (
        "thumb gives another result than load: [2.0] instead of [1.0], largest difference 0.5, 99.0 dB; its memory is "
        "not compared"
    )


def test_without_a_comparison_other_bytes_do_not_agree() -> None:
    for known in ((), (held_against("[1.0]", "[2.0]", None, note="it can't be read"),)):
        found = report([*LOAD, *OTHER], *known, psnr=42)
        assert agreement(found) == AgreementReport("psnr", False, False, at_least_db=42.0)
        finding = one("outputs_differ", found)
        assert finding.message == (
            "the result of thumb has other bytes than that of load, and how far they are apart could not be found out; "
            "its memory is not compared"
        )
        assert finding.hint is not None
        assert "up to 1 GiB" in finding.hint
        assert exit_code(found.findings) == 3


def test_a_result_that_varies_may_vary_within_the_ratio() -> None:
    trials = [*LOAD, *(measured("thumb", 40 * MIB, result=f"[{number}]") for number in range(3))]
    close = [held_against("[1.0]", f"[{number}]", psnr_db=50.0 + number) for number in range(3)]
    found = report(trials, *close, psnr=42)
    assert agreement(found).same
    assert agreement(found).psnr_db == 50.0
    assert found.findings == ()


def test_a_result_that_varies_beyond_the_ratio() -> None:
    trials = [*LOAD, *(measured("thumb", 40 * MIB, result=f"[{number}]") for number in range(3))]
    one_off = [held_against("[1.0]", f"[{number}]", psnr_db=(50.0, 31.0, 60.0)[number]) for number in range(3)]
    found = report(trials, *one_off, psnr=42)
    assert (agreement(found).same, agreement(found).psnr_db) == (False, 31.0)
    assert codes(found) == ["output_varies"]
    # One of them holds NaN where the baseline holds numbers: no ratio speaks for it, and none for all.
    unspeakable = [held_against("[1.0]", f"[{number}]", psnr_db=(50.0, None, 60.0)[number]) for number in range(3)]
    found = report(trials, *unspeakable, psnr=42)
    assert (agreement(found).same, agreement(found).psnr_db) == (False, None)

    all_off = [held_against("[1.0]", f"[{number}]", psnr_db=(30.0, 25.0, 31.0)[number]) for number in range(3)]
    found = report(trials, *all_off, psnr=42)
    # Always wrong, if not always alike: the worst is named.
    assert codes(found) == ["outputs_differ"]
    assert "25.0 dB where 42 are asked for" in found.findings[0].message


def test_a_baseline_that_varies() -> None:
    trials = [*(measured("load", 124 * MIB, result=result) for result in ("[1.0]", "[1.1]")), *three("thumb", 40 * MIB)]
    assert codes(report(trials, held_against("[1.0]", "[1.1]", psnr_db=50.0), psnr=42)) == []
    found = report(trials, held_against("[1.0]", "[1.1]", psnr_db=20.0), psnr=42)
    assert [(one.code, one.variant) for one in found.findings] == [("output_varies", "load")]
    assert not agreement(found).same
    exact = report(trials)
    assert [(one.code, one.variant) for one in exact.findings] == [("output_varies", "load")]


@pytest.mark.parametrize("turned", [False, True])
def test_the_least_alike_of_several_results_is_named(turned: bool) -> None:
    """Another structure, then what nobody could compare, then the lowest ratio."""
    results = ["[far]", "[near]", "[unknown]", "[shape]", "[bytes]"]
    comparisons = [
        held_against("[1.0]", "[far]", psnr_db=20.0, largest_difference=3.0),
        held_against("[1.0]", "[near]", psnr_db=30.0, largest_difference=7.0),
        held_against("[1.0]", "[shape]", "shape", note="another shape"),
        held_against("[1.0]", "[bytes]", None),
    ]
    for wrong, worst in (
        (results[:4], "[shape] instead of [1.0], another shape;"),
        (results[:2], "[far] instead of [1.0], largest difference 3, 20.0 dB where 42 are asked for;"),
    ):
        order = wrong[::-1] if turned else wrong
        found = report([*LOAD, *(measured("thumb", MIB, result=one) for one in order)], *comparisons, psnr=42)
        assert worst in one("outputs_differ", found).message
    assert agreement(found).largest_difference == 7.0
    scalars = held_against("[1.0]", "[scalars]", largest_difference=1.0)
    order = ["[near]", "[scalars]"][:: -1 if turned else 1]
    found = report([*LOAD, *(measured("thumb", MIB, result=one) for one in order)], *comparisons, scalars, psnr=42)
    assert "[scalars] instead of [1.0]" in one("outputs_differ", found).message


def test_three_results() -> None:
    trials = [*LOAD, *(measured("thumb", MIB, result=f"[{number}]") for number in range(12))]
    finding = one("output_varies", report(trials))
    assert finding.message.startswith("thumb gave 12 different results in its trials ([0] and [1]); ")
    assert len(finding.evidence["texts"]) == len(finding.evidence["meters"]) == 10


def test_results_that_look_alike_and_vary() -> None:
    alike = [OutputDescription(digest, "list of float", (2,), "[1.0, 2.0]") for digest in ("one", "other")]
    trials = [*LOAD, *(measured("thumb", MIB, output=output) for output in alike)]
    assert "(both look like [1.0, 2.0])" in one("output_varies", report(trials)).message


def test_a_result_that_only_a_meter_s_trial_gave() -> None:
    trials = [*LOAD, *three("thumb", 40 * MIB), metered("thumb", "memray", 40 * MIB, result="[2.0]")]
    finding = one("output_varies", report(trials))
    assert finding.message == (
        "thumb gave 2 different results in its trials ([1.0] and [2.0] under memray); what changes from trial to trial "
        "can't be compared"
    )
    assert finding.evidence == {"texts": ["[1.0]", "[2.0]"], "meters": [["os"], ["memray"]]}


def array(shape: tuple[int, ...], dtype: str = "uint8", digest: str = "") -> OutputDescription:
    text = f"ndarray of {dtype}, shape {shape}"
    return OutputDescription(digest or f"{dtype}{shape}", f"ndarray of {dtype}", shape, text)


THUMBNAIL = array((500, 281, 3))
ALIKE = array((500, 281, 3), digest="other")


def said(expected: OutputDescription, found: OutputDescription, psnr: float | None = None, **more: Any) -> str:
    trials = [*three("load", 124 * MIB, output=expected), *three("thumb", 40 * MIB, output=found)]
    comparison = msgspec.structs.replace(
        held_against("", ""), expected=expected.digest, found=found.digest, **({"psnr_db": None} | more)
    )
    message = one("outputs_differ", report(trials, comparison, psnr=psnr)).message
    start, end = "thumb gives another result than load: ", "; its memory is not compared"
    assert message.startswith(start)
    assert message.endswith(end)
    return message.removeprefix(start).removesuffix(end)


def test_arrays_that_differ() -> None:
    assert said(THUMBNAIL, ALIKE, 42, psnr_db=31.24, largest_difference=83.0) == (
        "both (500, 281, 3) uint8, largest difference 83, 31.2 dB where 42 are asked for"
    )
    assert said(THUMBNAIL, ALIKE, psnr_db=31.24, largest_difference=0.01234) == (
        "both (500, 281, 3) uint8, largest difference 0.0123, 31.2 dB"
    )
    assert said(THUMBNAIL, ALIKE, 42, note="2 values are NaN or infinite in one output only") == (
        "both (500, 281, 3) uint8, 2 values are NaN or infinite in one output only"
    )


def test_results_without_a_ratio() -> None:
    numbers = [OutputDescription(digest, "list of float", (2,), "[1.0, 2.0]") for digest in ("one", "other")]
    assert said(numbers[0], numbers[1], 42, largest_difference=1e20) == (
        "both look like [1.0, 2.0], largest difference 1e+20, no signal-to-noise ratio where 42 dB are asked for"
    )


def test_arrays_of_other_shapes_and_kinds() -> None:
    turned, wide = array((281, 500, 3)), array((500, 281, 3), "float32")
    assert said(THUMBNAIL, turned, 42, differs_in="shape", note="the baseline has an array, this one another") == (
        "(281, 500, 3) uint8 instead of (500, 281, 3) uint8, the baseline has an array, this one another"
    )
    assert said(THUMBNAIL, wide, differs_in="kind") == (
        "(500, 281, 3) float32 instead of (500, 281, 3) uint8, they are of different kinds"
    )
    picture = OutputDescription("picture", "image RGB", (281, 500), "image RGB, 500×281 pixels")
    assert said(THUMBNAIL, picture, differs_in="kind").startswith(
        "image RGB, 500×281 pixels instead of (500, 281, 3) uint8, "
    )
    lists = [OutputDescription(digest, "list of image RGB", (3,), "[…]") for digest in ("one", "other")]
    assert said(lists[0], lists[1], differs_in="keys") == "both look like […], their keys differ"


def test_the_evidence_has_all_numbers() -> None:
    comparison = held_against("[1.0]", "[2.0]", psnr_db=31.0, largest_difference=83.0, differing=5, values=9)
    assert one("outputs_differ", report([*LOAD, *OTHER], comparison, psnr=42)).evidence == {
        "kind": "list of float",
        "text": "[2.0]",
        "expected_kind": "list of float",
        "expected_text": "[1.0]",
        "differs_in": "values",
        "largest_difference": 83.0,
        "psnr_db": 31.0,
        "differing": 5,
        "values": 9,
    }


WRONG = described("wrong", "pitfall", shows=("wrong_output",))


@pytest.mark.parametrize(
    ("psnr_db", "confirmed", "code"), [(31.0, True, "pitfall_confirmed"), (50.0, False, "pitfall_not_confirmed")]
)
def test_a_wrong_result_is_wrong_by_the_rule(psnr_db: float, confirmed: bool, code: str) -> None:
    trials = [*LOAD, *three("wrong", 40 * MIB, result="[2.0]")]
    found = report(trials, held_against("[1.0]", "[2.0]", psnr_db=psnr_db), psnr=42, variants=[BASE, WRONG])
    assert found.comparisons[0].confirmed is confirmed
    assert agreement(found, "wrong").declared
    assert codes(found) == [code]


def test_what_could_not_be_held_against_another_is_not_called_wrong() -> None:
    trials = [*LOAD, *three("wrong", 40 * MIB, result="[2.0]")]
    found = report(trials, psnr=42, variants=[BASE, WRONG])
    assert found.comparisons[0].confirmed is None
    assert one("pitfall_not_judged", found).message == (
        "whether wrong gives a wrong result can't be said here: its result could not be held against that of load"
    )
    assert found.comparisons[0].ratio is None


def test_one_wrong_result_among_unknown_ones_is_wrong() -> None:
    trials = [*LOAD, *(measured("wrong", 40 * MIB, result=result) for result in ("[2.0]", "[3.0]"))]
    found = report(trials, held_against("[1.0]", "[3.0]", psnr_db=3.0), psnr=42, variants=[BASE, WRONG])
    assert found.comparisons[0].confirmed is True


def test_a_pitfall_s_reference_agrees_by_the_rule() -> None:
    trap = described("trap", "pitfall", against="thumb", shows=("costs",))
    trials = [*LOAD, *OTHER, *three("trap", 124 * MIB)]
    near = report(trials, held_against("[1.0]", "[2.0]", psnr_db=50.0), psnr=42, variants=[BASE, THUMB, trap])
    assert near.comparisons[1].confirmed is True
    far = report(trials, held_against("[1.0]", "[2.0]", psnr_db=30.0), psnr=42, variants=[BASE, THUMB, trap])
    assert (far.comparisons[1].confirmed, far.comparisons[1].ratio) == (None, None)
    assert one("pitfall_not_judged", far).message.endswith("the result of thumb is not that of load")


def test_a_damaged_rule_is_no_crash() -> None:
    run = made_run([BASE, THUMB], [*LOAD, *OTHER], agree={"kind": "psnr", "at_least_db": "many"})
    assert not agreement(make_report(run)).same
