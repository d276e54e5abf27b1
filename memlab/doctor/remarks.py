"""What the user should know: programs that came out wrong, settings that spoil figures, libraries that can't load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memlab.doctor.expectations import NATURES, Program
from memlab.doctor.judgement import HEADLINE_METER
from memlab.doctor.machine import IN_MEMORY, is_set, python_build
from memlab.doctor.packages import opencv_packages
from memlab.kernel.resolution import SMALLEST_GROWTH_BYTES
from memlab.model.doctor import Abilities, MeterReading, ProgramResult
from memlab.model.environment import Environment
from memlab.model.report import Finding
from memlab.model.run import MissingMeter
from memlab.units import format_bytes, format_signed_bytes

SPOILING = ("setting_spoils", "debug_build", "swap_in_use")
"""Codes of findings that explain a program that is off."""
_VERDICTS_BESIDE = (
    ("meter_failed", "failed"),
    ("meter_off", "off"),
    ("meter_missed", "missed"),
    ("meter_blind", "blind"),
)


def program_findings(
    results: Sequence[ProgramResult], programs: Sequence[Program], *, spoiled: bool
) -> Iterator[Finding]:
    """What the table leaves to be said: which programs are off, and which rows samples can't get right.

    Args:
        spoiled: another finding names a setting or a build that is in every figure.
    """
    known = {program.name: program for program in programs}
    for result in results:
        reading = result.readings.get(HEADLINE_METER)
        if reading is None or reading.error_bytes is None or reading.seen_bytes is None:
            continue
        evidence = {"seen_bytes": reading.seen_bytes, "allocated_bytes": result.allocated_bytes}
        if reading.verdict == "off":
            yield Finding(
                "program_off", "error", result.name, _off(result, reading), _off_hint(reading, spoiled), evidence
            )
        elif reading.verdict in ("missed", "doubled"):
            why = known[result.name].beyond_samples if result.name in known else None
            what = "missed" if reading.verdict == "missed" else "overstate"
            yield Finding(
                "beyond_samples",
                "note",
                result.name,
                f"samples {what} {result.title} by {format_bytes(abs(reading.error_bytes))}{f': {why}' if why else ''}",
                evidence=evidence,
            )


def meter_missing(missing: MissingMeter) -> Finding:
    """A meter that has no column in the table."""
    return Finding("meter_missing", "note", None, missing.message, evidence={"meter": missing.meter})


def meter_findings(meter: str, results: Sequence[ProgramResult], why_failed: str | None) -> Iterator[Finding]:
    """What a meter beside the headline's got wrong: one finding for all programs, of each kind.

    Args:
        why_failed: of the first program of which it has no figure though it should.
    """
    seen = [(result, result.readings[meter]) for result in results if meter in result.readings]
    verdicts = {verdict: [one for one in seen if one[1].verdict == verdict] for _, verdict in _VERDICTS_BESIDE}
    for code, verdict in _VERDICTS_BESIDE:
        found = verdicts[verdict]
        if not found:
            continue
        names = ", ".join(result.title for result, _ in found)
        hint: str | None = None
        if verdict == "blind":
            message = f"{meter} saw less of {len(found)} of {len(seen)} programs than there was, as it must: "
            message += NATURES.get(meter, names)
        elif verdict == "missed":
            message = f"{meter} missed {names}: what comes and goes between two of its readings it sees by luck"
        elif verdict == "off":
            result, reading = max(found, key=lambda one: abs(one[1].error_bytes or 0))
            message = _off(result, reading, meter)
            if len(found) > 1:
                message += f"; it is off for {len(found)} of {len(seen)} programs ({names})"
            hint = f"don't rely on {meter}'s figures on this machine; the headline meter's don't depend on them"
        else:
            reason = f": {why_failed}" if why_failed else ""
            message = f"{meter} has no figure for {len(found)} of {len(seen)} programs ({names}){reason}"
            hint = "reports of this machine lack its figures; the headline meter's don't depend on them"
        severity = "warning" if verdict in ("off", "failed") else "note"
        yield Finding(code, severity, None, message, hint, {"meter": meter, "programs": [one.name for one, _ in found]})


def environment_findings(environment: Environment) -> Iterator[Finding]:
    """Settings and builds that spoil figures, or that memlab took away so that they don't."""
    settings = environment.settings
    for name in environment.unset:
        yield Finding(
            "setting_unset",
            "warning",
            None,
            f"{name}={settings.get(name, '')} is set: it changes what every allocation takes, so memlab takes it away "
            "for its trials",
            f"unset {name} before you run your programs, or they need more than memlab says",
            {"setting": name},
        )
    for name, effect in (
        ("PYTHONDEVMODE", "it wraps every allocation of Python in debugging bytes"),
        ("PYTHONTRACEMALLOC", "it notes where every allocation of Python was made, which takes memory of its own"),
    ):
        if is_set(settings, name):
            yield Finding(
                "setting_spoils",
                "warning",
                None,
                f"{name}={settings[name]} is set: {effect}, and that is in every figure",
                f"unset {name}",
                {"setting": name},
            )
    if settings.get("LD_PRELOAD"):
        yield Finding(
            "preloaded",
            "note",
            None,
            f"LD_PRELOAD={settings['LD_PRELOAD']} is set: what it loads is in every trial",
            "unset LD_PRELOAD unless your programs run with it too",
            {"setting": "LD_PRELOAD"},
        )
    for build in python_build():
        if build == "debug":
            yield Finding(
                "debug_build",
                "warning",
                None,
                "this Python is a debug build: its objects are larger than those of the Python that programs run on",
                "measure with an ordinary build",
            )
    if environment.transparent_hugepages == "always":
        yield Finding(
            "hugepages_always",
            "note",
            None,
            "transparent huge pages are set to always: memory can come 2 MiB at a time, touched or not",
            "madvise in /sys/kernel/mm/transparent_hugepage/enabled leaves that to the libraries that ask for it",
        )
    resolution = environment.resolution_bytes
    if resolution is not None and resolution > SMALLEST_GROWTH_BYTES:
        yield Finding(
            "coarse_resolution",
            "note",
            None,
            f"on {environment.cpus_allowed} CPUs a peak already freed can be off by {format_bytes(resolution)}",
            "on fewer CPUs it is finer: taskset -c 0,1 memlab ...",
            {"resolution_bytes": resolution},
        )


