"""How many more trials a check makes while its answer is inconclusive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MOST_TRIALS = 9
"""Of a variant, unless said: so many leave one outlier on each side out of account."""
MORE_AT_ONCE = 3


def trials_to_add(wants: Iterable[str], made: Mapping[str, int], most: int = MOST_TRIALS) -> dict[str, int]:
    """How many more headline trials each variant gets, with one more of memray's.

    As long as this isn't empty, measure and check again with `trials_left`. When it is, what a check with `trials_left`
    still wants trials for stands as a check without says it.

    Args:
        wants: the variants of which a check with `trials_left` wants more.
        made: how many headline trials were made of each variant.
        most: `--max-trials`.
    """
    return {name: min(MORE_AT_ONCE, most - made.get(name, 0)) for name in wants if made.get(name, 0) < most}
