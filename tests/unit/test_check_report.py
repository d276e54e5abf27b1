"""A whole check: its sentence, its verdict and its exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_figures import CONDITIONS, MIB, accepted
from made_runs import ENVIRONMENT

from memlab.analysis.check import CheckedRecipe
from memlab.analysis.check_report import failed_recipe, gone_recipes, make_check_report
from memlab.analysis.check_sentence import check_sentence, line_words, worst
from memlab.errors import MeasurementError, MemlabError, RecipeError
from memlab.limits import DEFAULT_FAIL_ON
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import (
    VERDICTS,
    BudgetCheck,
    CheckReport,
    FigureCheck,
    GrownLine,
    RecipeCheck,
    VariantCheck,
    encode_check,
)
from memlab.model.report import Finding

GREW = FigureCheck("growth", 0, 0, 0, 0, 0, "the rule", "up")


def variant(name: str, verdict: str = "ok", message: str = "", **more: Any) -> VariantCheck:
    known = {"figures": (GREW,)} | more
    return VariantCheck(name, "technique", verdict, message or f"{name} {verdict}", **known)


def budget(verdict: str, message: str = "it is over its budget") -> BudgetCheck:
    return BudgetCheck("stream<1MiB", "recipe", "stream", MIB, 2 * MIB, verdict, message)


def recipe(name: str, *variants: VariantCheck, budgets: tuple[BudgetCheck, ...] = ()) -> RecipeCheck:
    verdict = worst([*(one.verdict for one in variants), *(one.verdict for one in budgets)])
    return RecipeCheck(name, verdict, "", variants=variants, budgets=budgets)


def report(*recipes: RecipeCheck, **more: Any) -> CheckReport:
    return make_check_report(
        [CheckedRecipe(one) for one in recipes],
        memlab_version="0.1.0",
        created="2030-01-02T03:04:05+00:00",
        command=("memlab", "check"),
        environment=ENVIRONMENT,
        fail_on=DEFAULT_FAIL_ON,
        **more,
    )


NEEDS_MORE = "stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB)"
LINE = GrownLine("recipes/generators.py", 103, "stream", "images = list(read(paths))", 0, 60 * MIB)


def test_the_worst_variant_is_told_in_full_and_where() -> None:
    regressed = variant("stream", "regressed", f"{NEEDS_MORE}; its heap peak says the same", grown_lines=(LINE,))
    generators = recipe("generators", variant("load_all"), regressed)
    views = recipe("views", variant("crop", "regressed", "crop retains more; why"), variant("copy"))
    assert check_sentence([views, generators]).startswith("2 of 4 variants regressed: views' crop retains more; why")
    assert check_sentence([generators, views]) == (
        f"2 of 4 variants regressed: generators' {NEEDS_MORE}, because recipes/generators.py:103 `images = "
        "list(read(paths))` holds 60.0 MiB and was not among the largest"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE, "recipes/generators.py:103 `images = list(read(paths))` holds 60.0 MiB and was not among the largest"),
        (GrownLine("a.py", 3, "read", "x = 1", 10 * MIB, 70 * MIB), "a.py:3 `x = 1` holds 60.0 MiB more"),
        (GrownLine("a.py", 3, "read", "", 10 * MIB, 70 * MIB), "a.py:3 in read holds 60.0 MiB more"),
        (
            GrownLine("a.py", 3, "read", "x = " + "1 + " * 30 + "1", 10 * MIB, 70 * MIB),
            "a.py:3 `x = 1 + 1 + 1 + 1 + 1 + 1 + 1 …1 + 1 + 1 + 1 + 1 + 1 + 1 + 1` holds 60.0 MiB more",
        ),
    ],
)
def test_lines_in_words(line: GrownLine, words: str) -> None:
    assert line_words(line) == words


@pytest.mark.parametrize(
    ("variants", "budgets", "sentence"),
    [
        (("ok", "ok"), (), "2 variants are as accepted"),
        (("ok",), (), "1 variant is as accepted"),
        (("ok", "improved", "improved"), (), "1 of 3 variants is as accepted and 2 need less"),
        (("improved",), (), "1 variant needs less than accepted"),
        (("improved", "improved"), (), "2 variants need less than accepted"),
        (("ok", "skipped"), ("ok",), "1 variant is as accepted; 1 budget is kept; 1 variant is skipped"),
        (("skipped", "skipped"), ("ok", "ok"), "2 budgets are kept; 2 variants are skipped"),
        ((), (), "nothing was compared"),
        (
            ("regressed", "output_changed", "output_changed", "failed"),
            ("over_budget", "inconclusive", "ok"),
            (
                "1 of 4 variants regressed, 2 give another result, 1 failed, 1 of 3 budgets is exceeded and 1 of 3 "
                "budgets is inconclusive: views' v0 regressed"
            ),
        ),
        (
            ("growth_class_changed", "regressed", "regressed"),
            (),
            (
                "1 of 3 variants grows faster with its inputs than accepted and 2 regressed: views' v0 "
                "growth_class_changed"
            ),
        ),
        (
            ("missing_from_project", "missing_from_baseline"),
            (),
            (
                "1 of 2 variants is gone from the project and 1 is missing from the baseline: views' v0 "
                "missing_from_project"
            ),
        ),
        (("no_baseline", "no_baseline"), (), "2 of 2 variants have no baseline: views' v0 no_baseline"),
        (("ok", "inconclusive"), (), "1 of 2 variants is inconclusive: views' v1 inconclusive"),
        (("improved_unaccepted",), (), "1 of 1 variant improved and is not accepted: views' v0 improved_unaccepted"),
        (("ok",), ("over_budget",), "1 of 1 budget is exceeded: views: it is over its budget"),
        (("ok",), ("failed", "failed"), "2 of 2 budgets can't be judged: views: it is over its budget"),
    ],
)
def test_sentences(variants: tuple[str, ...], budgets: tuple[str, ...], sentence: str) -> None:
    checks = [
        variant(f"v{place}", verdict, figures=() if verdict == "skipped" else (GREW,))
        for place, verdict in enumerate(variants)
    ]
    assert check_sentence([recipe("views", *checks, budgets=tuple(budget(one) for one in budgets))]) == sentence


def test_several_recipes_are_counted() -> None:
    assert (
        check_sentence([recipe("a", variant("x")), recipe("b", variant("y"))])
        == "2 variants of 2 recipes are as accepted"
    )


def test_a_message_that_begins_otherwise_is_the_recipe_s() -> None:
    swapped = variant("stream", "failed", "up to 3 MiB of stream was swapped out")
    assert check_sentence([recipe("generators", swapped)]) == (
        "1 of 1 variant failed: generators: up to 3 MiB of stream was swapped out"
    )


def test_a_recipe_that_could_not_be_described() -> None:
    failed = failed_recipe("mine", RecipeError("mine.py has a syntax error in line 3", hint="mend it"))
    whole = report(recipe("views", variant("copy")), failed.check, errors=[RecipeError("")])
    assert whole.sentence == "1 of 2 recipes failed: mine: mine.py has a syntax error in line 3"
    assert (whole.verdict, whole.exit_code) == ("failed", 2)
    assert failed.check.findings[0].hint == "mend it"
    both = report(recipe("views", variant("copy", "regressed")), failed.check, errors=[RecipeError("")])
    assert both.sentence == "1 of 2 recipes failed and 1 of 1 variant regressed: views' copy regressed"
    assert (both.verdict, both.exit_code) == ("regressed", 1)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_exit_codes(verdict: str) -> None:
    whole = report(recipe("views", variant("copy", verdict), variant("other")))
    assert (whole.verdict, whole.exit_code) == (verdict, VERDICTS[verdict])


@pytest.mark.parametrize(
    ("verdicts", "errors", "findings", "code"),
    [
        (("failed", "regressed"), (), (), 1),
        (("failed", "ok"), (RecipeError(""),), (), 2),
        (("regressed",), (RecipeError(""),), (), 1),
        (("ok",), (MeasurementError(""),), (), 3),
        (("ok",), (), (Finding("x", "error", None, ""),), 3),
        (("ok", "improved", "skipped"), (), (Finding("x", "warning", None, ""),), 0),
        ((), (), (), 0),
    ],
)
def test_where_several_apply_1_goes_before_2_before_3(
    verdicts: tuple[str, ...], errors: tuple[MemlabError, ...], findings: tuple[Finding, ...], code: int
) -> None:
    checks = [recipe(f"r{place}", variant("copy", verdict)) for place, verdict in enumerate(verdicts)]
    assert report(*checks, errors=errors, findings=findings).exit_code == code


def test_the_order_of_verdicts_is_that_of_the_exit_codes() -> None:
    codes = list(VERDICTS.values())
    assert codes == sorted(codes, key=lambda code: (1, 2, 3, 0).index(code))


ACCEPTED = AcceptedRecipe("24 photos", "growth", {}, CONDITIONS, {"load_all": accepted(148), "stream": accepted(12.5)})


def test_a_recipe_that_is_gone_and_its_likely_new_name() -> None:
    section = {"generators": ACCEPTED, "views": ACCEPTED}
    (gone,) = gone_recipes(section, {"views": ["load_all", "stream"], "gen": ["load_all", "stream"]}, "memlab accept")
    assert (gone.check.recipe, gone.check.verdict, gone.check.inputs) == (
        "generators",
        "missing_from_project",
        "24 photos",
    )
    assert gone.check.message == "generators is in the baseline and no longer in the project; was it renamed to gen?"
    assert [one.variant for one in gone.check.variants] == ["load_all", "stream"]
    assert gone.check.variants[0].hint == "if that is meant, `memlab accept` takes it out of the baseline"
    assert report(gone.check).sentence == (
        "2 of 2 variants are gone from the project: generators' load_all is gone with its recipe generators"
    )
    assert gone_recipes(section, {"generators": [], "views": []}, "memlab accept") == ()
    (alone,) = gone_recipes(section, {"views": [], "spill": ["write"]}, "memlab accept")
    assert alone.check.message == "generators is in the baseline and no longer in the project"


def test_the_report_is_a_document() -> None:
    whole = make_check_report(
        [
            CheckedRecipe(recipe("a", variant("x")), conditions=("one CPU",)),
            CheckedRecipe(recipe("b"), conditions=("one CPU",)),
        ],
        memlab_version="0.1.0",
        created="2030-01-02T03:04:05+00:00",
        command=("memlab", "check"),
        environment=ENVIRONMENT,
        fail_on=DEFAULT_FAIL_ON,
        baseline="memlab-baseline.json",
        options={"trials": 3},
    )
    written = json.loads(encode_check(whole))
    assert (written["format"], written["version"]) == ("memlab.check", 1)
    assert (written["fail_on"], written["baseline"], written["against"]) == (
        "growth>5% and >2MiB",
        "memlab-baseline.json",
        None,
    )
    assert (written["conditions"], written["options"]) == (["one CPU"], {"trials": 3})
