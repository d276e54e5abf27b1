"""`with measure() as m:`, in this process: by the real mark, and by made ones where a number has to be exact."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import memlab
from memlab.errors import MeasurementError, UsageError
from memlab.integrations.python import inline, own_mark
from memlab.integrations.python.inline import InlineMeasurement
from memlab.integrations.python.own_mark import OwnMark
from memlab.integrations.python.worth import Circumstances, worth_of
from memlab.kernel.malloc import glibc
from memlab.kernel.marks import mark_source, open_own_files
from memlab.kernel.proc import Stat, Status
from memlab.kernel.resolution import resolution_bytes
from memlab.recipe import phases

MIB = 1 << 20
RESOLUTION = resolution_bytes()
OUTERMOST = Circumstances(
    source="kernel",
    at_least=False,
    alone=True,
    in_trial=False,
    trimmed=True,
    threads=1,
    reusable_bytes=0,
    had_children=False,
    swap_bytes=0,
)

needs_the_mark = pytest.mark.skipif(mark_source(open_own_files()) != "kernel", reason="the mark can't be reset here")


def take(size: int) -> None:
    """Take so much and give it back."""
    block = bytearray(size)
    del block


def near(found: int, wanted: int) -> bool:
    return abs(found - wanted) < 2 * MIB + 2 * RESOLUTION


def codes(m: InlineMeasurement) -> list[str]:
    return [one.code for one in m.worth]


@needs_the_mark
def test_the_peak_of_a_block_and_what_it_keeps() -> None:
    with memlab.measure() as m:
        take(96 * MIB)
        kept = bytearray(32 * MIB)
    assert near(m.peak_growth_bytes, 96 * MIB)
    assert near(m.retained_bytes, 32 * MIB)
    assert len(kept) == 32 * MIB
    assert (m.source, m.peak.at_least, m.peak.resolution_bytes) == ("kernel", False, RESOLUTION)
    assert m.seconds > 0
    assert repr(m).endswith("retained, in this process>")


@needs_the_mark
@pytest.mark.skipif(glibc() is None, reason="the allocator can't be asked to give memory back")
def test_memory_that_was_free_before_does_not_hide_growth() -> None:
    """Small blocks of C's heap stay with the allocator when they are freed below one that is in use."""
    blocks = [bytes(60_000) for _ in range(1000)]
    last = blocks[-1]
    del blocks
    with memlab.measure() as m:
        blocks = [bytes(60_000) for _ in range(1000)]
    assert near(m.peak_growth_bytes, 60_000_000)
    del blocks, last


@needs_the_mark
def test_garbage_of_before_is_not_freed_within() -> None:
    class Node:
        def __init__(self) -> None:
            self.own, self.block = self, bytearray(64 * MIB)

    gc.collect()
    gc.disable()
    try:
        Node()
        with memlab.measure() as m:
            gc.collect()
    finally:
        gc.enable()
    assert abs(m.retained_bytes) < 8 * MIB


@needs_the_mark
def test_the_inner_of_two_does_not_take_the_peak_from_the_outer() -> None:
    with memlab.measure() as outer:
        take(96 * MIB)
        with memlab.measure() as inner:
            take(16 * MIB)
    assert near(outer.peak_growth_bytes, 96 * MIB)
    assert near(inner.peak_growth_bytes, 16 * MIB)
    with memlab.measure() as outer, memlab.measure() as inner:
        take(48 * MIB)
    assert near(outer.peak_growth_bytes, 48 * MIB)
    assert near(inner.peak_growth_bytes, 48 * MIB)
    assert "overlapping" not in codes(outer)
    assert "overlapping" in codes(inner)


@needs_the_mark
def test_blocks_of_several_threads_overlap() -> None:
    begun, taken = threading.Event(), threading.Event()
    found: list[InlineMeasurement] = []

    def other() -> None:
        with memlab.measure() as m:
            begun.set()
            taken.wait(30)
        found.append(m)

    thread = threading.Thread(target=other)
    thread.start()
    begun.wait(30)
    with memlab.measure() as m:
        take(64 * MIB)
    taken.set()
    thread.join()
    assert near(m.peak_growth_bytes, 64 * MIB)
    assert near(found[0].peak_growth_bytes, 64 * MIB)


