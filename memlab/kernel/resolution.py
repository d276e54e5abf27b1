"""How fine the kernel's counters are on this machine.

Since Linux 6.2 each process's resident counters are kept per CPU and folded into the sum when a CPU's part reaches the
batch size, max(32, 2 × online CPUs) pages (lib/percpu_counter.c: `percpu_counter_batch`; mm/memory.c and
include/linux/mm.h for the marks). A mark is stored from the unfolded sum, so one that lies in the past can be off in
both directions by what the CPUs the process may run on can hold back.
"""

from __future__ import annotations

import os

from memlab.kernel.proc import PAGE_BYTES

SMALLEST_GROWTH_BYTES = 2 << 20
"""Growth below this is never told from nothing, however fine the counters: lazy imports, codecs and pools cost
1-2 MB at their first use."""


def cpus_online() -> int:
    """How many CPUs are online."""
    return os.cpu_count() or 1


def cpus_allowed() -> int:
    """How many CPUs this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return cpus_online()


def resolution_bytes(allowed: int | None = None, online: int | None = None) -> int:
    """What a peak already freed can be off by: CPUs allowed × (batch − 1) × page size.

    >>> resolution_bytes(2, 2) // 1024
    248
    """
    allowed = cpus_allowed() if allowed is None else allowed
    online = cpus_online() if online is None else online
    return allowed * (max(32, 2 * online) - 1) * PAGE_BYTES


def floor_bytes(resolution: int) -> int:
    """Growth under this is "below resolution": max(2 MiB, twice the resolution)."""
    return max(SMALLEST_GROWTH_BYTES, 2 * resolution)
