"""Reports with exact numbers, as renderers meet them: made by hand, nothing is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from memlab.model.environment import Environment
from memlab.model.report import (
    AgreementReport,
    Comparison,
    Finding,
    PeakGrowth,
    PhaseReport,
    Ratio,
    Report,
    Spread,
    TimelineReport,
    TopLine,
    TreeReport,
    VariantReport,
)
from memlab.model.run import InputFile, Inputs, SkippedVariant

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
RESOLUTION = 248 * KIB

ENVIRONMENT = Environment(
    memlab_version="0.1.0",
    python_version="3.12.1",
    python_implementation="CPython",
    platform="Linux-6.1-x86_64",
    kernel="6.1",
    libc="glibc 2.36",
    machine="x86_64",
    cpus_allowed=2,
    cpus_online=2,
    memory_bytes=8 * GIB,
    swap_bytes=0,
    cgroup_limit_bytes=None,
    transparent_hugepages="madvise",
    resolution_bytes=RESOLUTION,
    install="installed",
)


def variant(
    name: str,
    role: str,
    growth: int | None,
    seconds: float = 1.25,
    *,
    spread: float = 0.004,
    retained: int = 100 * KIB,
    kept: int = 200 * KIB,
    below: bool = False,
    at_least: bool = False,
    source: str = "kernel",
    trials: int = 3,
    failed: int = 0,
    shape: str = "ramp",
    **more: Any,
) -> VariantReport:
    """A variant whose figures follow from its growth."""
    peak = None
    if growth is not None:
        low, high = round(growth * (1 - spread)), round(growth * (1 + spread))
        peak = PeakGrowth(growth, low, high, source, RESOLUTION, 0, at_least, below)
    measured = growth is not None
    return VariantReport(
        name=name,
        role=role,
        trials=trials,
        failed=failed,
        peak_growth_bytes=peak,
        retained_bytes=Spread(retained, retained * 0.9, retained * 1.1) if measured else None,
        kept_by_allocator_bytes=Spread(kept, kept * 0.9, kept * 1.1) if measured else None,
        seconds=Spread(seconds, seconds * 0.98, seconds * 1.03) if measured else None,
        timeline=TimelineReport(points(growth, seconds, shape), 0) if growth is not None else None,
        **more,
    )


def points(growth: int, seconds: float, shape: str) -> tuple[tuple[float, int], ...]:
    """An envelope of 20 ms intervals: a ramp that falls at the end, a flat line, or two hills."""
    count = min(2000, max(3, round(seconds / 0.02)))
    heights = {
        "ramp": lambda x: min(1.0, x * 1.1) if x < 0.95 else 0.1,
        "flat": lambda x: 1.0 if 0.05 < x < 0.95 else 0.2,
        "hills": lambda x: abs(math.sin(2 * math.pi * x)),
    }
    made = [(seconds * (i + 1) / count, round(growth * heights[shape]((i + 0.5) / count))) for i in range(count)]
    made[count // 2] = (made[count // 2][0], growth)
    return tuple(made)


def against(
    name: str,
    reference: str = "load_all",
    value: float | None = 1.0,
    *,
    verdict: str | None = "saves",
    same: bool = True,
    declared: bool = False,
    at_least: float | None = None,
    confirmed: bool | None = None,
    figure: str = "growth",
    kind: str = "exact",
    **differing: Any,
) -> Comparison:
    """A comparison whose interval is 2 % wide on both sides."""
    ratio: Ratio | None = None
    if at_least is not None:
        ratio = Ratio(None, None, None, at_least)
    elif value is not None:
        ratio = Ratio(value, value * 0.98, value * 1.02)
    time = Ratio(0.97, 0.95, 0.99) if value is not None or at_least is not None else None
    agreement = AgreementReport(kind, same, declared, **differing)
    return Comparison(name, reference, figure, ratio, verdict, time, agreement, confirmed)


def report(
    variants: Sequence[VariantReport],
    comparisons: Sequence[Comparison] = (),
    *,
    sentence: str = "stream needs 12.0× less memory than load_all: 12.4 MiB instead of 148 MiB",
    findings: Sequence[Finding] = (),
    headline: str = "growth",
    complete: bool = True,
    skipped: Sequence[SkippedVariant] = (),
    run_file: str | None = "reports/generators/2030-01-02T030405Z/run.json",
    meters: tuple[str, ...] = ("os",),
) -> Report:
    """A report of generators."""
    files = tuple(InputFile(f"/photos/{i:04}.jpg", 210_000, 1200, 900, "RGB") for i in range(24))
    return Report(
        memlab_version="0.1.0",
        created="2030-01-02T03:04:05Z",
        command=("memlab", "compare", "generators"),
        recipe="generators",
        summary="Generators: hold one image at a time, not the whole album.",
        headline=headline,
        sentence=sentence,
        baseline=next((variant.name for variant in variants if variant.role == "baseline"), ""),
        environment=ENVIRONMENT,
        inputs=Inputs({"kind": "photos", "count": 24, "width": 1200, "height": 900}, True, files),
        complete=complete,
        variants=tuple(variants),
        comparisons=tuple(comparisons),
        findings=tuple(findings),
        skipped=tuple(skipped),
        meters=meters,
        run_file=run_file,
    )


def eight_variants() -> Report:
    """The report most users see first."""
    return report(
        [
            variant("load_all", "baseline", 155_189_248, 1.31, retained=120 * KIB, kept=340 * KIB),
            variant("stream", "technique", 13_002_342, 1.27, shape="flat"),
            variant("stream_with_del", "technique", 6_606_028, 1.26, shape="flat", kept=6 * MIB),
            variant("reuse_buffer", "technique", 3_355_443, 1.12, shape="flat"),
            variant("stream_into_list", "pitfall", 155_000_000, 1.33, kept=28 * MIB),
            variant("stream_sorted", "pitfall", 156_100_000, 1.34),
            variant("stream_teed", "pitfall", 155_700_000, 1.30, shape="hills"),
            variant("reused_buffer_in_list", "pitfall", 3_400_000, 1.13, shape="flat"),
        ],
        [
            against("stream", value=11.94),
            against("stream_with_del", value=23.5),
            against("reuse_buffer", value=46.2),
            against("stream_into_list", "stream", 0.0839, verdict="costs", confirmed=True),
            against("stream_sorted", "stream", 0.0833, verdict="costs", confirmed=True),
            against("stream_teed", "stream", 0.0835, verdict="costs", confirmed=True),
            against(
                "reused_buffer_in_list",
                "reuse_buffer",
                None,
                verdict=None,
                same=False,
                declared=True,
                confirmed=True,
            ),
        ],
        findings=[
            Finding(
                "kept_by_allocator",
                "note",
                "stream_into_list",
                "the allocator kept 28.0 MiB after the run that no object uses any more",
                "malloc_trim(0), or MALLOC_TRIM_THRESHOLD_ in the environment, gives them back",
            )
        ],
    )


def one_variant() -> Report:
    """Only the baseline was asked for."""
    return report(
        [variant("load_all", "baseline", 155_189_248, trials=1)],
        sentence="load_all needs 148 MiB",
        run_file=None,
    )


def failures() -> Report:
    """A variant that crashed, one that failed once, one that was passed over, an interrupted run."""
    return report(
        [
            variant("load_all", "baseline", 155_189_248, 1.31),
            variant("segfaults", "technique", None, trials=0, failed=4),
            variant("often_killed", "technique", 13_002_342, 1.2, trials=2, failed=1, at_least=True),
            variant("differs", "technique", 12_002_342, 1.2),
        ],
        [
            against("often_killed", value=11.94, verdict="inconclusive"),
            against("differs", value=None, verdict=None, same=False),
        ],
        findings=[
            Finding("started_slowly", "note", None, "the first trial of each variant took longer to start"),
            Finding(
                "crashed",
                "error",
                "segfaults",
                "segfaults was killed by SIGSEGV after 0.4 s, at 31.0 MiB",
                "run it by itself under faulthandler: python -X faulthandler",
                {"output": 'Fatal Python error: Segmentation fault\n\n  File "mine.py", line 9 in segfaults\n\x1b[2J'},
            ),
            Finding("outputs_differ", "error", "differs", "its output is not load_all's: 24 numbers instead of 23"),
            Finding("swapped", "warning", "often_killed", "it swapped: the figure is a lower bound"),
        ],
        complete=False,
        skipped=[
            SkippedVariant(
                "with_hdf5",
                "h5py",
                'with_hdf5 is passed over: h5py (HDF5) is missing; install it with: pip install "memlab[hdf5]"',
            )
        ],
    )


def tree() -> Report:
    """Process pools, with phases."""
    return report(
        [
            variant("load_all", "baseline", 155_189_248, 1.31),
            variant(
                "pool",
                "technique",
                60 * MIB,
                0.7,
                tree=TreeReport(48 * MIB, 60 * MIB, 75 * MIB, 3, 2, 1),
                cgroup_peak_bytes=90 * MIB,
                phases=(PhaseReport("decode", 20 * MIB), PhaseReport("blur", 60 * MIB)),
            ),
        ],
        [against("pool", value=2.47)],
        sentence="pool needs 2.47× less memory than load_all: 60.0 MiB instead of 148 MiB",
    )


def below_resolution() -> Report:
    """A variant too small to be told from nothing."""
    return report(
        [
            variant("load_all", "baseline", 155_189_248, 1.31),
            variant("mapped", "technique", 300 * KIB, 0.4, below=True),
            variant("same_thing", "technique", 155_000_000, 1.3),
        ],
        [
            against("mapped", value=None, at_least=74.0),
            against("same_thing", value=1.001, verdict="no_difference"),
        ],
        sentence="mapped needs at least 74.0× less memory than load_all: under 2.00 MiB instead of 148 MiB",
    )


def huge_and_tiny() -> Report:
    """40 GiB beside 40 KiB, sampled on a machine without the kernel's mark, an hour long."""
    return report(
        [
            variant("everything", "baseline", 40 * GIB, 4123.0, source="sampled", retained=39 * GIB),
            variant("nothing", "technique", 40 * KIB, 0.0004, source="sampled", below=True, retained=-12 * KIB),
            variant("a_little", "technique", 40 * MIB, 12.0, source="sampled"),
        ],
        [
            against("nothing", "everything", None, at_least=20_480.0),
            against("a_little", "everything", 1024.0),
        ],
        sentence="nothing needs at least 20480× less memory than everything: under 2.00 MiB instead of 40.0 GiB",
    )


