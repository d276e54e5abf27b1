"""What `memlab doctor` found: programs of known memory against what each meter saw of them, and the machine."""

from __future__ import annotations

import msgspec

from memlab.model.document import decode, encode
from memlab.model.environment import Environment
from memlab.model.report import Finding

FORMAT = "memlab.doctor"
VERSION = 1
"""1: the first."""


class MeterReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one meter saw of one program.

    Attributes:
        verdict: `ok`; `off` (the meter is wrong); `missed` and `doubled` (wrong as samples must be expected to be);
            `blind` (it saw less than there was, as a meter of its kind must); `failed` (there is no figure).
        source: of the headline meter `kernel`, `kernel_whole_life` or `sampled`; None where nothing was read, and of
            the other meters.
        seen_bytes: growth; None where the meter has no figure; error_bytes: how much more that is than was allocated.
        tolerance_bytes: how far off it may be here.
        lower_bytes, upper_bytes: the bounds beside the figure of several processes.
    """

    verdict: str
    tolerance_bytes: int
    source: str | None = None
    seen_bytes: int | None = None
    error_bytes: int | None = None
    lower_bytes: int | None = None
    upper_bytes: int | None = None


class ProgramResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program of known memory.

    Attributes:
        readings: by meter; empty when it was passed over.
        passed_over: why it was not run, in a sentence.
    """

    name: str
    title: str
    allocated_bytes: int
    readings: dict[str, MeterReading] = {}
    passed_over: str | None = None


class Abilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the machine allows, each found out by trying.

    Attributes:
        mark: what the trials' high-water mark is worth: `kernel`, `kernel_whole_life` (clear_refs refused) or
            `sampled`; None when no trial could say.
        children_listed: the kernel lists a process's children.
        proportional_sets: smaps_rollup can be read, so that what a tree shares is known.
        trial_cgroups: each trial can be put into a memory cgroup of its own.
        heap_functions: psutil's heap_info and heap_trim: `work`, `blind` (another allocator serves malloc) or
            `missing`.
        allocator: the C allocator mapped into a trial, such as "glibc 2.36".
        swap_used_bytes: how much the whole machine has swapped out; None where unknown.
        temporary_folder: where trials keep their files, and the kind of its file system.
    """

    mark: str | None
    children_listed: bool
    proportional_sets: bool
    trial_cgroups: bool
    heap_functions: str
    allocator: str | None
    swap_used_bytes: int | None
    temporary_folder: str
    temporary_filesystem: str | None


class DoctorReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The examination of one machine.

    Attributes:
        created: UTC, ISO 8601.
        source: what was asked for, `kernel` or `psutil`.
        sentence: whether the headline meter can be trusted here, in words.
        trusted: by the headline meter no program was off and none failed.
        meters: those that were tried, the headline meter first.
        packages: installed distributions that bear on the figures, with their versions.
    """

    memlab_version: str
    created: str
    source: str
    sentence: str
    trusted: bool
    environment: Environment
    meters: tuple[str, ...]
    programs: tuple[ProgramResult, ...]
    abilities: Abilities
    packages: dict[str, str]
    findings: tuple[Finding, ...]


def encode_doctor(report: DoctorReport) -> bytes:
    """The examination as the bytes of a JSON document."""
    return encode(report, format=FORMAT, version=VERSION)


def decode_doctor(content: bytes, name: str = "the examination") -> DoctorReport:
    """Read it back.

    Raises:
        DocumentError: damaged, foreign or newer.
    """
    return decode(content, DoctorReport, format=FORMAT, version=VERSION, name=name)
