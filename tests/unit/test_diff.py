"""Two runs of one recipe: what is said to have changed, and what isn't. Exact numbers, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from made_runs import KIB, MIB, described, failed, line, made_run, measured, metered, psnr_rule
from msgspec.structs import replace

from memlab.analysis.diff import ReportedRun, diff_runs
from memlab.analysis.report import make_report
from memlab.model.description import Source, VariantDescription
from memlab.model.diff import VERDICTS, Diff, VariantDiff, decode_diff, encode_diff
from memlab.model.run import InputFile, Inputs, Run, SkippedVariant
from memlab.model.trial import Trial

BASELINE = described("load_all", "baseline")
STREAM = described("stream")


def trials(
    name: str, growth: float | Sequence[float], heap: float | None = None, lines: Sequence[Any] = (), **more: Any
) -> list[Trial]:
    """Three headline trials, and one of memray's where a heap is said; sizes in MiB."""
    each = [growth * share for share in (0.999, 1, 1.001)] if isinstance(growth, int | float) else growth
    found = [measured(name, one * MIB, **more) for one in each]
    if heap is not None:
        found.append(metered(name, "memray", heap * MIB, lines=lines))
    return found


def run_of(stream: Sequence[Trial], *, variants: Sequence[VariantDescription] = (BASELINE, STREAM), **more: Any) -> Run:
    """A run whose baseline needs 100 MiB, and the variant `stream` whatever its trials say."""
    known = {"options": {"meters": ("os", "memray")}} | more
    return made_run(variants, [*trials("load_all", 100, 100), *stream], **known)


def diff_of(old: Run, new: Run) -> Diff:
    """The diff, which is read back from JSON as it is written."""
    sides = [ReportedRun(run, make_report(run, f"reports/made/{at}/run.json")) for at, run in enumerate((old, new))]
    diff = diff_runs(*sides, "0.1.0")
    assert decode_diff(encode_diff(diff)) == diff
    assert {one.verdict for one in diff.variants} <= set(VERDICTS)
    texts = [diff.sentence, *diff.remarks, *(one.message for one in diff.variants)]
    texts += [figure.tolerance_reason for one in diff.variants for figure in one.figures]
    assert not any("accept" in text or "baseline file" in text for text in texts), "this is no check"
    return diff


def stream_of(diff: Diff) -> VariantDiff:
    return next(one for one in diff.variants if one.variant == "stream")


def moves(variant: VariantDiff) -> dict[str, str]:
    return {one.figure: one.moved for one in variant.figures}


# --- figures ---


def test_no_difference() -> None:
    diff = diff_of(run_of(trials("stream", 12.5, 12.4)), run_of(trials("stream", 12.6, 12.4)))
    assert diff.sentence == "no difference: 2 variants need as much as before, and the results are the same"
    assert not diff.changed
    assert diff.comparable
    assert diff.environment == ()
    stream = stream_of(diff)
    assert (stream.verdict, stream.message) == ("no_difference", "stream needs 12.6 MiB, as before (12.5 MiB)")
    assert moves(stream) == {"growth": "no", "heap": "no", "retained": "no"}
    assert stream.output == "same"
    assert stream.lines == ()


def test_more_names_the_variant_the_factor_and_the_line() -> None:
    before, grown = line(9 * MIB, "image = read(p)", number=3), line(36 * MIB, "image = read(p)", number=5)
    new = line(60 * MIB, "images = list(each)", number=9)
    diff = diff_of(run_of(trials("stream", 12.5, 12.4, [before])), run_of(trials("stream", 100, 99.9, [new, grown])))
    assert diff.changed
    assert diff.sentence == (
        "1 of 2 variants needs more: stream needs 8.00× more than before: 100 MiB instead of 12.5 MiB, as at the peak "
        "made.py:9 `images = list(each)` is new there, with 60.0 MiB"
    )
    stream = stream_of(diff)
    assert stream.verdict == "more"
    assert [(one.line, one.text, one.old_bytes, one.new_bytes) for one in stream.lines] == [
        (9, "images = list(each)", 0, 60 * MIB),
        (5, "image = read(p)", 9 * MIB, 36 * MIB),
    ]
    growth = stream.figures[0]
    assert growth.factor == pytest.approx(8.0)
    assert (growth.old_bytes, growth.new_bytes) == (round(12.5 * MIB), 100 * MIB)
    assert (growth.old_low_bytes, growth.new_high_bytes) == (round(12.5 * 0.999 * MIB), round(100.1 * MIB))


