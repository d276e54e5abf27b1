"""Documents as JSON: one value each, in UTF-8, ending in a newline."""

from __future__ import annotations

from memlab.model.description import RecipeDescription
from memlab.model.document import encode
from memlab.model.report import Report, encode_report


def report_json(report: Report) -> bytes:
    """A report's document, `memlab.report`."""
    return encode_report(report)


def description_json(description: RecipeDescription) -> bytes:
    """A recipe's description, `memlab.description`, version 1: the fields of `RecipeDescription`."""
    return encode(description, format="memlab.description", version=1)
