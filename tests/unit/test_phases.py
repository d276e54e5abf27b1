"""`phase`: nothing outside a trial, every boundary told inside one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import memlab.recipe.phases as phases
from memlab.child.phasebook import OTHERS, PhaseBook
from memlab.recipe.phases import phase


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def enter(self, name: str) -> None:
        self.calls.append(("enter", name))

    def leave(self, name: str) -> None:
        self.calls.append(("leave", name))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    listener = Told()
    monkeypatch.setattr(phases, "listener", listener)
    return listener


def test_nothing_happens_outside_a_trial() -> None:
    assert phases.listener is None
    with phase("decode") as entered:
        assert entered.name == "decode"


def test_boundaries_are_told_nested_and_repeated(told: Told) -> None:
    for _ in range(2):
        with phase("album"), phase("decode"):
            pass
    once = [("enter", "album"), ("enter", "decode"), ("leave", "decode"), ("leave", "album")]
    assert told.calls == once * 2


def test_one_object_may_be_entered_again_before_it_ends(told: Told) -> None:
    decode = phase("decode")
    with decode, decode:
        pass
    assert told.calls == [("enter", "decode")] * 2 + [("leave", "decode")] * 2


def test_a_phase_ends_when_its_body_raises_and_passes_the_error_on(told: Told) -> None:
    with pytest.raises(ZeroDivisionError), phase("decode"):
        _ = 1 / 0
    assert told.calls == [("enter", "decode"), ("leave", "decode")]


def test_a_phase_entered_in_a_trial_ends_with_whom_it_was_begun(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with phase("decode"):
        monkeypatch.setattr(phases, "listener", None)
    assert told.calls == [("enter", "decode"), ("leave", "decode")]


def test_a_phase_entered_outside_a_trial_is_not_ended_in_one(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "listener", None)
    with phase("decode"):
        monkeypatch.setattr(phases, "listener", told)
    assert told.calls == []


def test_a_name_is_a_text_and_not_empty() -> None:
    with pytest.raises(TypeError, match=r"^a phase's name is a text, not int$"):
        phase(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^a phase needs a name$"):
        phase("  ")


class Memory:
    """Own memory of which some is used for a moment; a reset lets the mark fall to 10."""

    def __init__(self) -> None:
        self.mark = 10

    def use(self, size: int) -> None:
        self.mark = max(self.mark, size)

    def capture(self) -> int:
        return self.mark

    def captured(self, token: int) -> tuple[int, int]:
        return token, token

    def reset(self) -> None:
        self.mark = 10


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def sent() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def book(memory: Memory, sent: list[tuple[int, int]]) -> Iterator[PhaseBook]:
    import os

    def send(now: int, peak: int) -> bool:
        sent.append((now, peak))
        return True

    book = PhaseBook(memory, send)  # type: ignore[arg-type]
    book.begin(os.getpid())
    return book


def test_each_phase_has_its_own_peak(book: PhaseBook, memory: Memory) -> None:
    memory.use(70)  # before any phase
    book.enter("outer")
    memory.use(30)
    book.enter("inner")
    memory.use(50)
    book.leave("inner")
    memory.use(40)
    book.leave("outer")
    memory.use(60)  # after all phases
    book.note(60)
    found = {one["name"]: one for one in book.phases(0)}
    assert found["outer"]["peak_bytes"] == 50
    assert found["inner"]["peak_bytes"] == 50
    assert book.peak_bytes == 70
    assert [one["count"] for one in found.values()] == [1, 1]


def test_an_inner_phase_does_not_get_what_came_before_it(book: PhaseBook, memory: Memory) -> None:
    book.enter("outer")
    memory.use(90)
    book.enter("inner")
    memory.use(20)
    book.leave("inner")
    book.leave("outer")
    assert {one["name"]: one["peak_bytes"] for one in book.phases(0)} == {"outer": 90, "inner": 20}


def test_phases_of_one_name_are_put_together(book: PhaseBook, memory: Memory) -> None:
    for mark in (20, 80, 30):
        book.enter("decode")
        memory.use(mark)
        book.leave("decode")
    (found,) = book.phases(0)
    assert (found["count"], found["peak_bytes"], len(found["intervals"])) == (3, 80, 3)
    assert found["seconds"] == pytest.approx(sum(end - begin for begin, end in found["intervals"]))


def test_leaving_a_phase_tells_its_own_peak_and_not_that_of_its_name(book: PhaseBook, memory: Memory) -> None:
    peaks = []
    for mark in (20, 80, 30):
        book.enter("decode")
        memory.use(mark)
        peaks.append(book.leave("decode"))
    assert peaks == [20, 80, 30]
    assert book.leave("decode") is None


def test_intervals_are_bounded_and_peaks_are_not_lost(book: PhaseBook, memory: Memory) -> None:
    for mark in range(1000):
        book.enter("decode")
        memory.use(20 + mark)
        book.leave("decode")
    (found,) = book.phases(0)
    assert (found["count"], found["peak_bytes"], len(found["intervals"])) == (1000, 1019, 600)


def test_names_beyond_the_most_share_a_book(book: PhaseBook, memory: Memory) -> None:
    for number in range(3000):
        book.enter(f"image {number}")
        memory.use(20 + number)
        book.leave(f"image {number}")
    found = book.phases(0)
    assert len(found) == 202
    assert (found[0]["name"], found[0]["peak_bytes"]) == ("image 0", 20)
    assert (found[-1]["name"], found[-1]["count"], found[-1]["peak_bytes"]) == (OTHERS, 2799, 3019)


def test_what_is_sent_never_loses_the_highest(book: PhaseBook, memory: Memory, sent: list[tuple[int, int]]) -> None:
    memory.use(20)
    book.enter("first")  # sent at once, and then nothing for 5 ms
    for mark in (90, 30, 40):
        memory.use(mark)
        book.enter("loop")
        book.leave("loop")
    book._last_sent_ns = 0
    memory.use(25)
    book.enter("last")
    assert [peak for _, peak in sent] == [20, 90]


def test_a_peak_that_could_not_be_sent_is_sent_later(memory: Memory) -> None:
    import os

    answers = iter([False, True])
    sent = []

    def send(_: int, peak: int) -> bool:
        sent.append(peak)
        return next(answers)

    book = PhaseBook(memory, send)  # type: ignore[arg-type]
    book.begin(os.getpid())
    memory.use(80)
    book.enter("decode")
    memory.use(20)
    book.leave("decode")
    assert sent == [80, 80]


def test_a_forked_process_writes_nothing(book: PhaseBook, memory: Memory, sent: list[tuple[int, int]]) -> None:
    book.begin(-1)  # as if another process had begun it
    memory.use(99)
    book.enter("decode")
    book.leave("decode")
    assert (sent, book.phases(0), memory.mark) == ([], [], 99)


def test_leaving_what_was_never_entered_does_no_harm(book: PhaseBook) -> None:
    book.leave("decode")
    assert book.phases(0) == []


def test_phases_of_several_threads_share_the_process_mark(book: PhaseBook, memory: Memory) -> None:
    book.enter("main")
    thread = threading.Thread(target=lambda: book.enter("beside"))
    thread.start()
    thread.join()
    memory.use(77)
    book.leave("main")
    book.leave("beside")
    assert {one["peak_bytes"] for one in book.phases(0)} == {77}
