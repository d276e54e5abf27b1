"""Foreign text can do a terminal no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.printable import encodable, printable, printable_lines, shorten, shown

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=400)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 写真", "plain é 写真"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("zero\u200bwidth\u2066", "zero\\u200bwidth\\u2066"),
        ("\ud800", "\\ud800"),
        ("\x9b1m", "\\x9b1m"),
        ("line\u2028separator\u2029", "line\\u2028separator\\u2029"),
        ("no\xa0break", "no break"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_dangerous_characters_become_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_long_text_loses_its_middle() -> None:
    assert printable("a" * 50 + "b" * 50, 11) == "aaaaa…bbbbb"
    assert printable("start" + "x" * 10_000_000 + "end", 9) == "star…xend"
    assert printable("a" * 50, 11, ellipsis="...") == "aaaa...aaaa"
    assert len(printable("\x1b" * 10_000, 200)) == 200
    assert printable("a" * 5000, None) == "a" * 5000


def test_shorten_never_exceeds_its_limit() -> None:
    for limit in range(12):
        assert len(shorten("abcdefghijkl", limit, "...")) <= limit
    assert shorten("abc", 3) == "abc"


@given(any_text, st.integers(2, 300))
def test_the_result_is_printable_short_and_one_line(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(any_text)
def test_lines_are_printable(text: str) -> None:
    assert all(line.isprintable() for line in printable_lines(text))


def test_lines_keep_their_order_and_expand_tabs() -> None:
    assert printable_lines("a\n\tb\r\nc\rd\n") == ["a", "        b", "c", "d"]
    assert printable_lines("") == []
    assert printable_lines("x" * 100, limit=5) == ["xx…xx"]


@given(any_text)
def test_what_is_encodable_is_left_as_it_is_but_for_lone_surrogates(text: str) -> None:
    shown = encodable(text)
    assert shown.encode().decode() == shown
    assert shown == "".join(f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one for one in text)


def test_a_value_that_can_not_be_written_is_known_by_its_type() -> None:
    class Unwritable:
        def __repr__(self) -> str:
            raise RuntimeError

    assert shown("\x1b") == repr("\x1b")
    assert shown(Unwritable()) == "a value of type Unwritable"
    assert shown(10**5000) == "a value of type int"
    assert len(shown("x" * 1000)) == 60
