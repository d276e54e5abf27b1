"""A baseline file as what a check holds figures against."""

from __future__ import annotations

import msgspec
import pytest
from made_baselines import section
from made_runs import ENVIRONMENT

from memlab.analysis.identity import identity_of
from memlab.model.baseline import Baseline
from memlab.workflow.standard import BaselineStandard


@pytest.mark.parametrize("allocator", [None, "glibc 2.36"])
def test_an_allocator_that_no_trial_has_told_of_is_no_difference(allocator: str | None) -> None:
    """Where nothing fits, nothing is measured, and so nothing is known of it."""
    environment = msgspec.structs.replace(ENVIRONMENT, libc="glibc 2.36", allocator="glibc 2.36")
    here = identity_of(environment)
    other = section(
        python="CPython 3.1",
        platform=here.platform,
        libc=here.libc,
        allocator=here.allocator,
        settings=here.settings,
    )
    standard = BaselineStandard(Baseline((other,)), "b.json", "memlab accept", named=True)
    why = standard.nothing_in(msgspec.structs.replace(environment, allocator=allocator))
    assert why is not None
    assert why.message.endswith("instead of 3.1")
    assert "allocator" not in why.message
