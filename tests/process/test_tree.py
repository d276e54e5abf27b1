"""A variant's descendants are part of its figure, whichever way they were started; what is shared counts once."""

from __future__ import annotations

import math

import msgspec
import pytest
from harness import SCRIPTS, Compared, RunScript

from memlab.analysis.figures import figures_of
from memlab.analysis.report import make_report
from memlab.model.description import RecipeReference
from memlab.model.report import TreeReport
from memlab.model.trial import Trial, TrialSpec
from memlab.runner.executor import ProcessExecutor

MIB = 1 << 20


def tree_of(ran: Compared, variant: str) -> TreeReport:
    tree = ran.variant(variant).tree
    assert tree is not None
    assert tree.lower_bytes <= tree.estimate_bytes <= tree.upper_bytes
    assert ran.growth(variant) == tree.estimate_bytes
    assert tree.unreadable == 0
    return tree


def estimate(trial: Trial) -> int:
    assert trial.outcome.tree is not None
    return trial.outcome.tree.estimate_bytes - trial.outcome.tree.start_bytes


def assert_estimate(ran: Compared, variant: str, expected_mib: float, each_more_mib: float, processes: int) -> None:
    """Within 5 % of the arithmetic, once what each process takes by itself is allowed for; the trials agree too."""
    tree = tree_of(ran, variant)
    low, high = 0.95 * expected_mib * MIB, (1.05 * expected_mib + each_more_mib * processes) * MIB
    assert low <= tree.estimate_bytes <= high, tree.estimate_bytes / MIB
    assert tree.upper_bytes >= expected_mib * MIB
    assert tree.lower_bytes <= high
    (timeline,) = ran.trials(variant, "timeline")
    (headline,) = ran.trials(variant, "headline")
    assert math.isclose(estimate(timeline), estimate(headline), rel_tol=0.05, abs_tol=2 * MIB)


FORKS = {
    "shares": (100, 3),
    "changes": (200, 2),
    "adds": (120, 3),
    "one_after_the_other": (40, 3),
    "forks_twice": (40, 2),
}


@pytest.mark.parametrize("variant", FORKS)
def test_forked_children(run_once: RunScript, variant: str) -> None:
    """A forked Python makes about 1 MiB of its parent's pages its own, by counting references."""
    ran = run_once("forks")
    expected_mib, processes = FORKS[variant]
    assert_estimate(ran, variant, expected_mib, 2, processes)
    assert ran.exit_code == 0


def test_what_is_shared_is_in_the_upper_bound_only(run_once: RunScript) -> None:
    tree = tree_of(run_once("forks"), "shares")
    assert tree.upper_bytes > 390 * MIB
    assert tree.processes == 3
    assert tree.unmeasured == 0


def test_a_peak_before_the_first_child(run_once: RunScript) -> None:
    ran = run_once("forks")
    assert abs(tree_of(ran, "peaks_before_forking").estimate_bytes - 80 * MIB) < 2 * MIB
    (headline,) = ran.trials("peaks_before_forking", "headline")
    own, child = headline.outcome.processes
    assert own.peak_bytes > child.peak_bytes


@pytest.mark.usefixtures("place")
def test_marks_of_a_headline_trial_are_not_added_up_from_different_times() -> None:
    """Nobody knew of the child, so marks were only read; from the moment it is seen they are reset."""
    path = SCRIPTS / "forks.py"
    spec = TrialSpec("measure", RecipeReference("forks", path=str(path)), folder="", variant="peaks_before_forking")
    with ProcessExecutor() as executor:
        outcome, reply = executor.measure(spec, timeout_seconds=20, timeline=False, reset=False)
    assert reply is not None
    trial = Trial(0, "peaks_before_forking", "os", "headline", outcome, reply)
    figures = figures_of(trial)
    assert figures is not None
    assert figures.tree is not None
    assert figures.tree.processes == 1
    assert abs(figures.growth_bytes - 80 * MIB) < 2 * MIB
    assert figures.tree.upper_bytes < 85 * MIB


PROGRAMS = {"one": (60, 1), "three_at_once": (90, 3), "through_a_shell": (60, 3)}


@pytest.mark.parametrize("variant", PROGRAMS)
def test_programs(run_once: RunScript, variant: str) -> None:
    """An interpreter of its own takes up to 5 MiB besides."""
    ran = run_once("programs")
    expected_mib, processes = PROGRAMS[variant]
    assert_estimate(ran, variant, expected_mib, 5, processes)
    assert tree_of(ran, variant).processes == processes
    (headline,) = ran.trials(variant, "headline")
    assert len(headline.outcome.processes) == processes + 1
    assert headline.reply is not None
    assert headline.outcome.processes[0].peak_bytes >= (headline.reply.peak_bytes or 0)


