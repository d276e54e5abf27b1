"""How fine the kernel's counters are."""

from __future__ import annotations

import os

import pytest

from memlab.kernel import resolution
from memlab.kernel.proc import PAGE_BYTES
from memlab.kernel.resolution import floor_bytes, resolution_bytes

KIB, MIB = 1 << 10, 1 << 20


@pytest.mark.parametrize(
    ("allowed", "online", "pages"),
    [
        (1, 1, 31),
        (2, 2, 62),  # 248 KiB
        (1, 16, 31),
        (1, 17, 33),  # from 17 CPUs on the batch grows
        (64, 64, 64 * 127),  # 32 MiB
        (2, 64, 2 * 127),
    ],
)
def test_cpus_allowed_times_what_each_can_hold_back(allowed: int, online: int, pages: int) -> None:
    assert resolution_bytes(allowed, online) == pages * PAGE_BYTES


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 40)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 9}, raising=False)
    assert (resolution.cpus_online(), resolution.cpus_allowed()) == (40, 3)
    assert resolution_bytes() == 3 * 79 * PAGE_BYTES


def test_a_machine_that_says_nothing_of_its_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert (resolution.cpus_online(), resolution.cpus_allowed()) == (1, 1)


def test_the_floor() -> None:
    assert floor_bytes(248 * KIB) == 2 * MIB
    assert floor_bytes(MIB) == 2 * MIB
    assert floor_bytes(32 * MIB) == 64 * MIB
    assert floor_bytes(0) == 2 * MIB