@needs_the_mark
def test_an_exception_goes_through_and_the_figures_are_there() -> None:
    m = memlab.measure()

    def fail() -> None:
        with m:
            take(32 * MIB)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert near(m.peak_growth_bytes, 32 * MIB)
    with memlab.measure() as after:
        pass
    assert after.peak.below_resolution
    assert "overlapping" not in codes(after)


def test_child_processes_are_not_counted_and_that_is_said() -> None:
    with memlab.measure() as m:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert [one.code for one in m.worth if one.severity == "warning"] == ["processes_not_counted"]
    with memlab.measure() as m:
        pass
    assert "processes_not_counted" not in codes(m)


def test_figures_wait_for_the_end() -> None:
    m = InlineMeasurement()
    assert repr(m) == "<memlab.measure: not begun>"
    for name in ("peak", "peak_growth_bytes", "retained_bytes", "seconds", "source", "worth"):
        with pytest.raises(MeasurementError, match=r"^the block that is measured has not ended$"):
            getattr(m, name)
    with m:
        assert repr(m) == "<memlab.measure: not ended>"
        with pytest.raises(MeasurementError):
            _ = m.peak
    with pytest.raises(UsageError, match="can't be used for another one"), m:
        pass
    with pytest.raises(UsageError, match=r"^measure\(\) is given arguments, and no function"):
        memlab.measure(kwargs={"paths": []})  # type: ignore[call-overload]
    with pytest.raises(UsageError, match=r"^measure\(\) is given arguments, and no function"):
        memlab.measure(None, trials=5)  # type: ignore[call-overload]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_in_a_block_leaves_it_without_figures() -> None:
    m = InlineMeasurement()
    reading, writing = os.pipe()
    child = 1
    with m:
        child = os.fork()
    if child == 0:
        try:
            _ = m.peak
        except MeasurementError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        assert said.read() == b"the measurement belongs to the process that this one was forked from"
    assert m.peak_growth_bytes >= 0


# What a mark is worth that isn't the best.


class Files:
    """The files of a process that has nothing but what the test says."""

    def __init__(self, *, can_reset: bool = True) -> None:
        self.resident = self.mark = 100 * MIB
        self.swap = 0
        self._can_reset = can_reset

    def hold(self, size: int) -> None:
        self.resident = size
        self.mark = max(self.mark, size)

    def are_intact(self) -> bool:
        return True

    def status(self) -> Status:
        return Status(self.mark, self.resident, self.resident, 0, 0, self.swap, 0)

    def stat(self) -> Stat:
        return Stat("R", 1, 0, 0, self.resident)

    def reset(self) -> bool:
        if self._can_reset:
            self.mark = self.resident
        return self._can_reset


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture(params=["kernel"])
def made(files: Files, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Files]:
    """This process's mark is a made one, of the source that the parameter says."""
    files._can_reset = request.param == "kernel"
    monkeypatch.setattr(own_mark, "open_own_files", lambda: files)
    monkeypatch.setattr(own_mark, "mark_source", lambda _: request.param)
    mark = OwnMark()
    monkeypatch.setattr(inline, "own_mark", lambda: mark)
    yield files
    assert not mark.is_watched


def test_growth_is_counted_from_the_level_at_the_beginning(made: Files) -> None:
    made.hold(500 * MIB)
    made.hold(200 * MIB)
    with InlineMeasurement() as m:
        made.hold(260 * MIB)
        made.hold(210 * MIB)
    assert m.peak_growth_bytes == 60 * MIB
    assert m.retained_bytes == 10 * MIB
    assert repr(m) == "<memlab.measure: 60.0 MiB at its peak, 10.0 MiB retained, in this process>"


