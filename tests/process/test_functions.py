"""`memlab.compare` and `memlab.measure` on functions from everywhere, in real processes."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness import SCRIPTS, Place, RunScript

import memlab
from memlab import MemlabError, compare, measure
from memlab.errors import MeasurementError, UsageError
from memlab.integrations.python.results import Compared, Measured
from memlab.storage import load_run

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("place")
QUICK: dict[str, Any] = {"trials": 1, "meters": ("os",)}


@pytest.fixture
def album(monkeypatch: pytest.MonkeyPatch, place: Place) -> Iterator[ModuleType]:
    """The module tests/scripts/taken_along.py; in a place where nothing may be left afterwards."""
    monkeypatch.syspath_prepend(SCRIPTS)
    yield import_module("taken_along")
    assert not list(place.work.iterdir())


def near(found: int, wanted: int, resolution_bytes: int = 0) -> bool:
    """Whether a peak is what was taken, to the counters' grain and to what a fresh interpreter itself takes."""
    return abs(found - wanted) < 2 * MIB + 2 * resolution_bytes


def outputs(result: Compared) -> set[str]:
    """What the trials returned, as texts."""
    return {trial.reply.output.text for trial in result.run.trials if trial.reply and trial.reply.output}


def run_python(place: Place, text: str, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a script that lies in the place, or what stands in `words` instead."""
    (place.work / "mine.py").write_text(text)
    return subprocess.run(
        [sys.executable, *(words or ("mine.py",))],
        cwd=place.work,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


# Where functions come from.


def test_a_function_of_a_module(album: ModuleType) -> None:
    figure = measure(album.hold_all, 24, trials=2)
    assert near(figure.peak_growth_bytes, 24 * MIB, figure.peak.resolution_bytes)
    assert figure.retained_bytes < 2 * MIB
    assert (figure.name, figure.exit_code, figure.variant.trials) == ("hold_all", 0, 2)
    assert figure.seconds > 0
    (described,) = figure.run.recipe.variants
    assert described.doc == "Hold `count` MiB at once."
    assert described.source is not None
    assert described.source.text.startswith("def hold_all(count):")
    assert described.source.file == album.__file__


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("lambda", "lambda"),
        ("nested", "nested"),
        ("partial", "hold_all"),
        ("method", "load"),
        ("callable object", "Album"),
        ("builtin", "bytearray"),
    ],
)
def test_functions_of_every_kind(album: ModuleType, kind: str, name: str) -> None:
    count, hold_all = 24, album.hold_all

    def nested() -> int:
        return int(hold_all(count))

    function, args = {
        "lambda": (lambda: hold_all(count), ()),
        "nested": (nested, ()),
        "partial": (functools.partial(hold_all, count), ()),
        "method": (album.Album(count).load, ()),
        "callable object": (album.Album(1), (count,)),
        "builtin": (bytearray, (count * MIB,)),
    }[kind]
    figure = measure(function, *args, **QUICK)
    assert figure.name == name
    assert near(figure.peak_growth_bytes, count * MIB, figure.peak.resolution_bytes)


SCRIPT = """
import sys
from dataclasses import dataclass
from memlab import compare

print("the script runs as", __name__)
MIB = 1 << 20

@dataclass
class Size:
    count: int

def block():
    return bytearray(MIB)

def hold_all(size):
    return len([block() for _ in range(size.count)])

def one_by_one(size):
    return sum(len(block()) // MIB for _ in range(size.count))

result = compare(hold_all, one_by_one, args=(Size(24),), trials=1, meters=["memray"])
print(result["hold_all"].peak_growth_bytes, result["one_by_one"].ratio, result["hold_all"].top_lines[0].text)
"""


def test_a_script_without_a_guard_is_not_run_again(place: Place) -> None:
    """What stands in `__main__` is sent whole: functions, what they call, and classes of their arguments."""
    done = run_python(place, SCRIPT)
    assert done.stderr == ""
    first, figures = done.stdout.splitlines()
    assert first == "the script runs as __main__"
    growth, ratio, line = figures.split(maxsplit=2)
    assert near(int(growth), 24 * MIB)
    assert float(ratio) > 5
    assert line == "return bytearray(MIB)"


@pytest.mark.slow
def test_a_program_without_a_file_works(place: Place) -> None:
    """`python -`, as a notebook and the prompt are: no `__file__`, no source."""
    done = run_python(place, "", "-", input=SCRIPT)
    assert done.stderr == ""
    assert near(int(done.stdout.splitlines()[1].split()[0]), 24 * MIB)


POOL = """
import multiprocessing, sys, memlab

def hold(count):
    return len(bytearray(count << 20))

def with_a_pool(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        return pool.map_async(hold, [24]).get(timeout=60)

if __name__ == "__main__":
    figure = memlab.measure(with_a_pool, sys.argv[1], trials=1)
    print(figure.peak_growth_bytes)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_functions_of_a_script_find_each_other_in_processes_that_they_start(place: Place, method: str) -> None:
    done = run_python(place, POOL, "mine.py", method)
    assert done.stderr == ""
    assert int(done.stdout) > 23 * MIB


def test_a_script_that_begins_again_in_a_process_of_its_own_is_refused(place: Place) -> None:
    text = """
import multiprocessing, os, sys
from memlab import measure, MemlabError

def hold(count):
    return len(bytearray(count << 20))

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(1,))
    process.start()
    process.join()
else:
    try:
        measure(hold, 1)
    except MemlabError as error:
        print(error, "|", error.hint)
"""
    done = run_python(place, text)
    assert done.stderr == ""
    assert done.stdout == (
        "this script is being imported by a process that it has started, and would measure in there again | "
        'let what it does stand below `if __name__ == "__main__":`\n'
    )


def test_a_module_that_measures_when_it_is_imported_does_not_begin_again(place: Place) -> None:
    done = run_python(place, SCRIPT, "-c", "import mine")
    assert done.stdout == "the script runs as mine\n"
    assert "memlab.errors.UsageError: hold_all can't be loaded in a fresh process: UsageError: this runs" in done.stderr
    way_out = 'what measures when a module is imported belongs below `if __name__ == "__main__":`'
    assert done.stderr.splitlines()[-1] == way_out


def test_a_module_that_no_other_process_finds_is_sent_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_by_hand")
    exec(
        "MIB = 1 << 20\ndef block(): return bytearray(MIB)\ndef hold(n): return len([block() for _ in range(n)])",
        vars(module),
    )
    monkeypatch.setitem(sys.modules, "made_by_hand", module)
    figure = measure(module.hold, 24, **QUICK)
    assert near(figure.peak_growth_bytes, 24 * MIB, figure.peak.resolution_bytes)


# What is counted.


def test_processes_that_a_function_starts_are_counted(album: ModuleType) -> None:
    figure = measure(album.in_a_child, 100, **QUICK)
    assert 100 * MIB < figure.peak_growth_bytes < 125 * MIB
    assert figure.variant.tree is not None
    assert figure.variant.tree.processes == 1


def test_arguments_are_there_before_the_start_and_new_each_time(album: ModuleType) -> None:
    """Were they shared, the second call would find the list empty."""
    numbers = list(range(10))
    result = compare({"a": album.use_up, "b": album.use_up}, args=(numbers,), **(QUICK | {"trials": 2}))
    assert result.exit_code == 0
    assert result["b"].same_output
    assert numbers == list(range(10))
    figure = measure(len, bytearray(64 * MIB), **QUICK)
    assert figure.peak.below_resolution


def test_arguments_that_share_something_share_it_there() -> None:
    shared = [1]
    result = compare({"is": lambda a, b: a is b["in"]}, args=(shared,), kwargs={"b": {"in": shared}}, **QUICK)
    assert [trial.reply.output.text for trial in result.run.trials if trial.reply and trial.reply.output] == [
        "True"
    ] * 2


@pytest.mark.slow
@pytest.mark.parametrize("given", ["function", "arguments", "nothing"])
def test_warming_up(album: ModuleType, given: str) -> None:
    """By a function of its own, or by a first call of what is measured, which leaves its state behind."""
    warm_up = {"function": album.warm_up, "arguments": (album.warm_up,), "nothing": None}[given]

    def call(something: Any = None) -> bool:
        if callable(something):
            something()
        return bool(album.is_warm())

    result = compare({"call": call}, args=(3,), warm_up=warm_up, **QUICK)
    assert outputs(result) == {str(given != "nothing")}


@pytest.mark.slow
def test_any_value_may_be_returned_to_measure_and_to_compare_with_output(album: ModuleType) -> None:
    assert measure(album.give_a_thing, 1, **QUICK).exit_code == 0
    with pytest.raises(MeasurementError, match=r"Thing, which memlab can't compare; say with output= what is to be"):
        compare(album.give_a_thing, album.give_a_thing, args=(1,), **QUICK)
    result = compare(
        album.give_a_thing, album.give_a_thing, args=(1,), output=lambda thing: type(thing).__name__, **QUICK
    )
    assert result["give_a_thing_2"].same_output


# The same as the command line.


RECIPE = """
from memlab import Recipe
recipe = Recipe()
MIB = 1 << 20

@recipe.baseline
def hold_all(paths):
    return len([bytearray(MIB) for _ in range(48)])

@recipe.technique
def fewer(paths):
    return 4 * sum(len([bytearray(MIB) for _ in range(12)]) for _ in range(4)) // 4
"""


@pytest.mark.slow
def test_figures_are_those_of_memlab_compare(
    place: Place, run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.work / "two_ways.py").write_text(RECIPE)
    monkeypatch.syspath_prepend(place.work)
    module = import_module("two_ways")
    meters = ("os", "tracemalloc", "memray")
    told = run_script(place.work / "two_ways.py", trials=2, meters=meters)
    found = compare(module.hold_all, module.fewer, args=([],), trials=2)
    for name in ("hold_all", "fewer"):
        peak, variant = found[name].peak, told.variant(name)
        assert variant.peak_growth_bytes is not None
        assert near(peak.median, told.growth(name), peak.resolution_bytes)
        assert peak.source == variant.peak_growth_bytes.source
        assert variant.heap_peak_bytes is not None
        assert abs(found[name].heap_peak_bytes - variant.heap_peak_bytes) < MIB
        assert variant.traced_peak_bytes is not None
        assert abs(found[name].traced_peak_bytes - variant.traced_peak_bytes) < MIB
        top = {one.meter: one.text for one in found[name].top_lines}
        assert top["memray"] == {one.meter: one.text for one in variant.top_lines}["memray"]
    ratio = told.comparison("fewer").ratio
    assert ratio is not None
    assert ratio.value is not None
    assert found["fewer"].ratio == pytest.approx(ratio.value, rel=0.2)
    assert found["fewer"].verdict == told.comparison("fewer").verdict
    assert [one.code for one in found.findings] == told.codes()
    assert found.exit_code == told.exit_code == 0


def test_results_save_load_and_render(place: Place, album: ModuleType) -> None:
    result = compare(album.hold_all, album.one_by_one, args=(24,), **QUICK)
    assert result.report.run_file is None
    file = result.save(place.reports)
    assert file.parent.parent == place.reports / "hold_all-one_by_one"
    assert sorted(one.name for one in file.parent.iterdir()) == ["report.json", "run.json"]
    assert load_run(file) == result.run
    assert "pickle" not in file.read_text()
    for path in (file, file.parent):
        again = memlab.load(path)
        assert isinstance(again, Compared)
        assert again.run == result.run
        assert again.report == result.report
        assert str(again) == str(result)
        assert again["one_by_one"].ratio == result["one_by_one"].ratio
    assert f"saved in {file}" in str(again).replace("\n", " ")
    assert result.sentence in repr(again)


@pytest.mark.slow
def test_results_are_written_as_documents_and_charts(album: ModuleType, tmp_path: Path) -> None:
    figure = measure(album.hold_all, 24, **QUICK)
    json_file = figure.write(tmp_path / "figure.json")
    assert json.loads(json_file.read_bytes())["format"] == "memlab.report"
    chart = figure.write(tmp_path / "over-time.svg", chart="timeline")
    assert chart.read_bytes().startswith(b"<svg ")
    with pytest.raises(UsageError, match=r"is there already") as refused:
        figure.write(json_file)
    assert refused.value.hint == "replace=True replaces it"
    figure.write(json_file, replace=True)
    for wrong in ("figure.txt", "figure"):
        with pytest.raises(UsageError, match=r"can't be told from its name"):
            figure.write(tmp_path / wrong)
    with pytest.raises(UsageError, match=r"there is no chart 'cake'; there are peaks"):
        figure.write(tmp_path / "cake.svg", chart="cake")


def test_runs_are_saved_while_they_are_made_where_reports_are_named(place: Place, album: ModuleType) -> None:
    figure = measure(album.hold_all, 4, reports=place.reports, **QUICK)
    assert figure.report.run_file is not None
    again = memlab.load(figure.report.run_file)
    assert isinstance(again, Measured)
    assert again.peak_growth_bytes == figure.peak_growth_bytes
    assert repr(again) == repr(figure)


# What fails, and what can't be.


def test_a_function_that_raises(album: ModuleType) -> None:
    with pytest.raises(MeasurementError, match=r"^needs_a_square raised ValueError: 7 is no square\n") as raised:
        measure(album.needs_a_square, 7, **QUICK)
    assert raised.value.exit_code == 3
    assert raised.value.detail is not None
    assert 'raise ValueError(f"{count} is no square")' in raised.value.detail
    assert raised.value.detail in raised.value.__notes__

    result = compare(album.one_more, album.needs_a_square, album.end_it, args=(7,), **QUICK)
    assert result.exit_code == 3
    assert result["one_more"].ratio == 1.0
    assert result["one_more"].verdict is None
    for name, sentence in (("needs_a_square", "7 is no square"), ("end_it", "exit code 7")):
        for figure in ("ratio", "verdict", "peak_growth_bytes", "seconds"):
            with pytest.raises(MeasurementError, match=sentence):
                getattr(result[name], figure)
    with pytest.raises(MeasurementError, match="7 is no square"):
        compare(album.needs_a_square, album.one_more, args=(7,), **QUICK)


def test_functions_that_return_something_else_have_no_ratio(album: ModuleType) -> None:
    result = compare(album.hold_all, album.one_more, args=(24,), **QUICK)
    assert result.exit_code == 3
    assert not result["one_more"].same_output
    for figure in ("ratio", "verdict", "ratio_interval"):
        with pytest.raises(MeasurementError, match=r"^one_more gives another result than hold_all"):
            getattr(result["one_more"], figure)
    assert result["hold_all"].peak_growth_bytes > 20 * MIB


def test_a_function_that_takes_too_long() -> None:
    with pytest.raises(MeasurementError, match="had not ended after") as stopped:
        measure(time.sleep, 600, timeout="1 s", **QUICK)
    assert stopped.value.hint == "give it longer with timeout="


def generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (generator, "argument 1, of type generator, can't travel to a fresh process: cannot pickle 'generator' object"),
        (threading.Lock, "argument 1, of type lock, can't travel"),
        (
            functools.partial(open, os.devnull),
            "argument 1, of type TextIOWrapper, can't travel to a fresh process: '/dev/null' is an open file",
        ),
        (functools.partial(open, os.devnull, "rb"), "argument 1, of type BufferedReader, can't travel"),
        (socket.socket, "argument 1, of type socket, can't travel"),
    ],
)
def test_arguments_that_cannot_travel(album: ModuleType, make: Any, what: str) -> None:
    value = make()
    with pytest.raises(UsageError) as refused:
        measure(album.one_more, value, **QUICK)
    assert refused.value.message.startswith(what)
    assert refused.value.hint is not None
    assert refused.value.hint.startswith("make or open it in the function")
    with pytest.raises(UsageError, match=r"^argument by="):
        measure(album.one_more, 1, kwargs={"by": value}, **QUICK)
    if hasattr(value, "close"):
        value.close()


def test_functions_that_cannot_travel(album: ModuleType) -> None:
    lock = threading.Lock()

    def locks() -> bool:
        with lock:
            return True

    with pytest.raises(UsageError, match=r"^locks can't travel to a fresh process: it uses lock, and cannot pickle"):
        measure(locks, **QUICK)
    with pytest.raises(UsageError, match=r"^run can't travel to a fresh process: cannot pickle '_thread.lock' object"):
        measure(album.Locked().run, **QUICK)


def test_what_cannot_be_made_again_there(album: ModuleType) -> None:
    with pytest.raises(
        UsageError, match=r"^argument 2 can't be loaded in a fresh process: RuntimeError: this can't be made again\n"
    ) as refused:
        measure(album.one_more, 1, album.Unloadable(), **QUICK)
    assert refused.value.detail is not None
    assert "in __setstate__" in refused.value.detail
    thing = album.Unloadable()
    with pytest.raises(UsageError, match=r"^lambda can't be loaded in a fresh process: RuntimeError"):
        measure(lambda: thing, **QUICK)


def test_what_is_no_function(album: ModuleType) -> None:
    with pytest.raises(
        UsageError, match=r"^measure\(\) takes functions and calls them itself, and is given a value of type int"
    ):
        measure(3)  # type: ignore[call-overload]
    with pytest.raises(UsageError, match=r"^later is a coroutine function"):
        measure(album.later)
    with pytest.raises(UsageError, match=r"^later is a coroutine function"):
        compare(album.one_more, functools.partial(album.later))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"meters": 3}, "meters=3 is not a list of names; there are os, "),
        ({"meters": None}, "meters=None is not a list of names"),
        ({"reports": 3}, "reports=3 is not the path of a folder"),
        ({"timeout": 10**400}, "is not a number of seconds above 0"),
        ({"trials": 10**5000}, "trials=a value of type int is not a whole number from 1 to "),
    ],
)
def test_what_makes_no_sense_is_one_sentence(words: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        measure(len, "", **words)
    assert sentence in caught.value.message


# Where it is called from.


@pytest.mark.slow
def test_in_a_thread_and_beside_a_running_loop(album: ModuleType) -> None:
    found: list[int] = []

    def call() -> None:
        found.append(measure(album.hold_all, 24, **QUICK).peak_growth_bytes)

    async def main() -> None:
        call()

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    asyncio.run(main())
    assert all(near(one, 24 * MIB) for one in found)
    assert len(found) == 2


def test_without_standard_streams(place: Place) -> None:
    text = """
import os, memlab
for descriptor in (0, 1, 2):
    os.close(descriptor)
figure = memlab.measure(bytearray, 24 << 20, trials=1)
open("figure", "w").write(str(figure.peak_growth_bytes))
"""
    assert run_python(place, text).returncode == 0
    assert near(int((place.work / "figure").read_text()), 24 * MIB)


def nested_measurement() -> str:
    try:
        memlab.measure(bytearray, 10)
    except MemlabError as error:
        return str(error)
    return ""


@pytest.mark.slow
def test_within_a_trial_it_is_refused() -> None:
    """The outer trial's supervisor would reset the inner one's mark."""
    result = compare({"nested": nested_measurement}, **QUICK)
    (text,) = outputs(result)
    assert "this runs in a trial of memlab's already" in text


def blocks_within() -> int:
    with memlab.measure():
        len(bytearray(32 * MIB))
    with memlab.measure() as second:
        len(bytearray(16 * MIB))
    return second.peak_growth_bytes // (8 * MIB)


def test_a_block_within_a_trial_leaves_its_peak_to_the_trial() -> None:
    figure = measure(blocks_within, **QUICK)
    assert near(figure.peak_growth_bytes, 32 * MIB, figure.peak.resolution_bytes)
    (phase,) = figure.variant.phases
    assert phase.name == "with memlab.measure()"
    assert near(phase.peak_growth_bytes, 32 * MIB, figure.peak.resolution_bytes)


def test_an_interrupt_is_the_program_s_to_handle(place: Place) -> None:
    text = """
import pathlib, memlab, time

def wait():
    pathlib.Path("running").touch()
    time.sleep(600)

try:
    memlab.measure(wait, trials=1, progress=True)
except KeyboardInterrupt as stopped:
    print("interrupted", stopped.args)
"""
    (place.work / "mine.py").write_text(text)
    with subprocess.Popen(
        [sys.executable, "mine.py"], cwd=place.work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (place.work / "running").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out == "interrupted ()\n"
    assert err == "memlab: trial 1 of 2: wait (timeline)\n"
    assert not place.wait_until_empty()
