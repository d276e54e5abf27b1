"""More reports with exact numbers, for charts: all meters, end states, phases, extremes."""

from __future__ import annotations

import fake_reports
import msgspec
from fake_reports import GIB, KIB, MIB, against, report, variant

from memlab.model.report import PeakGrowth, Report, Spread, TimelineReport, VariantReport

END_STATES = ("ended", "collected", "caches_cleared", "trimmed", "released")


def ends(*sizes: int | None) -> dict[str, int | None]:
    """End states by their names, in their order."""
    return dict(zip(END_STATES, sizes, strict=True))


def with_meters(made: Report) -> Report:
    """The same report with what three more meters saw; memory_profiler gave no figure of the second variant."""
    variants: list[VariantReport] = []
    for number, one in enumerate(made.variants):
        growth = one.peak_growth_bytes
        if growth is not None:
            one = msgspec.structs.replace(
                one,
                traced_peak_bytes=growth.median // 1000 if number % 2 == 0 else growth.median // 2,
                heap_peak_bytes=growth.median + growth.median // 50,
                memory_profiler_peak_bytes=None if number == 1 else growth.median * 3 // 5,
            )
        variants.append(one)
    meters = ("os", "tracemalloc", "memray", "memory_profiler")
    return msgspec.structs.replace(made, variants=tuple(variants), meters=meters)


def all_meters() -> Report:
    """What most users will see."""
    return with_meters(fake_reports.eight_variants())


def failures_with_meters() -> Report:
    """One that failed altogether, others with all meters."""
    return with_meters(fake_reports.failures())


def huge_and_tiny_with_meters() -> Report:
    """40 GiB beside 40 KiB, each by all meters."""
    return with_meters(fake_reports.huge_and_tiny())


def hostile_with_meters() -> Report:
    """Names that try to do more than to be shown."""
    return with_meters(fake_reports.hostile())


def tree_with_meters() -> Report:
    """A pool of processes beside a single one."""
    return with_meters(fake_reports.tree())


LONG = "an_implementation_whose_name_was_meant_to_be_a_whole_sentence"


def long_names() -> Report:
    """Names of 60 characters, one with what mathtext would take for a formula."""
    names = [LONG, LONG[:-2] + "_2", "$x_1^2$ " + "w" * 50, "写真" * 14]
    made = report(
        [
            variant(names[0], "baseline", 148 * MIB, 1.31),
            variant(names[1], "technique", 147 * MIB, 1.2, shape="hills"),
            variant(names[2], "technique", 100 * MIB, 1.1, shape="flat"),
            variant(names[3], "pitfall", 148 * MIB, 1.4),
        ],
        [
            against(names[1], names[0], 1.01, verdict="no_difference"),
            against(names[2], names[0], 1.48, verdict="inconclusive"),
            against(names[3], names[2], 0.676, verdict="costs", confirmed=True),
        ],
        sentence=f"{names[2]} needs 1.48× less memory than {names[0]}: 100 MiB instead of 148 MiB",
    )
    return with_meters(made)


def twelve_variants() -> Report:
    """As many as a chart is meant for, most of them as high as others, with all meters."""
    techniques = [
        variant(f"technique_{n}", "technique", (80 + n % 3) * MIB, 1 + n / 9, shape="hills") for n in range(6)
    ]
    pitfalls = [variant(f"pitfall_{n}", "pitfall", 148 * MIB + n, 1.3, shape="flat") for n in range(5)]
    made = report(
        [*pitfalls, variant("load_all", "baseline", 148 * MIB, 1.31, spread=0.1), *techniques],
        [against(one.name, value=1.8) for one in techniques]
        + [against(one.name, "technique_0", 0.54, verdict="costs", confirmed=True) for one in pitfalls],
    )
    return with_meters(made)


def all_zero() -> Report:
    """Nothing grew, nothing took time."""
    made = report(
        [variant("nothing", "baseline", 0, 0.0, below=True), variant("less", "technique", 0, 0.0, below=True)],
        [against("less", "nothing", None, verdict=None)],
        sentence="less and nothing both need less than 2.00 MiB: too little to compare",
    )
    states = ends(0, 0, 0, 0, 0)
    variants = [msgspec.structs.replace(one, end_states_bytes=states) for one in with_meters(made).variants]
    return msgspec.structs.replace(made, variants=tuple(variants))


