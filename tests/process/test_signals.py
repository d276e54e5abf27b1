"""memlab is interrupted, terminated or killed at any moment: nothing is left running, what was measured can be read."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import SCRIPTS, Place, StartMemlab

from memlab.model.run import Run
from memlab.storage import load_run

DELAYS = [0.04, 0.15, 0.3, 0.5, 0.9]
"""Seconds from the start: while Python starts, while the recipe is described, and in the first of twelve trials."""


def start(start_memlab: StartMemlab, place: Place) -> subprocess.Popen[bytes]:
    return start_memlab(
        "compare", SCRIPTS / "slow.py", "--reports", place.reports, stderr=subprocess.PIPE, start_new_session=True
    )


def saved_run(place: Place) -> Run | None:
    """What was saved, which can be read whatever happened; half-written files don't count, and aren't there."""
    files = [path for path in place.reports.rglob("*") if path.is_file()]
    assert all(path.name == "run.json" or path.name.startswith(".memlab-") for path in files)
    whole = [path for path in files if path.name == "run.json"]
    assert len(whole) <= 1
    return load_run(whole[0]) if whole else None


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_terminated(
    start_memlab: StartMemlab, place: Place, number: signal.Signals, delay: float
) -> None:
    stop_and_look(start_memlab, place, number, delay)


def stop_and_look(start_memlab: StartMemlab, place: Place, number: signal.Signals, delay: float) -> None:
    memlab = start(start_memlab, place)
    time.sleep(delay)
    memlab.send_signal(number)
    _, err = memlab.communicate(timeout=30)
    said = err.decode()
    if number == signal.SIGINT:
        # Python ends with the signal itself when that came within an exec() of a text, as dataclasses do it, although
        # it was caught; a shell says 130 of both. Before memlab's own code runs, Python ends in ways of its own.
        assert memlab.returncode in ((130, -number) if "memlab:" in said else (130, -number, 1)), said
    else:
        assert memlab.returncode in ((143,) if "memlab:" in said else (143, -number)), said
    assert place.wait_until_empty() == []
    run = saved_run(place)
    assert list(place.reports.rglob(".*")) == []
    if run is not None:
        assert not run.complete
        assert 0 < len(run.trials) < run.planned
        assert f"{len(run.trials)} of 12 trials were measured, saved in" in said
    else:
        assert "saved in" not in said
        assert not place.reports.exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_at_any_moment(start_memlab: StartMemlab, place: Place, seed: int) -> None:
    chance = random.Random(seed)
    stop_and_look(start_memlab, place, chance.choice([signal.SIGINT, signal.SIGTERM]), chance.uniform(0, 3.5))


def test_the_message_says_where_the_run_is(start_memlab: StartMemlab, place: Place) -> None:
    memlab = start(start_memlab, place)
    wait_for_trials(place, 2)
    memlab.send_signal(signal.SIGINT)
    _, err = memlab.communicate(timeout=30)
    match = re.search(r"interrupted: (\d+) of 12 trials were measured, saved in (\S+)", err.decode())
    assert match is not None, err
    assert len(load_run(match[2]).trials) == int(match[1]) >= 2


def wait_for_trials(place: Place, count: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        files = list(place.reports.rglob("run.json"))
        if files and len(load_run(files[0]).trials) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("nothing was measured")


def test_an_impatient_user(start_memlab: StartMemlab, place: Place) -> None:
    """Ctrl-C again and again, while everything is being ended; from a terminal the whole group gets it."""
    memlab = start(start_memlab, place)
    wait_for_trials(place, 1)
    for _ in range(5):
        os.killpg(memlab.pid, signal.SIGINT)
        time.sleep(0.01)
    _, err = memlab.communicate(timeout=30)
    assert memlab.returncode == 130
    assert b"Traceback" not in err
    assert place.wait_until_empty() == []
    run = saved_run(place)
    assert run is not None
    assert not run.complete


SIDE_BY_SIDE = ("--variant", "second", "--trials", "1", "--meters", "tracemalloc,memray", "--jobs", "3")
"""Four trials one after the other, then four of which three run at a time, each with a daemon that never ends."""


def wait_until_side_by_side(place: Place) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if len({trial for process in place.processes() if (trial := _trial_of(process))}) >= 2:
            return
        time.sleep(0.005)
    raise AssertionError("no two trials ran at the same time")


@pytest.mark.parametrize(("number", "delay"), [(signal.SIGINT, 0.0), (signal.SIGINT, 0.1), (signal.SIGTERM, 0.05)])
def test_stopped_while_trials_run_side_by_side(
    start_memlab: StartMemlab, place: Place, number: signal.Signals, delay: float
) -> None:
    memlab = start_memlab("compare", SCRIPTS / "slow.py", "--reports", place.reports, *SIDE_BY_SIDE)
    wait_until_side_by_side(place)
    time.sleep(delay)
    memlab.send_signal(number)
    _, err = memlab.communicate(timeout=30)
    assert memlab.returncode == (130 if number == signal.SIGINT else 143), err
    assert b"Traceback" not in err
    assert place.leftovers() == []
    run = saved_run(place)
    assert run is not None
    assert not run.complete
    assert 4 <= len(run.trials) < 8
    assert f"{len(run.trials)} of 8 trials were measured, saved in".encode() in err
    assert [trial.meter for trial in run.trials[:4]] == ["os"] * 4
    assert [trial.number for trial in run.trials] == sorted(trial.number for trial in run.trials)


def test_an_impatient_user_of_trials_side_by_side(start_memlab: StartMemlab, place: Place) -> None:
    memlab = start_memlab(
        "compare", SCRIPTS / "slow.py", "--reports", place.reports, *SIDE_BY_SIDE, start_new_session=True
    )
    wait_until_side_by_side(place)
    for _ in range(5):
        os.killpg(memlab.pid, signal.SIGINT)
        time.sleep(0.01)
    _, err = memlab.communicate(timeout=30)
    assert memlab.returncode == 130
    assert b"Traceback" not in err
    assert place.leftovers() == []


def test_memlab_is_killed_while_trials_run_side_by_side(start_memlab: StartMemlab, place: Place) -> None:
    """Each supervisor ends its own trial, and the first to see it removes the temporary files."""
    memlab = start_memlab("compare", SCRIPTS / "slow.py", "--reports", place.reports, *SIDE_BY_SIDE)
    wait_until_side_by_side(place)
    memlab.kill()
    memlab.wait()
    assert place.wait_until_empty(3.0) == []
    run = saved_run(place)
    assert run is not None
    assert 4 <= len(run.trials) < 8


def test_a_supervisor_is_killed_while_trials_run_side_by_side(start_memlab: StartMemlab, place: Place) -> None:
    """Its trial is lost, which costs that meter's figure; the others go on, and no measurement is invalid."""
    memlab = start_memlab("compare", SCRIPTS / "slow.py", "--reports", place.reports, "--json", *SIDE_BY_SIDE)
    wait_until_side_by_side(place)
    serving = [process for process in place.processes() if _is_supervisor(process)]
    os.kill(max(serving, key=_started), signal.SIGKILL)
    out, err = memlab.communicate(timeout=60)
    assert memlab.returncode == 0, err
    run = load_run(json.loads(out)["run_file"])
    assert len(run.trials) == 8
    endings = [trial.outcome.ending for trial in run.trials]
    assert endings.count("lost") == 1
    assert endings[:4] == ["exited"] * 4
    assert place.wait_until_empty(3.0) == []


