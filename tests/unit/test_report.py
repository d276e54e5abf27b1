"""From a run to its report, and through the whole way of a comparison with an executor that remembers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from made_runs import KIB, LEVEL, MIB, RESOLUTION, described, failed, line, made_run, measured, metered, three

from memlab import plan
from memlab.analysis.report import make_report
from memlab.model.report import PeakGrowth, PhaseReport, Report, SplitAtPeak, Spread, TimelineReport, TreeReport
from memlab.model.run import Run, SkippedVariant
from memlab.model.trial import Phase, Reading, RecipeFailure, Timeline, TreeFigure, Trial, TrialSpec
from memlab.runner.replay import ReplayingExecutor

BASE, STREAM = described("load_all", "baseline"), described("stream")


def test_a_report_says_where_it_comes_from() -> None:
    run = made_run([BASE, STREAM], [*three("load_all", 148 * MIB), *three("stream", 12 * MIB)])
    report = make_report(run, "reports/made/run.json")
    assert (report.recipe, report.summary, report.baseline, report.headline) == (
        "made",
        "Made by hand.",
        "load_all",
        "growth",
    )
    assert report.command == run.command
    assert report.created == run.created
    assert report.environment == run.environment
    assert report.run_file == "reports/made/run.json"
    assert report.complete
    assert [variant.name for variant in report.variants] == ["load_all", "stream"]
    assert [one.variant for one in report.comparisons] == ["stream"]
    assert report.findings == ()


def of_one(*trials: Trial, **more: Any) -> Any:
    return make_report(made_run([BASE], trials, **more)).variants[0]


def test_median_and_range_of_the_headline_trials_alone() -> None:
    variant = of_one(
        measured("load_all", 500 * MIB, kind="timeline", seconds=9.0),
        measured("load_all", 10 * MIB, seconds=1.0, retained=MIB, kept=2 * MIB),
        measured("load_all", 30 * MIB, seconds=3.0, retained=-MIB, kept=4 * MIB),
        measured("load_all", 11 * MIB, seconds=1.5, retained=3 * MIB, kept=3 * MIB),
    )
    assert variant.peak_growth_bytes == PeakGrowth(
        11 * MIB, 10 * MIB, 30 * MIB, "kernel", RESOLUTION, 0, at_least=False, below_resolution=False
    )
    assert variant.retained_bytes == Spread(MIB, -MIB, 3 * MIB)
    assert variant.kept_by_allocator_bytes == Spread(3 * MIB, 2 * MIB, 4 * MIB)
    assert variant.seconds == Spread(1.5, 1.0, 3.0)
    assert (variant.trials, variant.failed) == (3, 0)
    # Of the trial whose growth is the median: these figures belong together.
    assert variant.end_states_bytes["ended"] == 6 * MIB


def test_an_even_number_of_trials() -> None:
    variant = of_one(measured("load_all", 10 * MIB), measured("load_all", 10 * MIB + 3))
    assert variant.peak_growth_bytes.median == 10 * MIB + 2
    assert isinstance(variant.peak_growth_bytes.median, int)


def test_failed_trials_are_counted_and_do_not_count() -> None:
    variant = of_one(*three("load_all", 10 * MIB), failed("load_all"))
    assert (variant.trials, variant.failed) == (3, 1)
    variant = of_one(failed("load_all", kind="timeline"))
    assert (variant.trials, variant.failed) == (0, 1)
    assert variant.peak_growth_bytes is variant.retained_bytes is variant.seconds is None
    assert variant.end_states_bytes == {}


def test_the_weakest_source_is_named() -> None:
    trials = three("load_all", 10 * MIB)
    assert trials[1].reply is not None
    weak = msgspec.structs.replace(trials[1].reply, source="kernel_whole_life")
    variant = of_one(trials[0], msgspec.structs.replace(trials[1], reply=weak), trials[2])
    assert variant.peak_growth_bytes.source == "kernel_whole_life"


def test_swap_makes_the_figure_a_lower_bound() -> None:
    assert of_one(*three("load_all", 10 * MIB, outcome={"swap_bytes": 1})).peak_growth_bytes.at_least


def test_a_machine_without_a_resolution() -> None:
    variant = of_one(*three("load_all", 1.9 * MIB), environment={"resolution_bytes": None})
    assert variant.peak_growth_bytes.resolution_bytes == 0
    assert variant.peak_growth_bytes.below_resolution


def reading(total: int, files: int = 0) -> Reading:
    return Reading(total, total - files, files, 0)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (reading(LEVEL + 40 * MIB, 10 * MIB), SplitAtPeak(30 * MIB, 10 * MIB, 0)),
        (reading(LEVEL + 36 * MIB, 10 * MIB), SplitAtPeak(26 * MIB, 10 * MIB, 0)),
        (reading(LEVEL + 35 * MIB, 10 * MIB), None),  # below 90 % of the peak: unknown
        (None, None),
    ],
)
def test_what_the_peak_was_made_of(highest: Reading | None, expected: SplitAtPeak | None) -> None:
    outcome = {"at_start": reading(LEVEL), "highest": highest}
    assert of_one(*three("load_all", 40 * MIB, outcome=outcome)).split_at_peak == expected


def test_the_memory_cgroup() -> None:
    outcome = {"cgroup_start_bytes": 5 * MIB, "cgroup_peak_bytes": 47 * MIB}
    assert of_one(*three("load_all", 40 * MIB, outcome=outcome)).cgroup_peak_bytes == 42 * MIB
    assert of_one(*three("load_all", 40 * MIB, outcome={"cgroup_start_bytes": 1})).cgroup_peak_bytes is None


def phase(peak: int, *intervals: tuple[float, float]) -> Phase:
    return Phase("decode", 1, 0.1, LEVEL + peak, intervals)


def test_phases_are_medians_of_headline_trials() -> None:
    trials = [
        measured("load_all", 40 * MIB, kind="timeline", phases=(phase(90 * MIB),)),
        *(measured("load_all", 40 * MIB, phases=(phase(size * MIB),)) for size in (10, 12, 30)),
    ]
    assert of_one(*trials).phases == (PhaseReport("decode", 12 * MIB),)


def test_a_phase_below_the_start_is_nothing() -> None:
    assert of_one(*three("load_all", MIB, phases=(phase(-3),))).phases == (PhaseReport("decode", 0),)


TREE = TreeFigure(LEVEL, LEVEL, LEVEL + 30 * MIB, LEVEL + 60 * MIB, LEVEL + 75 * MIB, 2, 0, 0)


def test_a_phase_of_a_tree_is_what_the_envelope_shows_meanwhile() -> None:
    points = ((0.1, LEVEL + 5 * MIB), (0.2, LEVEL + 50 * MIB), (0.3, LEVEL + 70 * MIB))
    first = measured(
        "load_all",
        10 * MIB,
        kind="timeline",
        phases=(phase(8 * MIB, (0.05, 0.2)),),
        outcome={"tree": TREE, "timeline": Timeline(points, 0.02)},
    )
    rest = three("load_all", 10 * MIB, phases=(phase(8 * MIB, (0.05, 0.2)),), outcome={"tree": TREE})
    assert of_one(first, *rest).phases == (PhaseReport("decode", 50 * MIB),)


def test_the_timeline_is_growth() -> None:
    points = ((0.02, LEVEL + 5 * MIB), (0.04, LEVEL - 3), (0.06, LEVEL + MIB))
    timeline = {"timeline": Timeline(points, 0.02), "unseen_growth_bytes": 40 * KIB}
    found = of_one(measured("load_all", 5 * MIB, kind="timeline", outcome=timeline)).timeline
    assert found == TimelineReport(((0.02, 5 * MIB), (0.04, 0), (0.06, MIB)), 40 * KIB)
    started = msgspec.structs.replace(TREE, start_bytes=LEVEL + MIB)
    found = of_one(measured("load_all", 5 * MIB, kind="timeline", outcome=timeline | {"tree": started})).timeline
    assert found.points[0] == (0.02, 4 * MIB)


def test_phases_are_marked_in_the_timeline() -> None:
    phases = (
        Phase("decode", 2, 0.2, LEVEL, ((0.3, 0.4), (0.0, 0.1))),
        Phase("all", 1, 0.5, LEVEL, ((0.0, 0.5),)),
    )
    timeline = {"timeline": Timeline(((0.5, LEVEL),), 0.02)}
    trials = [
        measured("load_all", MIB, kind="timeline", phases=phases, outcome=timeline),
        measured("load_all", MIB, phases=(phase(MIB, (7.0, 8.0)),)),
    ]
    # In order of time, what surrounds another first; of the timeline trial alone.
    assert of_one(*trials).timeline.phases == (("all", 0.0, 0.5), ("decode", 0.0, 0.1), ("decode", 0.3, 0.4))
    many = Phase("step", 300, 3.0, LEVEL, tuple((number / 100, number / 100 + 0.01) for number in range(300)))
    busy = measured("load_all", MIB, kind="timeline", phases=(many,), outcome=timeline)
    assert of_one(busy).timeline.phases[-1] == ("step", 0.99, 1.0)


def test_where_the_memory_was() -> None:
    lines = [line(size * MIB, f"line {size}", number=size) for size in (1, 4, 3, 2)]
    variant = of_one(
        *three("load_all", 40 * MIB),
        metered("load_all", "memory_profiler", 40 * MIB, lines=lines[:1]),
        metered("load_all", "tracemalloc", MIB, lines=[line(65 * KIB, "kept"), line(64 * KIB, "a cache")]),
        metered("load_all", "memray", 1, lines=lines[:1]),
        metered("load_all", "memray", 40 * MIB, lines=[*lines, line(9 * MIB, "new", "PIL/Image.py:3100 new")]),
    )
    assert [(one.meter, one.text, one.bytes, one.line) for one in variant.top_lines] == [
        ("memray", "new", 9 * MIB, 7),
        ("memray", "line 4", 4 * MIB, 4),
        ("memray", "line 3", 3 * MIB, 3),
        ("tracemalloc", "kept", 65 * KIB, 7),
        ("memory_profiler", "line 1", MIB, 1),
    ]
    first = variant.top_lines[0]
    assert (first.file, first.function, first.through) == ("/recipes/made.py", "load_all", "PIL/Image.py:3100 new")


def test_a_tree_is_the_median_of_its_bounds_and_the_most_of_its_counts() -> None:
    trees = [TREE, msgspec.structs.replace(TREE, estimate_bytes=LEVEL + 66 * MIB, unmeasured=3), TREE]
    variant = of_one(
        *(measured("load_all", 10 * MIB, outcome={"tree": one, "unseen_growth_bytes": MIB}) for one in trees)
    )
    assert variant.tree == TreeReport(30 * MIB, 60 * MIB, 75 * MIB, 2, 3, 0)
    assert variant.peak_growth_bytes.median == 60 * MIB
    # What a window could have hidden is part of what can't be told from nothing.
    assert variant.peak_growth_bytes.unseen_growth_bytes == MIB
    small = three("load_all", 0, outcome={"tree": TREE, "unseen_growth_bytes": 40 * MIB})
    assert of_one(*small).peak_growth_bytes.below_resolution


def test_the_output_is_the_first_there_is() -> None:
    trials = [
        measured("load_all", MIB, kind="timeline", output=None),
        measured("load_all", MIB, result="[1]"),
        measured("load_all", MIB, result="[2]"),
    ]
    assert of_one(*trials).output.text == "[1]"


def test_an_interrupted_run_reports_what_there_is() -> None:
    trap = described("trap", "pitfall", against="stream", shows=("costs",))
    first = [measured(name, MIB, kind="timeline") for name in ("load_all", "stream")]
    report = make_report(
        made_run([BASE, STREAM, trap], [*first, *three("load_all", 148 * MIB)], complete=False, planned=12)
    )
    assert not report.complete
    assert [variant.name for variant in report.variants] == ["load_all", "stream"]
    assert report.comparisons == ()
    assert report.sentence == "no technique could be compared with load_all"
    empty = make_report(made_run([BASE, STREAM], [], complete=False, planned=8))
    assert empty.variants == ()
    assert empty.sentence == "load_all was not measured, so there is nothing to compare with"


def test_a_pitfall_against_a_variant_that_failed_is_not_compared() -> None:
    trap = described("trap", "pitfall", against="stream", shows=("costs",))
    run = made_run([BASE, STREAM, trap], [*three("load_all", 148 * MIB), failed("stream"), *three("trap", 74 * MIB)])
    assert make_report(run).comparisons == ()


def test_skipped_variants_are_passed_on() -> None:
    skipped = SkippedVariant("stream", "h5py", "stream is passed over")
    assert make_report(made_run([BASE, STREAM], three("load_all", MIB), skipped=[skipped])).skipped == (skipped,)


def carry_out(executor: ReplayingExecutor, run: Run, trials: int) -> Report:
    """Every planned trial by an executor, as a comparison does it."""
    done = []
    for one in plan.make_plan([variant.name for variant in run.recipe.variants], trials):
        spec = TrialSpec(task="measure", recipe=run.recipe.reference, folder="", variant=one.variant)
        timeline = one.kind == plan.TIMELINE
        outcome, reply = executor.measure(spec, timeout_seconds=300.0, timeline=timeline, reset=False)
        done.append(Trial(one.number, one.variant, "os", one.kind, outcome, reply))
    return make_report(msgspec.structs.replace(run, trials=tuple(done)))


def test_a_comparison_with_an_executor_that_remembers() -> None:
    remembered = {
        "load_all": [measured("load_all", size * MIB) for size in (999, 147, 148, 149)],
        "stream": [measured("stream", size * MIB) for size in (999, 12.2, 12.4)],
    }
    executor = ReplayingExecutor(
        {name: [(trial.outcome, trial.reply) for trial in trials] for name, trials in remembered.items()}
    )
    report = carry_out(executor, made_run([BASE, STREAM], []), 3)
    assert report.sentence == "stream needs 11.9× less memory than load_all: 12.4 MiB instead of 148 MiB"
    assert [variant.trials for variant in report.variants] == [3, 3]
    assert executor.asked[:3] == [("load_all", True, False), ("stream", True, False), ("load_all", False, False)]


def test_an_executor_that_remembers_a_failure() -> None:
    bad = failed("stream", failure=RecipeFailure("run", "error", "ValueError", "bad"))
    good = measured("load_all", 148 * MIB)
    executor = ReplayingExecutor(
        {"load_all": [(good.outcome, good.reply)], "stream": [(bad.outcome, bad.reply)]},
        {"made": {"status": "described"}},
    )
    report = carry_out(executor, made_run([BASE, STREAM], []), 2)
    assert [finding.message for finding in report.findings] == ["stream raised ValueError: bad"]
    spec = TrialSpec(task="describe", recipe=made_run([BASE], []).recipe.reference, folder="")
    outcome, reply = executor.describe(spec, timeout_seconds=1.0)
    assert (outcome.ending, reply) == ("exited", {"status": "described"})
