"""Carry out one trial's spec and leave a reply in the trial's folder."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from typing import Any

REPLY = "reply.json"
NOT_WRITTEN = 74
"""The exit code when the reply can't be written: EX_IOERR of sysexits.h."""


def main(spec_file: str) -> None:
    """Do what the spec says, write the reply, and end at once, whatever threads the recipe left running.

    Ends the process with 0 when a reply was written, `NOT_WRITTEN` when there was no room for it; what the recipe did
    is in the reply.
    """
    with open(spec_file, encoding="utf-8") as file:
        spec: dict[str, Any] = json.load(file)
    import memlab.recipe.phases
    from memlab.child.surroundings import be_first_victim, die_with_parent, flush_output

    memlab.recipe.phases.in_trial = True
    faulthandler.enable()  # a crash then says in which line, in the output that is shown
    die_with_parent()
    be_first_victim()
    if spec["task"] == "describe":
        from memlab.child.describe import describe

        reply = describe(spec)
    elif spec["task"] == "agree":
        from memlab.child.agree import agree

        reply = agree(spec)
    elif spec["task"] == "host":
        from memlab.child.host import host

        reply = host(spec)
    else:
        from memlab.child.measure import measure

        reply = measure(spec)
    try:
        _write(spec["folder"], reply)
    except OSError:
        os._exit(NOT_WRITTEN)
    flush_output()
    _forget_peak()
    os._exit(0)


def _write(folder: str, reply: dict[str, Any]) -> None:
    unfinished = os.path.join(folder, REPLY + ".unfinished")
    with open(unfinished, "w", encoding="utf-8", errors="replace") as file:
        json.dump(reply, file, ensure_ascii=False)  # a lone surrogate, as in a docstring, is nothing JSON can hold
    os.replace(unfinished, os.path.join(folder, REPLY))


def _forget_peak() -> None:
    # What the digests took must not reach the parent's wait4, which is read for peaks nobody saw.
    from memlab.kernel.marks import open_own_files

    files = open_own_files()
    if files is not None:
        files.reset()


if __name__ == "__main__":
    main(sys.argv[1])
