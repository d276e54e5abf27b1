"""Free bytes in the arenas of the interpreter that runs this."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest

from memlab.kernel import pymalloc

REPORT = b"""
# arenas reclaimed                     =                   33
# arenas allocated current             =                   10
# bytes in allocated blocks            =            9,000,000
# bytes in available blocks            =              123,456
3 unused pools * 16384 bytes           =               49,152
# bytes lost to pool headers           =                1,000
"""


def test_available_blocks_and_unused_pools_are_added_up() -> None:
    assert pymalloc.parse(REPORT) == 123_456 + 3 * 16_384


@pytest.mark.parametrize("report", [b"", b"mimalloc says hello", REPORT.replace(b"unused pools", b"things")])
def test_a_report_without_arenas_says_nothing(report: bytes) -> None:
    assert pymalloc.parse(report) is None


with_arenas = pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    or sys.implementation.name != "cpython"
    or os.environ.get("PYTHONMALLOC", "").startswith("malloc"),
    reason="this Python has no pymalloc",
)


@with_arenas
def test_what_small_objects_leave_free_is_found() -> None:
    before = pymalloc.free_bytes()
    # 200,000 objects of 64 bytes; one of every hundred stays, so that hardly a pool comes free.
    small = [bytes(31) for _ in range(200_000)]
    full = pymalloc.free_bytes()
    kept = small[::100]
    del small
    after = pymalloc.free_bytes()
    assert before is not None
    assert full is not None
    assert after is not None
    assert 200_000 * 64 * 0.9 < after - full < 200_000 * 64 * 1.1
    assert len(kept) == 2000


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ) | environment, timeout=60
    )


@with_arenas
def test_descriptor_2_is_what_it_was_afterwards() -> None:
    found = run(
        "import sys; from memlab.kernel import pymalloc; print(pymalloc.free_bytes() > 0); print(1, file=sys.stderr)"
    )
    assert (found.stdout, found.stderr) == ("True\n", "1\n")


@with_arenas
def test_a_program_that_closed_its_errors_keeps_them_closed() -> None:
    code = (
        "import os; os.close(2); from memlab.kernel import pymalloc; print(pymalloc.free_bytes() > 0)\n"
        "try: os.fstat(2)\n"
        "except OSError: print('closed')"
    )
    assert run(code).stdout == "True\nclosed\n"


@with_arenas
def test_without_pymalloc_nothing_is_known() -> None:
    code = "from memlab.kernel import pymalloc; print(pymalloc.free_bytes())"
    assert run(code, PYTHONMALLOC="malloc").stdout == "None\n"


def test_without_the_report_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "_debugmallocstats", raising=False)
    assert pymalloc.free_bytes() is None
