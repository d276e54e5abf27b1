"""Memory control groups, in a tree of files made by hand."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from memlab.kernel import cgroup

MIB = 1 << 20


class Tree:
    """A fake /sys/fs/cgroup, and what /proc/self/cgroup says."""

    def __init__(self, root: Path) -> None:
        self.root = root / "cgroup"
        self.own = root / "self"
        self.own.write_text("")

    def group(self, path: str, **files: str | int) -> None:
        folder = self.root / path.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(f"{content}\n")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = Tree(tmp_path)

    def opened(path: str, *args: Any, **more: Any) -> Any:
        return builtins.open(made.own if path == "/proc/self/cgroup" else path, *args, **more)

    monkeypatch.setattr(cgroup, "_ROOT", str(made.root))
    monkeypatch.setattr(cgroup, "open", opened, raising=False)
    return made


def test_no_cgroup_at_all(tree: Tree) -> None:
    assert cgroup.memory_limit_bytes() is None
    assert cgroup.free_bytes() is None
    with pytest.raises(OSError, match="there is no memory cgroup"):
        cgroup.TrialGroup("trial")
    tree.own.unlink()
    assert cgroup.memory_limit_bytes() is None


def test_the_smallest_limit_on_the_way_up_counts(tree: Tree) -> None:
    tree.own.write_text("0::/user/session\n")
    tree.group("/user", memory__max=300 * MIB, memory__current=250 * MIB)
    tree.group("/user/session", memory__max=500 * MIB, memory__current=100 * MIB)
    assert cgroup.memory_limit_bytes() == 300 * MIB
    # Of the user's 300 MiB others have taken 150.
    assert cgroup.free_bytes() == 50 * MIB


def test_no_limit(tree: Tree) -> None:
    tree.own.write_text("0::/user\n")
    tree.group("/user", memory__max="max", memory__current=100 * MIB)
    assert cgroup.memory_limit_bytes() is None
    assert cgroup.free_bytes() is None


@pytest.mark.parametrize("own", ["0::/\n", "0::/docker/0123\n", "0::/../../other\n"])
def test_a_container_s_limit_stands_in_the_mounted_root(tree: Tree, own: str) -> None:
    tree.own.write_text(own)
    tree.group("/", memory__max=512 * MIB, memory__current=112 * MIB)
    assert cgroup.memory_limit_bytes() == 512 * MIB
    assert cgroup.free_bytes() == 400 * MIB


def test_page_cache_can_be_dropped(tree: Tree) -> None:
    tree.own.write_text("0::/a\n")
    stat = f"anon 5\ninactive_file {30 * MIB}\nactive_file {20 * MIB}\nslab 3"
    tree.group("/a", memory__max=200 * MIB, memory__current=180 * MIB, memory__stat=stat)
    assert cgroup.free_bytes() == 70 * MIB


def test_a_group_over_its_limit_has_nothing_free(tree: Tree) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__max=100 * MIB, memory__current=180 * MIB)
    assert cgroup.free_bytes() == 0


def test_version_1(tree: Tree) -> None:
    tree.own.write_text("5:cpu,cpuacct:/x\n4:memory:/jobs/one\n0::/x\n")
    stat = f"inactive_file 1\nactive_file 1\ntotal_inactive_file {10 * MIB}\ntotal_active_file {5 * MIB}"
    tree.group(
        "/memory/jobs/one",
        memory__limit_in_bytes=100 * MIB,
        memory__usage_in_bytes=60 * MIB,
        memory__stat=stat,
    )
    tree.group("/memory/jobs", memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=70 * MIB)
    tree.group("/memory", memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=900 * MIB)
    assert cgroup.memory_limit_bytes() == 100 * MIB
    assert cgroup.free_bytes() == 55 * MIB


def test_version_1_writes_no_limit_as_a_huge_one(tree: Tree) -> None:
    tree.own.write_text("4:memory:/jobs\n")
    tree.group("/memory/jobs", memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=70 * MIB)
    assert cgroup.memory_limit_bytes() is None
    assert cgroup.free_bytes() is None


def test_a_limit_is_looked_for_nowhere_else(tree: Tree) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__max="max", memory__current=1)
    (tree.root.parent / "memory.max").write_text("5\n")
    assert cgroup.memory_limit_bytes() is None


def test_a_group_of_one_s_own_for_a_trial(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__current=1)
    real = os.mkdir

    def mkdir(path: str, *args: Any) -> None:
        real(path, *args)
        tree.group(
            "/a/trial", memory__peak=7 * MIB, memory__current=3 * MIB, cgroup__procs="", memory__events="oom_kill 0"
        )

    monkeypatch.setattr(os, "mkdir", mkdir)
    group = cgroup.TrialGroup("trial")
    folder = tree.root / "a" / "trial"
    group.add(4321)
    assert (folder / "cgroup.procs").read_text() == "4321"
    assert group.begin() == 3 * MIB
    assert (folder / "memory.peak").read_bytes().startswith(b"0")
    (folder / "memory.peak").write_text(f"{9 * MIB}\n")
    assert group.peak_bytes() == 9 * MIB
    assert not group.out_of_memory()
    (folder / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    assert group.out_of_memory()
    for file in folder.iterdir():
        file.unlink()
    group.close()
    assert not folder.exists()


def test_a_group_whose_peak_can_not_be_read_is_removed(tree: Tree) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__current=1)
    with pytest.raises(OSError):
        cgroup.TrialGroup("trial")
    assert not (tree.root / "a" / "trial").exists()


def test_a_group_that_can_not_be_made(tree: Tree) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__current=1)
    (tree.root / "a" / "trial").mkdir()
    with pytest.raises(FileExistsError):
        cgroup.TrialGroup("trial")


def test_a_peak_that_can_not_be_reset_is_no_peak(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.own.write_text("0::/a\n")
    tree.group("/a", memory__current=1)
    real = os.mkdir

    def mkdir(path: str, *args: Any) -> None:
        real(path, *args)
        tree.group("/a/trial", memory__peak=7, memory__current=3)

    monkeypatch.setattr(os, "mkdir", mkdir)
    group = cgroup.TrialGroup("trial")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(PermissionError()))
        assert group.begin() is None
    group.close()


def test_this_machine_counts_kills_for_lack_of_memory() -> None:
    assert cgroup.out_of_memory_kills() >= 0
