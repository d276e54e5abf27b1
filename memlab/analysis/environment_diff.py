"""What two runs were measured under, where that isn't the same: by all that figures depend on."""

from __future__ import annotations

from collections.abc import Mapping

from memlab.analysis.accepted import conditions_now, headline_libraries
from memlab.analysis.identity import identity_of
from memlab.model.diff import EnvironmentDifference
from memlab.model.report import Report
from memlab.model.run import Run
from memlab.units import format_bytes

_NOT_SET = "not set"
_NOT_LOADED = "not loaded"


def environment_differences(old: Run, old_report: Report, new: Run, new_report: Report) -> list[EnvironmentDifference]:
    """What of the two environments isn't the same, in the order of how much it bears on figures.

    Those are the parts of a baseline's identity and conditions (`memlab.model.baseline`), settings of threads and the
    like, and memlab itself.
    """
    then, now = _facts(old, old_report), _facts(new, new_report)
    # glibc's own malloc comes with it: one difference, not two.
    if then["allocator"] == then["libc"] and now["allocator"] == now["libc"]:
        del then["allocator"], now["allocator"]
    found = _differences(then, now, "", "")
    found += _differences(_settings(old), _settings(new), "settings.", _NOT_SET)
    return found + _differences(headline_libraries(old), headline_libraries(new), "libraries.", _NOT_LOADED)


def _facts(run: Run, report: Report) -> dict[str, str]:
    identity, conditions = identity_of(run.environment), conditions_now(run, report)
    limit = conditions.memory_limit_bytes
    grain = conditions.resolution_bytes
    return {
        "python": identity.python,
        "platform": identity.platform,
        "libc": identity.libc,
        "allocator": identity.allocator,
        "kernel": conditions.kernel,
        "cpus": str(conditions.cpus),
        "transparent_hugepages": conditions.transparent_hugepages,
        "memory_limit": "none" if limit is None else format_bytes(limit),
        "meter": f"the kernel's mark, exact within {format_bytes(grain)}" if grain else "not the kernel's mark",
        "instruction_sets": conditions.instruction_sets,
        "memlab": run.memlab_version,
        "install": run.environment.install,
    }


def _settings(run: Run) -> dict[str, str]:
    """All that were recorded as bearing on memory, but for those that memlab took away before the trials."""
    environment = run.environment
    return {name: value for name, value in environment.settings.items() if name not in environment.unset}


def _differences(
    then: Mapping[str, str], now: Mapping[str, str], prefix: str, missing: str
) -> list[EnvironmentDifference]:
    keys = dict.fromkeys((*then, *now)) if not prefix else sorted({*then, *now})
    return [
        EnvironmentDifference(f"{prefix}{key}", then.get(key, missing), now.get(key, missing))
        for key in keys
        if then.get(key, missing) != now.get(key, missing)
    ]
