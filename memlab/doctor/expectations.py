"""How much each program takes, and what it needs to run: the table that `memlab doctor` holds its meters against."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass

from memlab.doctor.programs import CHILD_BYTES, OBJECT_BYTES, OBJECTS, SIZE_BYTES

_POOL_BYTES = 16384 if sys.maxsize > 2**32 else 4096
_POOL_OVERHEAD_BYTES = 48
_POINTER_BYTES = 8 if sys.maxsize > 2**32 else 4
_CHUNK_OVERHEAD_BYTES = 16


@dataclass(frozen=True)
class Program:
    """One program of known memory.

    Attributes:
        name: the variant's name in `memlab.doctor.programs`.
        title: what it is called in the table.
        allocated_bytes: what it takes, above what its process had before.
        needs: modules it can't run without.
        posix: it needs fork or C's library by name, which Windows doesn't have.
        missed_by_samples: why samples taken every few milliseconds needn't see it; None where they do.
        doubled_by_samples: why samples see more than there is; None where they don't.
        ends_the_process: it gives no reply by design.
        has_children: its processes are measured together.
        unseen_by: meters beside the headline's that can't see all of it, by their nature.
    """

    name: str
    title: str
    allocated_bytes: int
    needs: tuple[str, ...] = ()
    posix: bool = False
    missed_by_samples: str | None = None
    doubled_by_samples: str | None = None
    ends_the_process: bool = False
    has_children: bool = False
    unseen_by: tuple[str, ...] = ()

    @property
    def beyond_samples(self) -> str | None:
        """Why it is no fault of samples to be wrong here; None where they have to be right."""
        return self.missed_by_samples or self.doubled_by_samples


def python_objects_bytes(environment: Mapping[str, str] | None = None) -> int:
    """What the list of small objects takes: so many blocks of 512 bytes, and a pointer to each.

    Python's own allocator packs 31 blocks into a pool of 16 KiB (Objects/obmalloc.c: pools of 16 KiB with a header
    of 48 bytes, arenas of which only the pools in use are touched). With PYTHONMALLOC=malloc each block is a chunk
    of C's malloc, 16 bytes larger with its header; mimalloc, which a free-threaded Python uses, keeps its headers
    elsewhere.
    """
    wanted = (os.environ if environment is None else environment).get("PYTHONMALLOC", "")
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    if free_threaded or wanted == "mimalloc":
        each = float(OBJECT_BYTES)
    elif wanted == "malloc" or sysconfig.get_config_var("WITH_PYMALLOC") == 0:
        each = float(OBJECT_BYTES + _CHUNK_OVERHEAD_BYTES)
    else:
        each = _POOL_BYTES / ((_POOL_BYTES - _POOL_OVERHEAD_BYTES) // OBJECT_BYTES)
    return round(OBJECTS * (each + _POINTER_BYTES))


NATURES = {
    "tracemalloc": "it knows what Python's own allocators serve and what numpy reports, and nothing else",
    "memray": "it follows one process, sees no malloc that is called by its address (ctypes), and has no figure of a "
    "process that ends at once",
    "memory_profiler": "it samples one process, and has no figure of one that ends at once",
}
"""What each meter beside the headline's can see at all."""

_OUTSIDE_PYTHON = ("tracemalloc",)
_BY_ADDRESS = ("tracemalloc", "memray")
_OUT_OF_REACH = ("tracemalloc", "memray", "memory_profiler")

PROGRAMS = (
    Program("python_objects", "Python objects", python_objects_bytes()),
    Program("numpy_array", "numpy array", SIZE_BYTES, needs=("numpy",)),
    Program("pillow_image", "Pillow image", SIZE_BYTES, needs=("PIL",), unseen_by=_OUTSIDE_PYTHON),
    Program("opencv_images", "OpenCV images", SIZE_BYTES, needs=("numpy", "cv2"), unseen_by=_OUTSIDE_PYTHON),
    Program("malloc", "malloc (ctypes)", SIZE_BYTES, posix=True, unseen_by=_BY_ADDRESS),
    Program("anonymous_mapping", "anonymous mmap", SIZE_BYTES, unseen_by=_OUTSIDE_PYTHON),
    Program("file_mapping", "file mapping", SIZE_BYTES, unseen_by=_OUTSIDE_PYTHON),
    Program("shared_memory", "shared memory", SIZE_BYTES, unseen_by=_OUTSIDE_PYTHON),
    Program(
        "call_holding_the_gil",
        "C call that holds the GIL",
        SIZE_BYTES,
        posix=True,
        missed_by_samples="it lasts 30 ms, which is three samples on an idle machine and fewer on a busy one",
        unseen_by=_BY_ADDRESS,
    ),
    Program(
        "spike",
        "spike of 5 ms",
        SIZE_BYTES,
        missed_by_samples="it lasts 5 ms and a sample is taken every 10 ms: seeing it whole is luck",
        unseen_by=_OUTSIDE_PYTHON,
    ),
    Program(
        "spike_before_exit",
        "spike before os._exit",
        SIZE_BYTES,
        missed_by_samples="the process ends before the next sample is taken",
        ends_the_process=True,
        unseen_by=_OUT_OF_REACH,
    ),
    Program(
        "child_process",
        "child process",
        CHILD_BYTES,
        posix=True,
        doubled_by_samples="a sample adds up whole processes, and counts twice what they share",
        has_children=True,
        unseen_by=_OUT_OF_REACH,
    ),
)