def test_a_program_that_is_being_started_is_not_counted_twice(run_once: RunScript) -> None:
    """Between vfork and exec a process runs in its parent's memory. Twenty starts, and none adds 100 MiB."""
    ran = run_once("programs")
    tree = tree_of(ran, "beside_a_block")
    assert abs(tree.estimate_bytes - 100 * MIB) < 3 * MIB
    assert tree.upper_bytes < 110 * MIB
    assert ran.envelope("beside_a_block") < 110 * MIB


def test_sampling_does_not_count_a_program_that_is_being_started_twice(run_script: RunScript) -> None:
    ran = run_script("programs", "beside_a_block", source="psutil")
    assert ran.growth("beside_a_block") < 110 * MIB


@pytest.mark.parametrize(
    ("variant", "each_more_mib"),
    [("forked_pool", 3), ("forked_executor", 3), ("spawned_pool", 9), ("spawned_executor", 9)],
)
def test_pools(run_once: RunScript, variant: str, each_more_mib: float) -> None:
    """Two workers of 30 MiB; those that are spawned import everything anew, and have a resource tracker beside them."""
    ran = run_once("pools")
    assert_estimate(ran, variant, 60, each_more_mib, 3)
    agreement = ran.comparison(variant).agreement
    assert agreement is not None
    assert agreement.same
    assert "left_behind" not in ran.codes(variant)
    assert ran.exit_code == 0


def test_a_pool_of_before_the_run_is_not_counted(run_script: RunScript) -> None:
    ran = run_script("prepared_pool")
    assert_estimate(ran, "works", 40, 1, 2)
    (trial,) = ran.trials("works", "timeline")
    assert trial.outcome.tree is not None
    assert trial.outcome.tree.start_bytes > 100 * MIB
    assert trial.reply is not None
    assert trial.reply.started_processes == ()


def test_a_spike_in_a_forked_child(run_script: RunScript) -> None:
    """100 MiB for as long as they take to fill, seen by its mark, or by wait4 alone."""
    ran = run_script("short_children", "forked_spike", trials=3)
    tree = tree_of(ran, "forked_spike")
    assert 90 * MIB <= tree.lower_bytes <= 101 * MIB
    assert 95 * MIB <= tree.estimate_bytes <= 106 * MIB
    for trial in ran.trials("forked_spike"):
        assert trial.outcome.tree is not None or trial.reply is not None


def test_a_spike_in_a_program(run_script: RunScript) -> None:
    tree = tree_of(run_script("short_children", "started_spike"), "started_spike")
    assert 98 * MIB <= tree.estimate_bytes <= 112 * MIB


def test_what_only_the_reaping_parent_knows(run_script: RunScript) -> None:
    """A child between two readings: here what was seen of it is taken away, as if it had been quicker.

    Sampling leaves the child's mark alone; who reads it resets it, and wait4 then tells only of the time after that.
    """
    ran = run_script("unseen_child", source="psutil")
    (trial,) = ran.trials("spikes", "headline")
    outcome = msgspec.structs.replace(trial.outcome, tree=None, processes=(), seen_processes=(), peak_bytes=None)
    unseen = msgspec.structs.replace(trial, outcome=outcome)
    (variant,) = make_report(msgspec.structs.replace(ran.run, trials=(unseen,))).variants
    assert variant.tree is not None
    assert variant.tree.unmeasured == 1
    # What it shared with its parent when it was born is in the upper bound only.
    assert abs(variant.tree.estimate_bytes - 30 * MIB) < 2 * MIB
    assert variant.tree.upper_bytes > 36 * MIB


def test_processes_too_short_to_be_measured_are_counted_and_said(run_script: RunScript) -> None:
    ran = run_script("short_children", "twenty_programs")
    tree = tree_of(ran, "twenty_programs")
    assert 0 < tree.unmeasured <= 20
    assert tree.unmeasured + tree.processes >= 20
    finding = ran.finding("processes_unmeasured", "twenty_programs")
    assert finding.evidence["processes"] == tree.unmeasured
    assert tree.estimate_bytes < 8 * MIB


def test_the_timeline_is_of_the_whole_tree(run_once: RunScript) -> None:
    ran = run_once("forks")
    assert ran.envelope("adds") >= 115 * MIB
    (trial,) = ran.trials("adds", "timeline")
    assert trial.outcome.timeline is not None
    moments = [seconds for seconds, _ in trial.outcome.timeline.points]
    assert moments == sorted(moments)
    assert len(moments) > 8
