"""The baseline file: figures that were accepted, made to be read in a review.

One line per recipe, variant and figure, so that a change of the file reads as sentences; no times and no names of
machines. `memlab.model.baseline_file` has its layout; here is what it means. All sizes are bytes.
"""

from __future__ import annotations

import msgspec

FORMAT = "memlab.baseline"
VERSION = 1
"""1: the first."""
GROWTH_CLASSES = ("constant", "linear", "superlinear")
"""How a figure grows with the size of the inputs, the best first."""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """What figures depend on so much that others are no baseline.

    Attributes:
        python: implementation and minor version, such as `CPython 3.11`.
        platform: such as `linux x86_64`.
        libc: such as `glibc 2.36`; empty where unknown.
        allocator: the allocator mapped into a trial, such as `glibc 2.36` or `jemalloc`; empty where unknown.
        settings: environment variables that change what an allocator does (MALLOC_*, GLIBC_TUNABLES, PYTHONMALLOC,
            MIMALLOC_*, NUMPY_MADVISE_HUGEPAGE, PILLOW_*).
        libraries: versions of the libraries a recipe's trials had loaded, by module.
    """

    python: str
    platform: str
    libc: str
    allocator: str
    settings: dict[str, str]
    libraries: dict[str, str]


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may differ: growth is compared with a wider tolerance then, and the report says so.

    Attributes:
        kernel, transparent_hugepages: as `Environment` has them; empty where unknown.
        cpus: those the trials could run on.
        memory_limit_bytes: of memlab's own cgroup; None without one.
        resolution_bytes: what a peak already freed could be off by; 0 where there are no marks.
        instruction_sets: as `Environment` has them, a space between; floats computed with others can differ in their
            last digits, so another output is no changed one then.
    """

    kernel: str
    cpus: int
    transparent_hugepages: str
    memory_limit_bytes: int | None
    resolution_bytes: int
    instruction_sets: str = ""


class AcceptedVariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A variant's accepted figures.

    Attributes:
        role: baseline, technique or pitfall.
        growth_bytes, retained_bytes, kept_bytes: medians of the headline trials; what is retained is below 0 where
            less was resident in the end than at the start.
        growth_high_bytes: the highest growth of those trials, where they differ by more than the counters can be off
            by, as with threads; None where they don't.
        heap_bytes: memray's high-water mark; None where memray was missing.
        output: the output's digest; None where the recipe's rule is psnr, under which it may change within the rule.
        growth_classes: by setting of the recipe's sweep, one of `GROWTH_CLASSES`.
        lines: where memory was at the heap's peak: by `file function: source text`, without line numbers, which
            move; the three largest.
    """

    role: str
    growth_bytes: int
    retained_bytes: int
    kept_bytes: int | None = None
    growth_high_bytes: int | None = None
    heap_bytes: int | None = None
    output: str | None = None
    growth_classes: dict[str, str] = {}
    lines: dict[str, int] = {}


class AcceptedRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipe's accepted figures.

    Attributes:
        inputs: what the variants were given, in one line of words; figures of other inputs are no baseline.
        libraries: part of the identity: versions of what this recipe's trials had loaded.
        conditions: what it was measured under; of each recipe by itself, as recipes are accepted one at a time, on
            this machine or that.
    """

    inputs: str
    headline: str
    libraries: dict[str, str]
    conditions: Conditions
    variants: dict[str, AcceptedVariant]


class BaselineSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was accepted under one identity (but for the libraries, which stand with each recipe)."""

    python: str
    platform: str
    libc: str
    allocator: str
    settings: dict[str, str]
    recipes: dict[str, AcceptedRecipe]


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: a section for each identity it was made under, such as one for each Python of a CI matrix."""

    sections: tuple[BaselineSection, ...]
