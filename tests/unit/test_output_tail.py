"""What a trial prints: drained without blocking, and only its end is kept."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from memlab.supervisor.output import OutputTail


@pytest.fixture
def pipe() -> Iterator[tuple[OutputTail, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    tail = OutputTail(reading)
    yield tail, writing
    tail.close()
    try:
        os.close(writing)
    except OSError:
        pass


def test_what_was_printed_is_kept(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    tail.drain()  # nothing there: it doesn't wait
    assert (tail.text(), tail.total_bytes, tail.open) == ("", 0, True)
    os.write(writing, "naïve\n".encode())
    tail.drain()
    os.write(writing, b"second\n")
    tail.drain()
    assert (tail.text(), tail.total_bytes) == ("naïve\nsecond\n", 14)
    os.close(writing)
    tail.drain()
    assert not tail.open


def test_only_the_end_is_kept(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    for number in range(3000):
        os.write(writing, b"%05d %s\n" % (number, b"x" * 90))
        tail.drain()
    assert tail.total_bytes == 3000 * 97
    lines = tail.text().splitlines()
    assert len(tail.text()) == 64 << 10
    assert lines[-1].startswith("02999 ")
    assert lines[1].startswith(f"{3000 - len(lines) + 1:05d} ")


def test_a_flood_does_not_hold_the_reader(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    written = 0
    for _ in range(50):
        try:
            while True:
                written += os.write(writing, b"y" * 65536)
        except BlockingIOError:
            tail.drain()
    assert tail.total_bytes == written
    assert tail.text() == "y" * (64 << 10)


def test_a_cut_through_a_character_shows_no_half_of_it(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    for _ in range(3):
        os.write(writing, ("€" * 10_001).encode())  # three bytes each: the cut falls inside one
        tail.drain()
    assert set(tail.text()) == {"€"}


def test_what_is_no_utf_8_is_shown_as_escapes(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    os.write(writing, b"\xffabc\x80")
    tail.drain()
    assert tail.text() == "\\xffabc\\x80"


def test_binary_output_is_not_eaten(pipe: tuple[OutputTail, int]) -> None:
    tail, writing = pipe
    for _ in range(3):
        os.write(writing, b"\x80" * 40_000)
        tail.drain()
    text = tail.text()
    # Each byte takes five where it is saved, and 96 KiB are kept there.
    assert (96 << 10) - 5 <= len(json.dumps(text)) <= 96 << 10
    assert set(text) == set("\\x80")
