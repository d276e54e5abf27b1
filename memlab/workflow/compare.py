"""Compare a recipe's variants: describe, measure, report."""

from __future__ import annotations

from memlab import catalogue
from memlab.runner.executor import ProcessExecutor
from memlab.runner.progress import ProgressSink
from memlab.workflow.describe import describe_with, require_libraries
from memlab.workflow.measuring import CompareOptions, CompareResult, Measurement

__all__ = ["CompareOptions", "CompareResult", "compare"]


def compare(options: CompareOptions, progress: ProgressSink) -> CompareResult:
    """Measure a recipe and report on it.

    Raises:
        UsageError, RecipeError: nothing was measured.
        MeasurementError: the supervisor was lost.
        Interrupted, Terminated: what was measured is saved; the message says where.
    """
    reference = catalogue.resolve(options.recipe)
    skipped = require_libraries(reference)
    with ProcessExecutor() as executor:
        progress.stage(f"reading the recipe {reference.name}")
        recipe = describe_with(executor, reference, options.timeout_seconds)
        with Measurement(executor, recipe, skipped, options, progress) as measurement:
            measurement.carry_out()
            return measurement.result()
