"""A test as memlab's documents know what they measure: a recipe of one variant, which is the test."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import memlab
from memlab.model.description import RecipeDescription, RecipeReference, Source, VariantDescription
from memlab.model.environment import Environment
from memlab.model.run import Inputs, Options, Run


def keys_of(nodeid: str) -> tuple[str, str]:
    """A test's file, from the root folder, and the rest of its id: its keys in a baseline file.

    >>> keys_of("tests/test_album.py::TestPages::test_turns[3]")
    ('tests/test_album.py', 'TestPages::test_turns[3]')
    """
    file, _, test = nodeid.partition("::")
    return file, test


def new_run(nodeid: str, environment: Environment, *, path: str, line: int, timeout_seconds: float) -> Run:
    """A run of a test without trials, which are added with `memlab.workflow.measuring.with_trial`.

    Args:
        environment: what is known before any trial.
        path: the absolute path of the file that the test stands in; line: its first line, from 1.
    """
    file, test = keys_of(nodeid)
    recipe = RecipeDescription(
        reference=RecipeReference(file, path=path),
        doc="",
        file=path,
        headline="growth",
        agree={"kind": "exact"},
        needs=(),
        inputs=None,
        sweep={},
        quick={},
        variants=(VariantDescription(test, "baseline", "", Source(path, line, "")),),
    )
    return Run(
        memlab_version=memlab.__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=tuple(sys.argv),
        recipe=recipe,
        environment=environment,
        inputs=Inputs(None, True, ()),
        options=Options(trials=1, timeout_seconds=timeout_seconds, source="kernel"),
        planned=0,
        complete=True,
    )
