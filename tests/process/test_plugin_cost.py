"""What the plugin costs a session that has nothing to measure: an import of next to nothing."""

from __future__ import annotations

import sys

import pytest
from pytest_project import ENTRY, PytestProject

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")

LOADED = """
import sys


def pytest_unconfigure(config):
    print("loaded:", *sorted(sys.modules))
"""
PLAIN = "import pytest\n\n\n@pytest.mark.parametrize('n', range(3))\ndef test_plain(n, tmp_path):\n    assert n < 3\n"


def loaded(suite: PytestProject, *words: str) -> set[str]:
    """The modules that a session had loaded at its end."""
    session = suite.run("-s", *words)
    assert session.code == 0, session.out
    (line,) = [line for line in session.out.splitlines() if line.startswith("loaded: ")]
    return set(line.split()[1:])


@pytest.fixture
def plain(suite: PytestProject) -> PytestProject:
    """A project that has no use of memlab."""
    suite.write("conftest.py", LOADED)
    suite.write("test_plain.py", PLAIN)
    return suite


def test_without_marked_tests_only_the_entry_is_loaded(plain: PytestProject) -> None:
    found, without = loaded(plain), loaded(plain, "-p", "no:memlab")
    assert found - without == {"memlab", "memlab.integrations", ENTRY}


def test_with_everything_switched_off_it_is_the_same(plain: PytestProject) -> None:
    plain.write("test_marked.py", "import pytest\n\n\n@pytest.mark.memlab(peak='1MiB')\ndef test_marked():\n    pass\n")
    found = loaded(plain, "--memlab-off")
    assert {name for name in found if name.partition(".")[0] in ("memlab", "msgspec", "psutil", "numpy")} == {
        "memlab",
        "memlab.integrations",
        ENTRY,
    }
