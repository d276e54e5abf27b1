"""Tests against what they were accepted to need: `--memlab-update`, and sessions after it."""

from __future__ import annotations

import json
import sys

import pytest
from pytest_project import PytestProject

from memlab.model.baseline import Baseline
from memlab.storage import load_baseline

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")]
BASELINE = "memlab-tests.json"
MB = 10**6

TWO = """
import pytest

pytestmark = pytest.mark.memlab


@pytest.mark.parametrize("size", [{large}], ids=["large"])
def test_block(size):
    block = b"x" * size
    assert block


class TestSmall:
    def test_few(self):
        assert b"x" * {small}
"""


def write(suite: PytestProject, large: int = 40 * MB, small: int = 10 * MB) -> None:
    suite.write("tests/test_blocks.py", TWO.format(large=large, small=small))


def accepted(suite: PytestProject) -> dict[str, int]:
    """The accepted growth of each test of the file."""
    baseline = load_baseline(suite.folder / BASELINE)
    assert baseline is not None
    (section,) = baseline.sections
    return {name: one.growth_bytes for name, one in section.recipes["tests/test_blocks.py"].variants.items()}


@pytest.fixture(scope="module")
def accepted_once() -> dict[str, bytes]:
    """The baseline file, made once for all tests of this module."""
    return {}


@pytest.fixture
def suite_with_baseline(suite: PytestProject, accepted_once: dict[str, bytes]) -> PytestProject:
    suite.write("pytest.ini", "[pytest]\n")
    write(suite)
    file = suite.folder / BASELINE
    if not accepted_once:
        session = suite.run("--memlab-update")
        assert session.code == 0, session.out
        accepted_once["content"] = file.read_bytes()
    file.write_bytes(accepted_once["content"])
    return suite


def said(session_lines: list[str]) -> str:
    return " ".join(line.strip() for line in session_lines)


def test_accepting_and_holding(suite_with_baseline: PytestProject) -> None:
    suite = suite_with_baseline
    figures = accepted(suite)
    assert set(figures) == {"test_block[large]", "TestSmall::test_few"}
    assert 39.5 * MB < figures["test_block[large]"] < 42 * MB
    content = (suite.folder / BASELINE).read_bytes()

    # As it was: nothing is wrong, and nothing is written.
    session = suite.run()
    assert session.code == 0, session.out
    assert (suite.folder / BASELINE).read_bytes() == content
    assert "not in the baseline" not in said(session.section())

    # One needs more.
    write(suite, small=20 * MB)
    session = suite.run()
    assert session.code == 1
    assert session.statuses == {"test_block[large]": "passed", "test_few": "failure"}
    text = session.cases["test_few"].text
    assert "TestSmall::test_few needs 9." in text
    assert "more than accepted" in text
    assert "tests/test_blocks.py:15 test_few" in text
    assert 'assert b"x" * 20000000' in text
    assert "`pytest --memlab-update` accepts it" in text

    # What is accepted from now on; the other test, which isn't run, stays as it was.
    session = suite.run("--memlab-update", "-k", "few")
    assert session.code == 0, session.out
    assert "accepted 1 test" in said(session.section())
    now = accepted(suite)
    assert now["test_block[large]"] == figures["test_block[large]"]
    assert 19.5 * MB < now["TestSmall::test_few"] < 22 * MB
    assert suite.run().code == 0


def test_what_is_missing_is_said_and_fails_nothing(suite_with_baseline: PytestProject) -> None:
    suite = suite_with_baseline
    suite.write("tests/test_new.py", "import pytest\n\n\n@pytest.mark.memlab\ndef test_new():\n    pass\n")
    text = (suite.folder / "tests/test_blocks.py").read_text()
    suite.write("tests/test_blocks.py", text.replace("test_few", "test_renamed"))
    session = suite.run()
    assert session.code == 0, session.out
    lines = said(session.section())
    assert "test_new" in lines
    assert "are not in the baseline memlab-tests.json; `pytest --memlab-update` accepts what is measured here" in lines
    assert "TestSmall::test_few in memlab-tests.json, but no longer measured" in lines
    # Nothing is known to be gone where only a part was collected.
    session = suite.run("tests/test_blocks.py::test_block")
    assert "no longer measured" not in said(session.section())
    session = suite.run("-k", "large")
    assert "TestSmall::test_few in memlab-tests.json, but no longer measured" in said(session.section())
    # Accepting takes it out.
    assert suite.run("--memlab-update", "tests/test_blocks.py").code == 0
    assert set(accepted(suite)) == {"test_block[large]", "TestSmall::test_renamed"}


def test_what_was_accepted_elsewhere_is_said_and_fails_nothing(suite_with_baseline: PytestProject) -> None:
    suite = suite_with_baseline
    file = suite.folder / BASELINE
    document = json.loads(file.read_text())
    document["sections"][0]["python"] = "CPython 3.1"
    file.write_text(json.dumps(document))
    write(suite, large=90 * MB)
    session = suite.run()
    assert session.code == 0, session.out
    lines = said(session.section())
    assert "has no figures of such an environment" in lines
    assert "instead of 3.1" in lines
    assert lines.count("--memlab-update") == 1


