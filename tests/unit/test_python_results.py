"""What `memlab.compare` and `memlab.measure` give back, of made runs with exact numbers; and what they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_runs import KIB, MIB, described, failed, made_run, measured, metered, three

import memlab
from memlab.analysis.report import make_report
from memlab.errors import MeasurementError, UsageError
from memlab.integrations.python import calls
from memlab.integrations.python.results import Compared, Measured, refuse_failed
from memlab.model.description import RecipeReference
from memlab.model.run import Run
from memlab.model.trial import RecipeFailure, Trial
from memlab.recipe import phases
from memlab.workflow.functions import FunctionOptions

BASELINE, STREAM = described("load_all", "baseline"), described("stream")
FAILURE = RecipeFailure("run", "error", "ValueError", "no", traceback="Traceback\n  in stream\nValueError: no\n")


def of_functions(run: Run) -> Run:
    """As if it had been measured from Python."""
    recipe = msgspec.structs.replace(run.recipe, reference=RecipeReference("made", functions="/gone"))
    return msgspec.structs.replace(run, recipe=recipe)


def compared(trials: Sequence[Trial], **more: Any) -> Compared:
    run = of_functions(made_run([BASELINE, STREAM], trials, **more))
    return Compared(run, make_report(run))


def alone(trials: Sequence[Trial], **more: Any) -> Measured:
    run = of_functions(made_run([BASELINE], trials, **more))
    return Measured(run, make_report(run))


def test_a_comparison_by_name() -> None:
    result = compared([*three("load_all", 120 * MIB), *three("stream", 10 * MIB, retained=MIB, seconds=3.0)])
    assert list(result) == ["load_all", "stream"]
    assert (len(result), result.baseline, result.exit_code) == (2, "load_all", 0)
    assert "stream" in result
    assert "other" not in result
    with pytest.raises(KeyError, match="nothing called 'other' was measured; there are load_all, stream"):
        _ = result["other"]
    stream = result["stream"]
    assert stream.ratio == pytest.approx(12.0)
    low, high = stream.ratio_interval
    assert low <= 12.0 <= high
    assert (stream.ratio_is_lower_bound, stream.verdict, stream.same_output) == (False, "saves", True)
    assert stream.peak_growth_bytes == 10 * MIB
    assert (stream.peak.low, stream.peak.high) == (round(9.99 * MIB), round(10.01 * MIB))
    assert (stream.retained_bytes, stream.kept_by_allocator_bytes) == (MIB, 0)
    assert (stream.seconds, stream.source) == (3.0, "kernel")
    baseline = result["load_all"]
    assert (baseline.ratio, baseline.ratio_interval, baseline.verdict, baseline.same_output) == (
        1.0,
        (1, 1),
        None,
        True,
    )
    assert repr(result) == f"<memlab.compare: {result.sentence}>"
    assert repr(stream) == (
        "<stream: 10.0 MiB at its peak (9.99–10.0 MiB, 3 trials), 1.00 MiB retained; needs 12.0× less than load_all>"
    )
    assert repr(baseline) == "<load_all: 120 MiB at its peak (each time 120 MiB, 3 trials), 0 B retained>"
    assert str(result).startswith(result.sentence)


def test_a_ratio_to_something_that_cannot_be_told_from_nothing_is_a_lower_bound() -> None:
    stream = compared([*three("load_all", 120 * MIB), *three("stream", 0)])["stream"]
    assert stream.ratio == pytest.approx(60.0)
    assert stream.ratio_is_lower_bound
    assert stream.ratio_interval == (stream.ratio, float("inf"))
    assert repr(stream).startswith("<stream: <2.00 MiB at its peak (3 trials)")
    assert "needs at least 60.0× less than load_all" in repr(stream)


def test_a_ratio_is_never_none_but_an_error_that_says_why() -> None:
    other = compared([*three("load_all", 120 * MIB), *three("stream", 10 * MIB, result="[2.0]")])["stream"]
    assert not other.same_output
    for name in ("ratio", "ratio_interval", "verdict"):
        with pytest.raises(MeasurementError, match=r"^stream gives another result than load_all"):
            getattr(other, name)
    more = compared([*three("load_all", 10 * MIB), *three("stream", 120 * MIB)])["stream"]
    assert (more.verdict, more.ratio) == ("costs", pytest.approx(1 / 12))
    assert "needs 12.0× more than load_all" in repr(more)
    assert repr(other).endswith("0 B retained>")
    nothing = compared([*three("load_all", MIB), *three("stream", 10 * MIB)])["stream"]
    with pytest.raises(MeasurementError, match=r"^stream has no ratio: load_all itself needs 1.00 MiB"):
        _ = nothing.ratio
    assert nothing.verdict == "costs"
    once = compared([measured("load_all", 120 * MIB), measured("stream", 10 * MIB)])["stream"]
    assert once.ratio == pytest.approx(12.0)
    with pytest.raises(MeasurementError, match=r"^the ratio of stream has no interval"):
        _ = once.ratio_interval


def test_a_function_that_failed_has_no_figures_but_its_failure() -> None:
    result = compared([*three("load_all", 120 * MIB), failed("stream", failure=FAILURE)])
    assert result.exit_code == 3
    for name in ("ratio", "verdict", "peak_growth_bytes", "retained_bytes", "seconds", "source", "same_output"):
        with pytest.raises(MeasurementError, match=r"^stream raised ValueError: no\n") as raised:
            getattr(result["stream"], name)
        assert raised.value.detail == "Traceback\n  in stream\nValueError: no"
        assert raised.value.__notes__ == [raised.value.detail]
    assert repr(result["stream"]) == "<stream: not measured>"
    refuse_failed(result)
    wrong = compared([failed("load_all", failure=FAILURE), *three("stream", 10 * MIB)])
    with pytest.raises(MeasurementError, match=r"^load_all raised ValueError: no\n"):
        refuse_failed(wrong)
    with pytest.raises(MeasurementError, match=r"^load_all raised ValueError: no\n"):
        _ = wrong["stream"].ratio


def test_meters_that_were_not_asked_for_are_named() -> None:
    trials = [*three("load_all", 120 * MIB), metered("load_all", "memray", 119 * MIB)]
    figure = alone(trials, options={"meters": ("os", "memray")})
    assert figure.heap_peak_bytes == 119 * MIB
    with pytest.raises(MeasurementError, match="traced_peak_bytes is what tracemalloc says") as missing:
        _ = figure.traced_peak_bytes
    assert missing.value.hint == 'ask for it, with meters=("os", "tracemalloc")'
    nothing = alone(
        [*three("load_all", MIB), metered("load_all", "memray", None, note="it broke")],
        options={"meters": ("os", "memray")},
    )
    with pytest.raises(MeasurementError, match="there is no figure of memray of load_all"):
        _ = nothing.heap_peak_bytes


def test_a_single_figure() -> None:
    figure = alone([measured("load_all", size * MIB, retained=-8 * KIB) for size in (148, 149, 150)])
    assert repr(figure) == "<load_all: 149 MiB at its peak (148–150 MiB, 3 trials), 0 B retained>"
    assert figure.findings == ()
    one = alone([measured("load_all", 149 * MIB)], options={"trials": 1})
    assert repr(one) == "<load_all: 149 MiB at its peak (1 trial), 0 B retained>"
    assert one.findings == ()  # of a single function there is no ratio to be unsure of


def test_findings_speak_of_arguments() -> None:
    trials = [measured(name, size * MIB) for name, size in (("load_all", 120), ("stream", 10))]
    (few,) = [one for one in compared(trials, options={"trials": 1}).findings if one.code == "too_little_data"]
    assert few.hint == "trials=3 or more says how sure it is"
    timed_out = failed("stream", ending="timed_out")
    (late,) = [one for one in compared([*trials, timed_out]).findings if one.code == "trial_failed"]
    assert late.hint == "give it longer with timeout="


def test_saving_where_nothing_can_be_saved(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="runs can't be saved in"):
        alone(three("load_all", 120 * MIB)).save(tmp_path / "file")


# What is asked for, and what is refused.


def f(*_: object) -> None:
    """A function."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[FunctionOptions]:
    """What `compare` and `measure` ask for; nothing is measured."""
    found: list[FunctionOptions] = []

    class Stop(Exception):
        pass

    def note(options: FunctionOptions, _progress: bool) -> Any:
        found.append(options)
        raise Stop

    monkeypatch.setattr(calls, "_measured", note)
    monkeypatch.setattr(f, "Stop", Stop, raising=False)
    return found


