"""Give back what nobody uses any more, so that growth from here on is not hidden by memory that is used again."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

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
    """Bring this process into a state that later ones can be compared with: collected, cleared, trimmed."""
    collect()
    clear_caches()
    if allocator is not None:
        allocator.trim()
