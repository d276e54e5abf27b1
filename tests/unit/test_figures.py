"""From one raw trial to its figures."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from made_runs import KIB, LEVEL, MIB, failed, measured

from memlab.analysis.figures import TreeFigures, figures_of, reached_bytes, succeeded
from memlab.model.trial import ProcessFigure, RecipeFailure, TreeFigure, Trial


def tree(estimate: int, *, lower: int | None = None, upper: int | None = None, **more: int) -> TreeFigure:
    """A tree that starts at LEVEL and reaches LEVEL + estimate."""
    known = {"processes": 2, "unmeasured": 0, "unreadable": 0} | more
    return TreeFigure(
        start_bytes=LEVEL,
        start_upper_bytes=LEVEL,
        lower_bytes=LEVEL + (estimate if lower is None else lower),
        estimate_bytes=LEVEL + estimate,
        upper_bytes=LEVEL + (estimate if upper is None else upper),
        **known,
    )


def with_tree(growth: int, figure: TreeFigure, *children: int, **reply: Any) -> Trial:
    processes = tuple(
        ProcessFigure(number, "python", LEVEL + size, 0.0, 1.0) for number, size in enumerate((growth, *children), 1)
    )
    seen = tuple(range(2, 2 + len(children)))
    return measured("pool", growth, outcome={"tree": figure, "processes": processes, "seen_processes": seen}, **reply)


def test_growth_and_end_states_are_counted_from_the_start() -> None:
    trial = measured("stream", 30 * MIB, seconds=1.5, retained=2 * MIB, kept=5 * MIB, arenas=3 * MIB)
    figures = figures_of(trial)
    assert figures is not None
    assert figures.growth_bytes == 30 * MIB
    assert figures.seconds == 1.5
    assert figures.retained_bytes == 2 * MIB
    assert figures.kept_bytes == 8 * MIB
    assert figures.end_states_bytes == {
        "ended": 7 * MIB,
        "collected": 7 * MIB,
        "caches_cleared": 7 * MIB,
        "trimmed": 2 * MIB,
        "released": 2 * MIB,
    }
    assert (figures.source, figures.tree, figures.at_least, figures.unseen_growth_bytes) == ("kernel", None, False, 0)


def test_where_nothing_can_be_trimmed_it_is_not_known_what_the_allocator_keeps() -> None:
    figures = figures_of(measured("stream", MIB, retained=2 * MIB, kept=None, arenas=MIB))
    assert figures is not None
    assert figures.kept_bytes is None
    assert figures.retained_bytes == 2 * MIB
    assert figures.end_states_bytes["trimmed"] is None


def test_where_the_arenas_can_not_be_read_only_the_heap_counts_as_kept() -> None:
    figures = figures_of(measured("stream", MIB, kept=2 * MIB, arenas=MIB, reusable_after_bytes=None))
    assert figures is not None
    assert figures.kept_bytes == 2 * MIB


def test_what_is_less_than_at_the_start() -> None:
    figures = figures_of(measured("stream", -MIB, retained=-3 * MIB, arenas=-32 * KIB))
    assert figures is not None
    assert figures.growth_bytes == 0  # a peak is never below its start
    assert figures.retained_bytes == -3 * MIB
    assert figures.kept_bytes == 0


@pytest.mark.parametrize(("own", "outside"), [(10, 50), (50, 10), (50, 50)])
def test_of_the_readings_from_inside_and_outside_the_higher_counts(own: int, outside: int) -> None:
    # Where both reset the mark, neither has seen all of it.
    figures = figures_of(measured("stream", own * MIB, outcome={"peak_bytes": LEVEL + outside * MIB}))
    assert figures is not None
    assert figures.growth_bytes == 50 * MIB


def test_huge_pages_are_no_part_of_the_mark_that_the_process_reads() -> None:
    figures = figures_of(measured("stream", 10 * MIB, outcome={"hugetlb_bytes": 4 * MIB}))
    assert figures is not None
    assert figures.growth_bytes == 14 * MIB
    seen_outside = {"hugetlb_bytes": 4 * MIB, "peak_bytes": LEVEL + 14 * MIB}
    figures = figures_of(measured("stream", 10 * MIB, outcome=seen_outside))
    assert figures is not None
    assert figures.growth_bytes == 14 * MIB


def test_what_was_swapped_out_makes_a_lower_bound() -> None:
    figures = figures_of(measured("stream", 10 * MIB, outcome={"swap_bytes": KIB}))
    assert figures is not None
    assert figures.at_least


def test_of_a_tree_the_estimate_is_the_growth() -> None:
    figure = tree(60 * MIB, lower=40 * MIB, upper=75 * MIB)
    trial = with_tree(10 * MIB, figure, 30 * MIB, 35 * MIB)
    figures = figures_of(
        msgspec.structs.replace(trial, outcome=msgspec.structs.replace(trial.outcome, unseen_growth_bytes=MIB))
    )
    assert figures is not None
    assert figures.growth_bytes == 60 * MIB
    assert figures.tree == TreeFigures(40 * MIB, 60 * MIB, 75 * MIB, 2, 0, 0)
    assert figures.unseen_growth_bytes == MIB


def test_a_child_s_last_moments_raise_the_tree() -> None:
    # Both children were seen at 30 MiB; wait4 knows that one of them came to 50 MiB.
    trial = with_tree(
        10 * MIB, tree(60 * MIB, lower=30 * MIB), 30 * MIB, 30 * MIB, children_peak_bytes=LEVEL + 50 * MIB
    )
    figures = figures_of(trial)
    assert figures is not None
    assert figures.tree is not None
    assert figures.tree.estimate_bytes == figures.tree.upper_bytes == 80 * MIB
    assert figures.tree.lower_bytes == 50 * MIB


def test_what_a_forked_child_was_born_with_is_its_parent_s_as_well() -> None:
    # Nobody saw it: it came to 50 MiB, of which it had 8 MiB over the level from its parent.
    trial = measured(
        "pool",
        10 * MIB,
        started_processes=(7,),
        children_peak_bytes=LEVEL + 50 * MIB,
        forked_level_bytes=LEVEL + 8 * MIB,
    )
    figures = figures_of(trial)
    assert figures is not None
    assert figures.tree is not None
    assert figures.tree.estimate_bytes == 10 * MIB + 42 * MIB
    assert figures.tree.lower_bytes == 50 * MIB
    assert figures.tree.upper_bytes == LEVEL + 60 * MIB


def test_what_was_seen_of_a_child_is_not_counted_again() -> None:
    trial = with_tree(10 * MIB, tree(60 * MIB), 50 * MIB, children_peak_bytes=LEVEL + 50 * MIB)
    figures = figures_of(trial)
    assert figures is not None
    assert figures.growth_bytes == 60 * MIB


def test_a_reaped_peak_below_the_trial_s_own_tells_nothing() -> None:
    # A process started by vfork begins with the peak of the one it came from.
    trial = with_tree(50 * MIB, tree(60 * MIB), 5 * MIB, children_peak_bytes=LEVEL + 50 * MIB)
    figures = figures_of(trial)
    assert figures is not None
    assert figures.growth_bytes == 60 * MIB


def test_processes_that_nobody_saw_are_counted() -> None:
    figures = figures_of(measured("pool", 10 * MIB, started_processes=(7, 8)))
    assert figures is not None
    assert figures.tree == TreeFigures(10 * MIB, 10 * MIB, 10 * MIB, 0, 2, 0)
    figures = figures_of(with_tree(MIB, tree(5 * MIB), 2 * MIB, started_processes=(2, 7, 8), started_more=True))
    assert figures is not None
    assert figures.tree is not None
    assert figures.tree.unmeasured == 3


def test_the_bounds_of_a_tree_are_counted_from_bounds_of_its_start() -> None:
    figure = TreeFigure(
        start_bytes=30 * MIB,
        start_upper_bytes=40 * MIB,
        lower_bytes=50 * MIB,
        estimate_bytes=70 * MIB,
        upper_bytes=90 * MIB,
        processes=1,
        unmeasured=0,
        unreadable=0,
    )
    figures = figures_of(with_tree(MIB, figure, MIB))
    assert figures is not None
    assert figures.tree == TreeFigures(10 * MIB, 40 * MIB, 60 * MIB, 1, 0, 0)


def test_a_failed_trial_has_no_figures() -> None:
    trial = failed("stream")
    assert not succeeded(trial)
    assert figures_of(trial) is None
    trial = failed("stream", failure=RecipeFailure("run", "error", "ValueError", "bad"))
    assert not succeeded(trial)
    assert figures_of(trial) is None


def test_how_far_a_failed_trial_had_come() -> None:
    assert reached_bytes(failed("stream")) is None
    assert reached_bytes(failed("stream", level_bytes=LEVEL)) is None
    assert reached_bytes(failed("stream", peak_bytes=LEVEL + MIB)) is None
    known = {"level_bytes": LEVEL, "peak_bytes": LEVEL + MIB}
    assert reached_bytes(failed("stream", **known)) == MIB
    assert reached_bytes(failed("stream", last_gap_bytes=LEVEL + 9 * MIB, **known)) == 9 * MIB
    assert reached_bytes(failed("stream", tree=tree(20 * MIB), **known)) == 20 * MIB
    failure = RecipeFailure("run", "memory", "MemoryError", "", reached_bytes=30 * MIB)
    assert reached_bytes(failed("stream", failure=failure, **known)) == 30 * MIB
