"""What is read of the machine: file systems, swap, psutil's heap functions."""

from __future__ import annotations

import os
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from memlab.doctor import machine
from memlab.doctor.machine import abilities, filesystem_of, heap_functions, is_set, swap_used_bytes

MOUNTS = [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw",
    "31 22 0:26 / /tmp rw,nosuid shared:5 master:1 - tmpfs tmpfs rw",
    "32 22 0:27 / /mnt/with\\040space rw - ramfs none rw",
    "33 22 0:28 / /mnt/twice rw - ext4 /dev/sda rw",
    "34 33 0:29 / /mnt/twice rw - tmpfs none rw",
    "a line that is none",
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/tmp", "tmpfs"),
        ("/tmp/deeper/still", "tmpfs"),
        ("/tmpfoo", "ext4"),
        ("/mnt/with space/x", "ramfs"),
        ("/mnt/twice/x", "tmpfs"),
    ],
)
def test_the_file_system_is_that_of_the_longest_mount_point(
    path: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "realpath", lambda path: path)
    assert filesystem_of(path, MOUNTS) == kind


def test_a_link_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/proc")
    assert filesystem_of(str(link)) == "proc"


def test_of_no_mounts_nothing_is_said() -> None:
    assert filesystem_of("/tmp", []) is None


def test_this_machine_is_looked_at() -> None:
    found = abilities(mark="kernel", trial_cgroups=False, allocator="glibc 2.36")
    assert found.proportional_sets
    assert found.children_listed == Path(f"/proc/self/task/{os.getpid()}/children").exists()
    assert found.temporary_filesystem
    with open("/proc/meminfo", encoding="ascii") as file:
        total = next(int(line.split()[1]) * 1024 for line in file if line.startswith("SwapTotal"))
    used = swap_used_bytes()
    assert used is not None
    assert 0 <= used <= total


def test_heap_functions_work_only_where_an_allocation_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heap_functions() == "work"
    heap = namedtuple("heap", ["heap_used", "mmap_used"])
    monkeypatch.setattr(psutil, "heap_info", lambda: heap(5_000_000, 0))
    assert heap_functions() == "blind"
    monkeypatch.delattr(psutil, "heap_info")
    assert heap_functions() == "missing"


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True), ("25", True)])
def test_a_setting_of_nothing_is_not_set(value: str | None, expected: bool) -> None:
    assert is_set({} if value is None else {"PYTHONTRACEMALLOC": value}, "PYTHONTRACEMALLOC") is expected


def test_builds_are_told_by_their_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.sysconfig, "get_config_var", lambda name: name == "Py_DEBUG")
    assert machine.python_build() == ("debug",)
