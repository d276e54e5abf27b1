"""Text in terminal cells: nothing overflows, nothing gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.printable import printable
from memlab.render.layout import cell_width, cut, fit, flow, pad, pad_left, path_lines, wrap
from memlab.render.signs import ASCII, UNICODE

shown_text = st.text(max_size=200).map(lambda text: printable(text, None))


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("abc", 3), ("写真", 4), ("e\u0301", 1), ("é", 1), ("📷", 2), ("▁█", 2), ("…", 1)]
)
def test_widths(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_padding_counts_cells() -> None:
    assert pad("写", 4) == "写  "
    assert pad_left("写", 4) == "  写"
    assert pad("too long", 3) == "too long"


@given(shown_text, st.integers(4, 60))
def test_fit_fits(text: str, width: int) -> None:
    assert cell_width(fit(text, width, UNICODE)) <= width
    assert cell_width(fit(text, width, ASCII)) <= width


def test_fit_keeps_both_ends() -> None:
    assert fit("reused_buffer_in_list", 11, UNICODE) == "reuse…_list"
    assert fit("short", 5, UNICODE) == "short"


@given(shown_text, st.integers(8, 60))
def test_wrap_keeps_every_word_and_overflows_nowhere(text: str, width: int) -> None:
    lines = wrap(text, width, first="* ", rest="  ")
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(line[2:].split()) for line in lines) == "".join(text.split())


def test_wrap_breaks_at_spaces_and_long_words() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("one abcdefghij", 5) == ["one", "abcde", "fghij"]
    assert wrap("one two", 9, first="  - ") == ["  - one", "    two"]
    assert wrap("", 9, first="  ") == [""]


def test_flow_breaks_between_items() -> None:
    assert flow(["one", "two", "three"], 11, indent=" ", signs=UNICODE) == [" one · two", " three"]
    assert flow(["one", "two"], 20, indent="", signs=ASCII) == ["one | two"]
    assert flow(["a long item that wraps", "b"], 12, indent="", signs=UNICODE) == ["a long item", "  that wraps", "b"]
    assert flow([], 20, indent="", signs=UNICODE) == []


@given(shown_text, st.integers(2, 30))
def test_cut_loses_nothing(text: str, width: int) -> None:
    pieces = cut(text, width)
    assert "".join(pieces) == text
    assert all(cell_width(piece) <= width for piece in pieces)


def test_paths_stay_in_one_piece() -> None:
    assert path_lines("saved in", "a/b", 20) == ["saved in a/b"]
    assert path_lines("saved in", "a/b", 10) == ["saved in", "a/b"]


@given(st.text(max_size=200))
def test_ascii_signs_leave_only_ascii(text: str) -> None:
    assert ASCII.text(text).isascii()
    assert UNICODE.text(text) == text


def test_ascii_signs_spell_what_memlab_writes() -> None:
    assert ASCII.text("12.0× ≥ 5 µs – … é") == "12.0x >= 5 us - ... \\xe9"
    assert all(sign.isascii() for sign in (ASCII.full, ASCII.levels, ASCII.dot, ASCII.dash, ASCII.ellipsis, ASCII.line))