def test_the_other_way_round_it_is_less() -> None:
    before, after = line(60 * MIB, "images = list(each)", number=9), line(9 * MIB, "image = read(p)", number=3)
    diff = diff_of(run_of(trials("stream", 100, 99.9, [before])), run_of(trials("stream", 12.5, 12.4, [after])))
    assert diff.sentence == (
        "1 of 2 variants needs less: stream needs 8.00× less than before: 12.5 MiB instead of 100 MiB, as at the peak "
        "made.py:9 `images = list(each)` held 60.0 MiB and is not there any more"
    )
    assert stream_of(diff).figures[0].factor == pytest.approx(1 / 8)


def test_lines_are_known_wherever_the_recipe_lay() -> None:
    """Runs of two checkouts: the same line of the same file is the same line, whatever its number and folder."""
    there = replace(line(12 * MIB, "image = read(p)", number=3), file="/other/checkout/made.py")
    old = run_of(trials("stream", 12.5, 12.4, [there]))
    old = replace(old, recipe=replace(old.recipe, file="/other/checkout/made.py"))
    new = run_of(trials("stream", 60, 60, [line(12 * MIB, "image = read(p)", number=30)]))
    assert stream_of(diff_of(old, new)).lines == ()


def test_without_memray_in_both_runs_no_line_is_named() -> None:
    old = run_of(trials("stream", 12.5, 12.4, [line(9 * MIB, "image = read(p)")]))
    new = run_of(trials("stream", 100), options={"meters": ("os",)})
    for diff in (diff_of(old, new), diff_of(new, old)):
        assert stream_of(diff).verdict in ("more", "less")
        assert stream_of(diff).lines == ()


def test_the_line_that_explains_comes_first() -> None:
    """Not the largest difference: one that does as the figure did."""
    old = run_of(trials("stream", 50, 49.9, [line(50 * MIB, "a = b"), line(20 * MIB, "c = d", number=8)]))
    new = run_of(trials("stream", 80, 79.9, [line(45 * MIB, "c = d", number=8), line(12 * MIB, "e = f", number=9)]))
    diff = diff_of(old, new)
    assert [(one.text, one.new_bytes - one.old_bytes) for one in stream_of(diff).lines] == [
        ("c = d", 25 * MIB),
        ("e = f", 12 * MIB),
        ("a = b", -50 * MIB),
    ]
    assert diff.sentence.endswith("as at the peak made.py:8 `c = d` holds 25.0 MiB more (45.0 MiB instead of 20.0 MiB)")
    # Where no line does as the figure did, none is the reason.
    gone = run_of(trials("stream", 80, 79.9, [line(20 * MIB, "c = d", number=8)]))
    assert diff_of(old, gone).sentence.endswith(
        "80.0 MiB instead of 50.0 MiB; its heap peak says the same: 30.0 MiB more"
    )


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ((12.5, 12.4), (14.4, 12.4), "no_difference"),  # within 2 MiB, and the heap is as it was
        ((12.5, 12.4), (14.4, 14.3), "more"),  # within 2 MiB, but the exact meter says the same
        ((14.4, 14.3), (12.5, 12.4), "less"),
        ((12.5, 12.4), (13.2, 13.1), "no_difference"),  # less than an arena of Python's
        ((100, 100), (104, 100), "no_difference"),  # within 5 %
        ((100, 100), (110, 100), "more"),  # outside the heap
        ((100, 100), (100, 90), "less"),  # asked for less, and not touched before
        ((100, 100), (100, 110), "more"),  # asked for more, and not touched
        ((100, 100), (100, 101.5), "no_difference"),  # two runs of memray
        ((100, None), (110, 110), "more"),  # one side without a heap
        ((100, None), (102, None), "no_difference"),
        ((0.5, 0.4), (0.9, 0.8), "no_difference"),
    ],
)
def test_what_counts_as_a_difference(
    old: tuple[float, float | None], new: tuple[float, float | None], verdict: str
) -> None:
    diff = diff_of(run_of(trials("stream", *old)), run_of(trials("stream", *new)))
    assert stream_of(diff).verdict == verdict
    assert diff.changed == (verdict != "no_difference")


def test_what_scatters_is_no_small_difference() -> None:
    old, new = trials("stream", [30, 34, 38], 33), trials("stream", [32, 36, 40], 35)
    assert stream_of(diff_of(run_of(old), run_of(new))).verdict == "no_difference"
    old, new = trials("stream", [12.0, 12.6, 12.9], 12), trials("stream", [13.3, 13.8, 14.2], 13.9)
    assert stream_of(diff_of(run_of(old), run_of(new))).verdict == "no_difference"


