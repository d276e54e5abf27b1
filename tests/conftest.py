"""What all tests need: a cache folder of their own, and hypothesis without a clock."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Times say nothing about correctness on a loaded machine; in CI a failure must come back when it is run again.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("MEMLAB_CI") else "here")

# Projects that tests measure: their tests are run by tests.
collect_ignore = ["projects"]

_PARTS = ("cv2", "h5py", "matplotlib", "memory_profiler", "memray", "selenium", "selenium_axe_python")
_PROGRAMS = {"Chromium": ("chromium", "chromium-browser", "google-chrome"), "chromedriver": ("chromedriver",)}


def pytest_configure() -> None:
    """In CI a missing part fails the run, where at home it only skips what needs it."""
    if os.environ.get("MEMLAB_CI"):
        absent = [f"{part} can't be imported" for part in _PARTS if importlib.util.find_spec(part) is None]
        absent += [f"{program} is not installed" for program in _PROGRAMS if found(program) is None]
        if absent:
            raise pytest.UsageError(f"MEMLAB_CI is set, and {' and '.join(absent)}")


def found(program: str) -> str | None:
    """Where a program of `_PROGRAMS` is; None where it isn't."""
    return next((path for name in _PROGRAMS[program] if (path := shutil.which(name)) is not None), None)


@pytest.fixture(scope="session")
def browser_programs() -> tuple[str, str]:
    """The paths of Chromium and of its driver; without them what needs a browser is skipped."""
    paths = {program: found(program) for program in _PROGRAMS}
    absent = [program for program, path in paths.items() if path is None]
    if absent:
        pytest.skip(f"{' and '.join(absent)} not installed (Debian: apt install chromium chromium-driver)")
    return str(paths["Chromium"]), str(paths["chromedriver"])


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the generated pictures of a test run away from the user's cache, and the user's from the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MEMLAB_CACHE", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
