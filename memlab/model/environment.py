"""What a measurement was made on and with: recorded, never changed."""

from __future__ import annotations

import msgspec


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The machine and the interpreter.

    Attributes:
        settings: environment variables that bear on memory (MALLOC_*, GLIBC_TUNABLES, PYTHONMALLOC, PILLOW_*,
            thread settings, ...), as set by the user.
        unset: those that memlab took away because they falsify (MALLOC_PERTURB_, PYTHONMALLOC=debug).
        transparent_hugepages: the kernel's setting: always, madvise, never; None where unknown.
        cgroup_limit_bytes: the memory limit of memlab's own cgroup, where there is one.
        resolution_bytes: what a peak already freed can be off by on this machine.
        install: `editable` or `installed`.
        instruction_sets: what the CPU has of those by which libraries choose their code, such as avx2 and fma; floats
            computed by another can differ in their last digits.
        libraries: versions of the libraries a trial had loaded.
        allocator: the allocator mapped into a trial.
    """

    memlab_version: str
    python_version: str
    python_implementation: str
    platform: str
    kernel: str | None
    libc: str | None
    machine: str
    cpus_allowed: int
    cpus_online: int
    memory_bytes: int | None
    swap_bytes: int | None
    cgroup_limit_bytes: int | None
    transparent_hugepages: str | None
    resolution_bytes: int | None
    install: str
    settings: dict[str, str] = {}
    unset: tuple[str, ...] = ()
    instruction_sets: tuple[str, ...] = ()
    libraries: dict[str, str] = {}
    allocator: str | None = None
