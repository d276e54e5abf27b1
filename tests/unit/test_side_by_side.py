"""Several supervisors at once: trials that run at the same time, one of them lost, all of them ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memlab.model.trial import Outcome, Request
from memlab.runner.link import close_all, signals_held
from memlab.runner.side_by_side import SideBySide

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")

MEETING = """
touch {own}
while [ ! -e {other} ]; do sleep 0.01; done
"""


@pytest.fixture
def supervisors(tmp_path: Path) -> Iterator[SideBySide]:
    made = SideBySide(tmp_path / "scratch")
    yield made
    made.close()


def request(folder: Path, *argv: str, **more: Any) -> Request:
    folder.mkdir(exist_ok=True)
    known: dict[str, Any] = {
        "id": folder.name,
        "argv": argv,
        "environment": dict(os.environ),
        "working_folder": "/",
        "folder": str(folder),
        "timeout_seconds": 30.0,
        "timeline": False,
        "reset": False,
        "source": "kernel",
        "use_cgroup": False,
    }
    return Request(**(known | more))


def meeting(folder: Path, own: str, other: str) -> tuple[str, str, str]:
    """A program that ends only when the other one runs at the same time."""
    return (
        "sh",
        "-c",
        MEETING.format(own=folder / f"{own} is there", other=folder / f"{other} is there")
        .replace(" is", "\\ is")
        .replace(" there", "\\ there"),
    )


def ending(answer: tuple[str, Outcome | OSError]) -> tuple[str, str]:
    id, outcome = answer
    assert isinstance(outcome, Outcome)
    return id, outcome.ending


def test_trials_run_at_the_same_time(tmp_path: Path, supervisors: SideBySide) -> None:
    supervisors.begin(request(tmp_path / "1", *meeting(tmp_path, "a", "b")))
    supervisors.begin(request(tmp_path / "2", *meeting(tmp_path, "b", "a")))
    assert {ending(supervisors.wait()), ending(supervisors.wait())} == {("1", "exited"), ("2", "exited")}


def test_the_first_to_end_comes_first_and_its_supervisor_goes_on(tmp_path: Path, supervisors: SideBySide) -> None:
    supervisors.begin(request(tmp_path / "1", *meeting(tmp_path, "a", "b")))
    supervisors.begin(request(tmp_path / "2", "true"))
    assert ending(supervisors.wait()) == ("2", "exited")
    supervisors.begin(request(tmp_path / "3", *meeting(tmp_path, "b", "a")))
    assert len(supervisors._busy) == 2
    assert supervisors._idle == []
    assert {ending(supervisors.wait()), ending(supervisors.wait())} == {("1", "exited"), ("3", "exited")}


def test_a_supervisor_that_is_killed_loses_only_its_own_trial(tmp_path: Path, supervisors: SideBySide) -> None:
    supervisors.begin(request(tmp_path / "1", "sleep", "60"))
    supervisors.begin(request(tmp_path / "2", *meeting(tmp_path, "a", "b")))
    lost = next(link for link, id in supervisors._busy.items() if id == "1")
    os.kill(lost._process.pid, signal.SIGKILL)
    id, outcome = supervisors.wait()
    assert isinstance(outcome, Outcome)
    assert (id, outcome.ending) == ("1", "lost")
    assert outcome.message == "memlab's supervisor was killed by signal 9 while it ran"
    (tmp_path / "b is there").touch()
    assert ending(supervisors.wait()) == ("2", "exited")


def test_a_trial_out_of_time_is_ended_and_the_others_go_on(tmp_path: Path, supervisors: SideBySide) -> None:
    supervisors.begin(request(tmp_path / "1", *meeting(tmp_path, "a", "b")))
    supervisors.begin(request(tmp_path / "2", "sleep", "60", timeout_seconds=0.1))
    assert ending(supervisors.wait()) == ("2", "timed_out")
    (tmp_path / "b is there").touch()
    assert ending(supervisors.wait()) == ("1", "exited")


def test_an_outcome_for_which_there_is_no_room_is_an_error_of_its_trial(
    tmp_path: Path, supervisors: SideBySide
) -> None:
    folder = tmp_path / "1"
    supervisors.begin(request(folder, "sh", "-c", f"mkdir {folder}/outcome.json"))
    id, error = supervisors.wait()
    assert id == "1"
    assert isinstance(error, OSError)
    supervisors.begin(request(tmp_path / "2", "true"))
    assert ending(supervisors.wait()) == ("2", "exited")


def test_an_interrupt_ends_all_of_them(tmp_path: Path, supervisors: SideBySide) -> None:
    for name in ("1", "2", "3"):
        script = f"echo $$ > {tmp_path}/{name}.pid; exec sleep 60"
        supervisors.begin(request(tmp_path / name, "sh", "-c", script))
    files = [tmp_path / f"{name}.pid" for name in ("1", "2", "3")]
    while not all(file.exists() and file.read_text().strip() for file in files):
        time.sleep(0.01)
    processes = [int(file.read_text()) for file in files]
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with pytest.raises(KeyboardInterrupt):
            supervisors.wait()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not any(os.path.exists(f"/proc/{process}") for process in processes)


def test_a_second_interrupt_does_not_stop_the_ending(tmp_path: Path, supervisors: SideBySide) -> None:
    supervisors.begin(request(tmp_path / "1", "sleep", "60"))
    (link,) = supervisors._busy
    with signals_held(again=False):
        signal.raise_signal(signal.SIGINT)
        close_all((link,))
        signal.raise_signal(signal.SIGTERM)
    assert link._process.returncode is not None


def test_an_interrupt_while_nothing_was_stopped_comes_afterwards() -> None:
    reached = []

    def carry_out() -> None:
        with signals_held(again=True):
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        carry_out()
    assert reached == ["the end"]
