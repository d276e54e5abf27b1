"""The pictures that the tests work on, made anew in each session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def write_photo(path: Path, width: int, height: int, seed: int) -> Path:
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([(rows + seed) % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=85)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph of 4000×3000 pixels: 34.3 MiB decoded."""
    return write_photo(tmp_path / "photo.jpg", 4000, 3000, seed=1)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twenty-four of 1200×900 pixels: 3.09 MiB each."""
    folder = tmp_path_factory.mktemp("album")
    return [write_photo(folder / f"{number:02}.jpg", 1200, 900, seed=number) for number in range(24)]
