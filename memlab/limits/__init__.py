"""Limits as people write them: when a figure has regressed (`growth>5% and >2MiB`), and budgets (`stream<64MiB`).

Whatever is parsed here is written back by `str()` in one way of writing, and that is parsed to the same value.
"""

from memlab.limits.amounts import Percent, Size
from memlab.limits.budget import Budget, GrowthClass, Share, parse_budget
from memlab.limits.fail_on import DEFAULT_FAIL_ON, FIGURES, Clause, Condition, FailOn, parse_fail_on
from memlab.limits.names import normal_name

__all__ = [
    "DEFAULT_FAIL_ON",
    "FIGURES",
    "Budget",
    "Clause",
    "Condition",
    "FailOn",
    "GrowthClass",
    "Percent",
    "Share",
    "Size",
    "normal_name",
    "parse_budget",
    "parse_fail_on",
]
