"""The recipes that come with memlab: at their default inputs each shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from memlab import catalogue, libraries
from memlab.runner.progress import Silent
from memlab.workflow.compare import CompareOptions, CompareResult, compare
from memlab.workflow.describe import describe

NAMES = [entry.name for entry in catalogue.find_all()]


def run(name: str, folder: Path) -> CompareResult:
    options = CompareOptions(
        recipe=name,
        variants=(),
        trials=3,
        timeout_seconds=120,
        settings={},
        images=None,
        source="kernel",
        reports=str(folder),
        show_output=False,
        command=("memlab", "compare", name),
    )
    return compare(options, Silent())


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    entry = next(entry for entry in catalogue.find_all() if entry.name == request.param)
    absent = libraries.missing(entry.needs)
    if absent:
        pytest.skip(f"{', '.join(absent)} is missing")
    return entry.name


@pytest.mark.slow
def test_every_variant_shows_what_the_recipe_says(name: str, tmp_path: Path) -> None:
    described = {variant.name: variant for variant in describe(name).variants}
    result = run(name, tmp_path)
    assert result.exit_code == 0, result.report.findings
    for comparison in result.report.comparisons:
        variant = described[comparison.variant]
        assert comparison.agreement is not None
        assert comparison.agreement.same != comparison.agreement.declared, comparison.variant
        if variant.role == "pitfall":
            assert comparison.confirmed, comparison.variant
            continue
        assert comparison.verdict == "saves", comparison.variant
        assert variant.promises is not None, comparison.variant
        expected, tolerance = variant.promises
        assert comparison.ratio is not None
        if comparison.ratio.value is not None:
            assert comparison.ratio.value == pytest.approx(expected, abs=tolerance), comparison.variant
        else:
            # Below this machine's resolution: the promise can't be missed by what can't be seen.
            assert comparison.ratio.at_least is not None
            assert comparison.ratio.at_least <= expected + tolerance, comparison.variant
