"""A machine with exact figures, as `memlab doctor` meets it: made by hand, nothing is looked at."""

from __future__ import annotations

from memlab.model.doctor import Abilities
from memlab.model.environment import Environment

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

ENVIRONMENT = Environment(
    memlab_version="0.1.0",
    python_version="3.12.1",
    python_implementation="CPython",
    platform="linux",
    kernel="6.1.0-13-amd64",
    libc="glibc 2.36",
    machine="x86_64",
    cpus_allowed=2,
    cpus_online=2,
    memory_bytes=8 * GIB,
    swap_bytes=0,
    cgroup_limit_bytes=None,
    transparent_hugepages="madvise",
    resolution_bytes=248 * KIB,
    install="installed",
)

ABILITIES = Abilities(
    mark="kernel",
    children_listed=True,
    proportional_sets=True,
    trial_cgroups=False,
    heap_functions="work",
    allocator="glibc 2.36",
    swap_used_bytes=0,
    temporary_folder="/tmp",
    temporary_filesystem="ext4",
)
