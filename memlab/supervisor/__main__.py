"""Take requests on standard input, answer on standard output, and leave nothing running.

A line on standard input is the path of a request file, as a JSON string. The outcome is written beside it and its
path answered. While a trial runs, any byte on standard input stops it. When standard input ends (memlab has ended,
in whatever way), everything below this process is killed, and it ends too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from memlab.kernel.subreaper import become_subreaper, end_everything_below
from memlab.supervisor.trial import TrialRunner, Wakeup

OUTCOME = "outcome.json"


def main() -> None:
    """Serve until standard input ends."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    become_subreaper()
    wakeup = Wakeup()
    try:
        while (path := _next_request()) is not None:
            with open(path, encoding="utf-8") as file:
                request: dict[str, Any] = json.load(file)
            outcome = TrialRunner(request, wakeup, sys.stdin.fileno(), _announce).run()
            answer = os.path.join(request["folder"], OUTCOME)
            with open(answer, "w", encoding="utf-8") as file:
                json.dump(outcome, file)
            _say({"id": request["id"], "outcome": answer})
    finally:
        end_everything_below(os.getpid())


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
    main()