def machine_findings(abilities: Abilities) -> Iterator[Finding]:
    """What of the machine spoils figures, or keeps memlab from better ones."""
    if abilities.swap_used_bytes:
        yield Finding(
            "swap_in_use",
            "warning",
            None,
            f"{format_bytes(abilities.swap_used_bytes)} of this machine's memory is swapped out: a trial that is "
            "swapped has no valid figure",
            "end other programs, or turn swap off while you measure",
            {"swap_used_bytes": abilities.swap_used_bytes},
        )
    if abilities.temporary_filesystem in IN_MEMORY:
        yield Finding(
            "temporary_folder_in_memory",
            "warning",
            None,
            f"temporary files are kept in memory: {abilities.temporary_folder} is a {abilities.temporary_filesystem}. "
            "What a recipe writes there takes memory that is in no process's figure",
            "set TMPDIR to a folder on a disk",
            {"folder": abilities.temporary_folder},
        )
    if abilities.mark == "kernel_whole_life":
        yield Finding(
            "mark_not_resettable",
            "warning",
            None,
            "the kernel's mark can't be reset here: peaks include what importing and preparing needed",
            "/proc/PID/clear_refs must be writable; some containers and hardened kernels forbid it",
        )
    if abilities.heap_functions == "blind":
        yield Finding(
            "heap_functions_blind",
            "note",
            None,
            f"psutil's heap functions don't see the allocator in use ({abilities.allocator or 'unknown'}): what it "
            "keeps is unknown",
        )


def package_findings(packages: dict[str, str]) -> Iterator[Finding]:
    """Distributions that are in each other's way."""
    twice = opencv_packages(packages)
    if len(twice) > 1:
        # The contrib packages hold all of the others; the headless ones need no libraries of the system.
        full = "opencv-contrib-python" if any("contrib" in name for name in twice) else "opencv-python"
        headless = any(name.endswith("headless") for name in twice)
        keep = f"{full}-headless" if headless else full
        or_else = f" (or {full}, if your programs open windows)" if headless else ""
        yield Finding(
            "opencv_twice",
            "warning",
            None,
            f"{len(twice)} OpenCV packages are installed, and all write the same folder cv2: {', '.join(twice)}. "
            "Which one is imported is chance, and removing one breaks the others",
            f"pip uninstall -y {' '.join(twice)} && pip install {keep}{or_else}",
            {"packages": list(twice)},
        )


def _off(result: ProgramResult, reading: MeterReading, meter: str = "the meter") -> str:
    return (
        f"{result.title} took {format_bytes(result.allocated_bytes)} and {meter} saw "
        f"{format_bytes(reading.seen_bytes or 0)}: {format_signed_bytes(reading.error_bytes or 0)}, where "
        f"{format_bytes(reading.tolerance_bytes)} would be allowed"
    )


def _off_hint(reading: MeterReading, spoiled: bool) -> str:
    if spoiled:
        return "do first what the warnings below say, and run memlab doctor again"
    if reading.source == "sampled":
        return "samples suffer from a busy machine: run memlab doctor again when it is idle"
    return "run memlab doctor again; if it stays so, figures of this kind can't be trusted on this machine"
