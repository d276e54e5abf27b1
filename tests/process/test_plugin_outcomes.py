"""Measured tests that end in every way a test can end: each gives what a pytest user expects of it."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from pytest_project import PytestProject

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
slow = pytest.mark.slow

WAYS = """
import os, sys, time, signal
import pytest

pytestmark = pytest.mark.memlab(peak="150MiB", timeout=60)


@pytest.fixture
def broken():
    raise LookupError("no such photograph")


@pytest.fixture
def breaks_later():
    yield
    raise LookupError("can't be tidied up")


@pytest.fixture
def handle(tmp_path):
    # Nothing of it can be pickled.
    with open(tmp_path / "photo.raw", "wb") as file:
        yield (file, lambda: 1, (n for n in range(3)))


def test_passes(handle):
    handle[0].write(b"x")


def test_fails():
    print("said before it failed")
    size = 3
    assert size == 4


def test_setup(broken):
    pass


def test_teardown(breaks_later):
    pass


def test_skips():
    pytest.skip("not today")


@pytest.mark.skipif(True, reason="never here")
def test_skipif():
    raise AssertionError("it ran")


@pytest.mark.xfail(reason="known")
def test_xfail():
    assert False


@pytest.mark.xfail(reason="too large", strict=True)
def test_xfail_over_its_limit():
    block = b"x" * 200_000_000
    del block


@pytest.mark.xfail(reason="it was large once", strict=True)
def test_xpass_strict():
    pass


def test_crashes():
    os.kill(os.getpid(), signal.SIGSEGV)


def test_exits_at_once():
    os._exit(0)


def test_exits():
    sys.exit(3)


def test_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def test_comes_after():
    pass
"""


@slow
def test_every_way_to_end(suite: PytestProject) -> None:
    suite.write("test_ways.py", WAYS)
    session = suite.run("-rA", "-vv")
    assert session.code == 1, session.out
    cases = session.cases
    assert session.statuses == {
        "test_passes": "passed",
        "test_fails": "failure",
        "test_setup": "error",
        "test_teardown": "error",
        "test_skips": "skipped",
        "test_skipif": "skipped",
        "test_xfail": "skipped",
        "test_xfail_over_its_limit": "skipped",
        "test_xpass_strict": "failure",
        "test_crashes": "failure",
        "test_exits_at_once": "failure",
        "test_exits": "failure",
        "test_killed": "failure",
        "test_comes_after": "passed",
    }
    assert "assert 3 == 4" in cases["test_fails"].text
    assert "said before it failed" in session.out
    assert "no such photograph" in cases["test_setup"].text
    assert "can't be tidied up" in cases["test_teardown"].text
    assert "not today" in cases["test_skips"].message
    assert "never here" in cases["test_skipif"].message
    assert "XPASS(strict)" in cases["test_xpass_strict"].message
    assert "SIGSEGV" in cases["test_crashes"].text
    assert "Fatal Python error: Segmentation fault" in session.out
    assert "os._exit" in cases["test_exits_at_once"].text
    assert "SystemExit" in cases["test_exits"].text
    assert "SIGKILL" in cases["test_killed"].text
    # The figures of what passed are there, and of nothing that failed before it had any.
    measured = {name for name, case in cases.items() if "memlab_peak_growth_bytes" in case.properties}
    assert {"test_passes", "test_comes_after"} <= measured
    assert not measured & {"test_setup", "test_skipif", "test_crashes", "test_killed"}
    # None of memlab's own frames is of use to anyone.
    assert "memlab/integrations" not in session.out


def test_a_limit_that_is_broken_fails_the_test_in_words(suite: PytestProject) -> None:
    suite.write(
        "test_large.py",
        "import pytest\n\n\n"
        "@pytest.mark.memlab(peak='64MiB')\n"
        "def test_large():\n"
        "    print('decoding')\n"
        "    pixels = b'x' * 100_000_000\n"
        "    assert pixels\n\n\n"
        "@pytest.mark.memlab(peak='64MiB')\n"
        "def test_small():\n"
        "    assert b'x' * 10_000_000\n",
    )
    session = suite.run()
    assert session.code == 1
    assert session.statuses == {"test_large": "failure", "test_small": "passed"}
    large = session.cases["test_large"]
    assert "test_large needs 95." in large.text
    assert "over its limit of 64.0 MiB" in large.text
    assert "test_large.py:7 test_large\n" in large.text
    assert "pixels = b'x' * 100_000_000" in large.text
    assert "the kernel's high-water mark" in large.text
    assert "Traceback" not in large.text
    assert 95 * 10**6 < large.size("peak_growth") < 110 * 10**6
    assert large.size("peak_limit") == 64 << 20
    assert 9.5 * 10**6 < session.cases["test_small"].size("peak_growth") < 14 * 10**6
    section = session.section()
    assert [line.split()[0] for line in section[:3]] == ["peak", "OVER", "ok"]
    # What it printed is shown as of any test that fails.
    assert "decoding" in session.out


def test_a_test_that_takes_too_long(suite: PytestProject) -> None:
    suite.write(
        "test_long.py",
        "import time\nimport pytest\n\n\n"
        "@pytest.mark.memlab(timeout=3)\n"
        "def test_long():\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(600)\n",
    )
    session = suite.run()
    assert session.statuses == {"test_long": "failure"}
    assert "had not ended after" in session.cases["test_long"].text


@slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_pytest_leaves_nothing_running(suite: PytestProject, number: signal.Signals) -> None:
    """That nothing is left is looked for by the fixture, in every test."""
    suite.write(
        "test_long.py",
        "import subprocess, sys, time\nfrom pathlib import Path\nimport pytest\n\n\n"
        "@pytest.mark.memlab(peak='99MiB')\n"
        "def test_long():\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    Path('reached').touch()\n"
        "    time.sleep(600)\n",
    )
    process = suite.start()
    reached = suite.folder / "reached"
    _wait_for(reached)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 2, out
        assert "KeyboardInterrupt" in out
    else:
        assert process.returncode == -signal.SIGTERM
    assert suite.place.wait_until_empty() == []
    # pytest itself cleans up after an interrupt, not when it is ended by a signal it doesn't know.
    if number == signal.SIGTERM:
        for left in suite.place.temporary.glob("memlab-*"):
            shutil.rmtree(left, ignore_errors=True)


@slow
def test_an_interrupt_raised_by_the_test_ends_the_session(suite: PytestProject) -> None:
    suite.write(
        "test_stop.py",
        "import pytest\n\npytestmark = pytest.mark.memlab\n\n\n"
        "def test_stops():\n    raise KeyboardInterrupt\n\n\n"
        "def test_after():\n    pass\n",
    )
    session = suite.run()
    assert session.code == 2, session.out
    assert "test_after" not in session.cases


@slow
def test_a_test_that_only_fails_later_says_so(suite: PytestProject) -> None:
    """Its first trial passes; a further one doesn't."""
    suite.write(
        "test_flaky.py",
        "from pathlib import Path\nimport pytest\n\n\n"
        "@pytest.mark.memlab(trials=2)\n"
        "def test_flaky():\n"
        "    again = Path('again')\n"
        "    assert not again.exists()\n"
        "    again.touch()\n",
    )
    session = suite.run()
    assert session.statuses == {"test_flaky": "failure"}
    assert "assert not again.exists()" in session.cases["test_flaky"].text


def _wait_for(file: Path, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < end, f"{file} never came"
        time.sleep(0.05)
