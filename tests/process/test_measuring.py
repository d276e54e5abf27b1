"""What is measured is what was taken: known amounts, in every way a variant can take them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from harness import SCRIPTS, Place, RunScript, StartMemlab, needs_root

from memlab.analysis.report import exit_code, make_report
from memlab.kernel.resolution import resolution_bytes

MIB = 1 << 20
RESOLUTION = resolution_bytes()
OWN = 64 << 10
"""What the interpreter takes for the variant's own frames and objects."""


def near(size: int, expected_mib: float, more: int = OWN) -> bool:
    """Within the resolution, and a little above for what the interpreter itself takes."""
    expected = round(expected_mib * MIB)
    return expected - RESOLUTION <= size <= expected + RESOLUTION + more


@pytest.mark.parametrize(
    ("variant", "expected_mib"),
    [("held", 64), ("mapped", 64), ("untouched", 3), ("spike", 100), ("holds_the_gil", 100)],
)
def test_growth_is_what_was_taken(run_once: RunScript, variant: str, expected_mib: int) -> None:
    ran = run_once("known_sizes")
    assert near(ran.growth(variant), expected_mib)
    # The timeline's points are maxima of their intervals, so the highest is the peak, however short it was.
    (trial,) = ran.trials(variant, "timeline")
    assert near(ran.envelope(variant) + trial.outcome.unseen_growth_bytes, expected_mib, 2 * MIB)
    assert ran.envelope(variant) >= expected_mib * MIB - RESOLUTION - trial.outcome.unseen_growth_bytes
    assert ran.growth("nothing") < RESOLUTION
    assert ran.exit_code == 0
    peak = ran.variant(variant).peak_growth_bytes
    assert peak is not None
    assert peak.source == "kernel"
    assert not peak.below_resolution
    assert not peak.at_least


def test_nothing_is_nothing(run_script: RunScript) -> None:
    ran = run_script("known_sizes", "nothing", trials=3)
    assert ran.growth("nothing") < RESOLUTION
    assert "below_resolution" in ran.codes("nothing")
    retained = ran.variant("nothing").retained_bytes
    assert retained is not None
    assert abs(retained.median) < 128 << 10


def test_file_pages_are_told_apart(run_once: RunScript) -> None:
    ran = run_once("known_sizes")
    split = ran.variant("file_mapped").split_at_peak
    assert split is not None
    assert near(split.file_bytes, 24)
    assert split.anonymous_bytes < 2 * MIB
    assert "file_backed" in ran.codes("file_mapped")


def test_what_came_before_the_start_is_not_counted(run_script: RunScript) -> None:
    ran = run_script("before_the_start")
    assert near(ran.growth("work"), 20)
    assert near(ran.envelope("work"), 20)


def test_freed_heap_does_not_hide_growth(run_script: RunScript) -> None:
    ran = run_script("reused_heap")
    assert near(ran.growth("takes"), 1000 * 100 / 1024, MIB)


def test_end_states(run_once: RunScript) -> None:
    ran = run_once("end_states")
    for name, retained_mib in (("drops", 0), ("keeps", 20), ("makes_a_cycle", 0)):
        retained = ran.variant(name).retained_bytes
        assert retained is not None
        assert abs(retained.median - retained_mib * MIB) < 256 << 10, name
    states = ran.variant("makes_a_cycle").end_states_bytes
    assert near(states["ended"] or 0, 20)
    assert near(states["collected"] or 0, 0)


def test_what_is_returned_is_alive_until_it_is_released(run_once: RunScript) -> None:
    ran = run_once("end_states")
    states = ran.variant("returns").end_states_bytes
    assert near(states["trimmed"] or 0, 20)
    assert near(states["released"] or 0, 0)


def test_what_the_allocator_keeps(run_once: RunScript) -> None:
    ran = run_once("end_states")
    heap, arenas = ran.variant("fragments_the_heap"), ran.variant("fragments_the_arenas")
    assert heap.kept_by_allocator_bytes is not None
    assert arenas.kept_by_allocator_bytes is not None
    # 100,000 × 1033 bytes are 98.5 MiB. The thousand that stay hold a page each, at most two.
    assert 88 * MIB < heap.kept_by_allocator_bytes.median < 99 * MIB
    # Six hundred thousand floats of 24 bytes, 32 with what a pool rounds up, are 14 to 19 MiB of arenas; the list that
    # held them, 4.6 MiB, grew in the heap, which now and then keeps two of its former places.
    assert 12 * MIB < arenas.kept_by_allocator_bytes.median < 30 * MIB
    assert "kept_by_allocator" in ran.codes("fragments_the_heap")


PHASES = {
    "in_a_row": {"decode": 30, "blur": 60, "encode": 10},
    # What is kept around a phase is part of its peak: phases say what the process needed meanwhile.
    "nested": {"outer": 70, "inner": 70, "after": 25},
    "repeated": {"step": 40},
    "in_a_thread": {"thread": 25, "main": 25, "later": 0},
}


@pytest.mark.parametrize("variant", PHASES)
def test_each_phase_has_its_own_peak(run_once: RunScript, variant: str) -> None:
    ran = run_once("phases")
    measured = {phase.name: phase.peak_growth_bytes for phase in ran.variant(variant).phases}
    assert list(measured) == list(PHASES[variant])
    for name, expected_mib in PHASES[variant].items():
        assert near(measured[name], expected_mib, 512 << 10), name
    assert near(ran.growth(variant), max(PHASES[variant].values()), 128 << 10)
    # The child's resets at each boundary are no loss to the timeline.
    assert near(ran.envelope(variant), max(PHASES[variant].values()), 128 << 10)


