"""Measure a recipe's variants at a second size of its inputs: two sizes tell how a figure grows.

The first size is that of the run itself, so that each variant costs one trial more for a setting, not two or three: of
memray, whose figure is the same from run to run, or where it has none, one of the headline's meter.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from memlab import plan
from memlab.analysis.growth_class import Sweep, second_size, sweep_of
from memlab.analysis.report import make_report
from memlab.model.report import Report, VariantReport
from memlab.model.run import Inputs, Run, encode_run
from memlab.storage import write_atomically
from memlab.workflow.inputs import make_inputs
from memlab.workflow.measuring import Measurement, measuring_spec, with_trial
from memlab.workflow.trials import Trials


def measure_sweeps(measurement: Measurement, report: Report) -> dict[str, dict[str, Sweep]]:
    """Measure each variant that has figures at one more size of each setting of the recipe's sweep.

    Args:
        measurement: whose plan is carried out; report: what was made of it.

    Returns:
        by variant and setting the figures at both sizes; nothing of a variant that failed at one of them.

    Raises:
        UsageError: the inputs can't be made in that size.
        MeasurementError: the supervisor was lost.
        Interrupted, Terminated: what was measured is saved.
    """
    found: dict[str, dict[str, Sweep]] = {}
    failed = {finding.variant for finding in report.findings if finding.severity == "error"}
    variants = {one.name: one for one in report.variants if one.trials and one.name not in failed}
    for setting, sizes in measurement.run.recipe.sweep.items():
        own = (measurement.run.inputs.description or {}).get(setting)
        if not isinstance(own, int) or not variants:
            continue
        size = second_size(sizes, own)
        if size is None:
            continue
        with measurement.stopped_with_words():
            others = _measure_at(measurement, setting, size, variants)
        for name, one in others.items():
            sweep = sweep_of({own: variants[name], size: one})
            if sweep is not None:
                found.setdefault(name, {})[setting] = sweep
    return found


def _measure_at(
    measurement: Measurement, setting: str, size: int, variants: Mapping[str, VariantReport]
) -> dict[str, VariantReport]:
    """What each variant needs at another size."""
    options, executor, run = measurement.options, measurement.executor, measurement.run
    measurement.progress.stage(f"measuring {run.recipe.name} with {setting}={size}")
    scratch = Path(executor.scratch, f"sweep-{setting}-{size}")
    scratch.mkdir(exist_ok=True)
    settings = options.settings | {setting: size}
    made = make_inputs(run.recipe, settings, None, scratch, measurement.progress.inputs, quick=options.quick)
    planned = tuple(
        plan.PlannedTrial(number, name, plan.METER, "memray")
        if one.heap_peak_bytes is not None and one.tree is None
        else plan.PlannedTrial(number, name, plan.HEADLINE)
        for number, (name, one) in enumerate(variants.items())
    )
    run = msgspec.structs.replace(
        run,
        inputs=Inputs(made.description, made.default, made.files, made.passed_over),
        options=msgspec.structs.replace(run.options, settings=dict(settings), trials=1),
        planned=len(planned),
        trials=(),
        agreements=(),
        pictures={},
        complete=False,
    )
    trials = Trials(
        measuring_spec(run, made),
        executor,
        None,
        measurement.progress,
        timeout_seconds=options.timeout_seconds,
        jobs=options.jobs,
    )
    for trial in trials.carry_out(planned):
        run = with_trial(run, trial)
    _save(measurement, f"sweep-{setting}-{size}.json", msgspec.structs.replace(run, complete=True))
    return {one.name: one for one in make_report(run).variants}


def _save(measurement: Measurement, name: str, run: Run) -> None:
    """Keep the raw figures beside the run. That they can't be kept is no reason to withhold what came out."""
    with suppress(OSError):
        write_atomically(Path(measurement.folder.path, name), encode_run(run))
