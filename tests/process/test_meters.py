"""The meters beside the headline's: real trials of programs whose memory is known."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import SCRIPTS, Place

from memlab.model.description import RecipeReference
from memlab.model.trial import LineFigure, MeterFigures, Outcome, Reply, TrialSpec
from memlab.runner.executor import ProcessExecutor

pytestmark = pytest.mark.slow

MIB = 1 << 20
METERED = SCRIPTS / "metered.py"
LINES = METERED.read_text(encoding="utf-8").splitlines()
BESIDE = ("tracemalloc", "memray", "memory_profiler")
Measure = Callable[..., tuple[Outcome, "Reply | None"]]

if sys.platform == "win32":
    pytest.skip("memlab doesn't measure on Windows", allow_module_level=True)


@pytest.fixture
def measure(place: Place) -> Iterator[Measure]:
    """Carry out one trial of a recipe under a meter."""
    with ProcessExecutor() as executor:

        def run(variant: str, meter: str, *, script: Path = METERED, **changes: Any) -> tuple[Outcome, Reply | None]:
            if meter in BESIDE[1:]:
                pytest.importorskip(meter)
            spec = TrialSpec(
                task="measure",
                recipe=RecipeReference(name=script.stem, path=str(script)),
                folder="",
                variant=variant,
                meter=meter,
                **changes,
            )
            return executor.measure(spec, timeout_seconds=60.0, timeline=False, reset=False)

        yield run
    assert not place.wait_until_empty()


def reply_of(trial: tuple[Outcome, Reply | None]) -> Reply:
    outcome, reply = trial
    assert reply is not None, outcome
    assert (outcome.ending, outcome.reached, outcome.left_behind) == ("exited", "ended", 0)
    assert reply.failure is None
    return reply


def figures_of(trial: tuple[Outcome, Reply | None]) -> MeterFigures:
    figures = reply_of(trial).figures
    assert figures is not None
    return figures


def is_about(size: int | None, expected: int) -> bool:
    """Within 2 %."""
    return size is not None and abs(size - expected) <= 0.02 * expected


def line_number(comment: str) -> int:
    (number,) = [number for number, text in enumerate(LINES, 1) if text.endswith(f"# the {comment}")]
    return number


def assert_is(line: LineFigure, comment: str, function: str, size: int) -> None:
    assert (line.file, line.line) == (str(METERED), line_number(comment))
    assert line.function == function
    assert line.text == LINES[line.line - 1].strip()
    assert is_about(line.size_bytes, size)


@pytest.mark.parametrize("meter", BESIDE)
def test_an_array_is_seen_by_all_and_its_line_named(measure: Measure, meter: str) -> None:
    figures = figures_of(measure("array", meter))
    assert figures.note is None
    assert is_about(figures.peak_bytes, 32 * MIB)
    assert_is(figures.lines[0], "line of the array", "array", 32 * MIB)
    if meter == "memory_profiler":
        assert (figures.end_bytes, figures.lines[0].through) == (None, "")
        assert (figures.samples or 0) >= 3
    else:
        assert is_about(figures.end_bytes, 32 * MIB)
        assert figures.lines[0].through.startswith("numpy/")
        assert figures.lines[0].through.endswith(" ones")
        assert figures.samples is None


def test_a_picture_is_hidden_from_tracemalloc_only(measure: Measure) -> None:
    traced = figures_of(measure("picture", "tracemalloc"))
    assert traced.peak_bytes is not None
    assert traced.peak_bytes <= 0.5 * MIB
    allocated = figures_of(measure("picture", "memray"))
    assert is_about(allocated.peak_bytes, 32 * MIB)
    assert_is(allocated.lines[0], "line of the picture", "picture", 32 * MIB)
    assert allocated.lines[0].through.startswith("PIL/Image.py:")
    assert is_about(figures_of(measure("picture", "memory_profiler")).peak_bytes, 32 * MIB)


def test_memray_names_the_lines_of_the_peak_and_tracemalloc_those_of_the_end(measure: Measure) -> None:
    for meter in BESIDE[:2]:
        figures = figures_of(measure("array_and_half", meter))
        assert is_about(figures.peak_bytes, 48 * MIB)
        assert is_about(figures.end_bytes, 32 * MIB)
        assert_is(figures.lines[0], "line that stays", "array_and_half", 32 * MIB)
        if meter == "memray":
            assert_is(figures.lines[1], "line that goes", "array_and_half", 16 * MIB)
        else:
            assert sum(line.size_bytes for line in figures.lines[1:]) < 0.1 * MIB


def test_memory_profiler_misses_a_spike_that_the_others_see(measure: Measure) -> None:
    for meter in BESIDE[:2]:
        figures = figures_of(measure("spike", meter))
        assert is_about(figures.peak_bytes, 32 * MIB)
        assert figures.end_bytes is not None
        assert figures.end_bytes < MIB
    # Now and then a reading falls on it.
    tries = (figures_of(measure("spike", "memory_profiler", lines=False)) for _ in range(5))
    missed = next(one for one in tries if one.peak_bytes is not None and one.peak_bytes < 8 * MIB)
    assert (missed.samples or 0) >= 5
    assert missed.lines == ()


@pytest.mark.parametrize(
    "variant", ["uses_its_argument_up", "counts_its_calls", "comes_back_twice", "starts_a_program"]
)
def test_the_output_is_the_same_under_all_meters(measure: Measure, variant: str) -> None:
    digests = []
    for meter in ("os", *BESIDE):
        reply = reply_of(measure(variant, meter))
        assert reply.output is not None
        digests.append(reply.output.digest)
        assert (reply.figures is None) == (meter == "os")
    assert len(set(digests)) == 1


def test_memory_profiler_s_further_calls_have_an_argument_of_their_own(measure: Measure) -> None:
    figures = figures_of(measure("uses_its_argument_up", "memory_profiler"))
    assert is_about(figures.peak_bytes, 32 * MIB)
    top = figures.lines[0]
    assert (top.line, top.function) == (line_number("line of the numbers"), "uses_its_argument_up")
    assert is_about(top.size_bytes, 32 * MIB)


def test_memory_taken_in_threads_counts_and_has_its_line(measure: Measure) -> None:
    for meter in BESIDE[:2]:
        figures = figures_of(measure("in_threads", meter))
        assert is_about(figures.peak_bytes, 32 * MIB)
        assert_is(figures.lines[0], "line in a thread", "work", 32 * MIB)


@pytest.mark.parametrize("meter", BESIDE)
def test_a_child_s_memory_is_nothing_that_these_meters_see(measure: Measure, meter: str) -> None:
    figures = figures_of(measure("in_a_child", meter))
    assert figures.note is None
    assert figures.peak_bytes is not None
    assert figures.peak_bytes < 2 * MIB


@pytest.mark.parametrize("meter", BESIDE)
@pytest.mark.parametrize(("variant", "type"), [("raises", "ValueError"), ("calls_exit", "SystemExit")])
def test_a_variant_that_fails_fails_as_without_the_meter(measure: Measure, meter: str, variant: str, type: str) -> None:
    outcome, reply = measure(variant, meter)
    assert reply is not None
    assert (outcome.ending, outcome.exit_code, outcome.left_behind) == ("exited", 0, 0)
    assert (reply.status, reply.figures) == ("failed", None)
    assert reply.failure is not None
    assert (reply.failure.stage, reply.failure.type) == ("run", type)
    assert f"in {variant}" in reply.failure.traceback
    assert "meters" not in reply.failure.traceback


@pytest.mark.parametrize("meter", BESIDE)
def test_a_variant_that_is_killed_leaves_no_figure_and_nothing_behind(measure: Measure, meter: str) -> None:
    outcome, reply = measure("is_killed", meter)
    assert reply is None
    assert (outcome.ending, outcome.signal, outcome.reached, outcome.left_behind) == ("signalled", 9, "running", 0)
    assert "Traceback" not in outcome.output_tail


def test_a_meter_that_the_variant_disturbs_has_no_figure_and_says_so(measure: Measure) -> None:
    figures = figures_of(measure("stops_tracing", "tracemalloc"))
    assert (figures.peak_bytes, figures.end_bytes, figures.lines) == (None, None, ())
    assert figures.note == "the variant switched tracemalloc off"
    expected = reply_of(measure("closes_its_files", "os")).output
    for meter, said in (("memray", "closed the file"), ("memory_profiler", "memory_profiler failed here")):
        outcome, answer = measure("closes_its_files", meter)
        if meter == "memray" and answer is None:
            # Where memray writes meanwhile, its own thread ends the process (std::terminate): that trial is lost, and
            # said to be.
            assert (outcome.ending, outcome.signal) == ("signalled", signal.SIGABRT)
            continue
        reply = reply_of((outcome, answer))
        assert reply.output == expected
        assert reply.figures is not None
        assert reply.figures.peak_bytes is None
        assert said in (reply.figures.note or "")


MISSING = """
import sys
from memlab import Recipe
sys.modules["memray"] = sys.modules["memory_profiler"] = None
recipe = Recipe()

