"""Progress: a bar on a terminal, few lines elsewhere, never on standard output."""

from __future__ import annotations

import io
import os
import pty
import re
import threading

import pytest

from memlab.cli.progress import BarProgress, LineProgress, TimeLeft, progress_sink, words_for
from memlab.cli.streams import display
from memlab.render.signs import ASCII, UNICODE
from memlab.runner.progress import ProgressSink, Silent


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def carry_out(sink: ProgressSink, clock: Clock, variants: int, rounds: int, seconds: float) -> None:
    total = variants * rounds
    for number in range(1, total + 1):
        name = f"variant{(number - 1) % variants}"
        sink.trial_started(name, "headline", number, total)
        clock.now += seconds
        sink.trial_ended(name, "headline", number, total, seconds)


def test_lines_are_one_a_stage_and_round() -> None:
    clock, stream = Clock(), io.StringIO()
    sink = LineProgress(stream, UNICODE, clock)
    sink.stage("reading the recipe mine")
    carry_out(sink, clock, variants=3, rounds=2, seconds=1.0)
    sink.close()
    assert stream.getvalue() == (
        "memlab: reading the recipe mine\n"
        "memlab: trial 1 of 6: variant0\n"
        "memlab: trial 4 of 6: variant0, about 3 s left\n"
    )


def test_slow_trials_are_named_each() -> None:
    clock, stream = Clock(), io.StringIO()
    carry_out(LineProgress(stream, UNICODE, clock), clock, variants=3, rounds=1, seconds=61.0)
    assert stream.getvalue() == (
        "memlab: trial 1 of 3: variant0\n"
        "memlab: trial 2 of 3: variant1, about 2 min left\n"
        "memlab: trial 3 of 3: variant2, about 1 min left\n"
    )


def test_pictures_that_are_there_already_are_not_mentioned() -> None:
    clock, stream = Clock(), io.StringIO()
    sink = LineProgress(stream, UNICODE, clock)
    sink.inputs(24, 24)
    assert stream.getvalue() == ""
    for done in range(24):
        sink.inputs(done, 24)
        clock.now += 1.0
    sink.inputs(24, 24)
    assert stream.getvalue().splitlines() == [
        "memlab: pictures: 0 of 24",
        "memlab: pictures: 10 of 24",
        "memlab: pictures: 20 of 24",
        "memlab: pictures: 24 ready",
    ]


def test_hostile_names_do_no_harm() -> None:
    clock, stream = Clock(), io.StringIO()
    sink = LineProgress(stream, ASCII, clock)
    sink.trial_started("\x1b[2J\n" + "é" * 1000, "headline", 1, 1)
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert len(stream.getvalue()) < 250


def test_a_stream_that_fails_stops_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    LineProgress(stream, UNICODE, Clock()).stage("reading")


def test_another_meter_s_turn_is_a_line_and_named() -> None:
    clock, stream = Clock(), io.StringIO()
    sink = LineProgress(stream, UNICODE, clock)
    for number, (variant, meter) in enumerate([("a", "os"), ("b", "os"), ("a", "memray"), ("b", "memray")], 1):
        sink.trial_started(variant, "headline", number, 4, meter)
        clock.now += 1
        sink.trial_ended(variant, "headline", number, 4, 1.0)
    assert stream.getvalue() == ("memlab: trial 1 of 4: a\nmemlab: trial 3 of 4: a, memray, about 2 s left\n")


def test_the_time_left_runs_down() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.started(1)
    assert left.seconds(4) is None
    clock.now += 10
    left.ended()
    assert left.seconds(4) == 30
    left.started(2)
    clock.now += 4
    assert left.seconds(4) == 26
    clock.now += 100
    assert left.seconds(4) == 0
    left.ended()
    assert left.seconds(2) == 0


def test_the_time_left_of_trials_side_by_side() -> None:
    """Two at a time, 10 s each: four more take 20 s."""
    clock = Clock()
    left = TimeLeft(clock)
    for number in (1, 2):
        left.started(number)
    clock.now += 10
    left.ended()
    left.started(3)
    left.ended()
    left.started(4)
    assert left.seconds(6) == 20
    clock.now += 3
    assert left.seconds(6) == 17


def test_trials_that_are_left_out_take_no_time() -> None:
    clock = Clock()
    left = TimeLeft(clock)
    left.started(1)
    clock.now += 10
    left.ended()
    left.started(9)
    assert left.seconds(10) == 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a moment left"),
        (3.4, "about 3 s left"),
        (59.2, "about 59 s left"),
        (64, "about 1 min left"),
        (128, "about 2 min 10 s left"),
        (7300, "about 2 h 2 min left"),
    ],
)
def test_the_time_left_in_words(seconds: float, words: str) -> None:
    assert words_for(seconds) == words


def test_what_fits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(progress_sink(None, quiet=False), Silent)
    assert isinstance(progress_sink(io.StringIO(), quiet=True), Silent)
    assert isinstance(progress_sink(io.StringIO(), quiet=False), LineProgress)
    for quiet in (True, False):
        bar = progress_sink(Terminal(), quiet=quiet)
        bar.close()
        assert isinstance(bar, BarProgress)
    for name, value in (("TERM", "dumb"), ("CI", "true")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert isinstance(progress_sink(Terminal(), quiet=False), LineProgress)
            assert not display(Terminal()).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not display(Terminal()).colour
    assert display(Terminal()).moves


@pytest.mark.parametrize("columns", [40, 80])
def test_the_bar_on_a_real_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    clock = Clock()
    leader, follower = pty.openpty()
    seen = bytearray()

    def drain() -> None:
        try:
            while piece := os.read(leader, 65536):
                seen.extend(piece)
        except OSError:
            pass

    reader = threading.Thread(target=drain)
    reader.start()
    with open(follower, "w", encoding="utf-8") as stream:
        sink = progress_sink(stream, quiet=False, clock=clock)
        assert isinstance(sink, BarProgress)
        sink.stage("reading [red]the[/red] recipe")
        sink._progress.refresh()
        sink.inputs(3, 24)
        sink._progress.refresh()
        sink.trial_started("first", "timeline", 1, 4)
        clock.now += 20
        sink.trial_ended("first", "timeline", 1, 4, 20.0)
        sink.trial_started("a_long_name\x1b[2J_of_a_variant_without_end", "headline", 2, 4)
        sink._progress.refresh()
        sink.close()
    reader.join(10)
    os.close(leader)
    text = seen.decode()
    assert text.startswith("\x1b[?25l")
    assert text.rstrip("\r\n").rfind("\x1b[?25h") > text.rfind("\x1b[?25l")
    frames = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text))
    assert max(map(len, frames)) <= columns
    assert any("reading [red]the[/red] recipe" in frame for frame in frames)
    assert any("3 of 24" in frame for frame in frames)
    last = next(frame for frame in reversed(frames) if "trial 2 of 4" in frame)
    assert "about 1 min left" in last
    assert "[2J" not in re.sub(r"\\x1b\[2J", "", last)