def wait_for_processes(place: Place, matching: Callable[[int], bool]) -> None:
    end = time.monotonic() + 30
    while not any(matching(process) for process in place.processes()) and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("number", "delay"), [(signal.SIGKILL, 0.0), (signal.SIGKILL, 0.3), (signal.SIGKILL, 0.8), (signal.SIGHUP, 0.6)]
)
def test_memlab_itself_is_killed(start_memlab: StartMemlab, place: Place, number: signal.Signals, delay: float) -> None:
    """It can't do anything any more: the supervisor does, and removes the temporary files as well."""
    memlab = start(start_memlab, place)
    wait_for_processes(place, _is_supervisor)
    time.sleep(delay)
    memlab.send_signal(number)
    memlab.wait(timeout=10)
    assert memlab.returncode == -number
    assert place.wait_until_empty(2.0) == []
    run = saved_run(place)
    assert run is None or 0 < len(run.trials) < run.planned


def test_memlab_is_killed_in_the_middle_of_a_long_trial(start_memlab: StartMemlab, place: Place) -> None:
    memlab = start_memlab("compare", SCRIPTS / "loops.py", "--reports", place.reports)
    wait_for_processes(place, _runs_a_trial)
    time.sleep(0.5)
    memlab.kill()
    memlab.wait()
    assert place.wait_until_empty(1.5) == []


