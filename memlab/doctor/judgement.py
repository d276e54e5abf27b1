"""A meter's figure against what was allocated: right, wrong, or as wrong as such a meter must be."""

from __future__ import annotations

from collections.abc import Sequence

from memlab.doctor.expectations import Program
from memlab.model.doctor import MeterReading, ProgramResult
from memlab.units import KIB, format_bytes, format_signed_bytes

HEADLINE_METER = "os"
SAMPLED = "sampled"
_SAMPLING_METER = "memory_profiler"
_SHARE = 0.01
_SHARE_BESIDE = 0.05
_LEAST_BYTES = 512 * KIB
_METERS = {
    "kernel": "the kernel's high-water mark",
    "kernel_whole_life": "the kernel's high-water mark",
    SAMPLED: "sampling",
}


def tolerance_bytes(allocated_bytes: int, resolution_bytes: int, unseen_growth_bytes: int = 0) -> int:
    """How far off a figure may be: the larger of 1 % and the resolution, and never less than 0.5 MiB.

    Args:
        resolution_bytes: what a peak already freed can be off by on this machine.
        unseen_growth_bytes: what the windows between reading and resetting could have hidden; of several processes.
    """
    return max(round(_SHARE * allocated_bytes), resolution_bytes + unseen_growth_bytes, _LEAST_BYTES)


def judge(
    program: Program,
    seen_bytes: int,
    *,
    source: str | None,
    resolution_bytes: int,
    unseen_growth_bytes: int = 0,
    bounds_bytes: tuple[int, int] | None = None,
) -> MeterReading:
    """Hold what a meter saw against what the program takes.

    Args:
        seen_bytes: growth over the level at the start.
        source: `kernel`, `kernel_whole_life` or `sampled`.
        bounds_bytes: lower and upper bound of the figure, of several processes.
    """
    tolerance = tolerance_bytes(program.allocated_bytes, resolution_bytes, unseen_growth_bytes)
    error = seen_bytes - program.allocated_bytes
    if abs(error) <= tolerance:
        verdict = "ok"
    elif source == SAMPLED and program.missed_by_samples and error < 0:
        verdict = "missed"
    elif source == SAMPLED and program.doubled_by_samples and error > 0:
        verdict = "doubled"
    else:
        verdict = "off"
    lower, upper = bounds_bytes or (None, None)
    return MeterReading(verdict, tolerance, source, seen_bytes, error, lower, upper)


def judge_beside(
    program: Program, meter: str, seen_bytes: int | None, *, resolution_bytes: int, ended_as_meant: bool
) -> MeterReading:
    """Hold what a meter beside the headline's saw against what the program takes.

    5 % are allowed: these meters count what was requested, where Python's own allocator alone takes 3 % more, or they
    sample.

    Args:
        seen_bytes: growth, by the meter; None where it has no figure.
        ended_as_meant: the process came to the end that the program means it to come to.
    """
    tolerance = max(tolerance_bytes(program.allocated_bytes, resolution_bytes), _share_beside(program))
    if seen_bytes is None:
        by_nature = program.ends_the_process and ended_as_meant and meter in program.unseen_by
        return MeterReading("blind" if by_nature else "failed", tolerance)
    error = seen_bytes - program.allocated_bytes
    if abs(error) <= tolerance:
        verdict = "ok"
    elif error < 0 and meter in program.unseen_by:
        verdict = "blind"
    elif error < 0 and meter == _SAMPLING_METER and program.missed_by_samples:
        verdict = "missed"
    else:
        verdict = "off"
    return MeterReading(verdict, tolerance, None, seen_bytes, error)


def _share_beside(program: Program) -> int:
    return round(_SHARE_BESIDE * program.allocated_bytes)


def headline(programs: Sequence[ProgramResult], source: str) -> tuple[str, bool]:
    """Whether the headline meter can be trusted, in a sentence, and in a word.

    Args:
        source: what the trials' peaks rest on; of several the weakest.
    """
    known = [(program, program.readings[HEADLINE_METER]) for program in programs if HEADLINE_METER in program.readings]
    tried = len(known)
    off = [(program, reading) for program, reading in known if reading.verdict == "off"]
    failed = [program for program, reading in known if reading.verdict == "failed"]
    remarks = [program for program, reading in known if reading.verdict in ("missed", "doubled")]
    right = [reading for _, reading in known if reading.verdict == "ok"]
    meter = _METERS.get(source, source)
    start = meter[0].upper() + meter[1:]
    if off:
        program, reading = max(off, key=lambda one: abs(one[1].error_bytes or 0))
        are = "is off" if len(off) == 1 else "are off, the furthest"
        error, allowed = format_signed_bytes(reading.error_bytes or 0), format_bytes(reading.tolerance_bytes)
        sentence = (
            f"{start} can't be trusted here: {len(off)} of {_programs(tried)} of known memory {are} "
            f"({program.title}) by {error} where {allowed} would be allowed."
        )
        return sentence, False
    if failed:
        names = ", ".join(program.title for program in failed)
        return f"{start} could not be fully checked: {len(failed)} of {_programs(tried)} failed ({names}).", False
    if not right:
        return f"{start} could not be checked: no program of known memory that it must get right could be run.", False
    furthest = max(abs(reading.error_bytes or 0) for reading in right)
    within = f"{_programs(len(right))} of known memory came out within {format_bytes(furthest)}"
    if source != SAMPLED:
        whole_life = ", though it can't be reset" if source == "kernel_whole_life" else ""
        return f"{start} can be trusted here{whole_life}: {within}.", True
    if not remarks:
        return f"{start} can be trusted here for what lasts: {within}.", True
    names = ", ".join(program.title for program in remarks)
    return f"{start} can be trusted here for what lasts: {within}; it was wrong about {len(remarks)} ({names}).", True


def _programs(count: int) -> str:
    return f"{count} program{'' if count == 1 else 's'}"