def test_names_are_made_unique_and_options_are_passed_on(asked: list[FunctionOptions]) -> None:
    with pytest.raises(f.Stop):  # type: ignore[attr-defined]
        memlab.compare(
            f, f, lambda: 1, lambda: 2, args=[3], baseline=f, pitfalls=["lambda"], timeout="2min", meters="memray"
        )
    with pytest.raises(f.Stop):  # type: ignore[attr-defined]
        memlab.compare({"a b": f, "c": f}, baseline="c", kwargs={"x": 1}, trials=5)
    with pytest.raises(f.Stop):  # type: ignore[attr-defined]
        memlab.measure(f, 1, 2)
    first, second, third = asked
    assert list(first.functions) == ["f", "f_2", "lambda", "lambda_2"]
    assert (first.baseline, first.pitfalls, first.args, first.timeout_seconds) == ("f", ("lambda",), (3,), 120.0)
    assert first.meters == ("memray",)
    assert (list(second.functions), second.baseline, second.kwargs, second.trials) == (["a b", "c"], "c", {"x": 1}, 5)
    assert (third.args, third.meters, third.compared, third.reports) == ((1, 2), ("os",), False, None)


@pytest.mark.parametrize(
    ("functions", "options", "sentence"),
    [
        ((), {}, "there is nothing to compare"),
        ((f, 3), {}, r"compare\(\) takes functions and calls them itself, and is given a value of type int"),
        (({"a": f, "": f},), {}, "'' is not a name that a function can go by"),
        (({"a": 3},), {}, "and is given a value of type int"),
        ((f,), {"trials": 0}, "trials=0 is not a whole number from 1 to 1000"),
        ((f,), {"trials": True}, "trials=True is not a whole number"),
        ((f,), {"meters": ["memory"]}, "there is no meter 'memory'; there are os, tracemalloc"),
        ((f,), {"agree": "exact"}, "agree='exact' is not a rule of agreement"),
        ((f,), {"headline": "time"}, "headline='time' is unknown"),
        ((f,), {"timeout": "soon"}, "timeout='soon' is not a duration"),
        ((f,), {"timeout": -1}, "timeout=-1 is not a number of seconds above 0"),
        ((f,), {"warm_up": 3}, "warm_up= is of type int, and not a function"),
        ((f,), {"output": (1,)}, "output= is of type tuple, and not a function"),
        ((f,), {"baseline": "g"}, "baseline= names g, which is not among what is compared: f"),
        ((f,), {"pitfalls": [f]}, "f is the baseline, and can't be a pitfall as well"),
    ],
)
def test_what_makes_no_sense_is_refused(functions: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        memlab.compare(*functions, **options)


def test_within_a_trial_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "in_trial", True)
    with pytest.raises(UsageError, match="this runs in a trial of memlab's already") as importing:
        memlab.measure(f)
    monkeypatch.setattr(phases, "listener", object())
    with pytest.raises(UsageError, match="this runs in a trial of memlab's already") as running:
        memlab.measure(f)
    assert '`if __name__ == "__main__":`' in str(importing.value.hint)
    assert "`with measure():`" in str(running.value.hint)


def test_notes_are_added_once() -> None:
    error = UsageError("no", hint="do", detail="more")
    assert error.with_notes().with_notes() is error
    assert error.__notes__ == ["do", "more"]
    assert str(error) == "no"