def test_a_peak_counts_for_all_that_are_open_and_for_none_that_comes_later(made: Files) -> None:
    with InlineMeasurement() as outer:
        made.hold(300 * MIB)
        made.hold(100 * MIB)
        with InlineMeasurement() as first:
            made.hold(150 * MIB)
            made.hold(100 * MIB)
        with InlineMeasurement() as second:
            made.hold(120 * MIB)
    assert [one.peak_growth_bytes // MIB for one in (outer, first, second)] == [200, 50, 20]


@pytest.mark.parametrize("made", ["kernel_whole_life"], indirect=True)
def test_a_mark_that_cannot_be_reset_tells_only_if_it_rises(made: Files) -> None:
    made.hold(500 * MIB)
    made.hold(200 * MIB)
    with InlineMeasurement() as hidden:
        made.hold(450 * MIB)
        made.hold(230 * MIB)
    assert (hidden.peak_growth_bytes, hidden.peak.at_least, hidden.source) == (30 * MIB, True, "kernel_whole_life")
    assert codes(hidden)[0] == "whole_life_mark"
    assert "at least 30.0 MiB" in repr(hidden)
    with InlineMeasurement() as risen:
        made.hold(700 * MIB)
        made.hold(230 * MIB)
    assert (risen.peak_growth_bytes, risen.peak.at_least) == (470 * MIB, False)
    assert risen.worth[1].message.endswith("it rose, so the peak is right")


@pytest.mark.parametrize("made", ["sampled"], indirect=True)
def test_without_a_mark_there_is_only_the_level_at_the_end(made: Files) -> None:
    with InlineMeasurement() as m:
        made.hold(400 * MIB)
        made.hold(130 * MIB)
    assert (m.peak_growth_bytes, m.peak.at_least, m.source) == (30 * MIB, True, "sampled")
    assert codes(m)[0] == "sampled"


def test_swap_makes_it_a_lower_bound(made: Files) -> None:
    with InlineMeasurement() as m:
        made.hold(150 * MIB)
        made.swap = 7 * MIB
    assert m.peak.at_least
    assert codes(m)[0] == "swap"
    assert m.worth[0].message.startswith("7.00 MiB of this process was swapped out")


def test_too_little_to_tell_from_nothing(made: Files) -> None:
    with InlineMeasurement() as m:
        made.hold(101 * MIB)
    assert m.peak.below_resolution
    assert repr(m).startswith("<memlab.measure: less than ")


class Listener:
    """What a trial installs."""

    source = "kernel"

    def __init__(self) -> None:
        self.calls: list[str] = []

    def enter(self, name: str) -> None:
        self.calls.append(f"enter {name}")

    def leave(self, name: str) -> int:
        self.calls.append(f"leave {name}")
        return 170 * MIB


def test_within_a_trial_the_trial_is_asked(made: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads and resets the mark itself; whoever else reset it would take the peak from it."""
    listener = Listener()
    monkeypatch.setattr(phases, "listener", listener)
    made.hold(500 * MIB)
    made.hold(100 * MIB)
    with InlineMeasurement() as m:
        pass
    assert listener.calls == ["enter with memlab.measure()", "leave with memlab.measure()"]
    assert made.mark == 500 * MIB
    assert m.peak_growth_bytes == 70 * MIB
    assert "in_trial" in codes(m)
    assert "overlapping" not in codes(m)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reusable_bytes": 5 * MIB}, "reusable_memory"),
        ({"trimmed": False}, "not_trimmed"),
        ({"alone": False}, "overlapping"),
        ({"had_children": True}, "processes_not_counted"),
    ],
)
def test_what_figures_are_worth(changed: dict[str, Any], code: str) -> None:
    import dataclasses

    plain = [one.code for one in worth_of(OUTERMOST)]
    assert plain == ["in_process"]
    found = worth_of(dataclasses.replace(OUTERMOST, **changed))
    assert {one.code for one in found} == {"in_process", code}
    assert all(one.message and not one.message.endswith(".") for one in found)
