"""The processes of a trial: found, read, followed to their end; and what a window between two readings could hide."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memlab.kernel.proc import PAGE_BYTES, ProcessFiles, Stat, Status
from memlab.supervisor import members
from memlab.supervisor.members import Members, Window

MIB = 1 << 20
HUGE = 2 * MIB


@pytest.fixture
def huge_faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The machine's count of huge faults, to be set by the test; a huge page has 2 MiB."""
    count = [100]
    monkeypatch.setattr(members, "_huge_page_bytes", lambda: HUGE)
    monkeypatch.setattr(members, "_huge_faults", lambda: count[0])
    return count


def test_a_window_without_faults_hides_nothing(huge_faults: list[int]) -> None:
    window = Window()
    huge_faults[0] += 50
    assert window.bound(0, 0.001) == 0
    assert window.bound(-3, 0.002) == 0
    assert window.slowest_seconds == 0.002


@pytest.mark.usefixtures("huge_faults")
def test_each_fault_may_have_brought_a_page() -> None:
    window = Window()
    window.open()
    assert window.bound(7, 0.001) == 7 * PAGE_BYTES


def test_as_many_faults_as_the_machine_counted_meanwhile_may_have_brought_a_huge_page(huge_faults: list[int]) -> None:
    window = Window()
    window.open()
    huge_faults[0] += 3
    assert window.bound(5, 0.001) == 3 * HUGE + 2 * PAGE_BYTES
    window.open()
    assert window.bound(5, 0.001) == 5 * PAGE_BYTES  # those three came before this window
    window.open()
    huge_faults[0] += 50  # other processes had most of them
    assert window.bound(2, 0.001) == 2 * HUGE


def test_without_huge_pages_only_pages_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_huge_page_bytes", lambda: 0)
    assert Window().bound(5, 0.001) == 5 * PAGE_BYTES


def test_the_largest_bound_and_the_longest_window_are_kept() -> None:
    window = Window()
    for seconds in (0.1, 0.3, 0.2):
        window.bound(0, seconds)
    for size in (5, 9, 7):
        window.note(size)
    assert (window.slowest_seconds, window.unseen_growth_bytes) == (0.3, 9)


def test_this_machine_s_huge_pages() -> None:
    assert members._huge_page_bytes() in (0, 1 << 20, 2 << 20, 4 << 20, 16 << 20, 32 << 20, 512 << 20)