def test_one_trial_each_tells_a_large_difference_and_not_a_small_one() -> None:
    for growth, verdict in ((14, "no_difference"), (40, "more")):
        old, new = run_of(trials("stream", [12.5], 12.4)), run_of(trials("stream", [growth], 12.4))
        assert stream_of(diff_of(old, new)).verdict == verdict


def test_trials_on_both_sides_of_the_limit_are_inconclusive() -> None:
    diff = diff_of(run_of(trials("stream", 12.5)), run_of(trials("stream", [13, 18, 19])))
    stream = stream_of(diff)
    assert stream.verdict == "inconclusive"
    assert stream.message.startswith("stream may need more than before: 18.0 MiB instead of 12.5 MiB; 2 of 3 trials")
    assert diff.sentence.startswith("1 of 2 variants is inconclusive: stream may need more")
    assert not diff.changed


def test_what_is_retained_counts() -> None:
    old, new = trials("stream", 20, retained=0), trials("stream", 20, retained=9 * MIB)
    diff = diff_of(run_of(old), run_of(new))
    assert diff.sentence == (
        "1 of 2 variants needs more: stream retains 9.00 MiB more than before: 9.00 MiB instead of 0 B"
    )
    assert stream_of(diff).figures[-1].factor is None
    assert stream_of(diff_of(run_of(new), run_of(old))).verdict == "less"


def test_the_headline_of_the_recipe_comes_first() -> None:
    old, new = (run_of(trials("stream", 20, retained=size), headline="retained") for size in (4 * MIB, 12 * MIB))
    stream = stream_of(diff_of(old, new))
    assert stream.figures[0].figure == "retained"
    assert stream.message == "stream retains 3.00× more than before: 12.0 MiB instead of 4.00 MiB"
    kept = [run_of(trials("stream", 20, kept=size), headline="kept") for size in (4 * MIB, 12 * MIB)]
    assert stream_of(diff_of(*kept)).message.startswith("stream leaves 3.00× more with the allocator than before")


def test_times_are_shown_and_not_judged() -> None:
    diff = diff_of(run_of(trials("stream", 20, seconds=1.0)), run_of(trials("stream", 20, seconds=9.0)))
    assert (stream_of(diff).old_seconds, stream_of(diff).new_seconds) == (1.0, 9.0)
    assert not diff.changed


# --- outputs and sources ---


def test_another_result_is_a_difference() -> None:
    diff = diff_of(run_of(trials("stream", 20)), run_of(trials("stream", 20, result="[2.0]")))
    stream = stream_of(diff)
    assert (stream.verdict, stream.output) == ("no_difference", "changed")
    assert diff.sentence == (
        "1 of 2 variants gives another result: stream needs 20.0 MiB, as before, and gives another result than before "
        "(now [2.0])"
    )
    assert diff.changed


def test_a_result_that_may_differ_is_none() -> None:
    pitfall = described("stream", "pitfall", shows=("wrong_output",))
    for more in ({"agree": psnr_rule(35)}, {"variants": (BASELINE, pitfall)}):
        old, new = (run_of(trials("stream", 20, result=result), **more) for result in ("a", "b"))
        assert stream_of(diff_of(old, new)).output == "unknown"
        assert not diff_of(old, new).changed
    varies = run_of([*trials("stream", 20), *trials("stream", 20, result="b")])
    assert stream_of(diff_of(varies, varies)).output == "unknown"


def test_what_differs_from_the_baseline_in_both_runs_is_compared() -> None:
    """The figures of a variant whose output is wrong say what it needed all the same."""
    old, new = (run_of(trials("stream", growth, result="wrong")) for growth in (20, 40))
    assert make_report(old).findings[0].code == "outputs_differ"
    assert stream_of(diff_of(old, new)).verdict == "more"


def test_the_source_is_compared_line_by_line() -> None:
    texts = (
        "def stream(p):\n    return [f(i) for i in each(p)]\n",
        "def stream(p):\n  x = list(each(p))\n  return x\n",
    )
    old, new = (
        run_of(trials("stream", 20), variants=(BASELINE, replace(STREAM, source=Source("/a.py", 3, text))))
        for text in texts
    )
    source = stream_of(diff_of(old, new)).source
    assert source is not None
    assert source.removed == ("return [f(i) for i in each(p)]",)
    assert source.added == ("x = list(each(p))", "return x")
    assert stream_of(diff_of(old, old)).source is None
    assert stream_of(diff_of(old, run_of(trials("stream", 20)))).source is None


