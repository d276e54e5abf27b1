"""What counts as alive when everything below a process is ended."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, sys, time
from memlab.kernel.subreaper import end_everything_below
child = os.fork()
if child == 0:
    time.sleep(60 if sys.argv[1] == "alive" else 0)
    os._exit(0)
if sys.argv[1] == "ended":
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(end_everything_below(os.getpid()))
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nothing left")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children are listed by Linux's /proc")
@pytest.mark.parametrize(("state", "count"), [("alive", 1), ("ended", 0)])
def test_what_only_waits_to_be_reaped_is_not_counted_as_alive(state: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, state], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == [str(count), "nothing left"], done.stderr
