"""A tree's bounds, over members made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from memlab.kernel.proc import ProportionalSet, Status
from memlab.supervisor import tree
from memlab.supervisor.tree import TreeMeter

MIB = 1 << 20


@dataclass
class Member:
    """One process: what it has of its own, and what it shares with its relatives; MiB."""

    process: int
    own: int
    shared: int = 0
    faults: int = 0
    mark: int | None = None

    @property
    def resident_bytes(self) -> int:
        return (self.own + self.shared) * MIB

    @property
    def mark_bytes(self) -> int:
        return self.resident_bytes if self.mark is None else self.mark * MIB

    @property
    def status(self) -> Status:
        return Status(self.mark_bytes, self.resident_bytes, self.resident_bytes, 0, 0, 0, 0)

    @property
    def files(self) -> StillThere:
        return StillThere(self)


@dataclass
class StillThere:
    """The files of a process that is alive."""

    member: Member

    def status(self) -> Status:
        return self.member.status


class Machine:
    """Says each member's proportional set: what is shared is divided by all that are alive."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.readings = 0

    def proportional_set(self, process: int) -> ProportionalSet | None:
        self.readings += 1
        (found,) = [one for one in self.members if one.process == process]
        share = found.own * MIB + found.shared * MIB // len(self.members)
        return ProportionalSet(
            resident_bytes=found.resident_bytes,
            resident_anonymous_bytes=found.resident_bytes,
            total_bytes=share,
            anonymous_bytes=share,
            file_bytes=0,
            shared_bytes=0,
        )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine()
    monkeypatch.setattr(tree, "proportional_set", made.proportional_set)
    monkeypatch.setattr(tree, "_PSS_SHARE_OF_TIME", 1e9)
    return made


def begun(machine: Machine, *members: Member) -> TreeMeter:
    meter = TreeMeter()
    machine.members = list(members)
    meter.begin(machine.members)  # type: ignore[arg-type]
    return meter


def note(machine: Machine, meter: TreeMeter, *members: Member) -> int:
    machine.members = list(members)
    return meter.note(machine.members)  # type: ignore[arg-type]


def bounds(meter: TreeMeter) -> tuple[int, int, int]:
    return meter.lower_bytes // MIB, meter.estimate_bytes // MIB, meter.upper_bytes // MIB


def test_one_process_has_one_figure_and_nothing_is_read_for_it(machine: Machine) -> None:
    meter = begun(machine, Member(1, 20))
    assert note(machine, meter, Member(1, 50)) == 50 * MIB
    note(machine, meter, Member(1, 30))
    assert (meter.start_bytes, meter.start_upper_bytes) == (20 * MIB, 20 * MIB)
    assert bounds(meter) == (50, 50, 50)
    assert machine.readings == 0


def test_processes_that_share_nothing_add_up(machine: Machine) -> None:
    meter = begun(machine, Member(1, 20))
    assert note(machine, meter, Member(1, 30), Member(2, 40)) == 70 * MIB
    assert bounds(meter) == (70, 70, 70)


def test_only_what_is_held_at_one_time_adds_up(machine: Machine) -> None:
    meter = begun(machine, Member(1, 20))
    note(machine, meter, Member(1, 20), Member(2, 40))
    note(machine, meter, Member(1, 20), Member(3, 40))
    assert bounds(meter) == (60, 60, 60)


def test_what_is_shared_counts_once(machine: Machine) -> None:
    meter = begun(machine, Member(1, 10, shared=0))
    note(machine, meter, Member(1, 10, 90), Member(2, 5, 90), Member(3, 5, 90))
    assert bounds(meter) == (110, 110, 290)


def test_what_is_shared_never_brings_the_tree_below_its_largest_process(machine: Machine) -> None:
    meter = begun(machine, Member(1, 10))
    # Its mark says 200, of which it holds nothing any more: the sum of PSS alone is 110.
    note(machine, meter, Member(1, 10, 100, mark=200), Member(2, 0, 100))
    assert meter.estimate_bytes >= 200 * MIB
    assert meter.lower_bytes >= 200 * MIB


def test_the_start_is_counted_by_the_measure_of_the_estimate(machine: Machine) -> None:
    meter = begun(machine, Member(1, 10, 60), Member(2, 10, 60))
    assert meter.start_upper_bytes == 140 * MIB
    assert meter.start_bytes == 80 * MIB
    note(machine, meter, Member(1, 10, 60), Member(2, 40, 60))
    assert meter.estimate_bytes == 110 * MIB


def test_nobody_is_left(machine: Machine) -> None:
    meter = begun(machine, Member(1, 20))
    note(machine, meter, Member(1, 50))
    assert note(machine, meter) == 0
    assert bounds(meter) == (50, 50, 50)


def test_the_bounds_stand_in_their_order(machine: Machine) -> None:
    meter = begun(machine, Member(1, 10))
    faults = 0
    for step in range(1, 30):
        faults += 5000
        note(
            machine,
            meter,
            *(Member(process, step, 20 + step, faults=faults) for process in range(1, 2 + step % 4)),
        )
        assert meter.lower_bytes <= meter.estimate_bytes <= meter.upper_bytes