def test_side_by_side_one_file_is_written_once(suite: PytestProject) -> None:
    suite.write("pytest.ini", "[pytest]\nmemlab_baseline = accepted/memory.json\n")
    (suite.folder / "accepted").mkdir()
    write(suite)
    session = suite.run("--memlab-update", "-n", "2", beside=("xdist",))
    assert session.code == 0, session.out
    assert "accepted/memory.json: accepted 2 tests" in said(session.section())
    baseline = load_baseline(suite.folder / "accepted" / "memory.json")
    assert baseline is not None
    assert len(baseline.sections[0].recipes["tests/test_blocks.py"].variants) == 2
    write(suite, large=80 * MB)
    session = suite.run("-n", "2", beside=("xdist",))
    assert session.statuses == {"test_block[large]": "failure", "test_few": "passed"}


def test_only_what_passed_is_accepted(suite: PytestProject) -> None:
    suite.write("pytest.ini", "[pytest]\n")
    suite.write(
        "tests/test_blocks.py",
        "import pytest\n\npytestmark = pytest.mark.memlab\n\n\n"
        "@pytest.fixture\ndef breaks_later():\n    yield\n    raise LookupError\n\n\n"
        "def test_fails():\n    assert False\n\n\n"
        "@pytest.mark.memlab(peak='1MiB')\ndef test_over():\n    assert b'x' * 10_000_000\n\n\n"
        "def test_torn_down(breaks_later):\n    pass\n\n\n"
        "@pytest.mark.memlab(isolation='inline')\ndef test_inline():\n    pass\n\n\n"
        "def test_passes():\n    pass\n",
    )
    session = suite.run("--memlab-update")
    assert session.code == 1
    assert list(accepted(suite)) == ["test_passes"]


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_a_damaged_file_is_one_sentence_before_any_test(suite: PytestProject, words: tuple[str, ...]) -> None:
    suite.write("pytest.ini", "[pytest]\n")
    write(suite)
    (suite.folder / BASELINE).write_text('{"format": "memlab.baseline", "version": 99}')
    session = suite.run(*words, beside=("xdist",))
    assert session.code == 4, session.out + session.err
    errors = [line for line in session.err.splitlines() if line.startswith("ERROR: ")]
    assert len(errors) == 1
    assert BASELINE in errors[0]
    assert "Traceback" not in session.out + session.err
    assert session.cases == {}


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_a_file_that_can_not_be_written_is_said_before_any_test(suite: PytestProject, words: tuple[str, ...]) -> None:
    suite.write("pytest.ini", f"[pytest]\nmemlab_baseline = nowhere/{BASELINE}\n")
    write(suite)
    session = suite.run("--memlab-update", *words, beside=("xdist",))
    assert session.code == 4
    assert "can't be written: No such file or directory" in session.err
    assert "Traceback" not in session.out + session.err
    assert session.cases == {}


def test_a_file_whose_tests_are_all_gone_is_said(suite_with_baseline: PytestProject) -> None:
    suite = suite_with_baseline
    suite.write("tests/test_blocks.py", "def test_plain():\n    pass\n")
    session = suite.run()
    assert "tests/test_blocks.py: TestSmall::test_few and test_block[large] in" in said(session.section())
    (suite.folder / "tests/test_blocks.py").unlink()
    suite.write("tests/test_other.py", "def test_plain():\n    pass\n")
    session = suite.run()
    assert "tests/test_blocks.py: TestSmall::test_few and test_block[large] in" in said(session.section())
    assert suite.run("--memlab-update").code == 0
    assert load_baseline(suite.folder / BASELINE) == Baseline(())


def test_a_module_s_test_by_its_name_leaves_the_others_of_its_file(suite_with_baseline: PytestProject) -> None:
    suite = suite_with_baseline
    suite.write("tests/__init__.py", "")
    session = suite.run("--pyargs", "tests.test_blocks::TestSmall::test_few", "--memlab-update")
    assert session.statuses == {"test_few": "passed"}, session.out
    assert "no longer there" not in said(session.section())
    assert set(accepted(suite)) == {"test_block[large]", "TestSmall::test_few"}


def test_a_missing_file_is_missed_only_where_a_test_has_no_limit(suite: PytestProject) -> None:
    """A baseline that isn't there is missed by nobody while all tests have limits."""
    suite.write("test_a.py", "import pytest\n\n\n@pytest.mark.memlab(peak='9MiB')\ndef test_a():\n    pass\n")
    session = suite.run()
    assert BASELINE not in said(session.section())
    suite.write("test_a.py", "import pytest\n\n\n@pytest.mark.memlab\ndef test_a():\n    pass\n")
    session = suite.run()
    assert f"there is no baseline file {BASELINE}; `pytest --memlab-update` makes one" in said(session.section())
