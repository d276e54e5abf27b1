"""What is left when a variant has returned, and who holds it: the program, Python, Pillow, or the allocator."""

from __future__ import annotations

from memlab.child.reader import OwnMemory
from memlab.kernel.malloc import Glibc
from memlab.kernel.settling import clear_caches, collect


def read_end_states(ended_bytes: int, memory: OwnMemory, allocator: Glibc | None) -> dict[str, int | None]:
    """Walk through the end states but the last, `released`, for which the caller drops the output.

    Args:
        ended_bytes: the resident set as the run ended.
    """
    collect()
    collected = memory.resident_bytes()
    clear_caches()
    cleared = memory.resident_bytes()
    trimmed: int | None = None
    if allocator is not None:
        allocator.trim()
        trimmed = memory.resident_bytes()
    return {
        "ended": ended_bytes,
        "collected": collected,
        "caches_cleared": cleared,
        "trimmed": trimmed,
        "released": None,
        "file_backed": memory.file_bytes(),
    }
