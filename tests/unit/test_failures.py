"""Why a trial failed: one sentence each, the way out, and what it rests on."""

from __future__ import annotations

from typing import Any

import pytest
from made_runs import LEVEL, MIB, failed, measured

from memlab.analysis.failures import failure_finding
from memlab.model.trial import RecipeFailure

GREW = {"level_bytes": LEVEL, "peak_bytes": LEVEL + 50 * MIB}


def failure(stage: str = "run", kind: str = "error", type: str = "ValueError", message: str = "bad") -> RecipeFailure:
    return RecipeFailure(stage, kind, type, message)


@pytest.mark.parametrize(
    ("outcome", "message", "hint"),
    [
        (
            {"ending": "not_started", "message": "it needs 3.00 GiB and only 1.00 GiB are free"},
            "a was not started: it needs 3.00 GiB and only 1.00 GiB are free",
            None,
        ),
        ({"ending": "not_started"}, "a was not started: no reason is known", None),
        (
            {"ending": "timed_out", "seconds": 300.2} | GREW,
            "a had not ended after 5 min and was stopped; it had grown by 50.0 MiB by then",
            "give it longer with --timeout, or smaller inputs with --set",
        ),
        (
            {"ending": "timed_out", "seconds": 2.0, "reached": "started"},
            "a had not ended after 2.00 s (it had not come to its run yet) and was stopped",
            "give it longer with --timeout, or smaller inputs with --set",
        ),
        ({"ending": "stopped"}, "a was stopped", None),
        (
            {"ending": "lost", "message": "memlab's supervisor was killed by signal 9 while it ran"},
            "a was lost: memlab's supervisor was killed by signal 9 while it ran",
            "a variant must not end processes that it didn't start",
        ),
        (
            {"ending": "signalled", "signal": 11} | GREW,
            "a crashed with SIGSEGV; it had grown by 50.0 MiB by then",
            None,
        ),
        ({"ending": "signalled", "signal": 6}, "a crashed with SIGABRT", None),
        ({"ending": "signalled", "signal": 9}, "a was ended by SIGKILL", None),
        ({"ending": "signalled", "signal": 39}, "a was ended by signal 39", None),
        (
            {"ending": "signalled", "signal": 9, "out_of_memory": True} | GREW,
            "a was killed by the kernel for lack of memory; it had grown by 50.0 MiB by then",
            "try smaller inputs with --set, or raise the limit of the machine or its cgroup",
        ),
        (
            {"reached": "ended"},
            "a came to its end, but its process was lost before it could say so",
            None,
        ),
        (
            {"exit_code": 3},
            "a ended its process with exit code 3 (os._exit or an exec)",
            "a variant returns its output; it must not end the process",
        ),
    ],
)
def test_processes_that_never_replied(outcome: dict[str, Any], message: str, hint: str | None) -> None:
    found = failure_finding(failed("a", **outcome))
    assert (found.message, found.hint) == (message, hint)
    assert (found.code, found.severity, found.variant) == ("trial_failed", "error", "a")


WARM_UP = (
    "the warm-up is the variant itself, on 64×48 twins of its inputs; if only their size is to blame, "
    "@recipe.warm_up puts something else there"
)


@pytest.mark.parametrize(
    ("failure", "message", "hint"),
    [
        (failure(), "a raised ValueError: bad", None),
        (failure(message=""), "a raised ValueError", None),
        (failure("import"), "a: importing the recipe raised ValueError: bad", None),
        (failure("prepare"), "a: @recipe.prepare raised ValueError: bad", None),
        (failure("warm_up"), "a: the warm-up raised ValueError: bad", WARM_UP),
        (failure("output"), "a: its output can't be compared: ValueError: bad", None),
        (failure("output", message=""), "a: its output can't be compared: ValueError", None),
        (
            failure("output", type="IncomparableOutputError", message="the output holds a generator"),
            "a: the output holds a generator",
            None,
        ),
        (failure(kind="exit", type="SystemExit", message="3"), "a called sys.exit(3)", None),
        (failure("prepare", "exit", "SystemExit", ""), "a: @recipe.prepare called sys.exit()", None),
        (
            failure(kind="memory", type="MemoryError"),
            "a ran out of memory; it had grown by 50.0 MiB by then",
            "try smaller inputs with --set, or raise the limit",
        ),
        (
            failure("warm_up", "memory", "MemoryError"),
            "a: the warm-up ran out of memory; it had grown by 50.0 MiB by then",
            WARM_UP,
        ),
        (
            failure("output", "memory", "MemoryError"),
            "a: reading its output ran out of memory; it had grown by 50.0 MiB by then",
            "try smaller inputs with --set, or raise the limit",
        ),
    ],
)
def test_what_the_recipe_raised(failure: RecipeFailure, message: str, hint: str | None) -> None:
    found = failure_finding(failed("a", failure=failure, **GREW))
    assert (found.message, found.hint) == (message, hint)


def test_a_descendant_killed_for_lack_of_memory_is_said() -> None:
    found = failure_finding(failed("a", failure=failure(type="BrokenProcessPool"), out_of_memory=True))
    assert found.message == (
        "a raised BrokenProcessPool: bad; the kernel had killed a process of it for lack of memory"
    )
    assert found.hint == "try smaller inputs with --set, or raise the limit of the machine or its cgroup"


def test_growth_is_never_said_to_be_negative() -> None:
    found = failure_finding(failed("a", ending="signalled", signal=11, level_bytes=LEVEL, peak_bytes=LEVEL - 1))
    assert found.message == "a crashed with SIGSEGV; it had grown by 0 B by then"
    assert found.evidence["reached_bytes"] == -1


def test_a_traceback_is_evidence_and_else_what_it_printed_last() -> None:
    raised = RecipeFailure("run", "error", "ValueError", "bad", traceback="Traceback …")
    found = failure_finding(failed("a", failure=raised, output_tail="printed"))
    assert found.evidence["traceback"] == "Traceback …"
    assert "output" not in found.evidence
    found = failure_finding(failed("a", ending="signalled", signal=11, output_tail="x" * 5000 + "last words"))
    assert len(found.evidence["output"]) == 2000
    assert found.evidence["output"].endswith("last words")
    assert "output" not in failure_finding(failed("a", output_tail=" \n")).evidence


def test_a_trial_that_succeeded_has_no_failure() -> None:
    with pytest.raises(AssertionError):
        failure_finding(measured("a", MIB))
