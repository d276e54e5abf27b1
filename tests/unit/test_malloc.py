"""The C allocator of this process, and of those that have another."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from memlab.kernel import malloc

MIB = 1 << 20
on_glibc = pytest.mark.skipif(malloc.glibc() is None, reason="malloc is not glibc's here")


@on_glibc
def test_its_books_show_what_is_alive() -> None:
    allocator = malloc.glibc()
    assert allocator is not None
    before = allocator.live_bytes()
    if before is None:
        pytest.skip("glibc before 2.33")
    block = allocator._malloc(5 * MIB)
    during = allocator.live_bytes()
    allocator._free(block)
    after = allocator.live_bytes()
    assert during is not None
    assert after is not None
    assert 5 * MIB <= during - before < 6 * MIB
    assert abs(after - before) < MIB


@on_glibc
def test_trimming_gives_free_memory_back() -> None:
    from memlab.kernel.marks import open_own_files

    allocator, files = malloc.glibc(), open_own_files()
    assert allocator is not None
    if files is None:
        pytest.skip("no /proc")

    def resident() -> int:
        status = files.status()
        assert status is not None
        return status.resident_bytes

    # 64 KiB each come from the heap, not from mmap; the last one stays, so that freeing doesn't give the top back.
    blocks = [allocator._malloc(64 << 10) for _ in range(640)]
    for block in blocks:
        ctypes.memset(block, 1, 64 << 10)
    for block in blocks[:-1]:
        allocator._free(block)
    held = resident()
    allocator.trim()
    given_back = held - resident()
    allocator._free(blocks[-1])
    files.close()
    assert given_back > 30 * MIB


@on_glibc
def test_its_name() -> None:
    name = malloc.allocator_name()
    assert name is not None
    assert name.startswith("glibc 2.")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("libjemalloc.so.2", "jemalloc"),
        ("libtcmalloc_minimal.so.4", "tcmalloc"),
        ("libmimalloc.so.2.1", "mimalloc"),
        ("libhoard.so", "hoard"),
    ],
)
def test_another_allocator_is_known_by_what_is_mapped(monkeypatch: pytest.MonkeyPatch, line: str, name: str) -> None:
    monkeypatch.setattr(malloc, "_maps", lambda: ["python3.12", line, "libc.so.6"])
    assert malloc.allocator_name() == name


def test_a_folder_called_so_is_no_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malloc, "_maps", lambda: ["python3.12", "libc.so.6", "jemalloc.txt"])
    assert malloc.allocator_name() not in ("jemalloc", None) or sys.platform != "linux"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc")
def test_what_is_mapped_is_given_by_name() -> None:
    assert any(name.startswith(("libc.so", "libc-", "ld-")) for name in malloc._maps())
    assert all("/" not in name for name in malloc._maps())


def test_an_allocator_that_answers_for_nothing_is_not_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    # As under a preloaded jemalloc: glibc's functions are there, and their books never change.
    class Blind(malloc.Glibc):
        def live_bytes(self) -> int | None:
            return 1000

    monkeypatch.setattr(malloc, "Glibc", Blind)
    assert malloc.glibc() is None


def test_a_platform_without_malloc_trim(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> object:
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    monkeypatch.setattr(malloc, "_maps", lambda: ["ld-musl-x86_64.so.1"])
    assert malloc.glibc() is None
    assert malloc.allocator_name() == "musl"
