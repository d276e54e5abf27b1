"""What figures were measured under, in the words of a check."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from made_baselines import CONDITIONS, IDENTITY, changed, section
from made_runs import ENVIRONMENT

from memlab.analysis.identity import conditions_of, identity_differences, identity_of, library_differences
from memlab.model.environment import Environment

HERE: Environment = msgspec.structs.replace(
    ENVIRONMENT,
    python_version="3.11.7",
    allocator="glibc 2.36",
    libraries={"numpy": "2.1.3", "PIL": "11.0.0"},
)


def test_the_identity_of_an_environment() -> None:
    assert identity_of(HERE) == IDENTITY
    assert list(identity_of(HERE).libraries) == ["PIL", "numpy"]
    bare = changed(HERE, libc=None, allocator=None, python_version="3.14.0rc2", libraries={})
    assert identity_of(bare) == changed(IDENTITY, python="CPython 3.14", libc="", allocator="", libraries={})


def test_settings_that_change_what_an_allocator_does_belong_to_it() -> None:
    settings = {
        "MALLOC_ARENA_MAX": "2",
        "MIMALLOC_PURGE_DELAY": "0",
        "PILLOW_BLOCKS_MAX": "10",
        "GLIBC_TUNABLES": "glibc.malloc.trim_threshold=1",
        "NUMPY_MADVISE_HUGEPAGE": "0",
        "PYTHONMALLOC": "malloc",
    }
    others = {"OMP_NUM_THREADS": "2", "TMPDIR": "/somewhere", "LD_PRELOAD": "libx.so", "PYTHONHASHSEED": "1"}
    assert identity_of(changed(HERE, settings=settings | others)).settings == settings


def test_settings_that_were_taken_away_before_the_trials_do_not() -> None:
    taken = changed(
        HERE,
        settings={"MALLOC_PERTURB_": "5", "PYTHONMALLOC": "debug", "MALLOC_ARENA_MAX": "1"},
        unset=("MALLOC_PERTURB_", "PYTHONMALLOC"),
    )
    assert identity_of(taken).settings == {"MALLOC_ARENA_MAX": "1"}


def test_the_conditions_of_an_environment() -> None:
    assert conditions_of(changed(HERE, kernel="6.1.0", libraries={})) == CONDITIONS
    bare = changed(HERE, kernel=None, transparent_hugepages=None, resolution_bytes=None, cgroup_limit_bytes=1 << 30)
    assert conditions_of(bare) == changed(
        CONDITIONS, kernel="", transparent_hugepages="", resolution_bytes=0, memory_limit_bytes=1 << 30
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, []),
        ({"libraries": {}}, []),
        ({"python": "CPython 3.12"}, ["Python 3.12 instead of 3.11"]),
        ({"python": "PyPy 3.11"}, ["PyPy 3.11 instead of CPython 3.11"]),
        ({"platform": "linux aarch64"}, ["linux aarch64 instead of linux x86_64"]),
        ({"libc": "glibc 2.39", "allocator": "glibc 2.39"}, ["glibc 2.39 instead of glibc 2.36"]),
        ({"allocator": "jemalloc"}, ["the allocator jemalloc instead of glibc 2.36"]),
        ({"allocator": ""}, ["an unknown allocator instead of glibc 2.36"]),
        (
            {"libc": "", "allocator": "mimalloc"},
            ["an unknown C library instead of glibc 2.36", "the allocator mimalloc instead of glibc 2.36"],
        ),
        ({"settings": {"MALLOC_ARENA_MAX": "1"}}, ["MALLOC_ARENA_MAX=1 instead of not set"]),
        (
            {"python": "CPython 3.13", "platform": "darwin arm64"},
            ["Python 3.13 instead of 3.11", "darwin arm64 instead of linux x86_64"],
        ),
    ],
)
def test_what_is_another_now(fields: dict[str, Any], words: list[str]) -> None:
    assert identity_differences(section(), changed(IDENTITY, **fields)) == words


def test_settings_that_are_others_now() -> None:
    then = section(settings={"MALLOC_ARENA_MAX": "1", "PYTHONMALLOC": "malloc"})
    assert identity_differences(then, changed(IDENTITY, settings={"MALLOC_ARENA_MAX": "2"})) == [
        "MALLOC_ARENA_MAX=2 instead of 1",
        "PYTHONMALLOC not set instead of PYTHONMALLOC=malloc",
    ]


def test_libraries_that_are_others_now() -> None:
    accepted = {"PIL": "11.0.0", "cv2": "4.10.0", "numpy": "2.1.3"}
    assert library_differences(accepted, dict(accepted)) == []
    assert library_differences(accepted, {"PIL": "11.1.0", "h5py": "3.12.1", "numpy": "2.1.3"}) == [
        "PIL 11.1.0 instead of 11.0.0",
        "no cv2 instead of 4.10.0",
        "h5py 3.12.1 besides",
    ]
