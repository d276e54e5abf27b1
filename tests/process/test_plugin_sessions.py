"""The sample project, in sessions of every kind: alone, side by side, in random order, beside other plugins."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from pytest_project import PytestProject, Session

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")]
MB, MIB = 10**6, 1 << 20

TESTS = {
    "test_thumbnail",
    "test_decoded[500-shape0]",
    "test_decoded[whole]",
    "test_as_bright",
    "test_all_at_once",
    "test_in_a_child_process",
    "test_streaming_saves",
    "test_without_a_limit",
}
COMPARES = "test_streaming_saves"
WITHOUT = ("test_album.py", f"--deselect=test_album.py::{COMPARES}")


@pytest.fixture
def sample(suite: PytestProject) -> PytestProject:
    suite.take_sample()
    return suite


def assert_measured(session: Session, *, compared: bool = True) -> None:
    """All tests passed, and were measured as well as it has to be.

    Args:
        compared: the test that compares two functions, which takes its time, was among them.
    """
    assert session.code == 0, session.out + session.err
    assert session.statuses == dict.fromkeys(TESTS if compared else TESTS - {COMPARES}, "passed")
    cases = session.cases
    limits = {
        name: case.size("peak_limit") for name, case in cases.items() if "memlab_peak_limit_bytes" in case.properties
    }
    assert limits == {
        "test_thumbnail": 16 * MIB,
        "test_decoded[500-shape0]": 16 * MIB,
        "test_decoded[whole]": 160 * MIB,
        "test_as_bright": 40 * MIB,
        "test_all_at_once": 128 * MIB,
        "test_in_a_child_process": 150 * MIB,
    }
    # 4000×3000 pixels: of four bytes in Pillow, of three in what it hands on; against a 64th of them.
    assert 80 * MIB < cases["test_decoded[whole]"].size("peak_growth") < 150 * MIB
    assert cases["test_decoded[500-shape0]"].size("peak_growth") < 12 * MIB
    # Twenty-four of 3.09 MiB at once; against one or two.
    assert 74 * MIB < cases["test_all_at_once"].size("peak_growth") < 120 * MIB
    assert cases["test_as_bright"].size("peak_growth") < 30 * MIB
    assert 100 * MB < cases["test_in_a_child_process"].size("peak_growth") < 125 * MB
    assert all(case.properties["memlab_source"] == "kernel" for name, case in cases.items() if name in limits)
    assert "memlab_peak_growth_bytes" not in cases["test_without_a_limit"].properties
    section = "\n".join(session.section())
    assert "test_album.py::test_decoded[whole]" in section
    assert ("stream needs" in section) == compared


def needs(plugin: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(plugin) is None
    return pytest.mark.skipif(missing, reason=f"needs {plugin}")


def test_alone(sample: PytestProject) -> None:
    session = sample.run("test_album.py")
    assert_measured(session)
    # Each has one line.
    lines = [line for line in session.section() if line.lstrip().startswith("ok ")]
    assert len(lines) == len(set(lines)) == 6


def test_side_by_side(sample: PytestProject) -> None:
    assert_measured(sample.run("test_album.py", "-n", "2", beside=("xdist",)))


@needs("pytest_randomly")
@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_in_random_order(sample: PytestProject, words: tuple[str, ...]) -> None:
    assert_measured(sample.run(*WITHOUT, *words, beside=("randomly", "xdist")), compared=False)


@needs("pytest_randomly")
def test_the_seed_is_that_of_the_session(sample: PytestProject) -> None:
    """A test meets the same random numbers, measured or not."""
    sample.write("test_seed.py", SEED)
    numbers = set()
    for words in ((), ("--memlab-off",)):
        session = sample.run("test_seed.py", "--randomly-seed=7", *words, beside=("randomly",))
        assert session.code == 0, session.out
        numbers.add((sample.folder / "number").read_text())
    assert len(numbers) == 1


SEED = """
import random
from pathlib import Path

import pytest


@pytest.mark.memlab
def test_measured():
    Path("number").write_text(str(random.random()))
"""


@needs("pytest_memray")
def test_beside_pytest_memray(sample: PytestProject) -> None:
    assert_measured(sample.run(*WITHOUT, "--memray", beside=("memray",)), compared=False)


@needs("pytest_benchmark")
def test_beside_pytest_benchmark(sample: PytestProject) -> None:
    sample.write("test_fast.py", "def test_fast(benchmark):\n    assert benchmark(sum, [1, 2]) == 3\n")
    session = sample.run(*WITHOUT, "test_fast.py", beside=("benchmark",))
    assert session.cases.pop("test_fast").status == "passed"
    assert " benchmark: 1 tests " in session.out
    assert_measured(session, compared=False)


def test_without_the_plugin(sample: PytestProject) -> None:
    """A project that registers the marker itself can do without memlab."""
    (sample.folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nmarkers = memlab: limits\n")
    session = sample.run(*WITHOUT, "-p", "no:memlab")
    assert session.statuses == dict.fromkeys(TESTS - {COMPARES}, "passed")
    assert session.section() == []
    assert all(case.properties == {} for case in session.cases.values())


@pytest.mark.parametrize(
    ("words", "ran"),
    [
        (("-k", "thumbnail"), {"test_thumbnail"}),
        (("-k", "decoded", "-m", "memlab"), {"test_decoded[500-shape0]", "test_decoded[whole]"}),
        (("test_album.py::TestStreaming",), {"test_as_bright", "test_all_at_once"}),
        (("test_album.py::test_decoded[whole]",), {"test_decoded[whole]"}),
    ],
)
def test_chosen_tests(sample: PytestProject, words: tuple[str, ...], ran: set[str]) -> None:
    session = sample.run(*words)
    assert session.statuses == dict.fromkeys(ran, "passed")


def test_from_another_folder(sample: PytestProject) -> None:
    """The root folder isn't where pytest is started."""
    inner = sample.folder / "inner"
    inner.mkdir()
    session = sample.run("../test_album.py", "-k", "thumbnail", cwd=inner)
    assert session.code == 0, session.out
