"""Hold kept outputs against each other: the task `agree`.

Its process runs none of the recipe's code, and may import what a measured one may not.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from memlab.child.differences import Differences
from memlab.child.loaded_outputs import KeptOutput
from memlab.child.pairs import OtherStructureError, pair_up
from memlab.child.pictures import difference_picture, first_picture, small_picture


def agree(spec: dict[str, Any]) -> dict[str, Any]:
    """Compare the spec's pairs; returns the reply (`memlab.model.output.AgreeReply` as a dict).

    A pair of which one can't be read is left out.
    """
    comparisons = []
    pictures: dict[str, Any] = {}
    for expected, found in spec["pairs"]:
        # Whatever a damaged file leads to, it is no reason to give up the others.
        try:
            comparisons.append(_compare(spec["outputs"], expected, found))
        except Exception as error:
            _say(f"{found} can't be held against {expected}", error)
    for digest in dict.fromkeys(digest for pair in spec["pairs"] for digest in pair):
        try:
            source = first_picture(KeptOutput(os.path.join(spec["outputs"], digest)))
            if source is not None:
                pictures[digest] = small_picture(source)
        except Exception as error:
            _say(f"{digest} can't be shown", error)
    return {"status": "compared", "comparisons": comparisons, "pictures": pictures}


def _compare(folder: str, expected: str, found: str) -> dict[str, Any]:
    """`memlab.model.output.OutputComparison` as a dict."""
    comparison: dict[str, Any] = {"expected": expected, "found": found}
    try:
        pairs = pair_up(*(KeptOutput(os.path.join(folder, digest)) for digest in (expected, found)))
    except OtherStructureError as error:
        return comparison | {"differs_in": error.differs_in, "note": error.note}
    differences = Differences()
    for pair in pairs:
        differences.add(pair)
    return comparison | {
        "differs_in": "values" if differences.differing else None,
        "psnr_db": differences.psnr_db(),
        "largest_difference": differences.largest_difference(),
        "differing": differences.differing,
        "values": differences.values,
        "difference": None if differences.first_picture is None else difference_picture(*differences.first_picture),
        "note": differences.note(),
    }


def _say(what: str, error: Exception) -> None:
    print(f"memlab: the output {what}: {type(error).__name__}: {error}", file=sys.stderr)
