"""How a plan is carried out: what runs alone, what beside others, and what is left out; nothing is measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_runs import failed, measured

import memlab.workflow.room as room
from memlab.errors import MeasurementError
from memlab.model.description import RecipeReference
from memlab.model.output import AgreeReply
from memlab.model.trial import Outcome, Reply, TreeFigure, Trial, TrialSpec
from memlab.plan import METERS, make_plan
from memlab.runner.executor import ScratchFolderError
from memlab.runner.progress import Silent
from memlab.workflow.kept_outputs import KeptOutputs
from memlab.workflow.trials import Trials

MIB = 1 << 20
SPEC = TrialSpec(task="measure", recipe=RecipeReference("made", module="made"), folder="")
Answer = tuple[Outcome, Reply | None]


class Recorder:
    """An executor that writes down what it is asked; of those begun it ends the oldest first.

    Attributes:
        log: `alone stream os`, `start stream memray`, `end stream memray`.
        most: the most that ran at the same time.
    """

    def __init__(self, answer: Callable[[TrialSpec], Answer]) -> None:
        self._answer = answer
        self._begun: dict[int, TrialSpec] = {}
        self.log: list[str] = []
        self.most = 0

    def measure(self, spec: TrialSpec, **_: Any) -> Answer:
        assert not self._begun
        self.log.append(f"alone {spec.variant} {spec.meter}")
        return self._answer(spec)

    def start(self, spec: TrialSpec, *, timeout_seconds: float) -> int:
        assert timeout_seconds == 7
        self.log.append(f"start {spec.variant} {spec.meter}")
        number = len(self.log)
        self._begun[number] = spec
        self.most = max(self.most, len(self._begun))
        return number

    def wait(self) -> tuple[int, Outcome, Reply | None]:
        number = min(self._begun)
        spec = self._begun.pop(number)
        self.log.append(f"end {spec.variant} {spec.meter}")
        return number, *self._answer(spec)

    def describe(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, dict[str, Any] | None]:
        raise NotImplementedError

    def agree(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, AgreeReply | None]:
        raise NotImplementedError


def success(spec: TrialSpec, growth: int = MIB) -> Answer:
    trial = measured(spec.variant or "", growth)
    return trial.outcome, trial.reply


def carry_out(
    recorder: Recorder, folder: Path, *, variants: str = "ab", meters: tuple[str, ...] = METERS, jobs: int = 2
) -> list[Trial]:
    plan = make_plan(tuple(variants), 1, meters)
    trials = Trials(SPEC, recorder, KeptOutputs(folder), Silent(), timeout_seconds=7, jobs=jobs)
    return list(trials.carry_out(plan))


@pytest.fixture(autouse=True)
def much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available_memory_bytes", lambda: 1 << 40)


def test_only_tracemalloc_and_memray_run_beside_others(tmp_path: Path) -> None:
    recorder = Recorder(success)
    trials = carry_out(recorder, tmp_path)
    assert recorder.log == [
        *("alone a os", "alone b os", "alone a os", "alone b os"),
        *("start a tracemalloc", "start b tracemalloc", "end a tracemalloc", "start a memray"),
        *("end b tracemalloc", "start b memray", "end a memray", "end b memray"),
        *("alone a memory_profiler", "alone b memory_profiler"),
    ]
    assert recorder.most == 2
    assert {trial.meter: trial.undisturbed for trial in trials} == {
        "os": True,
        "tracemalloc": False,
        "memray": False,
        "memory_profiler": True,
    }
    assert sorted(trial.number for trial in trials) == list(range(10))
    assert {trial.kind for trial in trials if trial.meter != "os"} == {"meter"}


def test_with_one_job_everything_runs_alone(tmp_path: Path) -> None:
    recorder = Recorder(success)
    trials = carry_out(recorder, tmp_path, jobs=1)
    assert all(line.startswith("alone ") for line in recorder.log)
    assert all(trial.undisturbed for trial in trials)


def test_a_trial_beside_which_nothing_ran_was_undisturbed(tmp_path: Path) -> None:
    (trial,) = [one for one in carry_out(Recorder(success), tmp_path, variants="a") if one.meter == "tracemalloc"]
    assert not trial.undisturbed
    trials = carry_out(Recorder(success), tmp_path, variants="a", meters=("os", "memray"))
    assert [one.undisturbed for one in trials if one.meter == "memray"] == [True]


@pytest.mark.parametrize(("free_mib", "most"), [(800, 3), (520, 2), (300, 1)])
def test_never_more_run_than_free_memory_holds_at_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mib: int, most: int
) -> None:
    """100 MiB over the start's 20 may become 260 of tracemalloc's for each hundred."""
    monkeypatch.setattr(room, "available_memory_bytes", lambda: free_mib * MIB)
    recorder = Recorder(lambda spec: success(spec, 80 * MIB))
    carry_out(recorder, tmp_path, variants="abc", meters=("os", "tracemalloc"), jobs=3)
    assert recorder.most == most
    assert sum(line.startswith("end ") for line in recorder.log) == 3


def test_where_free_memory_is_unknown_nothing_runs_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available_memory_bytes", lambda: None)
    recorder = Recorder(success)
    carry_out(recorder, tmp_path)
    assert recorder.most == 1


def test_what_free_memory_cannot_hold_alone_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(lambda spec: success(spec, 80 * MIB))
    free = iter([1 << 40, 1 << 40, 90 * MIB, 1 << 40])
    monkeypatch.setattr(room, "available_memory_bytes", lambda: next(free))
    *_, last = carry_out(recorder, tmp_path, variants="a", meters=("os", "memray"))
    assert last.outcome.ending == "not_started"
    assert last.outcome.message == "its first trial needed 100 MiB and only 90.0 MiB are free"
    assert recorder.log == ["alone a os", "alone a os"]


def test_a_variant_that_failed_gets_no_trials_of_other_meters(tmp_path: Path) -> None:
    def answer(spec: TrialSpec) -> Answer:
        if spec.variant == "a":
            trial = failed("a")
            return trial.outcome, trial.reply
        return success(spec)

    recorder = Recorder(answer)
    trials = carry_out(recorder, tmp_path)
    assert [trial.meter for trial in trials if trial.variant == "a"] == ["os"]
    assert len([trial for trial in trials if trial.variant == "b"]) == 5


def test_a_meter_that_fails_stops_nothing(tmp_path: Path) -> None:
    def answer(spec: TrialSpec) -> Answer:
        if spec.meter == "tracemalloc":
            trial = failed("a")
            return trial.outcome, trial.reply
        return success(spec)

    trials = carry_out(Recorder(answer), tmp_path)
    assert [trial.meter for trial in trials if trial.variant == "a"] == [
        "os",
        "os",
        "tracemalloc",
        "memray",
        "memory_profiler",
    ]


def test_a_meter_s_trial_that_cannot_be_started_is_a_failed_one(tmp_path: Path) -> None:
    class Full(Recorder):
        def start(self, spec: TrialSpec, *, timeout_seconds: float) -> int:
            del spec, timeout_seconds
            raise MeasurementError("no supervisor")

    trials = carry_out(Full(success), tmp_path, meters=("os", "memray"))
    assert [trial.outcome.message for trial in trials if trial.meter == "memray"] == ["no supervisor", "no supervisor"]


def test_a_full_temporary_folder_is_tried_again_without_the_kept_outputs(tmp_path: Path) -> None:
    asked = []

    def answer(spec: TrialSpec) -> Answer:
        asked.append(spec.outputs)
        if spec.outputs is not None and len(asked) == 3:
            raise ScratchFolderError("the folder for temporary files can't be used: No space left on device")
        return success(spec)

    trials = carry_out(Recorder(answer), tmp_path, variants="a", meters=("os", "tracemalloc"), jobs=1)
    folder = str(tmp_path / "outputs")
    assert asked == [folder, folder, folder, None]
    assert len(trials) == 3
    assert not (tmp_path / "outputs").exists()


def test_a_folder_that_stays_full_loses_a_meter_and_not_the_run(tmp_path: Path) -> None:
    def answer(spec: TrialSpec) -> Answer:
        if spec.meter == "os":
            return success(spec)
        raise ScratchFolderError("full")

    *_, last = carry_out(Recorder(answer), tmp_path, variants="a", meters=("os", "memory_profiler"))
    assert (last.outcome.ending, last.outcome.message) == ("not_started", "full")
    with pytest.raises(ScratchFolderError):
        carry_out(Recorder(lambda spec: answer(msgspec.structs.replace(spec, meter="any"))), tmp_path, variants="a")


@pytest.mark.parametrize("timelines", [("a",), ()])
def test_trials_of_process_trees_are_all_measured_in_one_way(tmp_path: Path, timelines: tuple[str, ...]) -> None:
    """Whether the timeline trial tells of the processes, or the first headline trial, which then is made again."""
    asked: list[tuple[bool, bool]] = []

    class Trees(Recorder):
        def measure(self, spec: TrialSpec, *, timeline: bool, reset: bool, **_: Any) -> Answer:
            asked.append((timeline, reset))
            outcome, reply = success(spec)
            return msgspec.structs.replace(outcome, tree=TreeFigure(0, 0, MIB, MIB, MIB, 1, 0, 0)), reply

    plan = make_plan(("a",), 2, timelines=timelines)
    trials = Trials(SPEC, Trees(success), KeptOutputs(tmp_path), Silent(), timeout_seconds=7, jobs=1)
    assert len(list(trials.carry_out(plan))) == len(plan)
    assert asked == [(bool(timelines), False), (False, True), (False, True)]


def test_each_output_is_asked_for_once(tmp_path: Path) -> None:
    known = []

    def answer(spec: TrialSpec) -> Answer:
        known.append(spec.known_outputs)
        trial = measured("a", result=spec.variant or "", output_kept=True)
        return trial.outcome, trial.reply

    carry_out(Recorder(answer), tmp_path, meters=("os",))
    assert known == [(), ("digest of a",), ("digest of a", "digest of b"), ("digest of a", "digest of b")]
