"""Measure functions that this process has, as the variants of a recipe are measured: in fresh processes, by the same
plan, with the same statistics, agreement and findings."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from memlab import plan
from memlab.analysis.failures import explain_failure
from memlab.analysis.report import exit_code
from memlab.errors import Interrupted, UsageError
from memlab.model.description import RecipeDescription, RecipeReference, Source, VariantDescription
from memlab.model.report import Report
from memlab.model.run import Run
from memlab.model.trial import Trial
from memlab.printable import encodable
from memlab.recipe import Agreement, exact
from memlab.recipe.source import source_of
from memlab.runner.executor import ProcessExecutor
from memlab.runner.progress import ProgressSink
from memlab.workflow.measuring import CompareOptions, Measurement
from memlab.workflow.pickling import pickle_into, without_partial

_ABOUT = "about.json"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST_NAME = 100
_BEFORE_THE_RUN = ("import", "prepare")

Function = Callable[..., Any]


@dataclass(frozen=True)
class FunctionOptions:
    """What is to be measured, and how; see `memlab.compare`.

    Attributes:
        functions: by the name each goes by; the order is that of the report.
        baseline, pitfalls: names among them.
        compared: whether what they return is held against the baseline's.
        warm_up: called first in each trial, without arguments, and not measured; or the positional arguments of a first
            call of the function itself; None for neither.
        output: makes something comparable of what they return.
        reports: the folder of all runs; None to save nothing.
    """

    functions: Mapping[str, Function]
    baseline: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    pitfalls: tuple[str, ...] = ()
    trials: int = 3
    meters: tuple[str, ...] = plan.DEFAULT_METERS
    agree: Agreement = exact
    headline: str = "growth"
    timeout_seconds: float = 300.0
    warm_up: Function | tuple[Any, ...] | None = None
    output: Function | None = None
    compared: bool = True
    reports: str | None = None


@dataclass(frozen=True)
class MeasuredFunctions:
    """What came of it.

    Attributes:
        exit_code: as `memlab compare` would have.
    """

    run: Run
    report: Report
    exit_code: int


def measure_functions(options: FunctionOptions, progress: ProgressSink) -> MeasuredFunctions:
    """Measure functions and report on them.

    Raises:
        UsageError: a function or an argument can't travel to a fresh process, or nothing can be measured here.
        MeasurementError: the supervisor was lost.
        KeyboardInterrupt: the user stopped it; what was measured is saved where `reports` is given.
    """
    _refuse_while_imported()
    with ProcessExecutor() as executor:
        progress.stage("sending the functions to a process of their own")
        folder = executor.scratch / "functions"
        description = describe_functions(options, folder)
        try:
            folder.mkdir()
            _send(options, description, folder)
        except OSError as error:
            raise UsageError(
                f"the functions and their arguments can't be kept for the trials: {error.strerror or error}",
                hint="free some space, or set TMPDIR to a folder that has room",
            ) from None
        with Measurement(
            executor, description, (), _measuring(options, description, executor), progress
        ) as measurement:
            try:
                for trial in measurement.trials():
                    _require_loaded(trial)
            except Interrupted as stopped:
                # In a program it is the program's to handle.
                raise KeyboardInterrupt(*() if options.reports is None else (stopped.message,)) from None
            if options.reports is not None:
                result = measurement.result()
                return MeasuredFunctions(measurement.run, result.report, result.exit_code)
            report = msgspec.structs.replace(measurement.report(), run_file=None)
            return MeasuredFunctions(measurement.run, report, exit_code(report.findings))


def describe_functions(options: FunctionOptions, folder: Path) -> RecipeDescription:
    """What a recipe would say of itself that consisted of these functions."""
    functions = options.functions
    sources = {name: _source(function) for name, function in functions.items()}
    baseline = sources[options.baseline]
    names = ", ".join(functions)
    return RecipeDescription(
        reference=RecipeReference(_run_name(functions), functions=str(folder)),
        doc=f"Functions measured from Python: {names}." if len(sources) > 1 else f"{names}, measured from Python.",
        file="" if baseline is None else baseline.file,
        headline=options.headline,
        agree=options.agree.to_dict(),
        needs=(),
        inputs=None,
        sweep={},
        quick={},
        variants=tuple(
            _variant(name, function, sources[name], options) for name, function in options.functions.items()
        ),
    )


def _variant(name: str, function: Function, source: Source | None, options: FunctionOptions) -> VariantDescription:
    is_pitfall = name in options.pitfalls
    return VariantDescription(
        name=name,
        role="baseline" if name == options.baseline else "pitfall" if is_pitfall else "technique",
        doc=encodable(inspect.getdoc(without_partial(function)) or ""),
        source=source,
        shows=("no_saving",) if is_pitfall else (),
    )


def _source(function: Function) -> Source | None:
    found = source_of(without_partial(function))
    if found is None:
        return None
    return Source(encodable(os.path.abspath(found["file"])), found["line"], encodable(found["text"]))


def _run_name(names: Mapping[str, object]) -> str:
    """A name for the run's folder, whatever the functions are called."""
    name = "-".join(filter(None, (_UNSAFE.sub("_", name).strip("._") for name in names)))
    return name[:_LONGEST_NAME].rstrip("-") or "functions"


