"""The comparison in one sentence, for every outcome there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from made_runs import MIB, described, failed, made_run, measured, three

from memlab.analysis.report import make_report
from memlab.model.description import VariantDescription
from memlab.model.trial import Trial

BASE, STREAM, MAPPED = described("load_all", "baseline"), described("stream"), described("mapped")
TRAP = described("trap", "pitfall", shows=("no_saving",))


def sentence(variants: Sequence[VariantDescription], *trials: list[Trial], **more: Any) -> str:
    return make_report(made_run(variants, [one for some in trials for one in some], **more)).sentence


BOTH = [BASE, STREAM]
LOAD_ALL = three("load_all", 148 * MIB)


def test_a_saving() -> None:
    assert (
        sentence(BOTH, LOAD_ALL, three("stream", 12.4 * MIB))
        == "stream needs 11.9× less memory than load_all: 12.4 MiB instead of 148 MiB"
    )


def test_a_saving_of_at_least() -> None:
    assert (
        sentence(BOTH, LOAD_ALL, three("stream", 0))
        == "stream needs at least 74.0× less memory than load_all: under 2.00 MiB instead of 148 MiB"
    )


def test_the_first_technique_that_saves_is_named() -> None:
    found = sentence(
        [BASE, STREAM, MAPPED, described("best")],
        LOAD_ALL,
        three("stream", 148 * MIB),
        three("mapped", 74 * MIB),
        three("best", 5 * MIB),
    )
    assert found == "mapped needs 2.00× less memory than load_all: 74.0 MiB instead of 148 MiB"


def test_what_surely_saves_goes_before_what_may() -> None:
    wobbly = [measured("stream", size * MIB) for size in (10, 100, 200)]
    found = sentence([BASE, STREAM, MAPPED], LOAD_ALL, wobbly, three("mapped", 74 * MIB))
    assert found.startswith("mapped needs 2.00×")


def test_doubt_is_said() -> None:
    one_each = [measured("load_all", 148 * MIB)], [measured("stream", 12.4 * MIB)]
    assert sentence(BOTH, *one_each) == (
        "stream needs 11.9× less memory than load_all: 12.4 MiB instead of 148 MiB (uncertain)"
    )
    wobbly = [measured("stream", size * MIB) for size in (100, 120, 160)]
    assert sentence(BOTH, LOAD_ALL, wobbly) == (
        "stream needs 1.23× less memory than load_all: 120 MiB instead of 148 MiB (uncertain: between 0.92× and 1.48×)"
    )


def test_no_saving() -> None:
    assert (
        sentence(BOTH, LOAD_ALL, three("stream", 296 * MIB))
        == "stream saves nothing here: it needs 296 MiB of memory, load_all 148 MiB"
    )
    assert (
        sentence([BASE, STREAM, MAPPED], LOAD_ALL, three("stream", 148 * MIB), three("mapped", 160 * MIB))
        == "no technique saves anything here: stream needs 148 MiB of memory, load_all 148 MiB"
    )


def test_a_baseline_below_the_floor() -> None:
    assert (
        sentence(BOTH, three("load_all", MIB), three("stream", 30 * MIB))
        == "stream saves nothing here: it needs 30.0 MiB of memory, load_all 1.00 MiB"
    )


def test_too_little_to_compare() -> None:
    assert (
        sentence(BOTH, three("load_all", MIB), three("stream", 0))
        == "stream and load_all both need less than 2.00 MiB of memory: too little to compare"
    )


def test_without_techniques_the_baseline_speaks_for_itself() -> None:
    assert sentence([BASE], LOAD_ALL) == "load_all needs 148 MiB of memory"
    assert sentence([BASE, TRAP], LOAD_ALL, three("trap", 148 * MIB)) == "load_all needs 148 MiB of memory"
    assert sentence(BOTH, LOAD_ALL) == "load_all needs 148 MiB of memory"


@pytest.mark.parametrize(
    "trials", [[failed("stream")], three("stream", 12 * MIB, result="[2.0]"), [measured("stream", 0, kind="timeline")]]
)
def test_no_technique_that_could_be_compared(trials: list[Trial]) -> None:
    assert sentence(BOTH, LOAD_ALL, trials) == "no technique could be compared with load_all"


def test_nothing_to_compare_with() -> None:
    for trials in ([failed("load_all")], [measured("load_all", MIB, kind="timeline")]):
        assert (
            sentence(BOTH, trials, three("stream", 12 * MIB))
            == "load_all has no trial that counts, so there is nothing to compare with"
        )
    assert sentence(BOTH, three("stream", 12 * MIB)) == "load_all was not measured, so there is nothing to compare with"


@pytest.mark.parametrize(
    ("headline", "own", "expected"),
    [
        ("retained", 12, "stream retains 12.5× less memory than load_all: 12.0 MiB instead of 150 MiB"),
        ("retained", -5, "stream retains at least 75.0× less memory than load_all: under 2.00 MiB instead of 150 MiB"),
        ("retained", 150, "stream saves nothing here: it retains 150 MiB of memory, load_all 150 MiB"),
        ("kept", 12, "stream leaves 12.5× less memory with the allocator than load_all: 12.0 MiB instead of 150 MiB"),
        ("kept", 150, "stream saves nothing here: it leaves 150 MiB of memory with the allocator, load_all 150 MiB"),
    ],
)
def test_other_headlines(headline: str, own: float, expected: str) -> None:
    base, other = (
        three(name, 160 * MIB, **{headline: size * MIB}) for name, size in (("load_all", 150), ("stream", own))
    )
    assert sentence(BOTH, base, other, headline=headline) == expected


def test_nothing_retained_by_either() -> None:
    base, other = (three(name, 160 * MIB, retained=-MIB) for name in ("load_all", "stream"))
    assert (
        sentence(BOTH, base, other, headline="retained")
        == "stream and load_all both retain less than 2.00 MiB of memory: too little to compare"
    )


def test_what_the_allocator_keeps_may_be_unknown() -> None:
    base, other = (three(name, 160 * MIB, kept=None) for name in ("load_all", "stream"))
    assert (
        sentence(BOTH, base, other, headline="kept")
        == "what the allocator keeps can't be known on this machine, so there is nothing to compare"
    )


def test_a_baseline_alone_below_the_floor() -> None:
    assert (
        sentence([BASE], three("load_all", MIB)) == "load_all needs less than 2.00 MiB of memory: too little to measure"
    )
    assert sentence([BASE], LOAD_ALL) == "load_all needs 148 MiB of memory"


def test_where_nothing_saves_the_least_is_named() -> None:
    found = sentence(
        [BASE, STREAM, MAPPED], three("load_all", 15 * MIB), three("stream", 51 * MIB), three("mapped", 29 * MIB)
    )
    assert found == "no technique saves anything here: mapped needs 29.0 MiB of memory, load_all 15.0 MiB"
