"""Describe the machine and the interpreter."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

import memlab
from memlab.kernel.cgroup import memory_limit_bytes
from memlab.kernel.marks import open_own_files
from memlab.kernel.resolution import cpus_allowed, cpus_online, resolution_bytes
from memlab.model.environment import Environment
from memlab.runner.surroundings import falsifying

_PREFIXES = ("MALLOC_", "PILLOW_", "OMP_", "OPENBLAS_", "MKL_", "OPENCV_", "NUMEXPR_", "BLIS_", "VECLIB_", "MIMALLOC_")
_INSTRUCTION_SETS = frozenset(
    ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "asimd", "asimddp", "sve", "sve2")
)
_NAMES = (
    "GLIBC_TUNABLES",
    "LD_PRELOAD",
    "NUMPY_MADVISE_HUGEPAGE",
    "PYTHONMALLOC",
    "PYTHONGIL",
    "PYTHONTRACEMALLOC",
    "PYTHONHASHSEED",
    "PYTHONDEVMODE",
    "TMPDIR",
)


def describe_host() -> Environment:
    """What is known before any trial; libraries and the allocator are added from the trials."""
    memory = _meminfo()
    return Environment(
        memlab_version=memlab.__version__,
        python_version=platform.python_version(),
        python_implementation=platform.python_implementation(),
        platform=sys.platform,
        kernel=platform.release() or None,
        libc=" ".join(platform.libc_ver()).strip() or None,
        machine=platform.machine(),
        cpus_allowed=cpus_allowed(),
        cpus_online=cpus_online(),
        memory_bytes=memory.get("MemTotal"),
        swap_bytes=memory.get("SwapTotal"),
        cgroup_limit_bytes=memory_limit_bytes(),
        transparent_hugepages=_hugepages(),
        resolution_bytes=resolution_bytes() if _has_marks() else None,
        install=_install_kind(),
        instruction_sets=_instruction_sets(),
        settings={
            _encodable(name): _encodable(value)
            for name, value in sorted(os.environ.items())
            if name.startswith(_PREFIXES) or name in _NAMES
        },
        unset=falsifying(os.environ),
    )


def available_memory_bytes() -> int | None:
    """What a trial may take without driving the machine or its cgroup out of memory; None where unknown."""
    from memlab.kernel.cgroup import free_bytes

    known = [size for size in (_meminfo().get("MemAvailable"), free_bytes()) if size is not None]
    if not known and not _has_marks():
        import psutil

        return int(psutil.virtual_memory().available)
    return min(known, default=None)


def _has_marks() -> bool:
    files = open_own_files()
    if files is None:
        return False
    files.close()
    return True


def _meminfo() -> dict[str, int]:
    found = {}
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name in ("MemTotal", "MemAvailable", "SwapTotal"):
                    found[name] = int(rest.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return found


def _hugepages() -> str | None:
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
            return file.read().partition("[")[2].partition("]")[0] or None
    except OSError:
        return None


def _instruction_sets() -> tuple[str, ...]:
    """Those of the first CPU: /proc/cpuinfo lists them as flags (x86) or Features (Arm)."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, words = line.partition(":")
                if name.strip() in ("flags", "Features"):
                    return tuple(sorted(_INSTRUCTION_SETS.intersection(words.split())))
    except OSError:
        pass
    return ()


def _install_kind() -> str:
    try:
        origin = metadata.distribution("memlab").read_text("direct_url.json") or ""
    except metadata.PackageNotFoundError:
        return "not installed"
    return "editable" if '"editable": true' in origin else "installed"


def _encodable(text: str) -> str:
    return text[:500].encode("utf-8", "backslashreplace").decode()
