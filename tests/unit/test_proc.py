"""Processes as /proc shows them: parsed from text, and of real ones."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memlab.kernel import proc
from memlab.kernel.marks import KERNEL, KERNEL_WHOLE_LIFE, SAMPLED, mark_source, open_own_files
from memlab.kernel.proc import PAGE_BYTES, ProcessFiles, Stat, Status, parse_stat, parse_status

MIB = 1 << 20
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")

STATUS = b"""Name:\tpython
Umask:\t0022
State:\tS (sleeping)
Groups:\t4 27 1000
VmPeak:\t   99999 kB
VmHWM:\t   12345 kB
VmRSS:\t   12000 kB
RssAnon:\t    7000 kB
RssFile:\t    4900 kB
RssShmem:\t     100 kB
VmSwap:\t       8 kB
HugetlbPages:\t    2048 kB
Threads:\t1
"""
STAT = b"42 (%s) S 7 42 42 0 -1 4194304 1000 55 30 2 5 6 7 8 20 0 1 0 987654 10000000 250 18446744073709551615 1 1 0"


def test_a_status() -> None:
    expected = [12345, 12000, 7000, 4900, 100, 8, 2048]
    assert parse_status(STATUS) == Status(*(1024 * size for size in expected))


def test_an_older_kernel_says_less() -> None:
    assert parse_status(b"VmHWM:\t 5 kB\nVmRSS:\t 4 kB\n") == Status(5 * 1024, 4 * 1024, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"Name:\tkworker/0:1\nState:\tI (idle)\n", b"Name:\tVmHWM: 5 kB\n"])
def test_no_memory_no_status(content: bytes) -> None:
    assert parse_status(content) is None


@pytest.mark.parametrize(
    "name", [b"python", b"a) R 1 (b", b") S 9 9 9", b"", b"((", b"tmux: server", b"\xff\xfe", b"a\nb"]
)
def test_a_stat_whatever_the_process_calls_itself(name: bytes) -> None:
    assert parse_stat(STAT % name) == Stat("S", 7, 1030, 987654, 250 * PAGE_BYTES)


@pytest.mark.parametrize("content", [b"", b"42 (python) S 7", b"42 (python", b"no brackets at all"])
def test_no_whole_stat_no_stat(content: bytes) -> None:
    assert parse_stat(content) is None


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries out each line it is sent and says that it has."""
    code = "import sys\nfor line in sys.stdin:\n exec(line)\n print('done', flush=True)"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    yield process
    process.kill()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()
    process.wait()


def tell(child: subprocess.Popen[bytes], line: str) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(line.encode() + b"\n")
    assert child.stdout.readline() == b"done\n"


def test_a_process_with_a_name_that_looks_like_a_stat(child: subprocess.Popen[bytes]) -> None:
    tell(child, "open('/proc/self/comm', 'w').write('a) R 1 (b')")
    files = ProcessFiles(child.pid)
    stat = files.stat()
    files.close()
    assert proc.process_name(child.pid) == "a) R 1 (b"
    assert stat is not None
    assert stat.parent == os.getpid()
    assert stat.state in "SR"


def test_this_process() -> None:
    files = ProcessFiles()
    first = files.status()
    assert first is not None
    assert first.high_water_bytes >= first.resident_bytes * 0.95
    assert 5 * MIB < first.resident_bytes < 4096 * MIB
    kinds = first.anonymous_bytes + first.file_bytes + first.shared_bytes
    assert kinds == first.resident_bytes
    stat = files.stat()
    assert stat is not None
    assert stat.parent == os.getppid()
    assert abs(stat.level_bytes - first.resident_bytes) < 4 * MIB
    with mmap.mmap(-1, 32 * MIB) as block:
        for offset in range(0, 32 * MIB, PAGE_BYTES):
            block[offset] = 1
        raised, after = files.status(), files.stat()
    assert raised is not None
    assert after is not None
    assert 31 * MIB < raised.resident_bytes - first.resident_bytes < 34 * MIB
    assert after.faults > stat.faults
    assert after.started == stat.started
    if mark_source(files) == KERNEL:
        assert files.reset()
        fallen = files.status()
        assert fallen is not None
        assert fallen.high_water_bytes < raised.high_water_bytes - 30 * MIB
    files.close()


def test_files_go_on_working_across_exec(child: subprocess.Popen[bytes]) -> None:
    files = ProcessFiles(child.pid)
    before = files.stat()
    assert child.stdin is not None
    child.stdin.write(b"import os; os.execvp('sleep', ['sleep', '60'])\n")
    until(lambda: proc.process_name(child.pid) == "sleep")
    after, status = files.stat(), files.status()
    assert before is not None
    assert after is not None
    assert status is not None
    assert after.started == before.started
    assert status.resident_bytes < 6 * MIB
    files.close()


def test_a_process_that_has_gone_reads_as_none(child: subprocess.Popen[bytes]) -> None:
    files = ProcessFiles(child.pid)
    child.kill()
    child.wait()
    assert (files.status(), files.stat(), files.reset()) == (None, None, False)
    files.close()
    with pytest.raises(OSError):
        ProcessFiles(child.pid)
    assert proc.process_name(child.pid) == "?"
    assert proc.proportional_set(child.pid) is None
    assert proc.children(child.pid) == []


