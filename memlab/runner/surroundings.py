"""The environment a trial gets: the user's own, less the two settings that falsify every figure."""

from __future__ import annotations

import os
from collections.abc import Mapping


def falsifying(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Which settings are taken away: those that fill freed memory or add a debugging layer to every allocation."""
    names = []
    if environment.get("MALLOC_PERTURB_"):
        names.append("MALLOC_PERTURB_")
    if "debug" in environment.get("PYTHONMALLOC", ""):
        names.append("PYTHONMALLOC")
    return tuple(names)


def trial_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables for a trial: nothing is set that the user wouldn't have."""
    own = dict(os.environ if environment is None else environment)
    for name in falsifying(own):
        del own[name]
    return own
