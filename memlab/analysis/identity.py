"""What figures were measured under: what makes others no baseline, and what only widens the tolerance."""

from __future__ import annotations

import re
from collections.abc import Mapping

from memlab.model.baseline import BaselineSection, Conditions, Identity
from memlab.model.environment import Environment

_OF_ALLOCATORS = ("MALLOC_", "MIMALLOC_", "PILLOW_")
_SETTINGS = ("GLIBC_TUNABLES", "NUMPY_MADVISE_HUGEPAGE", "PYTHONMALLOC")
_KERNEL = re.compile(r"[0-9.]*(?<![.])")
_DEFAULT_PYTHON = "CPython"


def identity_of(environment: Environment) -> Identity:
    """What figures measured in this environment depend on so much that others are no baseline."""
    minor = ".".join(environment.python_version.split(".")[:2])
    return Identity(
        python=f"{environment.python_implementation} {minor}",
        platform=f"{environment.platform} {environment.machine}".strip(),
        libc=environment.libc or "",
        allocator=environment.allocator or "",
        settings={
            name: value
            for name, value in sorted(environment.settings.items())
            # What memlab took away before the trials changed nothing in them.
            if (name.startswith(_OF_ALLOCATORS) or name in _SETTINGS) and name not in environment.unset
        },
        libraries=dict(sorted(environment.libraries.items())),
    )


def conditions_of(environment: Environment) -> Conditions:
    """What may differ from when the baseline was made."""
    return Conditions(
        # Without what a distribution or a machine's owner adds to the version.
        kernel=_KERNEL.match(environment.kernel or "")[0],  # type: ignore[index]
        cpus=environment.cpus_allowed,
        transparent_hugepages=environment.transparent_hugepages or "",
        memory_limit_bytes=environment.cgroup_limit_bytes,
        resolution_bytes=environment.resolution_bytes or 0,
        instruction_sets=" ".join(environment.instruction_sets),
    )


def identity_differences(section: BaselineSection, identity: Identity) -> list[str]:
    """What is another now than when the section was made, such as `Python 3.12 instead of 3.11`; without libraries."""
    differences = []
    if identity.python != section.python:
        differences.append(_python_difference(section.python, identity.python))
    for now, then in ((identity.platform, section.platform), (identity.libc, section.libc)):
        if now != then:
            differences.append(f"{now or 'an unknown C library'} instead of {then or 'an unknown one'}")
    # glibc's own malloc comes with it: one difference, not two.
    comes_with_libc = (identity.allocator, section.allocator) == (identity.libc, section.libc)
    if identity.allocator != section.allocator and not comes_with_libc:
        now = f"the allocator {identity.allocator}" if identity.allocator else "an unknown allocator"
        differences.append(f"{now} instead of {section.allocator or 'an unknown one'}")
    return differences + _settings_differences(section.settings, identity.settings)


def library_differences(accepted: Mapping[str, str], loaded: Mapping[str, str]) -> list[str]:
    """Which libraries a recipe's trials had loaded in another version, or besides, or not any more.

    Args:
        accepted: versions by module, of the baseline file.
        loaded: those of now.
    """
    differences = []
    for module in sorted({*accepted, *loaded}):
        then, now = accepted.get(module), loaded.get(module)
        if then is None:
            differences.append(f"{module} {now} besides")
        elif now is None:
            differences.append(f"no {module} instead of {then}")
        elif now != then:
            differences.append(f"{module} {now} instead of {then}")
    return differences


def _python_difference(then: str, now: str) -> str:
    now_name, _, now_version = now.rpartition(" ")
    then_name, _, then_version = then.rpartition(" ")
    if now_name != then_name:
        return f"{now} instead of {then}"
    return f"{'Python' if now_name == _DEFAULT_PYTHON else now_name} {now_version} instead of {then_version}"


def _settings_differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    differences = []
    for name in sorted({*then, *now}):
        if name not in now:
            differences.append(f"{name} not set instead of {name}={then[name]}")
        elif name not in then:
            differences.append(f"{name}={now[name]} instead of not set")
        elif now[name] != then[name]:
            differences.append(f"{name}={now[name]} instead of {then[name]}")
    return differences
