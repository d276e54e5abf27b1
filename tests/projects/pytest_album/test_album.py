"""An album's tests, with limits on memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import album
import pytest

MB = 10**6


@pytest.mark.memlab(peak="16MiB", retained="2MiB")
def test_thumbnail(photo: Path) -> None:
    assert max(album.thumbnail(photo).size) == album.SIDE


@pytest.mark.memlab
@pytest.mark.parametrize(
    ("width", "shape"),
    [
        pytest.param(500, (375, 500, 3), marks=pytest.mark.memlab(peak="16MiB")),
        pytest.param(4000, (3000, 4000, 3), marks=pytest.mark.memlab(peak="160MiB"), id="whole"),
    ],
)
def test_decoded(photo: Path, width: int, shape: tuple[int, ...]) -> None:
    assert album.decoded(photo, width).shape == shape


@pytest.mark.memlab(peak="40MiB")
class TestStreaming:
    def test_as_bright(self, photos: list[Path]) -> None:
        assert len(album.stream(photos)) == len(photos)

    @pytest.mark.memlab(peak="128MiB")
    def test_all_at_once(self, photos: list[Path]) -> None:
        assert len(album.load_all(photos)) == len(photos)


@pytest.mark.memlab(peak="150MiB")
def test_in_a_child_process() -> None:
    subprocess.run([sys.executable, "-c", f"block = b'x' * {100 * MB}; import time; time.sleep(0.2)"], check=True)


def test_streaming_saves(memlab: Any, photos: list[Path]) -> None:
    result = memlab.compare(album.load_all, album.stream, args=(photos,))
    assert result["stream"].ratio > 3


def test_without_a_limit(photo: Path) -> None:
    assert photo.exists()