def test_counts_and_times_of_phases(run_once: RunScript) -> None:
    ran = run_once("phases")
    (trial,) = ran.trials("repeated", "headline")
    assert trial.reply is not None
    (step,) = trial.reply.phases
    assert step.count == 1000
    assert 100 <= len(step.intervals) <= 1000
    assert all(0 <= began <= ended <= (trial.reply.seconds or 0) for began, ended in step.intervals)
    assert 0 < step.seconds <= (trial.reply.seconds or 0)


def test_phases_of_a_thread_that_never_ends(run_script: RunScript) -> None:
    ran = run_script("phases", "never_left", trials=2)
    assert ran.exit_code == 0
    assert ran.variant("never_left").failed == 0
    assert len(ran.variant("never_left").phases) > 10


@pytest.mark.parametrize("kind", ["exits", "is_killed", "crashes"])
def test_a_spike_just_before_the_end_is_reached(run_script: RunScript, kind: str) -> None:
    ran = run_script("last_moments", kind)
    assert ran.exit_code == 3
    finding = ran.finding("trial_failed", kind)
    assert near(finding.evidence["reached_bytes"], 100)
    (trial,) = ran.trials(kind)
    assert trial.outcome.level_bytes is not None
    assert re.search(r"; it had grown by (99|100|101)[.\d]* MiB by then", finding.message), finding.message


def test_children_of_before_are_not_what_was_reached(run_script: RunScript) -> None:
    """A program of 300 MiB that ended before the start is in wait4's figure for the process, and not in its growth."""
    ran = run_script("last_moments_after_a_program")
    assert ran.finding("trial_failed").evidence["reached_bytes"] <= MIB + RESOLUTION


def test_the_launchers_peak_is_not_the_trials(place: Place) -> None:
    """`ru_maxrss` of a child begins with the peak of the process it was started from."""
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
block = bytearray(500 << 20)
del block
from harness import compare_options
from memlab.runner.progress import Silent
from memlab.workflow.compare import compare
result = compare(compare_options(Path({str(SCRIPTS / "tiny.py")!r}), (), Path({str(place.reports)!r})), Silent())
print(result.run_file)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    from memlab.storage import load_run

    run = load_run(done.stdout.strip())
    report = make_report(run)
    for variant in report.variants[:2]:
        assert variant.peak_growth_bytes is not None
        assert near(variant.peak_growth_bytes.median, 1, MIB // 2)
    (failed,) = [one for one in report.findings if one.code == "trial_failed"]
    assert near(failed.evidence["reached_bytes"], 1, MIB // 2)
    assert all((trial.outcome.last_gap_bytes or 0) < 100 * MIB for trial in run.trials)


def test_sampling_says_that_it_sampled(run_script: RunScript) -> None:
    ran = run_script("known_sizes", "spike", source="psutil")
    peak = ran.variant("spike").peak_growth_bytes
    assert peak is not None
    assert peak.source == "sampled"
    assert "sampled" in ran.codes()
    assert peak.median <= 100 * MIB + RESOLUTION
    assert ran.exit_code == 0
    assert all(trial.reply is not None and trial.reply.source == "sampled" for trial in ran.run.trials)


def test_sampling_sees_what_lasts(run_script: RunScript) -> None:
    ran = run_script("held_for_long", source="psutil")
    assert near(ran.growth("held"), 100, MIB)
    assert near(ran.envelope("held"), 100, MIB)


@needs_root
def test_a_mark_that_cannot_be_reset(start_memlab: StartMemlab, place: Place) -> None:
    """A read-only /proc, as some containers have it: the peak is then the whole life's, and it is said."""
    read_only = 'mount --bind /proc /proc && mount -o remount,bind,ro /proc && exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", read_only, "sh"]
    process = start_memlab(
        "compare", SCRIPTS / "before_the_start.py", "--trials", "1", "--json", "--reports", place.reports, before=words
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    report = msgspec.json.decode(out)
    (work,) = report["variants"]
    peak = work["peak_growth_bytes"]
    assert peak["source"] == "kernel_whole_life"
    # 90 MiB while preparing, of which 30 MiB were not there at the start, and nothing less.
    assert 60 * MIB - RESOLUTION <= peak["median"] <= 65 * MIB
    assert "whole_life_mark" in [finding["code"] for finding in report["findings"]]


def test_what_was_swapped_out_makes_the_figure_a_lower_bound(run_once: RunScript) -> None:
    ran = run_once("known_sizes")
    trials = tuple(
        msgspec.structs.replace(trial, outcome=msgspec.structs.replace(trial.outcome, swap_bytes=5 * MIB))
        if trial.variant == "held"
        else trial
        for trial in ran.run.trials
    )
    report = make_report(msgspec.structs.replace(ran.run, trials=trials))
    (finding,) = [one for one in report.findings if one.code == "swap"]
    assert "at most 5.00 MiB more" in finding.message
    assert exit_code(report.findings) == 3
    held = next(one for one in report.variants if one.name == "held")
    assert held.peak_growth_bytes is not None
    assert held.peak_growth_bytes.at_least


def test_what_a_phase_reset_is_told_at_once(run_once: RunScript) -> None:
    """The child resets its mark at each boundary, before the supervisor has read it: a line tells of it instead."""
    ran = run_once("phases")
    timeline = ran.variant("often").timeline
    assert timeline is not None
    assert sum(near(size, 8, 128 << 10) for _, size in timeline.points) >= 5
    for trial in ran.trials("in_a_row"):
        assert trial.outcome.peak_bytes is not None
        assert trial.outcome.level_bytes is not None
        assert near(trial.outcome.peak_bytes - trial.outcome.level_bytes, 60)
