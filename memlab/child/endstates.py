"""What is left when a variant has returned, and who holds it: the program, Python, Pillow, or the allocator."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

from memlab.child.reader import OwnMemory
from memlab.kernel.malloc import Glibc


def collect() -> None:
    """Collect garbage twice: what a finalizer lets go of in the first goes in the second."""
    gc.collect()
    gc.collect()


def clear_caches() -> None:
    """Clear Pillow's cache of image blocks (PILLOW_BLOCKS_MAX), where Pillow is loaded."""
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None:
        with suppress(Exception):
            pillow.core.clear_cache()


def settle(allocator: Glibc | None) -> None:
    """Bring the process into a state that later ones can be compared with: collected, cleared, trimmed."""
    collect()
    clear_caches()
    if allocator is not None:
        allocator.trim()


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