def phases() -> Report:
    """Phases of the baseline and of a technique: one within another, one too narrow for its name, many."""
    inner = (("decode", 0.0, 0.4), ("blur the whole picture", 0.41, 1.2), ("rows", 0.5, 0.9), ("save", 1.2, 1.21))
    many = tuple((f"strip {n}", n * 0.01, n * 0.01 + 0.009) for n in range(100))
    return report(
        [
            _with_phases(variant("load_all", "baseline", 148 * MIB, 1.31), inner),
            _with_phases(variant("strips", "technique", 40 * MIB, 1.1, shape="flat"), many),
            _with_phases(variant("unseen", "technique", 40 * MIB, 1.1, shape="flat"), (("not shown", 0.0, 1.0),)),
        ],
        [against("strips", value=3.7), against("unseen", value=3.7)],
    )


def end_states() -> Report:
    """Every kind of memory that can be left, a negative rest, and a machine where nothing is trimmed."""
    file_backed = {"file_backed": 20 * MIB}
    return report(
        [
            _ending("cache_for_ever", "baseline", ends(160 * MIB, 150 * MIB, 140 * MIB, 100 * MIB, 1 * MIB), 58 * MIB),
            _ending(
                "maps_a_file", "technique", ends(60 * MIB, 60 * MIB, 60 * MIB, 40 * MIB, 0) | file_backed, 20 * MIB
            ),
            _ending("gives_back", "technique", ends(2 * MIB, 2 * MIB, 2 * MIB, -30 * MIB, -30 * MIB), 32 * MIB),
            _ending("a_page_less", "technique", ends(4 * MIB, 4 * MIB, 4 * MIB, -8 * KIB, -8 * KIB), 4 * MIB),
            _ending("untrimmed", "pitfall", ends(90 * MIB, 80 * MIB, 80 * MIB, None, None), None),
            variant("crashes", "pitfall", None, trials=0, failed=4),
        ],
        [
            against("maps_a_file", "cache_for_ever", 2.5, figure="retained"),
            against("gives_back", "cache_for_ever", None, at_least=50.0, figure="retained"),
            against("a_page_less", "cache_for_ever", None, at_least=50.0, figure="retained"),
            against("untrimmed", "maps_a_file", 0.5, verdict="costs", figure="retained", confirmed=True),
        ],
        headline="retained",
        sentence="maps_a_file retains 2.50× less memory than cache_for_ever: 40.0 MiB instead of 100 MiB",
    )


def nothing_measured() -> Report:
    """The only variant failed."""
    return report(
        [variant("load_all", "baseline", None, trials=0, failed=4)],
        sentence="load_all has no trial that counts, so there is nothing to compare with",
        complete=False,
    )


def long_timeline() -> Report:
    """A thousand points of noise a variant, each with one spike that is one interval long, at the same heights."""
    variants = []
    for number in range(12):
        role = "baseline" if number == 0 else "technique" if number < 8 else "pitfall"
        made = variant(f"variant_{number}", role, GIB, 20.0)
        points = [((n + 1) * 0.02, (300 + (n * 7919 + number * 131) % 97) * MIB) for n in range(1000)]
        points[500] = (points[500][0], GIB)
        variants.append(msgspec.structs.replace(made, timeline=TimelineReport(tuple(points), 5 * MIB)))
    return report(variants, [against(one.name, "variant_0", 1.0, verdict="no_difference") for one in variants[1:]])


def _with_phases(made: VariantReport, spans: tuple[tuple[str, float, float], ...]) -> VariantReport:
    assert made.timeline is not None
    return msgspec.structs.replace(made, timeline=msgspec.structs.replace(made.timeline, phases=spans))


def _ending(name: str, role: str, states: dict[str, int | None], kept: int | None) -> VariantReport:
    last = states["collected"] if states["trimmed"] is None else states["trimmed"]
    assert last is not None
    return msgspec.structs.replace(
        variant(name, role, 170 * MIB),
        peak_growth_bytes=PeakGrowth(170 * MIB, 169 * MIB, 171 * MIB, "kernel", 248 * KIB, 0, False, False),
        end_states_bytes=states,
        retained_bytes=Spread(last, last, last),
        kept_by_allocator_bytes=None if kept is None else Spread(kept, kept, kept),
    )


ALL = fake_reports.ALL | {
    made.__name__: made
    for made in (
        all_meters,
        failures_with_meters,
        huge_and_tiny_with_meters,
        hostile_with_meters,
        tree_with_meters,
        long_names,
        twelve_variants,
        all_zero,
        phases,
        end_states,
        nothing_measured,
        long_timeline,
    )
}