# --- variants ---


def test_added_and_removed() -> None:
    other = described("whatever")
    old = run_of(trials("stream", 20))
    new = run_of(trials("whatever", 70), variants=(BASELINE, other))
    diff = diff_of(old, new)
    assert [(one.variant, one.verdict, one.message) for one in diff.variants] == [
        ("load_all", "no_difference", "load_all needs 100 MiB, as before"),
        ("whatever", "added", "whatever is new: it needs 70.0 MiB"),
        ("stream", "removed", "stream is gone: it needed 20.0 MiB"),
    ]
    assert diff.sentence == "1 of 3 variants is new and 1 is gone: whatever is new: it needs 70.0 MiB"
    assert diff.changed


def test_renamed_is_compared_under_its_new_name() -> None:
    old = run_of(trials("stream", 20, 20))
    new = run_of(trials("streamed", 20, 20), variants=(BASELINE, described("streamed")))
    diff = diff_of(old, new)
    renamed = next(one for one in diff.variants if one.variant == "streamed")
    assert (renamed.verdict, renamed.renamed_from) == ("no_difference", "stream")
    assert [one.variant for one in diff.variants] == ["load_all", "streamed"]
    assert diff.sentence.startswith("1 of 2 variants is called otherwise: streamed needs 20.0 MiB")
    assert diff.changed


def test_failures() -> None:
    fine, broken = run_of(trials("stream", 20)), run_of([failed("stream")])
    now = diff_of(fine, broken)
    assert stream_of(now).verdict == "fails_now"
    assert stream_of(now).message.startswith("stream fails now: stream ended its process with exit code 0")
    assert now.sentence.startswith("1 of 2 variants fails now: ")
    no_more = diff_of(broken, fine)
    assert stream_of(no_more).verdict == "fails_no_more"
    assert now.changed
    assert no_more.changed
    both = diff_of(broken, broken)
    assert stream_of(both).verdict == "failed"
    assert not both.changed
    assert both.sentence == (
        "no difference: 1 variant needs as much as before, and the results are the same; 1 failed in both runs"
    )


def test_what_was_left_out_of_one_run_is_not_compared() -> None:
    skipped = [SkippedVariant("stream", "h5py", "stream is passed over: h5py is missing")]
    diff = diff_of(run_of(trials("stream", 20)), run_of([], skipped=skipped))
    assert stream_of(diff).verdict == "not_measured"
    assert stream_of(diff).message == ("stream was not measured in the new run: stream is passed over: h5py is missing")
    assert not diff.changed
    assert diff.sentence.endswith(
        "1 variant needs as much as before, and the results are the same; 1 measured in one run only"
    )
    assert [one.variant for one in diff_of(run_of([]), run_of([])).variants] == ["load_all"]


# --- what they were measured with, and under what ---


def test_other_inputs_can_not_be_compared() -> None:
    inputs = Inputs({"kind": "photos", "count": 2, "width": 640, "height": 480}, True, ())
    more = replace(inputs, description={"kind": "photos", "count": 9, "width": 640, "height": 480})
    old = run_of(trials("stream", 20), inputs=inputs)
    # That it needs as much says nothing of a name either.
    new = run_of(trials("streams", 20), inputs=more, variants=(BASELINE, described("streams")))
    diff = diff_of(old, new)
    assert not diff.comparable
    assert diff.changed
    assert diff.sentence == (
        "not comparable: the inputs are 9 photos of 640×480, jpeg, quality 90, and were 2 photos of 640×480, jpeg, "
        "quality 90"
    )
    assert [(one.variant, one.verdict) for one in diff.variants] == [
        ("load_all", "not_compared"),
        ("streams", "added"),
        ("stream", "removed"),
    ]
    assert all(one.figures == () for one in diff.variants)


def test_files_of_another_folder_are_other_inputs() -> None:
    old, new = (
        run_of(trials("stream", 20), inputs=Inputs({"kind": "folder"}, False, (InputFile("/a.jpg", size),)))
        for size in (1000, 1001)
    )
    assert not diff_of(old, new).comparable


