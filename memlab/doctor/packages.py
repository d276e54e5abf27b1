"""Which distributions are installed, by their metadata: nothing is imported."""

from __future__ import annotations

from importlib import metadata

_FAMILIES = ("opencv", "pillow")
_LIBRARIES = {
    "h5py",
    "imageio",
    "memory-profiler",
    "memray",
    "numpy",
    "psutil",
    "scikit-image",
    "scipy",
    "tifffile",
}
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def installed(path: list[str] | None = None) -> dict[str, str]:
    """Name and version of the installed distributions that bear on memlab's figures.

    Args:
        path: the folders to look in; `sys.path` unless given.
    """
    found: dict[str, str] = {}
    for distribution in metadata.distributions() if path is None else metadata.distributions(path=path):
        try:
            said = distribution.metadata
            # What an interrupted installation leaves behind may say neither.
            name = _normal(next(iter(said.get_all("Name") or ()), ""))
            version = next(iter(said.get_all("Version") or ()), "unknown")
        except (AttributeError, OSError, TypeError, UnicodeError):
            continue
        if (name in _LIBRARIES or name.startswith(_FAMILIES)) and name not in found:
            found[name] = version
    return dict(sorted(found.items()))


def opencv_packages(packages: dict[str, str]) -> tuple[str, ...]:
    """Those of the installed distributions that all provide the same module `cv2`."""
    return tuple(name for name in _OPENCV if name in packages)


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