def _measuring(options: FunctionOptions, recipe: RecipeDescription, executor: ProcessExecutor) -> CompareOptions:
    return CompareOptions(
        recipe=recipe.name,
        variants=(),
        trials=options.trials,
        timeout_seconds=options.timeout_seconds,
        settings={},
        images=None,
        source="kernel",
        reports=str(executor.scratch / "runs") if options.reports is None else options.reports,
        show_output=False,
        command=tuple(map(encodable, sys.orig_argv)),
        meters=options.meters,
    )


def _send(options: FunctionOptions, recipe: RecipeDescription, folder: Path) -> None:
    """Fill the folder that the trials load from; `memlab.child.functions` reads it."""
    files = {}
    for number, (name, function) in enumerate(options.functions.items()):
        files[name] = _sent(folder, f"function-{number}", name, function)
    warm_up, main = options.warm_up, sys.modules["__main__"]
    own = None if warm_up is None or isinstance(warm_up, tuple) else warm_up
    main_file = getattr(main, "__file__", None)
    about = {
        "sys_path": [os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)],
        "main_file": None if main_file is None else os.path.abspath(main_file),
        "main_module": getattr(getattr(main, "__spec__", None), "name", None),
        "functions": files,
        "arguments": _sent_arguments(folder, "arguments", options.args, options.kwargs),
        "warm_up": None if own is None else _sent(folder, "warm-up", "warm_up=", own),
        "warm_up_arguments": (
            _sent_arguments(folder, "warm-up", warm_up, options.kwargs) if isinstance(warm_up, tuple) else None
        ),
        "output": None if options.output is None else _sent(folder, "output", "output=", options.output),
        "compared": options.compared,
        "folder": os.path.dirname(recipe.file) if os.path.isabs(recipe.file) else "",
    }
    (folder / _ABOUT).write_text(json.dumps(about), encoding="ascii")


def _sent(folder: Path, name: str, what: str, function: Function) -> str:
    pickle_into(folder / name, [(what, function)])
    return name


def _sent_arguments(folder: Path, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    values = [(f"argument {number}", value) for number, value in enumerate(args, 1)]
    values += [(f"argument {name}=", value) for name, value in kwargs.items()]
    pickle_into(folder / name, [(f"{what}, of type {type(value).__name__},", value) for what, value in values])
    return {"file": name, "positional": len(args), "named": list(kwargs)}


def _require_loaded(trial: Trial) -> None:
    """See that the trial came to its function: what hinders one hinders them all."""
    failure = None if trial.reply is None else trial.reply.failure
    if failure is None or failure.stage not in _BEFORE_THE_RUN:
        return
    if failure.type == "UnloadableError":
        cause, _, _ = failure.traceback.partition("\nThe above exception was the direct cause")
        raise UsageError(failure.message, detail=cause.strip() or None)
    message, hint = explain_failure(trial, trial.variant, None)
    raise UsageError(message, hint=hint, detail=failure.traceback or None)


def _refuse_while_imported() -> None:
    """A process that multiprocessing has spawned runs its script once more: there it would begin all over again."""
    from multiprocessing import current_process

    if getattr(current_process(), "_inheriting", False):
        raise UsageError(
            "this script is being imported by a process that it has started, and would measure in there again",
            hint='let what it does stand below `if __name__ == "__main__":`',
        )
