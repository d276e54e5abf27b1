"""What the child and the supervisor write are plain dicts; here they are held to the Structs of `memlab.model.trial`.

Every key must be a field, and decode strictly. What a trial of each kind leaves out is listed below, so that a
misspelt key, which would leave its field at the default, is found as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness import SCRIPTS, Place

from memlab.model.description import RecipeDescription, RecipeReference
from memlab.model.trial import LineFigure, MeterFigures, Outcome, RecipeFailure, Reply, Request, TrialSpec
from memlab.plan import METERS
from memlab.runner.link import SupervisorLink
from memlab.runner.surroundings import trial_environment


class Raw:
    """A supervisor, and what it and the child wrote, before anybody has decoded it."""

    def __init__(self, link: SupervisorLink, place: Place) -> None:
        self._link = link
        self._place = place
        self._number = 0

    def run(
        self,
        script: str,
        variant: str | None = None,
        *,
        task: str = "measure",
        meter: str = "os",
        source: str = "kernel",
        timeline: bool = False,
        reset: bool = False,
        timeout_seconds: float = 20.0,
        working_folder: str | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        self._number += 1
        folder = self._place.temporary / f"memlab-{self._number}"
        folder.mkdir()
        path = SCRIPTS / f"{script}.py"
        spec = TrialSpec(
            task=task,
            recipe=RecipeReference(name=script, path=str(path)),
            folder=str(folder),
            variant=variant,
            meter=meter,
            source=source,
        )
        (folder / "spec.json").write_bytes(msgspec.json.encode(spec))
        self._link.carry_out(
            Request(
                id=str(self._number),
                argv=(sys.executable, "-P", "-m", "memlab.child", str(folder / "spec.json")),
                environment=trial_environment(),
                working_folder=working_folder or str(self._place.work),
                folder=str(folder),
                timeout_seconds=timeout_seconds,
                timeline=timeline,
                reset=reset,
                source=source,
            )
        )
        outcome = json.loads((folder / "outcome.json").read_bytes())
        reply_file = folder / "reply.json"
        reply = json.loads(reply_file.read_bytes()) if reply_file.exists() else None
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        assert_fits(outcome, Outcome)
        if reply is not None and task == "measure":
            assert_fits(reply, Reply)
        return outcome, reply


@pytest.fixture
def raw(place: Place) -> Iterator[Raw]:
    with SupervisorLink(Path(place.temporary)) as link:
        yield Raw(link, place)


def assert_fits(value: dict[str, Any], kind: type[msgspec.Struct]) -> None:
    assert set(value) <= set(kind.__struct_fields__)
    decoded = msgspec.json.decode(json.dumps(value), type=kind)
    # Nothing is turned into something else on the way: strict decoding, and the same values back.
    again = json.loads(msgspec.json.encode(decoded))
    assert {name: again[name] for name in value} == json.loads(json.dumps(value))


def left_out(value: dict[str, Any], kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__) - set(value)


MEASURED = {"failure", "children_peak_bytes", "figures"}
WATCHED = {"message", "last_gap_bytes", "timeline", "tree", "processes", "out_of_memory"}
NOT_WATCHED = WATCHED | {
    "at_start", "highest", "hugetlb_bytes", "level_bytes", "peak_bytes", "seen_processes", "slowest_window_seconds",
    "swap_bytes", "unseen_growth_bytes",
}  # fmt: skip
CGROUP = {"cgroup_start_bytes", "cgroup_peak_bytes"}


def test_success(raw: Raw) -> None:
    outcome, reply = raw.run("known_sizes", "held")
    assert left_out(outcome, Outcome) - CGROUP == WATCHED
    assert reply is not None
    assert left_out(reply, Reply) == MEASURED
    assert outcome["ending"] == "exited"
    assert outcome["reached"] == "ended"
    assert reply["status"] == "measured"
    assert set(reply["end_states"]) == {
        "ended",
        "collected",
        "caches_cleared",
        "trimmed",
        "released",
        "file_backed",
    }


@pytest.mark.parametrize("meter", METERS[1:])
def test_meters(raw: Raw, meter: str) -> None:
    pytest.importorskip(meter)
    _, reply = raw.run("metered", "array", meter=meter)
    assert reply is not None
    assert (reply["status"], reply["meter"]) == ("measured", meter)
    # What a meter starts is no process of the variant's.
    assert left_out(reply, Reply) == MEASURED - {"figures"} | {
        "started_processes", "started_more", "forked_level_bytes",
    }  # fmt: skip
    figures = reply["figures"]
    assert_fits(figures, MeterFigures)
    without = {name for name, value in figures.items() if value is None}
    assert without == {"note", "end_bytes" if meter == "memory_profiler" else "samples"}
    assert [set(line) for line in figures["lines"]] == [set(LineFigure.__struct_fields__)] * len(figures["lines"])
    _, reply = raw.run("metered", "raises", meter=meter)
    assert reply is not None
    assert left_out(reply, Reply) >= {"figures", "output"}


def test_timeline_with_phases(raw: Raw) -> None:
    outcome, reply = raw.run("phases", "repeated", timeline=True)
    assert left_out(outcome, Outcome) - CGROUP == WATCHED - {"timeline"}
    assert set(outcome["timeline"]) == {"points", "interval_seconds"}
    assert reply is not None
    assert [set(phase) for phase in reply["phases"]] == [{"name", "count", "seconds", "peak_bytes", "intervals"}]


def test_tree(raw: Raw) -> None:
    outcome, reply = raw.run("forks", "adds", timeline=True, reset=True)
    assert left_out(outcome, Outcome) - CGROUP - {"last_gap_bytes"} == WATCHED - {
        "timeline", "tree", "processes", "last_gap_bytes",
    }  # fmt: skip
    assert len(outcome["processes"]) == 4
    assert all(
        set(one) == {"id", "name", "peak_bytes", "first_seconds", "last_seconds"} for one in outcome["processes"]
    )
    assert reply is not None
    assert left_out(reply, Reply) <= MEASURED
    assert 2 <= len(reply["started_processes"]) <= 3  # of two that begin at the same instant one may be lost


def test_sampled(raw: Raw) -> None:
    outcome, reply = raw.run("known_sizes", "held", source="psutil", timeline=True)
    assert outcome["source"] == "sampled"
    assert outcome["peak_bytes"] > 60 << 20
    assert len(outcome["timeline"]["points"]) > 1
    assert reply is not None
    assert reply["source"] == "sampled"
    outcome, _ = raw.run("forks", "adds", source="psutil", timeline=True)
    assert len(outcome["processes"]) == 4
    assert outcome["tree"]["processes"] == 3


@pytest.mark.parametrize(
    ("script", "variant", "stage", "kind", "type"),
    [
        ("raises_at_import", "any", "import", "error", "RuntimeError"),
        ("exits_at_import", "any", "import", "exit", "SystemExit"),
        ("raises_in_prepare", "work", "prepare", "error", "KeyError"),
        ("raises_in_warm_up", "work", "warm_up", "error", "ZeroDivisionError"),
        ("ways_to_fail", "raises", "run", "error", "RuntimeError"),
        ("ways_to_fail", "calls_exit", "run", "exit", "SystemExit"),
        ("ways_to_fail", "interrupts", "run", "error", "KeyboardInterrupt"),
        ("ways_to_fail", "returns_a_riddle", "output", "error", "IncomparableOutputError"),
    ],
)
def test_failures(raw: Raw, script: str, variant: str, stage: str, kind: str, type: str) -> None:
    outcome, reply = raw.run(script, variant)
    assert outcome["exit_code"] == 0
    assert reply is not None
    assert reply["status"] == "failed"
    failure = reply["failure"]
    assert set(failure) == set(RecipeFailure.__struct_fields__)
    assert (failure["stage"], failure["kind"], failure["type"]) == (stage, kind, type)
    assert (failure["reached_bytes"] is None) == (stage != "run")
    reached = {"import": "started", "prepare": "started", "warm_up": "started", "run": "ended", "output": "ended"}
    assert outcome["reached"] == reached[stage]


def test_timeout(raw: Raw) -> None:
    outcome, reply = raw.run("loops", "loops", timeout_seconds=0.5)
    assert reply is None
    assert outcome["ending"] == "timed_out"
    assert outcome["exit_code"] is None
    assert outcome["signal"] is None
    assert outcome["seconds"] >= 0.5
    outcome, reply = raw.run("loops_at_import", "any", timeout_seconds=0.5)
    assert reply is None
    assert left_out(outcome, Outcome) - CGROUP == NOT_WATCHED
    assert outcome["reached"] == "started"


def test_crash(raw: Raw) -> None:
    outcome, reply = raw.run("ways_to_fail", "segfaults")
    assert reply is None
    assert (outcome["ending"], outcome["signal"], outcome["exit_code"]) == ("signalled", 11, None)
    outcome, reply = raw.run("ways_to_fail", "is_killed")
    assert outcome["out_of_memory"] is False
    outcome, reply = raw.run("ways_to_fail", "ends")
    assert (outcome["ending"], outcome["signal"], outcome["exit_code"]) == ("exited", None, 0)
    assert reply is None


def test_not_started(raw: Raw, place: Place) -> None:
    outcome, reply = raw.run("known_sizes", "held", working_folder=str(place.folder / "nowhere"))
    assert reply is None
    assert set(outcome) == {"ending", "seconds", "reached", "message"}
    assert outcome["ending"] == "not_started"


def test_description(raw: Raw) -> None:
    for script in ("known_sizes", "two_photos", "hostile_names"):
        _, reply = raw.run(script, task="describe")
        assert reply is not None
        assert reply["status"] == "described"
        assert set(reply) == {"status", "description"}
        assert left_out(reply["description"], RecipeDescription) == set()
        assert_fits(reply["description"], RecipeDescription)


@pytest.mark.parametrize("script", ["raises_at_import", "exits_at_import", "surrogate_name"])
def test_no_description(raw: Raw, script: str) -> None:
    _, reply = raw.run(script, task="describe")
    assert reply is not None
    assert set(reply) == {"status", "failure"}
    assert reply["status"] == "failed"
    assert_fits(reply["failure"], RecipeFailure)
    assert reply["failure"]["stage"] == ("describe" if script == "surrogate_name" else "import")
