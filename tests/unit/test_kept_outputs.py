"""Outputs kept until they have been held against each other: how many, how long, and what becomes of failures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_runs import described, failed, made_run, measured

from memlab.errors import MeasurementError
from memlab.model.description import RecipeReference
from memlab.model.output import AgreeReply, OutputComparison, Picture
from memlab.model.run import Run
from memlab.model.trial import Outcome, Trial, TrialSpec
from memlab.runner.executor import ScratchFolderError
from memlab.runner.progress import Silent
from memlab.runner.replay import ReplayingExecutor
from memlab.workflow import kept_outputs
from memlab.workflow.kept_outputs import KeptOutputs

SPEC = TrialSpec(task="measure", recipe=RecipeReference("made", module="made"), folder="")
VARIANTS = [described("plain", "baseline"), described("same"), described("near"), described("varies")]
TRIALS = [
    measured("plain", result="a", kind="timeline"),
    measured("same", result="a"),
    failed("same"),
    measured("near", result="b"),
    measured("varies", result="c"),
    measured("varies", result="d"),
    measured("plain", result="e"),
]


def digest(result: str) -> str:
    return f"digest of {result}"


def pair(result: str) -> tuple[str, str]:
    return digest("a"), digest(result)


def kept(trial: Trial) -> Trial:
    assert trial.reply is not None
    return msgspec.structs.replace(trial, reply=msgspec.structs.replace(trial.reply, output_kept=True))


def keep(outputs: KeptOutputs, folder: Path, *results: str, size: int = 10) -> None:
    """What a trial that gave this leaves."""
    for result in results:
        place = folder / "outputs" / digest(result)
        place.mkdir()
        (place / "0.npy").write_bytes(b"x" * size)
        outputs.learn(kept(measured("any", result=result)))


def compare(outputs: KeptOutputs, executor: Any, run: Run) -> tuple[Run, tuple[Any, ...]]:
    return outputs.compare(run, executor, 30.0, Silent())


@pytest.fixture
def run() -> Run:
    return made_run(VARIANTS, TRIALS)


def test_trials_are_told_what_lies_there(tmp_path: Path) -> None:
    outputs = KeptOutputs(tmp_path)
    folder = tmp_path / "outputs"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert outputs.asked_of(SPEC) == msgspec.structs.replace(SPEC, outputs=str(folder))
    keep(outputs, tmp_path, "a", "b")
    outputs.learn(measured("any", result="not kept"))
    outputs.learn(failed("any"))
    assert outputs.asked_of(SPEC).known_outputs == (digest("a"), digest("b"))


def test_the_baseline_s_first_output_is_held_against_every_other(tmp_path: Path, run: Run) -> None:
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, *"abcde")
    found = OutputComparison(digest("a"), digest("b"), "values", psnr_db=48.0)
    picture = Picture(8, 8, b"png")
    executor = ReplayingExecutor({}, agreement=AgreeReply("agreed", (found,), {digest("a"): picture}))
    compared, findings = compare(outputs, executor, run)
    assert executor.asked_pairs == [(pair("b"), pair("c"), pair("d"), pair("e"))]
    assert (compared.agreements, compared.pictures) == ((found,), {digest("a"): picture})
    assert findings == ()
    assert msgspec.structs.replace(compared, agreements=(), pictures={}) == run


def test_only_what_was_kept_is_held_against_each_other(tmp_path: Path, run: Run) -> None:
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, *"acd")
    executor = ReplayingExecutor({}, agreement=AgreeReply("agreed"))
    compare(outputs, executor, run)
    assert executor.asked_pairs == [(pair("c"), pair("d"))]


@pytest.mark.parametrize("results", ["", "bcde"])
def test_without_two_outputs_nothing_is_asked(tmp_path: Path, run: Run, results: str) -> None:
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, *results)
    assert compare(outputs, ReplayingExecutor({}), run) == (run, ())


@pytest.mark.parametrize("trials", [[], TRIALS[1:3], TRIALS[:3]])
def test_where_nothing_differs_nothing_is_asked(tmp_path: Path, trials: list[Trial]) -> None:
    outputs = KeptOutputs(tmp_path)
    run = made_run(VARIANTS, trials)
    assert compare(outputs, ReplayingExecutor({}), run) == (run, ())
    outputs.give_up("full")
    assert compare(outputs, ReplayingExecutor({}), run) == (run, ())


class Failing(ReplayingExecutor):
    def __init__(self, ending: Outcome | BaseException) -> None:
        super().__init__({})
        self._ending = ending

    def agree(self, spec: TrialSpec, *, timeout_seconds: float) -> tuple[Outcome, AgreeReply | None]:
        assert (spec.task, timeout_seconds) == ("agree", 30.0)
        if isinstance(self._ending, BaseException):
            raise self._ending
        return self._ending, None


@pytest.mark.parametrize(
    ("ending", "said", "hint"),
    [
        (
            Outcome("timed_out", 30.0, "started"),
            "comparing them had not ended after 30.0 s",
            "give it longer with --timeout",
        ),
        (Outcome("signalled", 1.0, "started", signal=9), "comparing them crashed with SIGKILL", None),
        (Outcome("exited", 1.0, "started", exit_code=1), "comparing them ended the process with exit code 1", None),
        (Outcome("lost", 1.0, "started", message="the supervisor is gone"), "the supervisor is gone", None),
        (MeasurementError("no supervisor"), "no supervisor", None),
        (ScratchFolderError("it is full"), "it is full", None),
    ],
)
def test_a_comparison_that_fails_is_a_warning(
    tmp_path: Path, run: Run, ending: Outcome | BaseException, said: str, hint: str | None
) -> None:
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, *"ab")
    compared, (finding,) = compare(outputs, Failing(ending), run)
    assert compared == run
    assert (finding.code, finding.severity, finding.hint) == ("outputs_not_compared", "warning", hint)
    assert finding.message == f"how 1 output differs from the baseline's could not be looked at: {said}"


def test_what_is_given_up_is_removed_and_said(tmp_path: Path, run: Run) -> None:
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, *"ab")
    assert outputs.give_up("No space left on device")
    assert not outputs.give_up("again")
    assert list(tmp_path.iterdir()) == []
    assert outputs.asked_of(SPEC) == SPEC
    compared, (finding,) = compare(outputs, Failing(AssertionError()), run)
    assert compared == run
    assert finding.message == (
        "how 4 outputs differ from the baseline's could not be looked at: they can't be kept: No space left on device"
    )
    assert finding.hint == "free some space, or set TMPDIR to a folder that has room"


def test_no_folder_for_them_is_no_reason_not_to_measure(tmp_path: Path, run: Run) -> None:
    outputs = KeptOutputs(tmp_path / "nowhere")
    assert outputs.asked_of(SPEC) == SPEC
    _, (finding,) = compare(outputs, Failing(AssertionError()), run)
    assert finding.message.endswith("they can't be kept: No such file or directory")


def test_nothing_more_is_kept_where_little_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = KeptOutputs(tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=63 << 20))
    assert outputs.asked_of(SPEC).outputs is None
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=65 << 20))
    assert outputs.asked_of(SPEC).outputs is not None


def test_nothing_more_is_kept_beyond_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_outputs, "_MOST_BYTES", 25)
    outputs = KeptOutputs(tmp_path)
    keep(outputs, tmp_path, "a", "b")
    assert outputs.asked_of(SPEC).outputs is not None
    keep(outputs, tmp_path, "c")
    assert outputs.asked_of(SPEC).outputs is None
