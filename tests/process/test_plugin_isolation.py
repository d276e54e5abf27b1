"""A measured test in a process of its own is the test it would have been, whatever it is called and whoever runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_project import PytestProject

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
slow = pytest.mark.slow
MB = 10**6

KINDS = """
import unittest
import warnings
import pytest

pytestmark = pytest.mark.memlab(peak="40MB")
held = bytearray(b"x") * 50_000_000


@pytest.fixture
def photo():
    yield bytearray(b"x") * 60_000_000


@pytest.mark.parametrize("name", ["a[b::c]", "größe"])
def test_names(name, photo):
    assert bytearray(b"x") * 10_000_000


class TestClass:
    @pytest.mark.memlab(peak="20MB")
    def test_limit(self):
        assert bytearray(b"x") * 30_000_000


class TestCase(unittest.TestCase):
    def setUp(self):
        self.photo = bytearray(b"x") * 60_000_000

    def test_case(self):
        assert bytearray(b"x") * 10_000_000

    def test_case_fails(self):
        self.assertEqual(1, 2)

    @unittest.skip("not this one")
    def test_case_skips(self):
        raise AssertionError


class TestLoop(unittest.IsolatedAsyncioTestCase):
    async def test_loop(self):
        self.assertEqual(1, 2)


def test_warns():
    warnings.warn("a careful warning")


def test_same():
    raise AssertionError("hidden by the one below")


def test_same():
    pass
