"""Every trial as a row of CSV (RFC 4180): units stand in the names of the columns, and nothing in a cell is a formula.

Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, in quotes too. What is a name or a
sentence and begins so gets a `'` before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from memlab.model.shown import Shown, TrialRow
from memlab.printable import printable

COLUMNS = (
    "recipe",
    "created",
    "variant",
    "role",
    "trial",
    "meter",
    "kind",
    "counted",
    "undisturbed",
    "source",
    "peak_growth_bytes",
    "retained_bytes",
    "kept_by_allocator_bytes",
    "meter_peak_bytes",
    "swap_bytes",
    "duration_seconds",
    "cpu_seconds",
    "failure",
)
_CELL_LIMIT = 20_000
"""Excel holds 32,767 characters in a cell."""
# The wide ones are what an input method makes of the others, and some spreadsheets take them for the same.
_FORMULA = tuple("=+-@＝＋－＠")


def render_csv(shown: Sequence[Shown]) -> str:
    """A heading, and a row for each trial of each run; lines end in CR LF.

    Sizes are whole bytes, over the level at the start; times are seconds; truth is `true` or `false`; a cell is empty
    where there is no figure of its kind. `created` is when the run began, by which runs of one recipe are told apart.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in shown:
        writer.writerows(_row(one, trial) for trial in one.trials)
    return text.getvalue()


def _row(shown: Shown, trial: TrialRow) -> Iterator[str]:
    cells: dict[str, object] = {
        "recipe": shown.report.recipe,
        "created": shown.report.created,
        "trial": trial.number,
        "duration_seconds": trial.seconds,
    }
    for name in COLUMNS:
        yield _cell(cells[name] if name in cells else getattr(trial, name))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _harmless(value) if isinstance(value, str) else repr(value)


def _harmless(foreign: str) -> str:
    """The text on one line of visible characters, and no formula."""
    text = printable(foreign, _CELL_LIMIT)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