@recipe.baseline
def work(_paths):
    return bytes(1000)
"""


@pytest.mark.parametrize("meter", BESIDE[1:])
def test_a_meter_that_cannot_be_imported_leaves_the_trial_whole(measure: Measure, tmp_path: Path, meter: str) -> None:
    script = tmp_path / "without_meters.py"
    script.write_text(MISSING)
    reply = reply_of(measure("work", meter, script=script))
    assert reply.output == reply_of(measure("work", "os", script=script)).output
    assert reply.figures == MeterFigures(None, note=f"{meter} is not installed")


@pytest.mark.parametrize("meter", BESIDE[1:])
def test_a_file_beside_the_recipe_may_have_the_library_s_name(measure: Measure, tmp_path: Path, meter: str) -> None:
    (tmp_path / f"{meter}.py").write_text("raise SystemExit(7)\n")
    script = tmp_path / "without_meters.py"
    script.write_text(MISSING.replace('sys.modules["memray"] = sys.modules["memory_profiler"] = None', ""))
    figures = figures_of(measure("work", meter, script=script))
    assert figures == MeterFigures(None, note=f"{meter} failed here: SystemExit: 7")


def test_survivors_are_named_by_the_line_that_made_them(measure: Measure) -> None:
    figures = figures_of(measure("many_survivors", "tracemalloc"))
    assert figures.peak_bytes is not None
    assert 2 * MIB < figures.peak_bytes < 4 * MIB
    assert_is(figures.lines[0], "line of the survivors", "many_survivors", figures.end_bytes or 0)
    assert figures.lines[0].through == ""


def test_memory_profiler_adds_up_what_a_line_in_a_loop_takes(measure: Measure) -> None:
    figures = figures_of(measure("loops", "memory_profiler"))
    assert len(figures.lines) <= 10
    top = figures.lines[0]
    assert (top.file, top.line, top.function) == (str(METERED), line_number("line that grows"), "loops")
    assert 0.8 * 30 * MIB < top.size_bytes < 1.2 * 30 * MIB
    # The whole resident set, which it shows beside the first line, is no increment.
    assert sum(line.size_bytes for line in figures.lines[1:]) < 4 * MIB


def test_without_a_source_there_are_figures_and_no_lines(measure: Measure) -> None:
    outcome, reply = measure("sourceless", "memory_profiler")
    figures = figures_of((outcome, reply))
    assert is_about(figures.peak_bytes, 32 * MIB)
    assert figures.lines == ()
    assert outcome.output_tail == ""
    (line, *_) = figures_of(measure("sourceless", "tracemalloc")).lines
    # Made by `exec`, it stands in no file of the user's.
    assert is_about(line.size_bytes, 32 * MIB)
    assert line.file.endswith("numeric.py")


@pytest.mark.parametrize("meter", BESIDE)
def test_lines_are_left_out_where_nobody_asks_for_them(measure: Measure, meter: str) -> None:
    figures = figures_of(measure("array", meter, lines=False))
    assert is_about(figures.peak_bytes, 32 * MIB)
    assert figures.lines == ()


def test_tracing_from_the_start_changes_nothing(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTRACEMALLOC", "1")
    figures = figures_of(measure("array", "tracemalloc"))
    assert is_about(figures.peak_bytes, 32 * MIB)
    assert is_about(figures.end_bytes, 32 * MIB)
    assert_is(figures.lines[0], "line of the array", "array", 32 * MIB)


def test_only_its_own_library_is_loaded_in_a_meter_s_trial(measure: Measure) -> None:
    for meter in ("os", *BESIDE):
        output = reply_of(measure("loaded_meters", meter)).output
        assert output is not None
        assert output.text == (f"[{meter!r}]" if meter in BESIDE[1:] else "[]")
