"""What a test hands on to the session's end: an attribute of its report of the call, which survives pytest-xdist.

`report.memlab` is an `Outcome` as plain dicts, lists and numbers. It is there on the report of the phase `call` of each
test that was measured, and of each that compared or measured something by the fixture `memlab`; on no other report.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from memlab.integrations.pytest_plugin.judged import Judged

_ATTRIBUTE = "memlab"


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What memlab has to say of one test.

    Attributes:
        judged: how it was measured and judged; None of a test that wasn't measured, or gave no figure.
        sentences: what its comparisons and measurements by the fixture `memlab` came to, in their order.
        notes: what is to be said once, however many tests say it, such as that inline was used instead of a process.
    """

    judged: Judged | None = None
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def attach(report: pytest.TestReport, outcome: Outcome) -> None:
    """Hand an outcome on with a report, beside what is handed on with it already."""
    before = outcome_of(report) or Outcome()
    both = Outcome(
        judged=outcome.judged or before.judged,
        sentences=(*before.sentences, *outcome.sentences),
        notes=(*before.notes, *outcome.notes),
    )
    setattr(report, _ATTRIBUTE, msgspec.to_builtins(both))


def outcome_of(report: Any) -> Outcome | None:
    """The outcome that came with a report; None where it has none, or one of another memlab's."""
    found = getattr(report, _ATTRIBUTE, None)
    try:
        return None if found is None else msgspec.convert(found, Outcome)
    except msgspec.ValidationError:
        return None