class Files:
    """A process's files as the test sets them; None has gone."""

    def __init__(self, high_water: int | None, *, faults: int = 0, started: int = 5, hugetlb: int = 0) -> None:
        self.high_water, self.faults, self.started, self.hugetlb = high_water, faults, started, hugetlb
        self.resets = 0
        self.closed = False

    def status(self) -> Status | None:
        if self.high_water is None:
            return None
        # Pages of files of its own, so that no two look as if they shared their memory.
        return Status(self.high_water, self.high_water // 2, 0, id(self), 0, 0, self.hugetlb)

    def raw_status(self) -> int:
        return 1

    def parse_status(self, _: int) -> Status | None:
        return self.status()

    def stat(self) -> Stat | None:
        self.faults += 1
        return Stat("S", 1, self.faults, self.started, 0)

    def reset(self) -> bool:
        self.resets += 1
        return True

    def close(self) -> None:
        self.closed = True


class Machine:
    """Processes by id; an error stands for one whose files can't be opened."""

    def __init__(self) -> None:
        self.processes: dict[int, Files | OSError] = {}

    def open(self, process: int) -> Any:
        found = self.processes[process]
        if isinstance(found, OSError):
            raise found
        return found


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(members, "descendants", lambda _: list(made.processes))
    monkeypatch.setattr(members, "ProcessFiles", made.open)
    monkeypatch.setattr(members, "process_name", lambda process: f"p{process}")
    return made


def test_processes_are_found_and_read(machine: Machine) -> None:
    machine.processes = {1: Files(10 * MIB), 2: Files(5 * MIB, hugetlb=MIB)}
    followed = Members(1, None)
    assert followed.find(0.5)
    assert not followed.find(0.6)
    alive = followed.read(0.7, reset=False)
    assert [(one.process, one.name, one.mark_bytes) for one in alive] == [(1, "p1", 10 * MIB), (2, "p2", 6 * MIB)]
    assert [(one.first_seconds, one.last_seconds) for one in alive] == [(0.5, 0.7)] * 2
    assert [files.resets for files in machine.processes.values() if isinstance(files, Files)] == [0, 0]
    assert followed.window.unseen_growth_bytes == 0


def test_marks_are_reset_and_each_window_is_bounded(machine: Machine) -> None:
    machine.processes = {1: Files(10 * MIB), 2: Files(5 * MIB)}
    followed = Members(1, None)
    followed.find(0.0)
    followed.read(0.1, reset=True)
    assert [files.resets for files in machine.processes.values() if isinstance(files, Files)] == [1, 1]
    # One fault in the window of each: both together could have grown unseen.
    assert followed.window.unseen_growth_bytes == 2 * PAGE_BYTES


def test_a_process_that_ends_is_kept_and_not_found_again(machine: Machine) -> None:
    files = Files(10 * MIB)
    machine.processes = {1: Files(MIB), 2: files}
    followed = Members(1, None)
    followed.find(0.0)
    followed.read(0.1, reset=False)
    files.high_water = None  # a zombie, still listed until it is reaped
    alive = followed.read(0.2, reset=False)
    assert [one.process for one in alive] == [1]
    assert [one.process for one in followed.ended] == [2]
    assert files.closed
    assert not followed.find(0.3)
    # Reaped just after it was listed: it was measured all the same.
    machine.processes[2] = ProcessLookupError()
    assert not followed.find(0.4)
    assert followed.too_short == set()


def test_another_process_may_get_the_id_of_one_that_ended(machine: Machine) -> None:
    machine.processes = {1: Files(MIB), 2: Files(10 * MIB, started=5)}
    followed = Members(1, None)
    followed.find(0.0)
    followed.read(0.1, reset=False)
    machine.processes[2].high_water = None  # type: ignore[union-attr]
    followed.read(0.2, reset=False)
    machine.processes[2] = Files(7 * MIB, started=6)
    assert followed.find(0.3)
    assert [one.mark_bytes for one in followed.read(0.4, reset=False)] == [MIB, 7 * MIB]


def test_what_lived_too_short_and_what_may_not_be_read_is_counted(machine: Machine) -> None:
    machine.processes = {1: Files(MIB), 2: ProcessLookupError(), 3: PermissionError(), 4: Files(None)}
    followed = Members(1, None)
    followed.find(0.0)
    assert [one.process for one in followed.read(0.1, reset=False)] == [1]
    assert followed.too_short == {2, 4}
    assert followed.unreadable == {3}
    assert followed.ended == []


def test_a_real_child_is_found_and_leaves() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc")
    process = subprocess.Popen(["sleep", "60"])
    followed = Members(process.pid, None)
    followed.find(0.0)
    alive = {one.process: one for one in followed.read(0.1, reset=False)}
    assert 0 < alive[process.pid].mark_bytes < 10 * MIB
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert process.pid not in [one.process for one in followed.read(0.2, reset=False)]
    assert process.pid in [one.process for one in followed.ended]
    followed.find(0.3)
    assert process.pid not in followed.alive
    process.wait()
    followed.close()


def test_files_opened_beforehand_are_used(machine: Machine) -> None:
    machine.processes = {1: PermissionError()}
    files: Any = Files(9 * MIB)
    followed = Members(1, files)
    followed.find(0.0)
    assert [one.mark_bytes for one in followed.read(0.1, reset=False)] == [9 * MIB]
    assert followed.unreadable == set()
    assert isinstance(files, Files)
    assert ProcessFiles is not files
