"""What is measured: the variants asked for and those they are held against, the meters there are, the timelines."""

from __future__ import annotations

import sys

import pytest
from made_runs import described, made_run

from memlab import libraries
from memlab.errors import RecipeError, UsageError
from memlab.model.run import MissingMeter, SkippedVariant
from memlab.plan import METERS
from memlab.workflow.choice import choose_meters, choose_timelines, choose_variants

RECIPE = made_run(
    [
        described("plain", "baseline"),
        described("fast_way"),
        described("other"),
        described("trap", "pitfall", against="other"),
        described("own_trap", "pitfall"),
    ],
    [],
).recipe


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ((), ("plain", "fast_way", "other", "trap", "own_trap")),
        (("fast-way",), ("plain", "fast_way")),
        (("trap",), ("plain", "other", "trap")),
        (("own_trap", "fast_way"), ("plain", "fast_way", "own_trap")),
        (("plain",), ("plain",)),
    ],
)
def test_variants_come_with_what_they_are_held_against(wanted: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert choose_variants(RECIPE, wanted, ()) == chosen


def test_a_variant_that_there_is_not() -> None:
    with pytest.raises(UsageError, match=r"^made has no variant called 'no'$") as raised:
        choose_variants(RECIPE, ("no",), ())
    assert raised.value.hint == "there are plain, fast_way, other, trap, own_trap"


def test_what_can_not_be_measured_is_left_out() -> None:
    def skipped(name: str) -> tuple[SkippedVariant, ...]:
        return (SkippedVariant(name, "h5py", f"{name} is passed over"),)

    assert choose_variants(RECIPE, (), skipped("other")) == ("plain", "fast_way", "trap", "own_trap")
    with pytest.raises(RecipeError, match="can't be compared without its baseline: plain is passed over"):
        choose_variants(RECIPE, (), skipped("plain"))


def test_a_quick_run_has_the_timelines_that_tell_the_story() -> None:
    assert choose_timelines(RECIPE, ("plain", "other", "trap"), quick=False) == ("plain", "other", "trap")
    assert choose_timelines(RECIPE, ("plain", "other", "trap"), quick=True) == ("plain", "other")
    assert choose_timelines(RECIPE, ("plain", "trap"), quick=True) == ("plain",)


def test_os_is_always_used_and_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "missing", lambda _: ())
    monkeypatch.setattr(sys, "platform", "linux")
    assert choose_meters(()) == (("os",), ())
    assert choose_meters(("memray",)) == (("os", "memray"), ())
    assert choose_meters(tuple(reversed(METERS))) == (METERS, ())


def test_meters_that_are_not_there_are_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "missing", tuple)
    monkeypatch.setattr(sys, "platform", "linux")
    assert choose_meters(METERS) == (
        ("os", "tracemalloc"),
        (
            MissingMeter("memray", "memray is missing; install it with: pip install memray"),
            MissingMeter("memory_profiler", "memory_profiler is missing; install it with: pip install memory-profiler"),
        ),
    )
    assert choose_meters(("os", "tracemalloc")) == (("os", "tracemalloc"), ())


def test_memray_can_not_be_had_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "missing", lambda _: ())
    monkeypatch.setattr(sys, "platform", "freebsd14")
    used, (missing,) = choose_meters(("os", "tracemalloc", "memray"))
    assert used == ("os", "tracemalloc")
    assert missing.message == "memray runs on Linux and macOS only, so its figures are missing on freebsd14"
