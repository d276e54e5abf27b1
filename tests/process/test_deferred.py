"""Work that a variant puts off until it is no longer measured: refused, since it would seem to need nothing."""

from __future__ import annotations

import pytest
from harness import RunScript


@pytest.mark.parametrize(
    ("script", "variant", "words"),
    [
        ("deferred", "opened", "it returns a picture that is only opened, and was decoded after the measurement"),
        ("deferred", "generated", "it returns a generator, whose work would be done after the measurement"),
        ("deferred_output", "generated", "it returns a generator, whose work would be done after the measurement"),
    ],
)
def test_work_done_afterwards_is_refused(run_once: RunScript, script: str, variant: str, words: str) -> None:
    ran = run_once(script)
    finding = ran.finding("trial_failed", variant)
    assert words in finding.message
    assert ran.exit_code == 3
    assert variant not in [one.variant for one in ran.result.report.comparisons]


@pytest.mark.parametrize(("script", "variant"), [("deferred", "decoded"), ("deferred_output", "opened")])
def test_what_was_done_in_the_run_or_not_at_all_is_fine(run_once: RunScript, script: str, variant: str) -> None:
    ran = run_once(script)
    assert "trial_failed" not in ran.codes(variant)
    assert ran.variant(variant).failed == 0
