"""A check as JUnit XML, read back by another program."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from memlab.model.check import VERDICTS, CheckReport
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.junit import check_junit

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks
from fake_checks import HOSTILE, MIB, ROOT, budget, plain, recipe, regressed, report, variant


def suites(check: CheckReport) -> list[TestSuite]:
    whole = JUnitXml.fromstring(check_junit(check, folder=ROOT))
    found = list(whole)
    for suite in found:
        cases = list(suite)
        results = [result for case in cases for result in case.result]
        assert suite.tests == len(cases)
        assert suite.failures == sum(isinstance(result, Failure) for result in results)
        assert suite.errors == sum(isinstance(result, Error) for result in results)
        assert suite.skipped == sum(isinstance(result, Skipped) for result in results)
    for count in ("tests", "failures", "errors", "skipped"):
        assert getattr(whole, count) == sum(getattr(suite, count) for suite in found)
    return found


def cases(check: CheckReport) -> dict[str, TestCase]:
    found = [case for suite in suites(check) for case in suite]
    names = Counter((case.classname, case.name) for case in found)
    assert max(names.values(), default=1) == 1, "readers tell cases apart by their names"
    return {case.name: case for case in found}


def properties(element: TestCase | TestSuite) -> dict[str, str]:
    found = ElementTree.fromstring(element.tostring()).findall("properties/property")
    return {one.get("name", ""): one.get("value", "") for one in found}


def test_a_suite_for_each_recipe_and_a_case_for_each_variant_and_budget() -> None:
    found = suites(fake_checks.one_regression())
    assert [(suite.name, [case.name for case in suite]) for suite in found] == [
        ("views", ["copy"]),
        ("generators", ["load_all", "stream", "stream_with_del", "stream<64MiB", "stream_with_del < 0.1×load_all"]),
    ]
    assert {case.classname for case in found[1]} == {"memlab.generators"}
    assert found[1].time == 4.2
    assert properties(found[1])["baseline"] == "memlab-baseline.json"
    assert properties(found[1])["inputs"] == "48 generated photographs of 1200×900, jpeg"


def test_a_regression_is_a_failure_with_its_figures() -> None:
    case = cases(fake_checks.one_regression())["stream"]
    (result,) = case.result
    assert isinstance(result, Failure)
    assert result.type == "regressed"
    assert result.message.startswith("stream needs 67.9 MiB more than accepted")
    assert "recipes/generators.py:103 `images = list(map(read, paths))` holds 60.0 MiB more" in result.text
    assert "`memlab accept generators` accepts it" in result.text
    told = properties(case)
    assert told["accepted_growth_bytes"] == str(12 * MIB + MIB // 2)
    assert told["measured_growth_bytes"] == str(80 * MIB + 410 * 1024)
    assert told["tolerance_growth_bytes"] == str(2 * MIB)
    assert told["measured_heap_bytes"] == str(80 * MIB + 314 * 1024)
    assert told["verdict"] == "regressed"
    assert case.time == 0.25
    element = ElementTree.fromstring(case.tostring())
    assert (element.get("file"), element.get("line")) == ("recipes/generators.py", "98")


def test_a_budget_has_its_limit() -> None:
    case = cases(fake_checks.one_regression())["stream<64MiB"]
    (result,) = case.result
    assert isinstance(result, Failure)
    assert result.type == "over_budget"
    told = properties(case)
    assert (told["limit_bytes"], told["measured_bytes"]) == (str(64 * MIB), str(80 * MIB))
    assert (told["origin"], told["variant"]) == ("command line", "stream")


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_is_what_it_is_to_a_reader(verdict: str) -> None:
    check = report([recipe("one", [plain("it", verdict, "why")])])
    results = [result for case in cases(check).values() for result in case.result]
    if verdict == "skipped":
        assert [type(result) for result in results] == [Skipped]
        assert results[0].message == "why"
    elif VERDICTS[verdict] == 0:
        assert results == []
    else:
        kind = Failure if VERDICTS[verdict] == 1 else Error
        assert {type(result) for result in results} == {kind}
        assert {result.type for result in results} == {verdict}


@pytest.mark.parametrize("name", fake_checks.ALL)
def test_something_fails_where_the_check_does(name: str) -> None:
    check = fake_checks.ALL[name]()
    failed = sum(suite.failures + suite.errors for suite in suites(check))
    assert bool(failed) == (check.exit_code != 0)


def test_what_has_no_variants_is_not_lost() -> None:
    whole = Finding("no_baseline", "error", None, "the baseline is of CPython 3.11", "run `memlab accept`")
    check = report([recipe("broken", [], verdict="failed", message="it can't be imported")], findings=(whole,))
    first, second = suites(check)
    assert [(suite.name, [case.name for case in suite]) for suite in (first, second)] == [
        ("broken", ["broken"]),
        ("memlab check", ["no_baseline"]),
    ]
    (result,) = next(iter(second)).result
    assert result.type == "no_baseline"
    assert "run `memlab accept`" in result.text
    (case,) = cases(report([], exit_code=2, sentence="nothing was checked")).values()
    assert case.result[0].message == "nothing was checked"


def test_one_budget_stated_twice_is_two_cases() -> None:
    twice = [budget("stream<64MiB", origin="recipe"), budget("stream<64MiB", "over_budget", origin="command line")]
    found = cases(report([recipe("one", [variant("stream")], twice)]))
    assert set(found) == {"stream", "stream<64MiB", "stream<64MiB (command line)"}
    assert properties(found["stream<64MiB"])["origin"] == "recipe"


def test_recipes_of_one_name_stay_apart() -> None:
    check = report([recipe("mine", [variant("a")]), recipe("mine", [regressed("b")])])
    assert [[case.name for case in suite] for suite in suites(check)] == [["a"], ["b"]]


@pytest.mark.parametrize("foreign", HOSTILE, ids=repr)
def test_hostile_text_is_read_back_as_it_is_printed(foreign: str) -> None:
    one = regressed(
        foreign, message=foreign, hint=foreign, file=f"{ROOT}/{foreign}", growth_classes={foreign: (None, "linear")}
    )
    check = report(
        [recipe(foreign, [one], [budget(f"budget {foreign}", "over_budget", message=foreign)], inputs=foreign)]
    )
    (suite,) = suites(check)
    case, second = suite
    assert suite.name == printable(foreign, 500)
    assert case.name == printable(foreign, 500)
    assert case.result[0].message == printable(foreign, 2000)
    assert second.name == printable(f"budget {foreign}", 500)
    assert properties(suite)["inputs"] == printable(foreign, 2000)


def test_hostile_checks_are_sound() -> None:
    content = check_junit(fake_checks.hostile(), folder=ROOT)
    text = content.decode()
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    assert len(cases(fake_checks.hostile())) == 19 * 5 + 19
    assert "<script" not in text
    assert "]]>" not in text