def retained_headline() -> Report:
    """A recipe about what stays alive."""
    return report(
        [
            variant("cache_for_ever", "baseline", 160 * MIB, retained=150 * MIB),
            variant("cache_bounded", "technique", 155 * MIB, retained=12 * MIB),
        ],
        [against("cache_bounded", "cache_for_ever", 12.5, figure="retained")],
        headline="retained",
        sentence="cache_bounded retains 12.5× less memory than cache_for_ever: 12.0 MiB instead of 150 MiB",
    )


def line(meter: str, size: int, number: int, text: str, through: str = "", file: str = "") -> TopLine:
    """A line of a recipe that accounts for memory."""
    return TopLine(file or "/home/me/recipes/thumbnail.py", number, "load", text, size, meter, through)


def every_meter() -> Report:
    """All meters, agreement by PSNR, and where the memory was."""
    load, draft = "image.load()", "image.thumbnail((500, 500))"
    return report(
        [
            variant(
                "load_then_thumbnail",
                "baseline",
                62 * MIB,
                0.131,
                traced_peak_bytes=137 * KIB,
                heap_peak_bytes=62 * MIB + 400 * KIB,
                memory_profiler_peak_bytes=11 * MIB,
                top_lines=(
                    line("memray", 60 * MIB, 72, load, "PIL/ImageFile.py:451 load_prepare"),
                    line("memray", 2 * MIB, 73, draft, "PIL/Image.py:2475 reduce"),
                    line("memray", 4 * KIB, 71, "with Image.open(path) as image:"),
                    line("tracemalloc", 80 * KIB, 71, "with Image.open(path) as image:"),
                    line("memory_profiler", 11 * MIB, 72, load),
                ),
            ),
            variant(
                "thumbnail_unloaded",
                "technique",
                20 * MIB,
                0.06,
                retained=3 * MIB,
                traced_peak_bytes=138 * KIB,
                heap_peak_bytes=20 * MIB,
                memory_profiler_peak_bytes=0,
                top_lines=(
                    line("memray", 20 * MIB, 84, draft + "  # " + "a long comment " * 12, "PIL/ImageFile.py:451 load"),
                    line("tracemalloc", 3 * MIB, 86, "thumbnails.append(image)"),
                ),
            ),
            variant(
                "opencv_reduced",
                "technique",
                5 * MIB,
                0.05,
                traced_peak_bytes=3 * MIB,
                heap_peak_bytes=5 * MIB,
                top_lines=(line("memray", 5 * MIB, 90, "pixels = cv2.imread(path, flag)"),),
            ),
            variant("article", "pitfall", 124 * MIB, 0.2, traced_peak_bytes=140 * KIB),
            variant("skips_pixels", "pitfall", 6 * MIB, 0.05),
        ],
        [
            against("thumbnail_unloaded", "load_then_thumbnail", 3.1, kind="psnr", psnr_db=53.6, at_least_db=42.0),
            against("opencv_reduced", "load_then_thumbnail", 12.4, kind="psnr", at_least_db=42.0),
            against(
                "article", "load_then_thumbnail", None, verdict=None, same=False, declared=True, kind="psnr",
                differs_in="kind", at_least_db=42.0, confirmed=True,
            ),
            against(
                "skips_pixels", "load_then_thumbnail", None, verdict=None, same=False, kind="psnr",
                differs_in="values", psnr_db=40.2, at_least_db=42.0,
            ),
        ],
        sentence="thumbnail_unloaded needs 3.10× less memory than load_then_thumbnail: 20.0 MiB instead of 62.0 MiB",
        meters=("os", "tracemalloc", "memray", "memory_profiler"),
    )  # fmt: skip


