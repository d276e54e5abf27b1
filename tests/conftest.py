"""What all tests need: a cache folder of their own, and hypothesis without a clock."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Times say nothing about correctness on a loaded machine; in CI a failure must come back when it is run again.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("MEMLAB_CI") else "here")

_PARTS = ("cv2", "h5py", "matplotlib", "memory_profiler", "memray")


def pytest_configure() -> None:
    """In CI a missing part fails the run, where at home it only skips what needs it."""
    if os.environ.get("MEMLAB_CI"):
        absent = [part for part in _PARTS if importlib.util.find_spec(part) is None]
        if absent:
            raise pytest.UsageError(f"MEMLAB_CI is set, and {' and '.join(absent)} can't be imported")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the generated pictures of a test run away from the user's cache, and the user's from the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MEMLAB_CACHE", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