"""


@slow
def test_every_kind_of_test(suite: PytestProject) -> None:
    suite.write("test_kinds.py", KINDS)
    session = suite.run()
    names = {f"test_names[{one}]" for one in ("a[b::c]", "gr\\xf6\\xdfe")}
    passes = {*names, "test_case", "test_warns", "test_same"}
    assert session.statuses == dict.fromkeys(passes, "passed") | {
        "test_limit": "failure",
        "test_case_fails": "failure",
        "test_case_skips": "skipped",
        "test_loop": "failure",
    }
    cases = session.cases
    # Neither what the module holds counts, nor fixtures, nor setUp.
    for name in {*names, "test_case"}:
        assert 9.5 * MB < cases[name].size("peak_growth") < 14 * MB, name
        assert cases[name].size("peak_limit") == 40 * MB
    assert cases["test_limit"].size("peak_limit") == 20 * MB
    assert "over its limit of 19.1 MiB" in " ".join(cases["test_limit"].text.split())
    assert "1 != 2" in cases["test_case_fails"].text
    assert "1 != 2" in cases["test_loop"].text
    assert "a careful warning" in session.out
    assert "1 warning" in session.out


@slow
def test_doctests_and_paths_that_pytest_can_not_be_given(suite: PytestProject) -> None:
    suite.write(
        "conftest.py",
        "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n"
        "    for item in items:\n        item.add_marker(pytest.mark.memlab(peak='30MB'))\n",
    )
    suite.write("sub[1]/album.py", '"""\n>>> len(bytearray(b"x") * 50_000_000)\n50000000\n"""\n')
    suite.write("sub[1]/test_album.py", "def test_album():\n    assert bytearray(b'x') * 10_000_000\n")
    session = suite.run("--doctest-modules")
    # Older releases of pytest can't write the names of such tests either.
    cases = {name.rpartition("::")[2]: case for name, case in session.cases.items()}
    assert {name: case.status for name, case in cases.items()} == {"album": "failure", "test_album": "passed"}
    assert 49 * MB < cases["album"].size("peak_growth") < 56 * MB


@slow
def test_fixtures_of_other_tests_are_torn_down_in_time(suite: PytestProject) -> None:
    """Those of the module are made in pytest's process for tests that run there, and in each measured test's own."""
    suite.write(
        "test_module.py",
        "import os, pytest\n\n\n"
        "def note(word):\n"
        "    with open('log', 'a') as file:\n"
        "        file.write(f'{word}{os.getpid()} ')\n\n\n"
        "@pytest.fixture(scope='module')\n"
        "def album():\n    note('up')\n    yield\n    note('down')\n    raise LookupError('album is lost')\n\n\n"
        "@pytest.fixture(scope='module', autouse=True)\n"
        "def other():\n    yield\n\n\n"
        "def test_first(album):\n    note('first')\n\n\n"
        "@pytest.mark.memlab\ndef test_measured():\n    note('measured')\n",
    )
    suite.write("test_next.py", "from test_module import note\n\n\ndef test_next():\n    note('next')\n")
    session = suite.run("test_module.py", "test_next.py")
    words = (suite.folder / "log").read_text().split()
    (here,) = {word[2:] for word in words if word.startswith("up")}
    assert [word.removesuffix(here) for word in words if word.endswith(here)] == ["up", "first", "down", "next"]
    (measured,) = [word for word in words if word.startswith("measured")]
    assert words.index(f"first{here}") < words.index(measured) < words.index(f"down{here}")
    # As ever in pytest, the test after which it happens is in error.
    assert "ERROR test_module.py::test_measured - LookupError: album is lost" in session.out
    assert session.statuses["test_next"] == "passed"


def test_the_session_outside_is_the_session_inside(suite: PytestProject) -> None:
    """Options, ini values, folders for temporary files, and what lies on the path."""
    suite.write("pytest.ini", "[pytest]\npythonpath = lib\nmemlab_peak = 30MB\n")
    suite.write("lib/photos.py", "NAME = 'album'\n")
    suite.write(
        "conftest.py",
        "import pytest\n\n\ndef pytest_addoption(parser):\n    parser.addoption('--size')\n\n\n"
        "@pytest.fixture\ndef size(request):\n    return request.config.getoption('size')\n",
    )
    suite.write(
        "test_inside.py",
        "import os, sys, pytest, photos\n\n\n"
        "@pytest.mark.memlab\n"
        "def test_inside(size, tmp_path, request, capsys, record_property):\n"
        "    assert (size, photos.NAME, os.getcwd()) == ('large', 'album', str(request.config.rootpath))\n"
        "    assert request.config.getoption('verbose') == 2\n"
        "    assert [request.config.getoption(name) for name in ('xmlpath', 'keyword')] == [None, '']\n"
        "    assert request.node.nodeid == 'test_inside.py::test_inside'\n"
        "    assert sys.argv[1:]\n"
        "    record_property('folder', tmp_path)\n"
        "    print('seen')\n"
        "    assert capsys.readouterr().out == 'seen\\n'\n"
        "    print('printed')\n",
    )
    base = suite.folder / "base"
    session = suite.run("--size=large", "-vv", "-s", f"--basetemp={base}", "-k", "inside", "--maxfail=1")
    assert session.statuses == {"test_inside": "passed"}, session.out
    case = session.cases["test_inside"]
    # Beside the session's own, which it would otherwise remove.
    assert f"{base}/memlab-1/test_inside0" in case.properties["folder"]
    assert case.size("peak_limit") == 30 * MB
    assert "printed" in session.out


@slow
def test_a_crash_shows_the_test_and_not_what_is_around_it(suite: PytestProject) -> None:
    suite.write(
        "test_crash.py",
        "import ctypes, os, pytest\n\npytestmark = pytest.mark.memlab\n\n\n"
        "@pytest.fixture\ndef ends():\n    os._exit(0)\n\n\n"
        "@pytest.fixture\ndef ends_later():\n    yield\n    os._exit(0)\n\n\n"
        "def test_crash():\n    ctypes.string_at(0)\n\n\n"
        "def test_ends(ends):\n    pass\n\n\n"
        "def test_ends_later(ends_later):\n    pass\n",
    )
    session = suite.run("-v")
    crash = session.out.partition("Last output of its process")[2].partition("\n_")[0]
    assert " in test_crash\n" in crash
    assert "string_at" in crash
    assert "_pytest" not in crash
    assert "runpy" not in crash
    assert session.statuses == {"test_crash": "failure", "test_ends": "error", "test_ends_later": "error"}
    assert "at setup of test_ends " in session.out
    assert "at teardown of test_ends_later " in session.out


@slow
@pytest.mark.parametrize("words", [(), ("-n", "1")])
def test_a_mistake_in_a_marker(suite: PytestProject, words: tuple[str, ...]) -> None:
    suite.write("test_mistake.py", "import pytest\n\n\n@pytest.mark.memlab(peak='much')\ndef test_it():\n    pass\n")
    session = suite.run(*words, beside=("xdist",))
    if words:
        # A worker has no way to end the session: the test is in error.
        assert session.statuses == {"test_it": "error"}
        assert "test_mistake.py::test_it: @pytest.mark.memlab: peak='much'" in " ".join(session.out.split())
    else:
        assert session.code == 4
        assert session.err.startswith("ERROR: memlab: test_mistake.py::test_it: @pytest.mark.memlab: peak='much'")
    assert "Traceback" not in session.out + session.err


@slow
def test_stopping_from_within_a_test(suite: PytestProject) -> None:
    suite.write(
        "test_exit.py",
        "import pytest\n\npytestmark = pytest.mark.memlab\n\n\n"
        "def test_exit():\n    pytest.exit('that is enough', 7)\n\n\ndef test_after():\n    pass\n",
    )
    session = suite.run()
    assert session.code == 7, session.out
    assert "that is enough" in session.out
    assert "test_after" not in session.cases


@slow
@pytest.mark.parametrize("option", ["--pdb", "--trace", "--memlab-off", "--setup-plan", "--collect-only"])
def test_options_that_leave_tests_alone(suite: PytestProject, option: str) -> None:
    suite.write(
        "test_here.py",
        "import os, pytest\n\n\n@pytest.mark.memlab(peak='1MiB')\ndef test_here():\n"
        "    with open('log', 'w') as file:\n        file.write(str(os.getppid()))\n    bytearray(b'x') * 50_000_000\n",
    )
    process = suite.start(option, stdin=subprocess.PIPE)
    out, _ = process.communicate("c\n", timeout=120)
    assert process.returncode == 0, out
    log = suite.folder / "log"
    ran = option not in ("--setup-plan", "--collect-only")
    assert log.exists() == ran
    assert ("no test was measured: with" in out) == (option in ("--pdb", "--trace"))
    assert "OVER" not in out
