"""The pytest plugin's baseline: what is accepted, kept, held against, and taken out."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from made_runs import ENVIRONMENT, MIB
from made_tests import judge_of, measure, peak_limit

from memlab.errors import DocumentError
from memlab.integrations.pytest_plugin.baseline import Update, accepted_files, gone_tests
from memlab.integrations.pytest_plugin.baseline import accept as write
from memlab.integrations.pytest_plugin.judged import Judged
from memlab.model.environment import Environment
from memlab.runner.host import describe_host
from memlab.storage import load_baseline

FILE = "tests/test_album.py"
CROP, STREAM = f"{FILE}::test_crop[large]", f"{FILE}::test_stream"
HERE = msgspec.structs.replace(describe_host(), allocator="glibc 2.36")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memlab-tests.json"


def accept(file: Path, sizes: dict[str, float], environment: Environment = ENVIRONMENT, **more: object) -> Update:
    """Accept tests that need so much."""
    judge = judge_of(file, update=True)
    found = [measure(judge, size, nodeid=name, environment=environment, **more)[0] for name, size in sizes.items()]
    return write(file, [one.acceptable for one in found if one.acceptable is not None], {})


def held(file: Path, size: float, nodeid: str = CROP, **more: object) -> Judged:
    return measure(judge_of(file), size, nodeid=nodeid, **more)[0]


def variants(file: Path, test_file: str = FILE) -> dict[str, int]:
    """The accepted growth of each test of a file, in all sections."""
    baseline = load_baseline(file)
    assert baseline is not None
    return {
        name: one.growth_bytes
        for section in baseline.sections
        if test_file in section.recipes
        for name, one in section.recipes[test_file].variants.items()
    }


def test_what_was_accepted_holds(file: Path) -> None:
    done = accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB})
    assert done == Update((f"{FILE}: accepted for the first time, 2 variants",), 2, True)
    assert variants(file) == {"test_crop[large]": 100 * MIB, "test_stream": 12 * MIB}
    assert held(file, 101 * MIB).verdict == "ok"
    assert held(file, 12 * MIB, STREAM).verdict == "ok"
    assert held(file, 60 * MIB).verdict == "improved"


def test_accepting_takes_three_trials_and_one_of_memrays(file: Path) -> None:
    _, asked = measure(judge_of(file, update=True), 100 * MIB)
    assert asked == [["os"], ["os", "os"], ["memray"]]


def test_accepting_what_scatters_takes_nine_trials(file: Path) -> None:
    sizes = (100 * MIB, 104 * MIB)
    _, asked = measure(judge_of(file, update=True), lambda number: sizes[number % 2])
    assert sum(meters.count("os") for meters in asked) == 9


def test_what_needs_more_fails_after_more_trials_and_says_which_lines_grew(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    judged, asked = measure(judge_of(file), 120 * MIB)
    assert asked == [["os"], ["os", "os", "os", "memray"]]
    assert judged.verdict == "regressed"
    failure = (judged.failure or "").split("\n")
    assert " ".join(failure[:2]).startswith(
        "test_crop[large] needs 20.0 MiB more than accepted (120 MiB instead of 100 MiB)"
    )
    assert "  accepted  100 MiB, tolerance 5.00 MiB (the rule growth>5% and >2MiB)" in failure
    assert "  tests/test_album.py:31 test_crop: 20.0 MiB more (111 MiB instead of 91.0 MiB)" in failure
    assert "      pixels = decode(photo)" in failure
    assert failure[-1] == "if that is meant, `pytest --memlab-update` accepts it"
    assert judged.acceptable is None


def test_what_was_swapped_out_is_not_taken_to_be_as_accepted(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    judged = held(file, 100 * MIB, outcome={"swap_bytes": 60 * MIB})
    assert judged.verdict == "failed"
    assert "swapped out" in (judged.failure or "")


def test_more_that_is_not_in_the_heap_has_to_show_six_times(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    judged, asked = measure(judge_of(file), 120 * MIB, heap=100 * MIB)
    assert sum(meters.count("os") for meters in asked) == 6
    assert judged.verdict == "regressed"


def test_while_tests_are_accepted_only_limits_fail_them(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    judge = judge_of(file, update=True)
    assert measure(judge, 120 * MIB)[0].verdict == "ok"
    over, _ = measure(judge, 120 * MIB, peak_limit(110 * MIB))
    assert over.verdict == "over_budget"
    assert over.acceptable is None


def test_a_test_that_is_not_in_the_file_is_no_failure(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    for nodeid in (STREAM, "tests/test_other.py::test_crop[large]"):
        judged = held(file, 50 * MIB, nodeid)
        assert judged.verdict == "missing_from_baseline"
        assert judged.failure is None


def test_without_a_file_only_tests_without_limits_miss_it(file: Path) -> None:
    assert held(file, MIB).verdict == "no_baseline"
    assert measure(judge_of(file), MIB, peak_limit(50 * MIB))[0].verdict == "ok"
    named, _ = measure(judge_of(file, named=True), MIB, peak_limit(50 * MIB))
    assert named.verdict == "no_baseline"
    assert not named.fails


def test_figures_of_another_python_are_no_baseline(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    other = msgspec.structs.replace(ENVIRONMENT, python_version="3.13.0")
    judged = held(file, 200 * MIB, environment=other)
    assert judged.verdict == "no_baseline"
    assert judged.check is not None
    assert "here is Python 3.13 instead of 3.12" in judged.check.message


def test_accepting_one_test_leaves_the_others(file: Path) -> None:
    accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB, "tests/test_b.py::test_b": 5 * MIB})
    done = accept(file, {STREAM: 30 * MIB})
    assert done.changes == (
        f"{FILE} test_stream: growth 30.0 MiB instead of 12.0 MiB, heap 30.0 MiB instead of 12.0 MiB",
    )
    assert variants(file) == {"test_crop[large]": 100 * MIB, "test_stream": 30 * MIB}
    assert variants(file, "tests/test_b.py") == {"test_b": 5 * MIB}


def test_accepting_the_same_again_changes_nothing(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    content = file.read_bytes()
    done = accept(file, {CROP: 100 * MIB + 100})
    assert done == Update((), 1, written=False)
    assert file.read_bytes() == content


def test_accepting_under_another_python_adds_a_section(file: Path) -> None:
    accept(file, {CROP: 100 * MIB})
    accept(file, {CROP: 90 * MIB}, msgspec.structs.replace(ENVIRONMENT, python_version="3.13.0"))
    assert held(file, 100 * MIB).verdict == "ok"
    assert held(file, 100 * MIB).limits == ()
    baseline = load_baseline(file)
    assert baseline is not None
    assert [section.python for section in baseline.sections] == ["CPython 3.12", "CPython 3.13"]


def test_tests_accepted_with_other_libraries_go_when_one_of_their_file_is_accepted(file: Path) -> None:
    accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB}, libraries={"PIL": "11.0"})
    done = accept(file, {CROP: 100 * MIB}, libraries={"PIL": "12.0"})
    assert done.changes == (f"{FILE} test_stream: no longer there",)
    assert held(file, 100 * MIB, libraries={"PIL": "12.0"}).verdict == "ok"
    assert held(file, 12 * MIB, STREAM, libraries={"PIL": "12.0"}).verdict == "missing_from_baseline"


def test_a_library_more_takes_nothing_out(file: Path) -> None:
    accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB}, libraries={"PIL": "11.0"})
    accept(file, {CROP: 120 * MIB}, libraries={"PIL": "11.0", "numpy": "2.0"})
    assert held(file, 12 * MIB, STREAM, libraries={"PIL": "11.0"}).verdict == "ok"
    assert held(file, 120 * MIB, libraries={"PIL": "11.0", "numpy": "2.0"}).verdict == "ok"


def test_conditions_change_when_all_tests_of_a_file_are_accepted(file: Path) -> None:
    accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB})
    newer = msgspec.structs.replace(ENVIRONMENT, kernel="6.12")
    for sizes, kernel in (({CROP: 110 * MIB}, "6.1"), ({CROP: 110 * MIB, STREAM: 12 * MIB}, "6.12")):
        accept(file, sizes, newer)
        baseline = load_baseline(file)
        assert baseline is not None
        assert baseline.sections[0].recipes[FILE].conditions.kernel == kernel


def test_tests_that_are_no_longer_there(file: Path) -> None:
    accept(file, {CROP: 100 * MIB, STREAM: 12 * MIB, "tests/test_b.py::test_b": 5 * MIB}, HERE)
    assert accepted_files(file) == (FILE, "tests/test_b.py")
    there = {FILE: {"test_stream"}}
    gone = gone_tests(file, there)
    assert gone == {FILE: ("test_crop[large]",)}
    assert gone_tests(file, {FILE: {"test_stream", "test_crop[large]", "test_new"}}) == {}
    done = write(file, [], gone)
    assert done == Update((f"{FILE} test_crop[large]: no longer there",), 0, True)
    assert variants(file) == {"test_stream": 12 * MIB}
    write(file, [], {FILE: ("test_stream",)})
    assert accepted_files(file) == ("tests/test_b.py",)


def test_tests_of_another_platform_are_not_gone(file: Path) -> None:
    elsewhere = msgspec.structs.replace(HERE, platform="darwin", machine="arm64")
    accept(file, {CROP: 100 * MIB}, elsewhere)
    assert gone_tests(file, {FILE: set()}) == {}
    accept(file, {CROP: 100 * MIB}, HERE)
    write(file, [], gone_tests(file, {FILE: set()}))
    assert variants(file) == {"test_crop[large]": 100 * MIB}


def test_a_damaged_file_is_one_sentence(file: Path) -> None:
    file.write_text("{")
    with pytest.raises(DocumentError, match=r"memlab-tests\.json is damaged"):
        judge_of(file)
