"""Which library allocates what Python doesn't see: from memray's lines, else from what the trials had loaded."""

from __future__ import annotations

import re

from memlab.analysis.measured import MeasuredVariant
from memlab.model.run import Run

_TITLES = {"PIL": "Pillow", "cv2": "OpenCV", "h5py": "HDF5", "pyvips": "libvips", "imagecodecs": "imagecodecs"}
"""Libraries with allocators of their own. numpy isn't one: it tells tracemalloc of every array."""

_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def allocating_library(run: Run, variant: MeasuredVariant) -> str | None:
    """The library that a variant's memory belongs to, by its title; `Pillow or OpenCV` where it may be either.

    Returns:
        None where none of the known ones was loaded.
    """
    memray = variant.meters.get("memray")
    lines = () if memray is None else memray.lines
    if lines:
        largest = max(lines, key=lambda line: line.size_bytes)
        # `PIL/Image.py:3100 new` made the allocation; or else the line itself calls `cv2.imread`.
        named = [re.split(r"[/\\:]", largest.through)[0], *_MODULE.findall(largest.text)]
        for module in named:
            if module in _TITLES:
                return _TITLES[module]
    loaded = [title for module, title in _TITLES.items() if module in run.environment.libraries]
    return " or ".join(loaded) or None
