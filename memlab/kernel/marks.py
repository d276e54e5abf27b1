"""Whether this machine's high-water mark can be trusted: found out by trying, never by platform or version."""

from __future__ import annotations

import mmap

from memlab.kernel.proc import PAGE_BYTES, ProcessFiles

KERNEL = "kernel"
KERNEL_WHOLE_LIFE = "kernel_whole_life"
SAMPLED = "sampled"
_PROBE_BYTES = 4 << 20


def mark_source(files: ProcessFiles | None) -> str:
    """What the mark of this process is worth: `kernel`, `kernel_whole_life` (it can't be reset), or `sampled`.

    Takes 4 MiB for a moment, gives them back, resets, and looks whether the mark has fallen.
    """
    if files is None:
        return SAMPLED
    before = files.status()
    if before is None:
        return SAMPLED
    with mmap.mmap(-1, _PROBE_BYTES) as block:
        for offset in range(0, _PROBE_BYTES, PAGE_BYTES):
            block[offset] = 1
    raised = files.status()
    if raised is None or raised.high_water_bytes < before.resident_bytes + _PROBE_BYTES // 2:
        return SAMPLED
    if not files.reset():
        return KERNEL_WHOLE_LIFE
    after = files.status()
    fell = after is not None and after.high_water_bytes <= raised.high_water_bytes - _PROBE_BYTES // 2
    return KERNEL if fell else KERNEL_WHOLE_LIFE


def open_own_files() -> ProcessFiles | None:
    """This process's own files, or None where there is no /proc."""
    try:
        return ProcessFiles("self")
    except OSError:
        return None
