"""Which package provides a module, and what to install when it is missing: in one sentence.

Nothing is imported to find out: a library can be installed and still fail to load, and that failure belongs to
the process that needs it. Standard library only.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable

_EXTRAS = {"cv2": ("OpenCV", "opencv-headless"), "h5py": ("HDF5", "hdf5")}
"""Modules that come with one of memlab's own extras: what they are called, and the extra."""

_DISTRIBUTIONS = {
    "Crypto": "pycryptodome",
    "PIL": "Pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "libtiff": "pylibtiff",
    "memory_profiler": "memory-profiler",
    "openslide": "openslide-python",
    "pi_heif": "pi-heif",
    "pillow_heif": "pillow-heif",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "turbojpeg": "PyTurboJPEG",
    "usb": "pyusb",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
"""What to ask pip for, where it differs from the module's name."""

_SHARED_OBJECT = re.compile(r"\b(lib[A-Za-z0-9_+.-]+?\.so(?:\.[0-9]+)*)\b: cannot open shared object file")
_OPENCV_NEEDS = {
    "libGL.so.1": "libgl1",
    "libxcb.so.1": "libxcb1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
}
"""Libraries of the system that `opencv-python` loads and a bare Debian or container lacks, with their packages."""


def missing(modules: Iterable[str]) -> tuple[str, ...]:
    """Those of the modules that are not installed, in the order given, each once.

    Only the top-level name is looked up (`google.protobuf` by `google`), so that no code runs. A known library
    of which only an empty folder is left, as some uninstallations leave it, is missing.
    """
    return tuple(module for module in dict.fromkeys(modules) if not _is_installed(module.partition(".")[0]))


def install_sentence(module: str) -> str:
    """What is missing and how to get it, in one sentence without a full stop."""
    top = module.partition(".")[0]
    if top in _EXTRAS:
        title, extra = _EXTRAS[top]
        return f'{top} ({title}) is missing; install it with: pip install "memlab[{extra}]"'
    return f"{module} is missing; install it with: pip install {_DISTRIBUTIONS.get(top, top)}"


def explain_import_error(module: str | None, message: str) -> str | None:
    """Say why a module that is installed can't be loaded, and the cure; None where nothing is known.

    Args:
        module: the module whose import failed, where it is known.
        message: the text of the ImportError, such as
            `libGL.so.1: cannot open shared object file: No such file or directory`.
    """
    found = _SHARED_OBJECT.search(message)
    if found is None:
        return None
    library = found[1]
    if library in _OPENCV_NEEDS and (module is None or module.partition(".")[0] == "cv2"):
        packages = " ".join(dict.fromkeys(("libgl1", "libxcb1", "libglib2.0-0", _OPENCV_NEEDS[library])))
        return (
            f"opencv-python needs the system library {library}, which is missing; install it "
            f"(Debian, Ubuntu: apt-get install {packages}), or replace opencv-python by opencv-python-headless, "
            "which needs none of them"
        )
    who = module or "a library"
    return f"{who} needs the system library {library}, which is missing; install the system package it comes in"


def _is_installed(top: str) -> bool:
    try:
        spec = importlib.util.find_spec(top)
    except Exception:
        # A damaged package, a spec of None in sys.modules, a finder of somebody's that fails: not usable.
        return False
    if spec is None:
        return False
    is_namespace = spec.loader is None or spec.origin is None
    known = top in _EXTRAS or top in _DISTRIBUTIONS
    return not (is_namespace and known)
