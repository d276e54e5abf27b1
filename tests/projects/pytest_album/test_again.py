"""What needs 200 MB for 5 ms, and what needs 100 MB: twenty times each."""

from __future__ import annotations

import time

import pytest

MB = 10**6


@pytest.fixture(params=range(20), autouse=True)
def again(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.memlab(peak="150MiB")
def test_200_mb_for_5_ms() -> None:
    block = b"x" * (200 * MB)
    time.sleep(0.005)
    del block


@pytest.mark.memlab(peak="150MiB")
def test_100_mb() -> None:
    block = b"x" * (100 * MB)
    time.sleep(0.005)
    del block
