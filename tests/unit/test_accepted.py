"""What a baseline file keeps of a report, and what accepting changes in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from made_figures import KIB, MIB
from made_runs import RESOLUTION, described, failed, made_run, measured, three

from memlab.analysis.accepted import accepted_changes, accepted_recipe, not_acceptable, wants_trials
from memlab.analysis.growth_class import Sweep
from memlab.analysis.report import make_report
from memlab.model.baseline import AcceptedRecipe, AcceptedVariant
from memlab.model.report import TopLine
from memlab.model.run import Run, SkippedVariant
from memlab.model.trial import MeterFigures, Reply, Trial

ROOT = "/recipes"


def by_memray(name: str, size: float) -> Trial:
    trial = measured(name, size)
    reply = msgspec.structs.replace(trial.reply or Reply("", ""), meter="memray", figures=MeterFigures(round(size)))
    return msgspec.structs.replace(trial, kind="meter", meter="memray", reply=reply)


def run_of(*sizes: float, heap: float | None = None, **more: Any) -> Run:
    trials: list[Trial] = [measured("stream", size) for size in sizes]
    if heap is not None:
        trials.append(by_memray("stream", heap))
    return made_run([described("stream", "baseline")], trials, **more)


def accept(
    run: Run, before: AcceptedRecipe | None = None, lines: Sequence[TopLine] = (), **more: Any
) -> AcceptedRecipe:
    report = make_report(run)
    report = msgspec.structs.replace(
        report, variants=tuple(msgspec.structs.replace(one, top_lines=tuple(lines)) for one in report.variants)
    )
    return accepted_recipe(run, report, ROOT, before=before, **more)


def stream(accepted: AcceptedRecipe) -> AcceptedVariant:
    return accepted.variants["stream"]


def test_medians_and_where_they_are_from() -> None:
    run = made_run(
        [described("stream", "baseline")],
        [
            measured("stream", 99 * MIB, kind="timeline"),
            *(measured("stream", size * MIB, retained=size * KIB, kept=MIB) for size in (12.4, 12.3, 12.5)),
            by_memray("stream", 12 * MIB),
        ],
    )
    lines = [TopLine("/recipes/made.py", place, "f", f"line {place}", place * MIB, "memray") for place in range(1, 6)]
    found = accept(run, lines=lines, sweeps={"stream": {"count": Sweep(((8, MIB), (16, MIB)), MIB)}})
    assert (found.inputs, found.headline, found.conditions.resolution_bytes) == ("no inputs", "growth", RESOLUTION)
    assert stream(found) == AcceptedVariant(
        role="baseline",
        growth_bytes=round(12.4 * MIB),
        retained_bytes=round(12.4 * KIB),
        kept_bytes=MIB,
        heap_bytes=12 * MIB,
        output="digest of [1.0]",
        growth_classes={"count": "constant"},
        lines={"made.py f: line 5": 5 * MIB, "made.py f: line 4": 4 * MIB, "made.py f: line 3": 3 * MIB},
    )


def test_what_nobody_knows_is_left_out() -> None:
    found = stream(accept(made_run([described("stream", "baseline")], three("stream", MIB, kept=None))))
    assert (found.kept_bytes, found.heap_bytes, found.growth_high_bytes, found.lines) == (None, None, None, {})


def test_what_scatters_says_how_far() -> None:
    assert stream(accept(run_of(12 * MIB, 12 * MIB, 12 * MIB + 2 * RESOLUTION))).growth_high_bytes is None
    assert stream(accept(run_of(12 * MIB, 12 * MIB, 15 * MIB))).growth_high_bytes == 15 * MIB


def test_what_can_t_be_told_apart_stays_as_it_was() -> None:
    before = accept(run_of(12 * MIB, heap=11.9 * MIB))
    again = accept(run_of(12 * MIB + 2 * RESOLUTION, heap=12.8 * MIB), before)
    assert stream(again) == stream(before)
    other = accept(run_of(12 * MIB + 2 * RESOLUTION + 1, heap=12.8 * MIB), before)
    assert stream(other).growth_bytes == 12 * MIB + 2 * RESOLUTION + 1
    assert stream(other).heap_bytes == round(11.9 * MIB)


def test_small_steps_add_up_to_a_change() -> None:
    held = accept(run_of(12 * MIB))
    for step in range(1, 5):
        held = accept(run_of(12 * MIB + step * RESOLUTION), held)
        assert stream(held).growth_bytes in (12 * MIB, 12 * MIB + 3 * RESOLUTION)
    assert stream(held).growth_bytes == 12 * MIB + 3 * RESOLUTION


def test_growth_follows_where_the_heap_says_that_it_changed() -> None:
    before = accept(run_of(12 * MIB, heap=12 * MIB))
    now = accept(run_of(12 * MIB + RESOLUTION, heap=14 * MIB), before)
    assert (stream(now).growth_bytes, stream(now).heap_bytes) == (12 * MIB + RESOLUTION, 14 * MIB)


@pytest.mark.parametrize(("trials", "high"), [(3, 15 * MIB), (6, None)])
def test_a_second_level_is_forgotten_after_six_trials_without_it(trials: int, high: int | None) -> None:
    before = accept(run_of(12 * MIB, 12 * MIB, 15 * MIB))
    assert stream(accept(run_of(*[12 * MIB] * trials), before)).growth_high_bytes == high
    assert stream(accept(run_of(12 * MIB, 12 * MIB, 14 * MIB), before)).growth_high_bytes == 15 * MIB
    assert stream(accept(run_of(30 * MIB), before)).growth_high_bytes is None


def test_lines_stay_with_the_heap() -> None:
    def line(size: float) -> list[TopLine]:
        return [TopLine("/recipes/made.py", 3, "f", "x = read()", round(size * MIB), "memray")]

    before = accept(run_of(12 * MIB, heap=12 * MIB), lines=line(10))
    assert stream(accept(run_of(12 * MIB, heap=12 * MIB), before, line(10.5))).lines == {
        "made.py f: x = read()": 10 * MIB
    }
    assert stream(accept(run_of(12 * MIB, heap=12 * MIB), before, line(4))).lines == {"made.py f: x = read()": 4 * MIB}
    assert stream(accept(run_of(12 * MIB, heap=12 * MIB), before, [])).lines == {}


def two(*trials: Trial, skipped: Sequence[SkippedVariant] = ()) -> Run:
    return made_run([described("load_all", "baseline"), described("stream")], trials, skipped=skipped)


def test_a_variant_that_is_passed_over_keeps_what_it_had() -> None:
    before = accept(two(*three("load_all", 148 * MIB), *three("stream", 12 * MIB)))
    skipped = [SkippedVariant("stream", "h5py", "stream needs h5py")]
    now = accept(two(*three("load_all", 148 * MIB), skipped=skipped), before)
    assert now.variants == before.variants
    assert accepted_changes("made", before, now) == ()
    assert "stream" not in accept(two(*three("load_all", 148 * MIB)), before).variants


def test_invalid_figures_are_not_accepted() -> None:
    good = make_report(two(*three("load_all", 148 * MIB), *three("stream", 12 * MIB)))
    assert not_acceptable(good) == ()
    broken = make_report(two(*three("load_all", 148 * MIB), failed("stream")))
    assert [one.code for one in not_acceptable(broken)] == ["trial_failed"]
    differing = make_report(two(*three("load_all", 148 * MIB), *three("stream", 12 * MIB, result="[2.0]")))
    assert [one.code for one in not_acceptable(differing)] == ["outputs_differ"]


def test_a_variant_that_failed_keeps_what_it_had_and_is_else_left_out() -> None:
    before = accept(two(*three("load_all", 148 * MIB), *three("stream", 12 * MIB)))
    broken = two(*three("load_all", 99 * MIB), *three("stream", 80 * MIB), failed("stream"))
    now = accept(broken, before)
    assert {name: one.growth_bytes for name, one in now.variants.items()} == {"load_all": 99 * MIB, "stream": 12 * MIB}
    assert list(accept(broken).variants) == ["load_all"]


def test_what_scatters_wants_more_trials() -> None:
    run = two(*three("load_all", 148 * MIB), *(measured("stream", size * MIB) for size in (12, 12, 15)))
    assert wants_trials(run, make_report(run)) == ("stream",)


def test_what_changes_is_said() -> None:
    before = accept(run_of(12 * MIB, heap=12 * MIB))
    assert accepted_changes("made", None, before) == ("made: accepted for the first time, 1 variant",)
    assert accepted_changes("made", before, before) == ()
    constant, linear = Sweep(((8, MIB), (16, MIB)), MIB), Sweep(((8, 20 * MIB), (16, 40 * MIB)), MIB)
    now = accept(run_of(80 * MIB), sweeps={"stream": {"count": constant}})
    assert accepted_changes("made", before, now) == (
        (
            "made stream: growth 80.0 MiB instead of 12.0 MiB, heap none instead of 12.0 MiB, constant in count "
            "instead of none"
        ),
    )
    later = accept(run_of(80 * MIB), sweeps={"stream": {"count": linear}})
    assert accepted_changes("made", now, later) == ("made stream: linear in count instead of constant",)
    assert accepted_changes("made", later, accept(run_of(80 * MIB))) == (
        "made stream: no growth class in count instead of linear",
    )


def test_what_comes_and_goes_is_said() -> None:
    before = accept(two(*three("load_all", 148 * MIB), *three("stream", 12 * MIB)))
    variants = {"load_all": before.variants["load_all"], "memory_map": before.variants["stream"]}
    now = msgspec.structs.replace(before, inputs="24 photos", headline="retained", variants=variants)
    assert accepted_changes("made", before, now) == (
        "made memory_map: new",
        "made stream: no longer there",
        "made: headline retained instead of growth",
        "made: inputs 24 photos instead of no inputs",
    )
    other = msgspec.structs.replace(before.variants["stream"], role="pitfall", output="else", retained_bytes=3 * MIB)
    changed = msgspec.structs.replace(before, variants={**before.variants, "stream": other})
    assert accepted_changes("made", before, changed) == (
        "made stream: retained 3.00 MiB instead of 0 B, another result, pitfall instead of technique",
    )
