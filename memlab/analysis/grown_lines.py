"""Which lines hold more at the heap's peak than was accepted.

A line is known by file, function and source text, as its number moves with every edit above it. Files are named as
they are on every machine: from the project's folder, from the environment's `site-packages`, or by their last name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from memlab.model.check import GrownLine
from memlab.model.report import TopLine
from memlab.units import KIB

MOST_LINES = 3
_WORTH_SAYING_BYTES = 256 * KIB
_WORTH_SAYING_SHARE = 0.05
_METER = "memray"
_INSTALLED = re.compile(r".*?/(?:site|dist)-packages/(.+)")
_STANDARD = re.compile(r".*?/lib(?:64)?/(python\d[^/]*/.+)")


def lines_at_peak(lines: Iterable[TopLine], root: str) -> dict[str, int]:
    """What each line held at the heap's peak, by `file function: source text`, the largest first.

    Args:
        lines: a report's top lines, of all meters.
        root: the project's folder, absolute.
    """
    found: dict[str, int] = {}
    for line in lines:
        if line.meter == _METER:
            key = line_key(line, root)
            found[key] = found.get(key, 0) + line.bytes
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def grown_lines(lines: Iterable[TopLine], accepted: Mapping[str, int], root: str) -> tuple[GrownLine, ...]:
    """The lines that hold more than was accepted, by the most first; at most three.

    What grew by less than 256 KiB, or by less than a twentieth of what the first did, is left out.

    Args:
        lines: a report's top lines, of all meters.
        accepted: what `lines_at_peak` gave when the baseline was made: the largest three. A line that isn't there
            counts as new; it may have held as much as the least of them.
    """
    lines = tuple(lines)
    where = {line_key(line, root): line for line in reversed(lines) if line.meter == _METER}
    grown = [
        GrownLine(
            file=shown_file(where[key].file, root),
            line=where[key].line,
            function=where[key].function,
            text=where[key].text,
            accepted_bytes=accepted.get(key, 0),
            measured_bytes=size,
        )
        for key, size in lines_at_peak(lines, root).items()
    ]
    grown.sort(key=lambda line: accepted.get(line_key(line, root), 0) - line.measured_bytes)
    most = max((line.measured_bytes - line.accepted_bytes for line in grown), default=0)
    least = max(_WORTH_SAYING_BYTES, int(_WORTH_SAYING_SHARE * most))
    return tuple(line for line in grown if line.measured_bytes - line.accepted_bytes >= least)[:MOST_LINES]


def line_key(line: TopLine | GrownLine, root: str) -> str:
    """How a line is known in a baseline file."""
    return f"{shown_file(line.file, root)} {line.function}: {line.text}"


def shown_file(file: str, root: str) -> str:
    """The file as it is named on every machine, with `/` between folders."""
    path, folder = file.replace("\\", "/"), root.replace("\\", "/").rstrip("/") + "/"
    # An environment often lies in the project's folder, and what is installed there is none of its files.
    for known in (_INSTALLED, _STANDARD):
        if (match := known.match(path)) is not None:
            return match[1]
    if path.startswith(folder):
        return path[len(folder) :]
    # What isn't absolute has been named already; the interpreter's own names, such as <string>, are no paths.
    return path.rpartition("/")[2] if path.startswith("/") or path[1:2] == ":" else path