def test_memlab_is_killed_after_it_has_measured(start_memlab: StartMemlab, place: Place) -> None:
    memlab = start(start_memlab, place)
    wait_for_trials(place, 2)
    memlab.kill()
    memlab.wait()
    assert place.wait_until_empty(2.0) == []
    run = saved_run(place)
    assert run is not None
    assert len(run.trials) >= 2
    assert all(trial.reply is not None and trial.reply.status == "measured" for trial in run.trials)


def test_memlab_and_its_supervisor_are_killed(start_memlab: StartMemlab, place: Place) -> None:
    """The process that serves, and memlab; the one between them clears up."""
    memlab = start(start_memlab, place)
    wait_for_trials(place, 1)
    serving = [process for process in place.processes() if _is_supervisor(process)]
    assert len(serving) == 2
    memlab.kill()
    os.kill(max(serving, key=_started), signal.SIGKILL)
    memlab.wait()
    assert place.wait_until_empty(2.0) == []


@pytest.mark.slow
def test_the_guard_is_killed(start_memlab: StartMemlab, place: Place) -> None:
    """The process between memlab and the one that serves: that one then ends everything, and memlab says it."""
    memlab = start(start_memlab, place)
    wait_for_trials(place, 1)
    guard = min((process for process in place.processes() if _is_supervisor(process)), key=_started)
    os.kill(guard, signal.SIGKILL)
    out, err = memlab.communicate(timeout=30)
    assert memlab.returncode == 3, err
    assert b"memlab's supervisor was killed by signal 9" in out + err
    assert place.wait_until_empty(2.0) == []


def _is_supervisor(process: int) -> bool:
    return b"memlab.supervisor" in _command_line(process)


def _trial_of(process: int) -> bytes | None:
    """The spec of the trial whose process this is, or one of its daemons."""
    match = re.search(rb"memlab\.child\0(.*/trial-\d+)/spec\.json", _command_line(process))
    return match[1] if match else None


def _runs_a_trial(process: int) -> bool:
    return b"trial-2/spec.json" in _command_line(process)  # the first describes the recipe


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _started(process: int) -> int:
    content = Path(f"/proc/{process}/stat").read_bytes()
    return int(content[content.rfind(b")") + 2 :].split()[19]) * 100_000 + process % 100_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_came_within_a_destructor_is_not_lost(number: signal.Signals) -> None:
    """Python drops what a handler raises there; without memlab's answer this process would sleep for a minute."""
    program = f"""
import os, time
from memlab.cli import run
from memlab.errors import Terminated

class Late:
    def __del__(self):
        os.kill(os.getpid(), {int(number)})
        for _ in range(1000): pass

try:
    with run._termination_raises(), run._no_signal_lost():
        late = Late()
        del late
        print("dropped", flush=True)
        time.sleep(60)
except (KeyboardInterrupt, Terminated) as error:
    print(type(error).__name__)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    name = {signal.SIGINT: "KeyboardInterrupt", signal.SIGTERM: "Terminated"}[number]
    assert ended.stdout.split() == ["dropped", name]
    assert ended.stderr == ""
