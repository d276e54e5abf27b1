"""What a measured test's figures are worth is said where it bears on them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from made_runs import measured
from made_tests import judge_of, measure, peak_limit

from memlab.model.report import Finding, PeakGrowth
from memlab.units import MIB

GROWTH = 20 * MIB


@pytest.mark.parametrize(
    ("limit_bytes", "said"),
    [(GROWTH + 2 * MIB, True), (GROWTH + 4 * MIB, False), (GROWTH - 5 * MIB, False), (None, False)],
)
def test_memory_that_was_free_before_is_said_where_it_may_hide_that_a_limit_is_broken(
    tmp_path: Path, limit_bytes: int | None, said: bool
) -> None:
    judge, limits = judge_of(tmp_path / "tests.json"), () if limit_bytes is None else peak_limit(limit_bytes)
    start = measured("any", GROWTH).reply.start  # type: ignore[union-attr]
    assert start is not None
    judged, _ = measure(judge, GROWTH, limits, start=msgspec.structs.replace(start, reusable_bytes=3 * MIB))
    assert ("reusable_memory" in [remark.code for remark in judged.remarks]) == said
    peak = PeakGrowth(GROWTH, GROWTH, GROWTH, "kernel", 248 << 10, 0, at_least=False, below_resolution=False)
    free = Finding("reusable_memory", "note", None, "some was free", evidence={"reusable_bytes": 3 * MIB})
    other = Finding("in_process", "note", None, "measured in this process")
    inline = judge.judge_inline("test_a.py", "test_crop", peak, 0, limits, (free, other))
    assert inline.remarks == ((free, other) if said else (other,))
