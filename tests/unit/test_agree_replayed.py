"""The executor that remembers gives agreements back, too."""

from __future__ import annotations

from memlab.model.description import RecipeReference
from memlab.model.output import AgreeReply, OutputComparison
from memlab.model.trial import TrialSpec
from memlab.runner.replay import ReplayingExecutor

SPEC = TrialSpec(task="agree", recipe=RecipeReference("made"), folder="", outputs="/kept", pairs=(("a", "b"),))


def test_what_was_laid_in_comes_back() -> None:
    reply = AgreeReply(status="compared", comparisons=(OutputComparison("a", "b", "values", psnr_db=40.0),))
    executor = ReplayingExecutor({}, agreement=reply)
    outcome, given = executor.agree(SPEC, timeout_seconds=1)
    assert (outcome.exit_code, given) == (0, reply)
    assert executor.asked_pairs == [(("a", "b"),)]


def test_a_process_that_gave_no_reply() -> None:
    outcome, given = ReplayingExecutor({}).agree(SPEC, timeout_seconds=1)
    assert (outcome.exit_code, given) == (1, None)
