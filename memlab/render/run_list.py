"""The runs that are saved, for a terminal: what each found, when, and where it lies."""

from __future__ import annotations

from datetime import datetime

from memlab.model.run_list import RunList, SavedRun
from memlab.printable import printable
from memlab.render import words
from memlab.render.layout import flow, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style

_LEAST_WIDTH = 20
_TEXT_LIMIT = 600
_STEPS = ((60, "min"), (3600, "h"), (86400, "d"))


def render_run_list(listed: RunList, *, now: datetime, width: int, colour: bool, unicode: bool) -> str:
    """Three lines a run: its recipe and when it was, what it found, and its path, which stays in one piece.

    Args:
        now: what "2 min ago" counts from; with its time zone.
    """
    width = max(_LEAST_WIDTH, width)
    style, chosen = Style(colour), signs(unicode)
    if not listed.runs:
        return "".join(f"{line}\n" for line in wrap(_text(_nothing(listed), chosen), width))
    lines: list[str] = []
    for run in listed.runs:
        lines += _run_lines(run, now, width, style, chosen)
    if listed.total > len(listed.runs):
        rest = f"{len(listed.runs)} of {listed.total} runs; --all lists all of them"
        lines += ["", *(style.dim(line) for line in wrap(rest, width))]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _nothing(listed: RunList) -> str:
    what = "no runs" if listed.recipe is None else f"no runs of {listed.recipe}"
    return f"there are {what} in {listed.reports}; memlab compare makes them"


def _run_lines(run: SavedRun, now: datetime, width: int, style: Style, chosen: Signs) -> list[str]:
    name = words.shown_name(run.recipe, chosen)
    path = "  " + chosen.text(printable(run.path, None))
    if run.problem is not None:
        first, *rest = flow([name, "can't be read"], width, indent="", signs=chosen)
        lines = [style.severity(first, "error"), *rest]
        return [*lines, *wrap(_text(run.problem, chosen), width, first="  "), path]
    items = [name, *_when(run.created, now), _trials(run), f"Python {printable(run.python_version or '?', 40)}"]
    first, *rest = flow([chosen.text(item) for item in items], width, indent="", signs=chosen)
    if first.startswith(name):
        first = style.bold(name) + first[len(name) :]
    sentence = wrap(_text(run.sentence or "", chosen), width, first="  ")
    return [first, *rest, *sentence, style.dim(path)]


def _trials(run: SavedRun) -> str:
    if run.complete:
        return f"{run.trials} {'trial' if run.trials == 1 else 'trials'}"
    return f"incomplete: {run.trials} of {run.planned} trials"


def _when(created: str | None, now: datetime) -> list[str]:
    """`2030-01-02 03:04:05 UTC, 2 h ago`; as it is saved where that is no time."""
    try:
        moment = datetime.fromisoformat(created or "")
        seconds = (now - moment).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return [printable(created, 40)] if created else []
    shown = f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"
    return [f"{shown}, {_ago(seconds)}" if seconds >= 0 else shown]


def _ago(seconds: float) -> str:
    for length, unit in reversed(_STEPS):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return "just now"


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, _TEXT_LIMIT, ellipsis=chosen.ellipsis))
