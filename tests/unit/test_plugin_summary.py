"""The section on memory at the end of a pytest session."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import MIB
from made_tests import judge_of, measure, peak_limit

from memlab.integrations.pytest_plugin.baseline import Update, accept
from memlab.integrations.pytest_plugin.judged import Judged, Limit
from memlab.integrations.pytest_plugin.summary import Session, summary_lines

FILE = "tests/test_album.py"
NAME = "memlab-tests.json"


@pytest.fixture
def tests(tmp_path: Path) -> list[Judged]:
    """One of each kind, in no order."""
    file = tmp_path / NAME
    accepting = judge_of(file, update=True)
    accepted = [
        measure(accepting, size * MIB, nodeid=f"{FILE}::{name}")[0]
        for name, size in (("test_same", 12), ("test_more", 100), ("test_less", 90))
    ]
    accept(file, [one.acceptable for one in accepted if one.acceptable is not None], {})
    judge = judge_of(file)

    def judged(name: str, size: float, *limits: Limit, **more: object) -> Judged:
        return measure(judge, size * MIB, limits, nodeid=f"{FILE}::{name}", **more)[0]

    return [
        judged("test_same", 12),
        judged("test_less", 30),
        judged("test_more", 120),
        judged("test_new", 7),
        judged("test_over", 200, Limit("peak", 150 * MIB)),
        judged("test_keeps", 9, Limit("retained", MIB), retained=3 * MIB),
    ]


def test_a_line_for_each_test_the_worst_first(tests: list[Judged]) -> None:
    lines = summary_lines(Session(tests, NAME), width=100)
    assert lines[:7] == [
        "          peak    limit  accepted  retained     limit  trials  test",
        "OVER   200 MiB  150 MiB                 0 B                 1  tests/test_album.py::test_over",
        "OVER  9.00 MiB                     3.00 MiB  1.00 MiB       1  tests/test_album.py::test_keeps",
        "MORE   120 MiB            100 MiB       0 B                 4  tests/test_album.py::test_more",
        " new  7.00 MiB                          0 B                 1  tests/test_album.py::test_new",
        "less  30.0 MiB           90.0 MiB       0 B                 1  tests/test_album.py::test_less",
        "  ok  12.0 MiB           12.0 MiB       0 B                 1  tests/test_album.py::test_same",
    ]


def test_below_them_what_is_to_be_said_of_several(tests: list[Judged]) -> None:
    session = Session(tests, NAME, gone={FILE: ("test_old",)}, sentences=(("t.py::test_x", "stream needs less"),))
    said = " ".join(line.strip() for line in summary_lines(session, width=110)[7:])
    assert said == (
        "t.py::test_x: stream needs less "
        "peak: growth over the level at the start; the kernel's high-water mark, in fresh processes, exact within 248 "
        "KiB "
        "test_new is not in the baseline memlab-tests.json; `pytest --memlab-update` accepts what is measured here "
        "not in the baseline memlab-tests.json, and not to be accepted as long as it fails: test_over and test_keeps "
        "tests/test_album.py: test_old in memlab-tests.json, but no longer measured; `pytest --memlab-update` takes "
        "that out "
        "less than accepted: test_less; `pytest --memlab-update` makes that the figure to hold"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_longer_than_the_terminal(tests: list[Judged], width: int) -> None:
    lines = summary_lines(Session(tests, NAME, gone={FILE: ("test_old",)}), width=width)
    assert max(map(len, lines)) <= width
    assert all("test_" in line or "..." in line for line in lines[1:7])


def test_many_tests_are_cut_short_unless_asked_for(tmp_path: Path) -> None:
    judge = judge_of(tmp_path / NAME)
    limit = peak_limit(150 * MIB)
    many = [measure(judge, number * MIB, limit, nodeid=f"{FILE}::test_{number}")[0] for number in range(10, 50)]
    lines = summary_lines(Session(many, NAME), width=80)
    assert lines[21] == "20 more: -v shows them"
    assert "test_49" in lines[1]
    assert sum(line.startswith("ok") for line in summary_lines(Session(many, NAME), width=80, verbosity=1)) == 40
    failing = [measure(judge, 200 * MIB, limit, nodeid=f"{FILE}::test_{number}")[0] for number in range(25)]
    assert sum("OVER" in line for line in summary_lines(Session([*many, *failing], NAME), width=80)) == 25


def test_quiet_shows_only_problems(tests: list[Judged], tmp_path: Path) -> None:
    lines = summary_lines(Session(tests, NAME), width=100, verbosity=-1)
    assert [line.split()[0] for line in lines[1:5]] == ["OVER", "OVER", "MORE", "new"]
    fine = measure(judge_of(tmp_path / "none.json"), MIB, peak_limit(9 * MIB))[0]
    assert summary_lines(Session([fine], NAME), width=100, verbosity=-1) == []


def test_nothing_measured_says_nothing() -> None:
    assert summary_lines(Session((), NAME), width=80) == []


def test_a_remark_on_many_tests_is_made_once(tmp_path: Path) -> None:
    judge = judge_of(tmp_path / NAME)
    found = [
        measure(judge, MIB * 50, peak_limit(99 * MIB), nodeid=f"{FILE}::test_{n}", source="sampled")[0]
        for n in range(4)
    ]
    lines = summary_lines(Session(found, NAME), width=300)
    assert lines[1].split()[:2] == ["ok", "~50.0"]
    assert sum("peaks were sampled every 10 ms" in line for line in lines) == 1


def test_what_was_accepted() -> None:
    done = Update(("tests/test_album.py test_new: new",), 2, written=True)
    lines = summary_lines(Session((), NAME, update=done), width=80)
    assert lines == ["memlab-tests.json: accepted 2 tests", "  tests/test_album.py test_new: new"]
    same = summary_lines(Session((), NAME, update=Update((), 2, written=False)), width=80)
    assert same == ["memlab-tests.json is as it was: 2 tests measured, nothing changed"]
