"""Take requests on standard input, answer on standard output, and leave nothing running.

    python -P -m memlab.supervisor SCRATCH PID

A line on standard input is the path of a request file, as a JSON string. The outcome is written beside it and its
path answered. While a trial runs, any byte on standard input stops it. When standard input ends (memlab has ended,
in whatever way), everything below this process is killed, and it ends too; with memlab's own process PID gone, it also
removes SCRATCH, the folder of memlab's temporary files.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from memlab.kernel import cgroup
from memlab.kernel.subreaper import become_subreaper, end_everything_below, signal_when_parent_ends
from memlab.supervisor.guard import guard
from memlab.supervisor.trial import TrialRunner, Wakeup

OUTCOME = "outcome.json"


def main(scratch: str, memlab: int) -> None:
    """Serve until standard input ends, in a process of its own that a trial may kill."""
    for number in (signal.SIGINT, signal.SIGHUP):
        # Ignored signals would be ignored in the trials too; handled ones are not.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, _stop)
    os.chdir("/")  # whatever folder memlab was started in may be removed or unmounted
    become_subreaper()
    worker = os.fork()
    if worker:
        guard(worker, sys.stdin.fileno(), scratch, memlab)
    os.setpgid(0, 0)
    signal_when_parent_ends(signal.SIGTERM)
    become_subreaper()
    _serve()


def _serve() -> None:
    wakeup = Wakeup()
    try:
        while (path := _next_request()) is not None:
            with open(path, encoding="utf-8") as file:
                request: dict[str, Any] = json.load(file)
            outcome = TrialRunner(request, wakeup, sys.stdin.fileno(), _announce).run()
            _say(_answer(request, outcome))
    finally:
        end_everything_below(os.getpid())
        cgroup.remove_groups(f"memlab-{os.getpid()}-")


def _answer(request: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    path = os.path.join(request["folder"], OUTCOME)
    try:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(outcome, file)
    except OSError as error:
        return {"id": request["id"], "error": error.errno}
    return {"id": request["id"], "outcome": path}


def _announce(process: int) -> None:
    _say({"started": process})


def _say(answer: dict[str, Any]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


def _next_request() -> str | None:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(sys.stdin.fileno(), 1)
        if not part:
            return None
        # "s" is a stop that came when nothing was running any more.
        line = b"" if part == b"s" and not line else line + part
    return str(json.loads(line))


def _stop(*_: object) -> None:
    raise SystemExit(143)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
