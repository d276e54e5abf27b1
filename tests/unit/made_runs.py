"""Runs made by hand, with exact numbers: nothing is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from memlab.model.description import RecipeDescription, RecipeReference, VariantDescription
from memlab.model.environment import Environment
from memlab.model.output import OutputComparison
from memlab.model.run import Inputs, MissingMeter, Options, Run, SkippedVariant
from memlab.model.trial import (
    EndStates,
    LineFigure,
    MeterFigures,
    Outcome,
    OutputDescription,
    RecipeFailure,
    Reply,
    StartLevel,
    Trial,
)

KIB, MIB = 1 << 10, 1 << 20
LEVEL = 20 * MIB
RESOLUTION = 248 * KIB

ENVIRONMENT = Environment(
    memlab_version="0.1.0",
    python_version="3.12.1",
    python_implementation="CPython",
    platform="linux",
    kernel="6.1",
    libc="glibc 2.36",
    machine="x86_64",
    cpus_allowed=2,
    cpus_online=2,
    memory_bytes=8 << 30,
    swap_bytes=0,
    cgroup_limit_bytes=None,
    transparent_hugepages="madvise",
    resolution_bytes=RESOLUTION,
    install="installed",
)


def described(name: str, role: str = "technique", **more: Any) -> VariantDescription:
    """A variant as the recipe describes it."""
    return VariantDescription(name=name, role=role, doc=f"What {name} does.", source=None, **more)


def measured(
    variant: str,
    growth: float = 0,
    *,
    kind: str = "headline",
    seconds: float = 1.0,
    retained: float = 0,
    kept: float | None = 0,
    arenas: int = 0,
    garbage: int = 0,
    result: str = "[1.0]",
    outcome: dict[str, Any] | None = None,
    **more: Any,
) -> Trial:
    """A trial that came to its end.

    Args:
        growth, retained, kept: bytes over the level at the start; kept=None is a machine where nothing is trimmed.
        arenas: free bytes in Python's arenas after trimming, over those at the start.
        garbage: what collecting gives back.
        result: what its output looks like; its digest follows from it.
        outcome: fields of the outcome set anew; more: fields of the reply.
    """
    start = StartLevel(level_bytes=LEVEL, resident_bytes=LEVEL + 100 * KIB, reusable_bytes=64 * KIB)
    collected = round(start.resident_bytes + retained)
    trimmed = None if kept is None else collected
    collected += round(kept or 0)
    reply = Reply(
        status="measured",
        meter="os",
        source="kernel",
        start=start,
        start_ns=1,
        seconds=seconds,
        cpu_seconds=seconds,
        peak_bytes=LEVEL + round(growth),
        end_states=EndStates(collected + garbage, collected, collected, trimmed, trimmed),
        reusable_after_bytes=64 * KIB + arenas,
        output=OutputDescription(digest=f"digest of {result}", kind="list of float", shape=(1,), text=result),
    )
    return Trial(
        number=0,
        variant=variant,
        meter="os",
        kind=kind,
        outcome=msgspec.structs.replace(
            Outcome("exited", seconds, "ended", exit_code=0, level_bytes=LEVEL, peak_bytes=LEVEL + round(growth)),
            **(outcome or {}),
        ),
        reply=msgspec.structs.replace(reply, **more),
    )


def failed(variant: str, *, kind: str = "headline", failure: RecipeFailure | None = None, **outcome: Any) -> Trial:
    """A trial that did not; without a failure its process never replied."""
    known = {"ending": "exited", "seconds": 0.5, "reached": "running", "exit_code": 0} | outcome
    reply = None if failure is None else Reply(status="failed", meter="os", source="kernel", failure=failure)
    return Trial(number=0, variant=variant, meter="os", kind=kind, outcome=Outcome(**known), reply=reply)


def metered(
    variant: str,
    meter: str,
    peak: float | None,
    *,
    lines: Sequence[LineFigure] = (),
    note: str | None = None,
    samples: int | None = None,
    **more: Any,
) -> Trial:
    """A trial of another meter that saw this peak; its own growth, which counts for nothing, is 999 MiB."""
    figures = MeterFigures(
        peak_bytes=None if peak is None else round(peak), lines=tuple(lines), samples=samples, note=note
    )
    trial = measured(variant, 999 * MIB, kind="meter", seconds=99.0, figures=figures, **more)
    return msgspec.structs.replace(trial, meter=meter, undisturbed=False)


def line(size: float, text: str = "", through: str = "", number: int = 7) -> LineFigure:
    """A line of the recipe that accounts for so much."""
    return LineFigure("/recipes/made.py", number, "load_all", text, round(size), through)


def psnr_rule(at_least_db: float) -> dict[str, Any]:
    """A recipe's rule, as it is described."""
    return {"kind": "psnr", "at_least_db": at_least_db}


def held_against(expected: str, found: str, differs_in: str | None = "values", **more: Any) -> OutputComparison:
    """What came out when two results were held against each other.

    Args:
        expected, found: what they look like, as in `measured(result=...)`.
    """
    return OutputComparison(f"digest of {expected}", f"digest of {found}", differs_in, **more)


def three(variant: str, growth: float, **more: Any) -> list[Trial]:
    """Three headline trials that differ by 0.2 %."""
    return [measured(variant, growth * share, **more) for share in (0.999, 1.0, 1.001)]


def made_run(
    variants: Sequence[VariantDescription],
    trials: Sequence[Trial],
    *,
    headline: str = "growth",
    complete: bool = True,
    planned: int | None = None,
    environment: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    inputs: Inputs | None = None,
    skipped: Sequence[SkippedVariant] = (),
    agree: dict[str, Any] | None = None,
    quick: dict[str, Any] | None = None,
    agreements: Sequence[OutputComparison] = (),
    missing_meters: Sequence[MissingMeter] = (),
) -> Run:
    """A run of these trials, numbered in their order."""
    return Run(
        memlab_version="0.1.0",
        created="2030-01-02T03:04:05+00:00",
        command=("memlab", "compare", "made"),
        recipe=RecipeDescription(
            reference=RecipeReference("made", module="made"),
            doc="Made by hand.\n\nFor tests.",
            file="/recipes/made.py",
            headline=headline,
            agree=agree or {"kind": "exact"},
            needs=(),
            inputs=None,
            sweep={},
            quick=quick or {},
            variants=tuple(variants),
        ),
        environment=msgspec.structs.replace(ENVIRONMENT, **(environment or {})),
        inputs=inputs or Inputs(None, True, ()),
        options=msgspec.structs.replace(Options(trials=3, timeout_seconds=300.0, source="kernel"), **(options or {})),
        planned=len(trials) if planned is None else planned,
        complete=complete,
        skipped=tuple(skipped),
        trials=tuple(msgspec.structs.replace(trial, number=number) for number, trial in enumerate(trials)),
        agreements=tuple(agreements),
        missing_meters=tuple(missing_meters),
    )
