"""A check's figures for github-action-benchmark, as the JSON that it reads with the tool `customSmallerIsBetter`.

A chart each for a variant's headline figure and its heap peak. What else was compared is left out: of figures near 0,
as retained memory mostly is, that action's ratio to the time before would raise an alarm over a few pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from memlab.model.check import CheckReport, FigureCheck, RecipeCheck, VariantCheck
from memlab.printable import printable
from memlab.render.verdicts import tolerance, verdict_words
from memlab.units import format_bytes

_NAME_LIMIT = 100
_TEXT_LIMIT = 600


def check_benchmark_json(report: CheckReport) -> bytes:
    """A list of figures in bytes, in UTF-8, ending in a newline; names stay the same from run to run."""
    figures = [
        _entry(recipe, variant, figure)
        for recipe in report.recipes
        for variant in recipe.variants
        for figure in _charted(variant)
    ]
    return (json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode()


def _charted(variant: VariantCheck) -> Iterator[FigureCheck]:
    for place, figure in enumerate(variant.figures):
        if place == 0 or figure.figure == "heap":
            yield figure


def _entry(recipe: RecipeCheck, variant: VariantCheck, figure: FigureCheck) -> dict[str, object]:
    off = max(figure.high_bytes - figure.measured_bytes, figure.measured_bytes - figure.low_bytes)
    facts = [
        f"verdict: {verdict_words(variant.verdict)}",
        f"measured: {format_bytes(figure.measured_bytes)}",
        f"accepted: {format_bytes(figure.accepted_bytes)} ({figure.accepted_bytes} bytes)",
        f"tolerance: {tolerance(figure)}",
        f"trials: {variant.trials}",
    ]
    return {
        "name": f"{_shown(recipe.recipe, _NAME_LIMIT)}/{_shown(variant.variant, _NAME_LIMIT)} {figure.figure}",
        "unit": "bytes",
        "value": figure.measured_bytes,
        "range": f"± {off}",
        "extra": "\n".join(_shown(fact, _TEXT_LIMIT) for fact in facts),
    }


def _shown(text: str, limit: int) -> str:
    """The action puts names into code spans of tables, in comments: what would end those is written as an escape."""
    return printable(text, limit).replace("`", "\\x60").replace("|", "\\x7c")
