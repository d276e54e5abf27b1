"""Progress in plain lines, for programs that ask for it."""

from __future__ import annotations

from typing import TextIO

from memlab.runner.progress import Silent


class Lines(Silent):
    """One line a trial, as it begins.

    Args:
        stream: takes the lines; None where there is none.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def trial_started(self, variant: str, kind: str, number: int, total: int, meter: str = "os") -> None:
        """See `ProgressSink.trial_started`."""
        if self._stream is not None:
            what = meter if kind == "meter" else kind
            print(f"memlab: trial {number} of {total}: {variant} ({what})", file=self._stream, flush=True)
