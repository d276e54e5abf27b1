"""The line to a real supervisor: requests one after the other, timeouts, and its death."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from memlab.model.trial import Request
from memlab.runner.link import SupervisorLink, SupervisorLostError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


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


def test_any_program_can_be_carried_out(tmp_path: Path) -> None:
    with SupervisorLink(tmp_path / "scratch") as link:
        outcome = link.carry_out(request(tmp_path / "1", "sh", "-c", "echo hello; exit 3"))
        assert (outcome.ending, outcome.exit_code, outcome.reached) == ("exited", 3, "started")
        assert (outcome.output_tail, outcome.output_bytes) == ("hello\n", 6)

        outcome = link.carry_out(request(tmp_path / "2", "sh", "-c", "kill -SEGV $$"))
        assert (outcome.ending, outcome.signal, outcome.exit_code) == ("signalled", signal.SIGSEGV, None)

        outcome = link.carry_out(request(tmp_path / "3", "sleep", "60", timeout_seconds=0.2))
        assert (outcome.ending, outcome.exit_code, outcome.signal) == ("timed_out", None, None)

        outcome = link.carry_out(request(tmp_path / "4", "/no/such/program"))
        assert outcome.ending == "not_started"
        assert outcome.message == "the trial can't be started: No such file or directory"

        outcome = link.carry_out(request(tmp_path / "5", "sh", "-c", "sleep 60 & exit 0"))
        assert (outcome.exit_code, outcome.left_behind) == (0, 1)


def test_a_trial_that_kills_the_supervisor(tmp_path: Path) -> None:
    with SupervisorLink(tmp_path / "scratch") as link:
        os.kill(link._process.pid, signal.SIGKILL)
        with pytest.raises(SupervisorLostError, match=r"^memlab's supervisor was killed by signal 9 while it ran$"):
            link.carry_out(request(tmp_path / "1", "true"))
