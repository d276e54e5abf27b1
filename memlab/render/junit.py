"""A check as JUnit XML: a suite for each recipe, a case for each variant and each budget.

What is worse than accepted is a failure, what could not be judged an error, with the verdict as its type. Sizes are
properties, in bytes. As the format has no standard, this keeps to what its readers have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from memlab.model.check import VERDICTS, BudgetCheck, CheckReport, RecipeCheck, VariantCheck
from memlab.printable import printable
from memlab.render.places import file_from
from memlab.render.verdicts import Outcome, grown_line_words, recipe_outcomes, verdict_words, whole_outcomes

_NAME_LIMIT = 500
_TEXT_LIMIT = 2000
_CHECK = "memlab check"


def check_junit(report: CheckReport, *, folder: str) -> bytes:
    """The check as an XML document in UTF-8.

    Args:
        folder: from which the files are named, absolute.
    """
    root = ElementTree.Element("testsuites", name="memlab")
    suites = [_suite(recipe.recipe, recipe_outcomes(recipe), recipe, report, folder) for recipe in report.recipes]
    whole = whole_outcomes(report)
    if whole:
        suites.append(_suite(_CHECK, whole, None, report, folder))
    root.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", _seconds(sum(recipe.seconds for recipe in report.recipes)))
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(
    name: str, found: Sequence[Outcome], recipe: RecipeCheck | None, report: CheckReport, folder: str
) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=_name(name), timestamp=_text(report.created))
    _add_properties(suite, _suite_properties(recipe, report))
    names: set[str] = set()
    for outcome in found:
        # Readers tell cases apart by their names; one budget can be stated in two places.
        origin = f" ({outcome.budget.origin})" if outcome.budget is not None and outcome.name in names else ""
        names.add(outcome.name)
        case = ElementTree.SubElement(
            suite, "testcase", classname=_name(f"memlab.{name}"), name=_name(f"{outcome.name}{origin}")
        )
        _fill_case(case, outcome, folder)
    kinds = [_kind(outcome.verdict) for outcome in found]
    suite.set("tests", str(len(found)))
    suite.set("failures", str(kinds.count("failure")))
    suite.set("errors", str(kinds.count("error")))
    suite.set("skipped", str(kinds.count("skipped")))
    suite.set("time", _seconds(0.0 if recipe is None else recipe.seconds))
    return suite


def _fill_case(case: ElementTree.Element, outcome: Outcome, folder: str) -> None:
    variant = outcome.variant
    case.set("time", _seconds(0.0 if variant is None else variant.seconds or 0.0))
    file = file_from(folder, outcome.file)
    if file is not None:
        case.set("file", file)
        if outcome.line is not None:
            case.set("line", str(outcome.line))
    _add_properties(case, _case_properties(outcome))
    kind = _kind(outcome.verdict)
    if kind is None:
        return
    result = ElementTree.SubElement(case, kind, message=_text(outcome.message))
    if kind == "skipped":
        return
    result.set("type", _text(outcome.verdict))
    lines = [f"{verdict_words(outcome.verdict)}: {outcome.message}"]
    if variant is not None:
        lines += map(grown_line_words, variant.grown_lines)
    if outcome.hint:
        lines.append(outcome.hint)
    result.text = "\n".join(map(_text, lines))


def _kind(verdict: str) -> str | None:
    """The element that says how a case ended; None where it passed."""
    if verdict == "skipped":
        return "skipped"
    return {0: None, 1: "failure"}.get(VERDICTS.get(verdict, 1), "error")


def _suite_properties(recipe: RecipeCheck | None, report: CheckReport) -> Iterator[tuple[str, str]]:
    yield "memlab_version", report.memlab_version
    yield "python", f"{report.environment.python_implementation} {report.environment.python_version}"
    yield "fail_on", report.fail_on
    if report.baseline is not None:
        yield "baseline", report.baseline
    if report.against is not None:
        yield "against", report.against
    for condition in report.conditions:
        yield "condition", condition
    if recipe is not None:
        yield "verdict", recipe.verdict
        yield "inputs", recipe.inputs
        if recipe.run_file is not None:
            yield "run_file", recipe.run_file


def _case_properties(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "verdict", outcome.verdict
    if outcome.variant is not None:
        yield from _variant_properties(outcome.variant)
    if outcome.budget is not None:
        yield from _budget_properties(outcome.budget)


def _variant_properties(variant: VariantCheck) -> Iterator[tuple[str, str]]:
    yield "role", variant.role
    yield "trials", str(variant.trials)
    for figure in variant.figures:
        name = figure.figure
        yield f"accepted_{name}_bytes", str(figure.accepted_bytes)
        yield f"measured_{name}_bytes", str(figure.measured_bytes)
        yield f"low_{name}_bytes", str(figure.low_bytes)
        yield f"high_{name}_bytes", str(figure.high_bytes)
        yield f"tolerance_{name}_bytes", str(figure.tolerance_bytes)
        yield f"moved_{name}", figure.moved
    for setting, (accepted, measured) in variant.growth_classes.items():
        if accepted is not None:
            yield f"accepted_growth_class_in_{setting}", accepted
        yield f"measured_growth_class_in_{setting}", measured


def _budget_properties(budget: BudgetCheck) -> Iterator[tuple[str, str]]:
    yield "origin", budget.origin
    yield "variant", budget.variant
    if budget.limit_bytes is not None:
        yield "limit_bytes", str(budget.limit_bytes)
    if budget.measured_bytes is not None:
        yield "measured_bytes", str(budget.measured_bytes)


def _add_properties(element: ElementTree.Element, properties: Iterator[tuple[str, str]]) -> None:
    parent = ElementTree.SubElement(element, "properties")
    for name, value in properties:
        ElementTree.SubElement(parent, "property", name=_name(name), value=_text(value))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _name(text: str) -> str:
    return printable(text, _NAME_LIMIT)


def _text(text: str) -> str:
    """What XML can't hold, such as most control characters, becomes the escapes that Python would write."""
    return printable(text, _TEXT_LIMIT)