def test_a_zombie_has_a_stat_and_no_memory(child: subprocess.Popen[bytes]) -> None:
    files = ProcessFiles(child.pid)
    child.send_signal(9)
    until(lambda: (stat := files.stat()) is not None and stat.state == "Z")
    assert files.status() is None
    child.wait()
    files.close()


def test_closed_files_read_as_none() -> None:
    files = ProcessFiles()
    files.close()
    assert (files.status(), files.stat(), files.reset()) == (None, None, False)
    files.close()


def test_files_that_the_program_closed_are_found_out() -> None:
    files = ProcessFiles()
    assert files.are_intact()
    os.close(files._status)
    assert not files.are_intact()
    # Another file may take the number.
    other = os.open("/proc/self/stat", os.O_RDONLY)
    assert other == files._status
    assert not files.are_intact()
    files.close()


def test_children_of_every_thread_and_their_children(child: subprocess.Popen[bytes]) -> None:
    tell(child, "import subprocess, threading")
    start = "subprocess.Popen(['sh', '-c', 'sleep 60 & sleep 60; true'])"
    tell(child, f"first = {start}")
    tell(child, f"thread = threading.Thread(target=lambda: ({start}, threading.Event().wait(60)), daemon=True)")
    tell(child, "thread.start()")
    until(lambda: len(proc.descendants(child.pid)) == 6)
    shells = proc.children(child.pid)
    assert len(shells) == 2
    found = proc.descendants(child.pid)
    for shell in shells:
        below = proc.children(shell)
        assert len(below) == 2
        assert all(found.index(one) > found.index(shell) for one in below)
    assert child.pid in proc.descendants(os.getpid())
    for process in found:
        os.kill(process, 9)


def test_children_can_be_listed_here_or_not() -> None:
    assert proc.can_list_children() is Path(f"/proc/self/task/{threading.get_native_id()}/children").exists()


def test_the_members_of_a_session(child: subprocess.Popen[bytes]) -> None:
    tell(child, "import subprocess; own = subprocess.Popen(['sleep', '60'], start_new_session=True)")
    (session,) = proc.children(child.pid)
    assert proc.session_members(session) == [session]
    assert child.pid in proc.session_members(os.getsid(0))
    os.kill(session, 9)
    until(lambda: proc.session_members(session) == [])


def test_proportional_shares_add_up_to_what_is_resident(child: subprocess.Popen[bytes]) -> None:
    tell(child, "block = bytearray(20 << 20)")
    found = proc.proportional_set(child.pid)
    assert found is not None
    assert found.anonymous_bytes > 20 * MIB
    assert abs(found.anonymous_bytes + found.file_bytes + found.shared_bytes - found.total_bytes) < MIB
    assert found.total_bytes < found.resident_bytes
    assert 20 * MIB < found.resident_anonymous_bytes < found.resident_bytes


def test_an_old_kernel_gives_only_the_sum(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "smaps_rollup"
    file.write_text("55cb [rollup]\nRss:  100 kB\nPss:  60 kB\nShared_Clean: 3 kB\nAnonymous: 70 kB\n")
    monkeypatch.setattr(proc, "open", lambda *args: open(file, *args[1:]), raising=False)  # noqa: SIM115
    assert proc.proportional_set(1) == proc.ProportionalSet(*(1024 * size for size in (100, 70, 60, 60, 0, 0)))
    file.write_text("")
    assert proc.proportional_set(1) is None


def test_numbers_by_their_keys(tmp_path: Path) -> None:
    file = tmp_path / "vmstat"
    file.write_text("oom_kill 3\noom_kill_other 4\nbroken x\n")
    assert proc.keyed_number(str(file), "oom_kill") == 3
    assert proc.keyed_number(str(file), "oom") == 0
    assert proc.keyed_number(str(file), "broken") == 0
    assert proc.keyed_number(str(tmp_path / "none"), "oom_kill") == 0


class Marked:
    """A process's own files whose mark rises and falls as told."""

    def __init__(self, readings: list[int | None], *, resets: bool = True) -> None:
        self.readings = iter(readings)
        self.resets = resets

    def status(self) -> Status | None:
        size = next(self.readings)
        return None if size is None else Status(size * MIB, 20 * MIB, 0, 0, 0, 0, 0)

    def reset(self) -> bool:
        return self.resets


@pytest.mark.parametrize(
    ("files", "source"),
    [
        (None, SAMPLED),
        (Marked([None]), SAMPLED),
        (Marked([20, None]), SAMPLED),
        (Marked([20, 20]), SAMPLED),  # a mark that doesn't rise
        (Marked([20, 28], resets=False), KERNEL_WHOLE_LIFE),
        (Marked([20, 28, 28]), KERNEL_WHOLE_LIFE),  # a reset that does nothing
        (Marked([20, 28, None]), KERNEL_WHOLE_LIFE),
        (Marked([20, 28, 20]), KERNEL),
    ],
)
def test_what_a_mark_is_worth_is_tried(files: ProcessFiles | None, source: str) -> None:
    assert mark_source(files) == source


def test_what_this_machine_s_mark_is_worth() -> None:
    files = open_own_files()
    assert mark_source(files) in (KERNEL, KERNEL_WHOLE_LIFE, SAMPLED)
    assert files is not None
    files.close()
