"""The plugin in pytester, as plugins are usually tested: most sessions are in this process."""

from __future__ import annotations

import shutil
import sys

import pytest
from pytest_project import ENTRY, SAMPLE, is_entry_point

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")

ALONE = tuple(word for name in ("benchmark", "memray", "randomly", "xdist") for word in ("-p", f"no:{name}"))
TITLE = "*= memory (memlab) =*"


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    """pytester, with memlab's plugin and without others that may be installed."""
    plugin = () if is_entry_point() else ("-p", ENTRY)
    pytester.makeini(f"[pytest]\naddopts = {' '.join((*ALONE, *plugin))} --strict-markers --strict-config -W error\n")
    return pytester


def marked(words: str = "", body: str = "pass") -> str:
    return f"import pytest\n\n\n@pytest.mark.memlab({words})\ndef test_marked():\n    {body}\n"


def test_a_test_within_its_limits(session: pytest.Pytester) -> None:
    session.makepyfile(marked("peak='64MiB', retained='4MiB'", "assert b'x' * 10_000_000"))
    result = session.runpytest_inprocess("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*::test_marked PASSED*",
            TITLE,
            "* peak * limit * retained * test",
            "ok * MiB * 64.0 MiB * *::test_marked",
            "peak: growth over the level at the start; the kernel's high-water mark*",
        ]
    )


def test_a_test_beyond_its_limit(session: pytest.Pytester) -> None:
    session.makepyfile(marked("peak=20_000_000", "block = b'x' * 40_000_000"))
    result = session.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_marked needs * at its peak, * over its limit of 19.1 MiB",
            "  limit     peak=19.1 MiB (the marker)",
            "  peak * 1 trial in a fresh process",
            "  meter     the kernel's high-water mark, exact within *",
            "what held most at the peak (memray):",
            " * MiB  test_a_test_beyond_its_limit.py:6 test_marked",
            "*block = b'x' * 40_000_000",
            "if the test may need that, raise peak in the marker",
            TITLE,
            "OVER *::test_marked",
            "FAILED *::test_marked - *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("peak='64 MiBytes'", "*peak='64 MiBytes'*is not a size*"),
        ("peak=-1", "*peak=-1: a limit can't be negative*"),
        ("peak=1.5", "*peak=1.5: write a size*"),
        ("'64MiB'", "*write peak= or retained= before '64MiB'*"),
        ("peek='64MiB'", "*there is no peek=*"),
        ("trials=0", "*trials=0: write a number from 1*"),
        ("isolation='thread'", '*write "process" or "inline"*'),
        ("timeout='soon'", "*is not a duration*"),
    ],
)
def test_a_marker_that_makes_no_sense(session: pytest.Pytester, words: str, sentence: str) -> None:
    session.makepyfile(marked(words))
    result = session.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: memlab: *::test_marked: @pytest.mark.memlab: {sentence}"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("line", ["memlab_peak = lots", "memlab_trials = few", "memlab_timeout = -1s"])
def test_an_ini_value_that_makes_no_sense(session: pytest.Pytester, line: str) -> None:
    ini = session.path / "tox.ini"
    ini.write_text(f"{ini.read_text()}\n{line}\n")
    session.makepyfile(marked())
    result = session.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: memlab: the ini value {line.partition(' ')[0]}: *"])


def test_off(session: pytest.Pytester) -> None:
    """Tests run as if they weren't marked; what has to compare has nothing to go by."""
    session.makepyfile(
        marked("peak='1MiB'", "assert b'x' * 10_000_000") + "\n\ndef test_compares(memlab):\n    assert False\n"
    )
    result = session.runpytest_inprocess("--memlab-off", "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * --memlab-off: nothing is measured"])
    result.stdout.no_fnmatch_line(TITLE)


def test_nothing_to_measure_is_not_mentioned(session: pytest.Pytester) -> None:
    session.makepyfile(marked() + "\n\ndef test_plain():\n    pass\n")
    for words in (("-k", "plain"), ("--collect-only",), ("--memlab-off",)):
        result = session.runpytest_inprocess(*words)
        assert result.ret == pytest.ExitCode.OK
        result.stdout.no_fnmatch_line(TITLE)


def test_what_the_plugin_brings(session: pytest.Pytester) -> None:
    result = session.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.memlab(peak, retained, *): *"])
    result = session.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*--memlab-off *", "*--memlab-update *", "*memlab_peak (string):*"])
    result = session.runpytest_inprocess("--fixtures")
    result.stdout.fnmatch_lines(["memlab -- *"])


def test_a_fixture_of_the_projects_own_may_have_the_same_name(session: pytest.Pytester) -> None:
    session.makeconftest("import pytest\n\n\n@pytest.fixture\ndef memlab():\n    return 'laboratory'\n")
    session.makepyfile("def test_own(memlab):\n    assert memlab == 'laboratory'\n")
    result = session.runpytest_inprocess("--memlab-off")
    result.assert_outcomes(passed=1)


@pytest.mark.slow
def test_stop_at_the_first_that_fails_and_begin_with_it(session: pytest.Pytester) -> None:
    session.makepyfile(
        "import pytest\n\npytestmark = pytest.mark.memlab(peak='9MiB')\n\n\n"
        "def test_first():\n    pass\n\n\n"
        "def test_over():\n    assert b'x' * 30_000_000\n\n\n"
        "def test_last():\n    pass\n"
    )
    result = session.runpytest_inprocess("-x")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])
    result = session.runpytest_inprocess("--lf")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["OVER *::test_over"])


@pytest.mark.slow
def test_the_sample(session: pytest.Pytester) -> None:
    """In a process of its own: numpy can't be loaded anew in one that has it."""
    ini = (session.path / "tox.ini").read_text()
    shutil.copytree(SAMPLE, session.path, dirs_exist_ok=True)
    (session.path / "pytest.ini").write_text(f"{ini}\nmemlab_retained = 4MiB\n")
    result = session.runpytest_subprocess("test_album.py", "-k", "decoded or thumbnail")
    result.assert_outcomes(passed=3, deselected=5)
    result.stdout.fnmatch_lines([TITLE, "*::test_decoded?whole?"])