HOSTILE = "a\x1b[2J\x1b]0;owned\x07\u202egnp\u200b\n\ud800" + "x" * 10_000


def hostile() -> Report:
    """Names and messages that try to take the terminal over, wide and combining characters."""
    return report(
        [
            variant("load_all", "baseline", 155_189_248, 1.31),
            variant(
                HOSTILE,
                "technique",
                13_002_342,
                1.2,
                heap_peak_bytes=13_002_342,
                top_lines=(line("memray", MIB, 7, HOSTILE, HOSTILE, f"/{HOSTILE}/{HOSTILE}"),),
            ),
            variant("写真を読み込む_é_📷", "technique", 13_002_342, 1.2, phases=(PhaseReport(HOSTILE, MIB),)),
        ],
        [against(HOSTILE, value=11.9), against("写真を読み込む_é_📷", HOSTILE, 11.9)],
        sentence=f"{HOSTILE} needs 12.0× less memory than load_all",
        findings=[Finding("hostile", "warning", HOSTILE, f"message {HOSTILE}", f"hint {HOSTILE}")],
        skipped=[SkippedVariant(HOSTILE, "x", HOSTILE)],
        run_file="reports/\x1b[31m/run.json",
    )


ALL = {
    made.__name__: made
    for made in (
        eight_variants,
        one_variant,
        failures,
        tree,
        below_resolution,
        huge_and_tiny,
        retained_headline,
        every_meter,
        hostile,
    )
}
