"""The machine and the interpreter as a run records them."""

from __future__ import annotations

import json
import os
import platform
import sys

import msgspec
import pytest

import memlab
from memlab.runner import host
from memlab.runner.host import available_memory_bytes, describe_host
from memlab.runner.surroundings import falsifying, trial_environment

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_what_is_known_of_this_machine() -> None:
    environment = describe_host()
    assert environment.memlab_version == memlab.__version__
    assert environment.python_version == platform.python_version()
    assert environment.platform == sys.platform
    assert 1 <= environment.cpus_allowed <= environment.cpus_online
    assert environment.install in ("editable", "installed", "not installed")
    assert json.loads(msgspec.json.encode(environment))["machine"] == platform.machine()


@on_linux
def test_what_linux_says() -> None:
    environment = describe_host()
    assert environment.memory_bytes is not None
    assert 2**26 < environment.memory_bytes < 2**50
    assert environment.memory_bytes % 1024 == 0
    assert environment.swap_bytes is not None
    assert environment.transparent_hugepages in ("always", "madvise", "never", None)
    assert environment.resolution_bytes is not None
    available = available_memory_bytes()
    assert available is not None
    assert 0 < available < environment.memory_bytes


@on_linux
def test_no_file_is_left_open() -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(5):
        describe_host()
        available_memory_bytes()
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_the_group_s_room_counts_where_it_is_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_meminfo", lambda: {"MemAvailable": 1000})
    monkeypatch.setattr("memlab.kernel.cgroup.free_bytes", lambda: 300)
    assert available_memory_bytes() == 300
    monkeypatch.setattr("memlab.kernel.cgroup.free_bytes", lambda: None)
    assert available_memory_bytes() == 1000


def test_without_proc_psutil_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_meminfo", dict)
    monkeypatch.setattr("memlab.kernel.cgroup.free_bytes", lambda: None)
    monkeypatch.setattr(host, "open_own_files", lambda: None)
    available = available_memory_bytes()
    assert available is not None
    assert available > 0
    assert describe_host().resolution_bytes is None


def test_settings_that_bear_on_memory_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MALLOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("PYTHONMALLOC", "malloc_debug")
    monkeypatch.setenv("MALLOC_PERTURB_", "5")
    monkeypatch.setenv("GLIBC_TUNABLES", "x" * 2000 + "\udcff")
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    environment = describe_host()
    assert environment.settings["MALLOC_ARENA_MAX"] == "2"
    assert environment.settings["OMP_NUM_THREADS"] == "4"
    assert environment.settings["PYTHONMALLOC"] == "malloc_debug"
    assert len(environment.settings["GLIBC_TUNABLES"]) == 500
    assert "SECRET_TOKEN" not in environment.settings
    assert environment.unset == ("MALLOC_PERTURB_", "PYTHONMALLOC")
    msgspec.json.encode(environment)


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, ()),
        ({"PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": ""}, ()),
        ({"PYTHONMALLOC": "debug"}, ("PYTHONMALLOC",)),
        ({"PYTHONMALLOC": "pymalloc_debug"}, ("PYTHONMALLOC",)),
        ({"MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1"}, ("MALLOC_PERTURB_",)),
    ],
)
def test_a_trial_gets_the_user_s_environment_less_what_falsifies(
    environment: dict[str, str], names: tuple[str, ...]
) -> None:
    given = environment | {"HOME": "/home/me"}
    assert falsifying(given) == names
    assert trial_environment(given) == {name: value for name, value in given.items() if name not in names}


def test_a_machine_without_meminfo(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str, *_: object, **__: object) -> object:
        raise FileNotFoundError(path)

    monkeypatch.setattr(host, "open", missing, raising=False)
    environment = describe_host()
    assert (environment.memory_bytes, environment.swap_bytes, environment.transparent_hugepages) == (None, None, None)
