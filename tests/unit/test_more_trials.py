"""How many more trials a check makes."""

from __future__ import annotations

import pytest

from memlab.analysis.more_trials import MOST_TRIALS, trials_to_add
from memlab.analysis.regression import CONFIRMING_TRIALS


@pytest.mark.parametrize(
    ("made", "most", "added"),
    [(3, 9, 3), (6, 9, 3), (9, 9, 0), (3, 4, 1), (1, 9, 3), (0, 9, 3), (5, 3, 0), (7, 9, 2)],
)
def test_three_at_once_up_to_the_most(made: int, most: int, added: int) -> None:
    expected = {"stream": added} if added else {}
    assert trials_to_add(["stream"], {"stream": made, "load_all": 3}, most) == expected


def test_nobody_wants_any() -> None:
    assert trials_to_add([], {"stream": 3}) == {}


def test_the_most_are_enough_to_confirm() -> None:
    assert MOST_TRIALS >= CONFIRMING_TRIALS
