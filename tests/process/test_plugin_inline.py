"""Tests that are measured in pytest's own process, and comparisons within tests."""

from __future__ import annotations

import sys

import pytest
from pytest_project import PytestProject

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
MB = 10**6

INLINE = """
import os
import unittest
import pytest

pytestmark = pytest.mark.memlab(isolation="inline", peak="30MB")
HERE = os.getpid()
kept = []


@pytest.fixture(scope="session")
def state():
    assert os.getpid() == HERE
    return bytearray(b"x") * 60_000_000


def test_small(state):
    assert bytearray(b"x") * 10_000_000


def test_large(state):
    assert bytearray(b"x") * 50_000_000


@pytest.mark.xfail(strict=True, reason="too large")
def test_expected(state):
    assert bytearray(b"x") * 50_000_000


@pytest.mark.memlab(retained="5MB")
def test_keeps():
    kept.append(bytearray(b"x") * 20_000_000)


def test_fails():
    assert kept == "nothing"


class TestCase(unittest.TestCase):
    def setUp(self):
        self.photo = bytearray(b"x") * 60_000_000

    def test_case(self):
        assert bytearray(b"x") * 50_000_000


def test_after():
    assert len(kept) == 1
"""


def test_inline(suite: PytestProject) -> None:
    suite.write("test_inline.py", INLINE)
    session = suite.run()
    assert session.statuses == {
        "test_small": "passed",
        "test_large": "failure",
        "test_expected": "skipped",
        "test_keeps": "failure",
        "test_fails": "failure",
        "test_case": "failure",
        "test_after": "passed",
    }
    cases = session.cases
    assert 9.5 * MB < cases["test_small"].size("peak_growth") < 14 * MB
    for name in ("test_large", "test_expected", "test_case"):
        assert 49 * MB < cases[name].size("peak_growth") < 54 * MB, name
        assert cases[name].properties["memlab_isolation"] == "inline"
    assert 19 * MB < cases["test_keeps"].size("retained") < 22 * MB
    assert "over its limit of 28.6 MiB" in " ".join(cases["test_large"].text.split())
    assert "in pytest's own process" in cases["test_large"].text
    assert "memlab_peak_growth_bytes" not in cases["test_fails"].properties
    section = " ".join(" ".join(session.section()).split())
    assert 'isolation="process" measures in a fresh one' in section
    assert section.count("what its other threads take and give back meanwhile counts") == 1


COMPARING = """
import pytest


def load_all(count):
    return len([bytearray(b"x") * 10_000_000 for _ in range(count)])


def stream(count):
    return sum(1 for _ in (bytearray(b"x") * 10_000_000 for _ in range(count)))


def test_compares(memlab):
    result = memlab.compare(load_all, stream, args=(8,), trials=1, meters=("os",))
    assert result["stream"].ratio > 2
    assert memlab.psnr is not None


@pytest.mark.memlab(peak="40MB")
def test_compares_and_is_measured(memlab):
    test_compares(memlab)


@pytest.mark.memlab(isolation="inline")
def test_measures_a_block(memlab):
    with memlab.measure() as block:
        assert bytearray(b"x") * 20_000_000
    assert 19_000_000 < block.peak_growth_bytes < 24_000_000


def test_measures_a_function(memlab):
    assert memlab.measure(stream, 2, trials=1).peak_growth_bytes < 40_000_000
"""


@pytest.mark.slow
def test_comparing_and_measuring_within_tests(suite: PytestProject) -> None:
    suite.write("test_compare.py", COMPARING)
    session = suite.run()
    assert session.statuses == {
        "test_compares": "passed",
        "test_compares_and_is_measured": "failure",
        "test_measures_a_block": "passed",
        "test_measures_a_function": "passed",
    }
    # What would be measured of that test is memlab.
    assert "in a trial of memlab's already" in session.cases["test_compares_and_is_measured"].text
    section = " ".join(" ".join(session.section()).split())
    assert "test_compare.py::test_compares: stream needs " in section
    assert "test_compare.py::test_measures_a_function: stream: " in section


def test_there_is_nothing_to_compare_with_memlab_off(suite: PytestProject) -> None:
    suite.write("test_compare.py", COMPARING)
    session = suite.run("--memlab-off", "-rs")
    assert set(session.statuses.values()) == {"skipped"}
    assert "--memlab-off: nothing is measured" in session.out
    assert session.section() == []
