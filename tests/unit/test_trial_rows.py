"""A row for each trial: its own figures, what doesn't count, and why one has none."""

from __future__ import annotations

import msgspec
import pytest
from made_runs import KIB, MIB, described, failed, made_run, measured, metered

from memlab.analysis.trial_rows import trial_rows
from memlab.model.run import Run
from memlab.model.shown import TrialRow
from memlab.model.trial import RecipeFailure, Trial


def rows(*trials: Trial) -> tuple[TrialRow, ...]:
    return trial_rows(made_run([described("load_all", "baseline"), described("stream")], trials))


def row(trial: Trial) -> TrialRow:
    (one,) = rows(trial)
    return one


def test_a_trial_that_counts() -> None:
    trial = measured("stream", 12 * MIB, seconds=0.5, retained=3 * KIB, kept=2 * MIB, cpu_seconds=0.75)
    assert row(trial) == TrialRow(
        number=0,
        variant="stream",
        role="technique",
        meter="os",
        kind="headline",
        counted=True,
        undisturbed=True,
        source="kernel",
        peak_growth_bytes=12 * MIB,
        retained_bytes=3 * KIB,
        kept_by_allocator_bytes=2 * MIB,
        meter_peak_bytes=None,
        seconds=0.5,
        cpu_seconds=0.75,
        swap_bytes=0,
    )


def test_the_timeline_trial_has_figures_and_does_not_count() -> None:
    one = row(measured("load_all", 5 * MIB, kind="timeline"))
    assert (one.role, one.kind, one.counted, one.peak_growth_bytes) == ("baseline", "timeline", False, 5 * MIB)


def test_of_another_meter_only_what_it_saw_and_its_time() -> None:
    """Its growth, 999 MiB in these trials, is the meter's own as much as the variant's."""
    one = row(metered("stream", "memray", 12 * MIB))
    assert (one.meter, one.kind, one.counted, one.undisturbed) == ("memray", "meter", False, False)
    assert (one.meter_peak_bytes, one.seconds, one.failure) == (12 * MIB, 99.0, "")
    assert (one.peak_growth_bytes, one.retained_bytes, one.kept_by_allocator_bytes) == (None, None, None)


def test_a_meter_without_a_figure_says_why() -> None:
    assert row(metered("stream", "memray", None, note="the file is damaged")).failure == "the file is damaged"
    assert row(metered("stream", "memray", None)).failure == "memray gave no figure of stream"
    without = msgspec.structs.replace(measured("stream", MIB, kind="meter"), meter="memray")
    assert row(without).failure == "memray gave no figure of stream"


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (failed("stream", ending="timed_out", seconds=5.0), "stream had not ended after 5.00 s and was stopped"),
        (failed("stream", ending="signalled", signal=11), "stream crashed with SIGSEGV"),
        (
            failed("stream", failure=RecipeFailure("run", "error", "ValueError", "no such tile")),
            "stream raised ValueError: no such tile",
        ),
    ],
)
def test_a_failed_trial_has_its_reason_and_no_figures(trial: Trial, said: str) -> None:
    one = row(trial)
    assert (one.failure, one.counted, one.source) == (said, False, None)
    assert (one.peak_growth_bytes, one.retained_bytes, one.seconds, one.cpu_seconds) == (None, None, None, None)


def test_a_reply_without_all_of_its_figures_counts_for_nothing() -> None:
    one = row(measured("stream", MIB, start=None))
    assert (one.counted, one.peak_growth_bytes) == (False, None)
    assert one.failure == "stream came to its end, but its figures are incomplete"


def test_what_was_swapped_and_what_ran_beside_others_is_said() -> None:
    trial = measured("stream", MIB, outcome={"swap_bytes": 3 * MIB})
    one = row(msgspec.structs.replace(trial, undisturbed=False))
    assert (one.swap_bytes, one.undisturbed, one.counted) == (3 * MIB, False, True)


def test_what_is_kept_may_be_unknown() -> None:
    assert row(measured("stream", MIB, kept=None)).kept_by_allocator_bytes is None


def test_they_are_in_the_order_of_the_plan() -> None:
    run = made_run([described("load_all", "baseline")], [measured("load_all", size * MIB) for size in (1, 2, 3)])
    run = msgspec.structs.replace(run, trials=run.trials[::-1])
    assert [(one.number, one.peak_growth_bytes) for one in trial_rows(run)] == [(0, MIB), (1, 2 * MIB), (2, 3 * MIB)]


def test_a_variant_the_recipe_does_not_know_has_no_role() -> None:
    run: Run = made_run([described("load_all", "baseline")], [measured("other", MIB)])
    assert trial_rows(run)[0].role == ""
