"""What of a variant's trials is held against accepted figures, and how sure it is."""

from __future__ import annotations

import random
from statistics import median

import msgspec
import pytest
from made_runs import KIB, MIB, RESOLUTION, described, failed, made_run, measured, three

from memlab.analysis.observed import Observed, median_interval, observe
from memlab.analysis.report import make_report
from memlab.model.run import Run
from memlab.model.trial import MeterFigures, Reply, TreeFigure, Trial


def of(run: Run) -> Observed:
    return observe(run, make_report(run).variants[0])


def by_memray(variant: str, peak: int | None) -> Trial:
    trial = measured(variant, 900 * MIB, retained=800 * MIB)
    reply = msgspec.structs.replace(trial.reply or Reply("", ""), meter="memray", figures=MeterFigures(peak))
    return msgspec.structs.replace(trial, kind="meter", meter="memray", reply=reply)


def test_every_headline_trial_counts_with_its_own_value() -> None:
    trials = [
        measured("stream", 99 * MIB, kind="timeline"),
        *(measured("stream", mib * MIB, retained=mib * KIB, kept=2 * mib * MIB) for mib in (13, 12, 14)),
    ]
    found = of(made_run([described("stream", "baseline")], trials))
    assert found.values == {
        "growth": (13 * MIB, 12 * MIB, 14 * MIB),
        "retained": (13 * KIB, 12 * KIB, 14 * KIB),
        "kept": (26 * MIB, 24 * MIB, 28 * MIB),
    }
    assert (found.trials, found.figure("growth"), found.interval("growth")) == (3, 13 * MIB, (12 * MIB, 14 * MIB))
    assert (found.error_bytes(), found.from_mark, found.descendants) == (RESOLUTION, True, 0)
    assert (found.figure("heap"), found.interval("heap")) == (None, None)


def test_the_heap_is_of_the_trials_of_memray_and_of_no_other() -> None:
    trials = [*three("stream", 12 * MIB), by_memray("stream", 11 * MIB), by_memray("stream", None)]
    found = of(made_run([described("stream", "baseline")], trials))
    assert found.values["heap"] == (11 * MIB,)
    assert found.values["retained"] == (0, 0, 0)
    two = of(made_run([described("stream", "baseline")], [*trials, by_memray("stream", 12 * MIB)]))
    assert (two.figure("heap"), two.interval("heap")) == (11 * MIB, (11 * MIB, 12 * MIB))


def test_failed_trials_and_what_nobody_can_know_are_no_figures() -> None:
    trials = [measured("stream", 12 * MIB, kept=None), failed("stream")]
    found = of(made_run([described("stream", "baseline")], trials))
    assert (found.trials, found.figure("kept"), "kept" in found.values) == (1, None, False)


def test_a_tree_can_be_off_by_each_of_its_processes_and_by_what_nobody_saw() -> None:
    tree = TreeFigure(20 * MIB, 20 * MIB, 60 * MIB, 60 * MIB, 60 * MIB, processes=3, unmeasured=0, unreadable=0)
    outcome = {"tree": tree, "unseen_growth_bytes": 5 * MIB}
    found = of(made_run([described("pool", "baseline")], three("pool", 12 * MIB, outcome=outcome)))
    assert found.descendants == 3
    assert found.error_bytes() == 4 * RESOLUTION + 5 * MIB
    assert found.error_bytes(MIB) == 9 * MIB


def test_sampled_growth_is_not_from_the_mark() -> None:
    assert not of(made_run([described("stream", "baseline")], three("stream", MIB, source="sampled"))).from_mark


@pytest.mark.parametrize(
    ("count", "places"),
    [(1, (0, 0)), (2, (0, 1)), (3, (0, 2)), (6, (0, 5)), (7, (1, 5)), (8, (1, 6)), (9, (2, 6)), (12, (3, 8))],
)
def test_the_interval_of_the_median(count: int, places: tuple[int, int]) -> None:
    values = list(range(count))
    random.Random(1).shuffle(values)
    assert median_interval(values) == places


@pytest.mark.parametrize("count", [5, 9, 15])
def test_either_end_is_on_its_side_nine_times_in_ten(count: int) -> None:
    chance = random.Random(3)
    below = above = 0
    for _ in range(2000):
        low, high = median_interval([round(chance.gauss(1000, 400)) for _ in range(count)])
        below += low <= 1000
        above += high >= 1000
    assert min(below, above) >= 0.9 * 2000 - 3 * (2000 * 0.9 * 0.1) ** 0.5


@pytest.mark.parametrize("values", [(12 * MIB,), (12 * MIB, 13 * MIB)])
def test_few_trials_are_given_the_resolution(values: tuple[int, ...]) -> None:
    found = Observed({"growth": values}, resolution_bytes=RESOLUTION)
    assert found.interval("growth") == (min(values) - RESOLUTION, max(values) + RESOLUTION)
    assert found.figure("growth") == round(median(values))


def test_steady_is_what_scatters_like_the_counters() -> None:
    def scattering(size: int) -> Observed:
        return Observed({"growth": (12 * MIB, 12 * MIB + size)}, resolution_bytes=RESOLUTION)

    assert scattering(2 * RESOLUTION).steady
    assert not scattering(2 * RESOLUTION + 1).steady
    assert Observed({}).steady
