"""The environment a trial gets: the user's own, less the two settings that falsify every figure, and the folders of
another revision first on its path where that is measured."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence


def falsifying(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Which settings are taken away: those that fill freed memory or add a debugging layer to every allocation."""
    names = []
    if environment.get("MALLOC_PERTURB_"):
        names.append("MALLOC_PERTURB_")
    if "debug" in environment.get("PYTHONMALLOC", ""):
        names.append("PYTHONMALLOC")
    return tuple(names)


def trial_environment(environment: Mapping[str, str] | None = None, paths: Sequence[str] = ()) -> dict[str, str]:
    """The environment variables for a trial: nothing is set that the user wouldn't have, unless `paths` are given.

    Args:
        environment: the user's; this process's unless given.
        paths: folders that modules are looked for in before all others.
    """
    own = dict(os.environ if environment is None else environment)
    for name in falsifying(own):
        del own[name]
    if paths:
        # An empty entry would be the working folder.
        own["PYTHONPATH"] = os.pathsep.join((*paths, *filter(None, (own.get("PYTHONPATH"),))))
    return own