def test_the_environment_is_listed_by_its_keys() -> None:
    old = run_of(trials("stream", 20, libraries={"numpy": "2.1.3", "PIL": "11.0"}))
    new = run_of(
        trials("stream", 20, libraries={"numpy": "2.2.0", "cv2": "4.10"}),
        environment={
            "python_version": "3.13.0",
            "kernel": "6.12.1-custom",
            "cpus_allowed": 8,
            "libc": "glibc 2.41",
            "allocator": "jemalloc",
            "transparent_hugepages": "always",
            "cgroup_limit_bytes": 1 << 30,
            "settings": {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "PYTHONMALLOC": "debug"},
            "unset": ("PYTHONMALLOC",),
        },
    )
    diff = diff_of(old, new)
    assert [(one.key, one.old, one.new) for one in diff.environment] == [
        ("python", "CPython 3.12", "CPython 3.13"),
        ("libc", "glibc 2.36", "glibc 2.41"),
        ("allocator", "", "jemalloc"),
        ("kernel", "6.1", "6.12.1"),
        ("cpus", "2", "8"),
        ("transparent_hugepages", "madvise", "always"),
        ("memory_limit", "none", "1.00 GiB"),
        ("settings.MALLOC_ARENA_MAX", "not set", "2"),
        ("settings.OMP_NUM_THREADS", "not set", "1"),
        ("libraries.PIL", "11.0", "not loaded"),
        ("libraries.cv2", "not loaded", "4.10"),
        ("libraries.numpy", "2.1.3", "2.2.0"),
    ]
    assert not diff.changed


def test_under_other_conditions_growth_alone_says_little() -> None:
    """What the heap doesn't ask for may be the machine's doing."""
    new = run_of(trials("stream", 120, 100), environment={"kernel": "6.12", "cpus_allowed": 8})
    stream = stream_of(diff_of(run_of(trials("stream", 100, 100)), new))
    assert stream.verdict == "inconclusive"
    assert "its heap is as before and the conditions are others" in stream.message
    new = run_of(trials("stream", 120, 120), environment={"kernel": "6.12", "cpus_allowed": 8})
    assert stream_of(diff_of(run_of(trials("stream", 100, 100)), new)).verdict == "more"


def test_glibc_and_its_malloc_are_one_difference() -> None:
    old, new = (
        run_of(trials("stream", 20), environment={"libc": libc, "allocator": libc})
        for libc in ("glibc 2.36", "glibc 2.41")
    )
    assert [one.key for one in diff_of(old, new).environment] == ["libc"]


def test_sampled_figures_are_another_meter() -> None:
    old = run_of(trials("stream", 20))
    sampled = [
        replace(trial, reply=None if trial.reply is None else replace(trial.reply, source="sampled"))
        for trial in run_of(trials("stream", 20)).trials
    ]
    diff = diff_of(old, replace(old, trials=tuple(sampled)))
    assert [(one.key, one.new) for one in diff.environment] == [("meter", "not the kernel's mark")]


def test_remarks() -> None:
    old = replace(run_of(trials("stream", 20)), created="2031-01-01T00:00:00+00:00", complete=False)
    new = run_of(trials("stream", 20), options={"meters": ("os",)}, agree=psnr_rule(35), headline="retained")
    assert diff_of(old, new).remarks == (
        "the old run was interrupted: only the trials that had finished are counted",
        "the old run was measured after the new one",
        "the new run was measured without memray: it has no heap, and no lines at its peak",
        "the recipe is about retained now, and was about growth",
        "the recipe's rule for outputs is another",
    )


def test_a_run_does_not_differ_from_itself() -> None:
    run = run_of(trials("stream", [12, 40, 90], 12.4))
    side = ReportedRun(run, make_report(run, "reports/made/run.json"))
    diff = diff_runs(side, side, "0.1.0")
    assert diff.sentence == "no difference: both are the same run"
    assert not diff.changed


def test_nothing_in_common() -> None:
    empty = made_run([BASELINE, STREAM], [])
    assert diff_of(empty, empty).sentence.startswith("nothing was compared: ")


@pytest.mark.parametrize("size", [100 * KIB, 12 * MIB, 4 << 30])
def test_noise_of_the_counters_is_no_difference(size: int) -> None:
    """By the most that growth of the same work was seen to differ: one and a half times the resolution."""
    for off in (-372 * KIB, 372 * KIB):
        old = run_of([measured("stream", size), measured("stream", size)])
        new = run_of([measured("stream", max(0, size + off)), measured("stream", max(0, size + off))])
        assert not diff_of(old, new).changed
