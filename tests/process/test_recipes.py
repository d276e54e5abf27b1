"""The recipes that come with memlab: they agree on their small inputs, and on their own each shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Compared, RunScript

from memlab import catalogue, libraries
from memlab.model.description import VariantDescription
from memlab.model.report import Comparison

NAMES = [entry.name for entry in catalogue.find_all()]
MIB = 1 << 20
PIXELS = 5312 * 2988
PIXEL_BYTES = 4


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    require(str(request.param))
    return str(request.param)


def require(name: str) -> None:
    entry = next(entry for entry in catalogue.find_all() if entry.name == name)
    absent = libraries.missing(entry.needs)
    if absent:
        pytest.skip(f"{', '.join(absent)} is missing")


def described(compared: Compared) -> dict[str, VariantDescription]:
    return {variant.name: variant for variant in compared.run.recipe.variants}


def assert_same_work(compared: Compared) -> None:
    """Every variant gives the baseline's result, but those that are said not to."""
    assert compared.exit_code == 0, compared.findings
    comparisons = {comparison.variant: comparison for comparison in compared.result.report.comparisons}
    passed_over = {one.variant for one in compared.run.skipped}
    assert {*comparisons} == {*described(compared)} - passed_over - {compared.result.report.baseline}
    for variant, comparison in comparisons.items():
        agreement = comparison.agreement
        assert agreement is not None, variant
        assert agreement.declared == ("wrong_output" in described(compared)[variant].shows), variant
        assert agreement.same != agreement.declared, variant
        if agreement.same and agreement.psnr_db is not None:
            assert agreement.at_least_db is not None
            assert agreement.psnr_db >= agreement.at_least_db, variant


def test_all_variants_agree_on_small_inputs(name: str, run_script: RunScript) -> None:
    compared = run_script(Path(name), quick=True)
    assert_same_work(compared)
    quick = compared.run.recipe.quick
    assert quick
    assert compared.run.inputs.description is not None
    assert quick.items() <= compared.run.inputs.description.items()


@pytest.mark.slow
def test_every_variant_shows_what_the_recipe_says(name: str, run_once: RunScript) -> None:
    compared = at_default_size(name, run_once)
    assert_same_work(compared)
    assert "promise_missed" not in compared.codes(), compared.findings
    for comparison in compared.result.report.comparisons:
        variant = described(compared)[comparison.variant]
        if variant.role == "pitfall":
            assert comparison.confirmed, comparison
        else:
            assert comparison.verdict == "saves", comparison
            assert_promise_kept(variant, comparison)


def at_default_size(name: str, run_once: RunScript) -> Compared:
    """A recipe with its own inputs; meters beside the system's own figures only where tests look at them."""
    meters = ("os", "tracemalloc", "memray") if name == "thumbnail_load" else ("os",)
    return run_once(Path(name), trials=3, timeout=120.0, meters=meters, jobs=2)


def assert_promise_kept(variant: VariantDescription, comparison: Comparison) -> None:
    assert variant.promises is not None, variant.name
    expected, tolerance = variant.promises
    ratio = comparison.ratio
    assert ratio is not None
    if ratio.value is not None:
        assert ratio.value == pytest.approx(expected, abs=tolerance), variant.name
    else:
        # Below this machine's resolution: the promise can't be missed by what can't be seen.
        assert ratio.at_least is not None
        assert ratio.at_least <= expected + tolerance, variant.name


@pytest.fixture
def thumbnails(run_once: RunScript) -> Compared:
    """The recipe `thumbnail_load` with all its meters; run once for this module."""
    require("thumbnail_load")
    return at_default_size("thumbnail_load", run_once)


def growth(compared: Compared, variant: str) -> float:
    spread = compared.variant(variant).peak_growth_bytes
    assert spread is not None
    return float(spread.median)


@pytest.mark.slow
def test_tracemalloc_sees_next_to_nothing_of_pillow(thumbnails: Compared) -> None:
    for variant in described(thumbnails):
        if variant == "opencv_reduced":
            continue
        traced = thumbnails.variant(variant).traced_peak_bytes
        assert traced is not None
        assert 0 < traced < max(0.02 * growth(thumbnails, variant), 0.5 * MIB), variant
        blind = thumbnails.finding("meter_blind", variant)
        assert "tracemalloc saw 0.1 of 125 MiB in " in blind.message
        assert "Pillow allocates" in blind.message


@pytest.mark.slow
def test_heap_and_kernel_agree(thumbnails: Compared) -> None:
    for variant in described(thumbnails):
        heap = thumbnails.variant(variant).heap_peak_bytes
        kernel = growth(thumbnails, variant)
        assert heap == pytest.approx(kernel, abs=max(0.03 * kernel, 2 * MIB)), variant


@pytest.mark.slow
def test_what_each_thumbnail_decodes(thumbnails: Compared) -> None:
    whole = PIXELS * PIXEL_BYTES
    unloaded, fitted = growth(thumbnails, "thumbnail_unloaded"), growth(thumbnails, "fitted_box")
    assert growth(thumbnails, "load_then_thumbnail") / unloaded == pytest.approx(3.1, abs=0.15)
    # Half of each side is decoded, halved once more, and shrunk: first in width (500 columns), then in height.
    last = (500 * 747 + 500 * 281) * PIXEL_BYTES
    assert unloaded == pytest.approx(whole / 4 + whole / 16 + last, abs=MIB / 2)
    # A quarter of each side is decoded, and shrunk.
    assert fitted == pytest.approx(whole / 16 + last, abs=MIB / 2)
    assert unloaded / fitted == pytest.approx(3.64, abs=0.25)


@pytest.mark.slow
def test_the_articles_idiom_doubles_a_bare_load(run_script: RunScript) -> None:
    compared = run_script("bare_load", trials=3)
    assert growth(compared, "bare_load") == pytest.approx(PIXELS * PIXEL_BYTES, abs=MIB)
    assert growth(compared, "idiom") / growth(compared, "bare_load") == pytest.approx(2.05, abs=0.05)
    assert compared.comparison("idiom").confirmed
