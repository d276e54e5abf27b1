"""Sizes and durations: what is printed is read back to the digits shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.units import GIB, KIB, MIB, format_bytes, format_ratio, format_seconds, parse_bytes, parse_seconds


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (-0.4, "0 B"),
        (1, "1 B"),
        (-512, "-512 B"),
        (1023, "1023 B"),
        (1023.6, "1.00 KiB"),
        (1024, "1.00 KiB"),
        (1023.4 * KIB, "1023 KiB"),
        (1023.6 * KIB, "1.00 MiB"),
        (9.994 * MIB, "9.99 MiB"),
        (9.996 * MIB, "10.0 MiB"),
        (99.94 * MIB, "99.9 MiB"),
        (99.96 * MIB, "100 MiB"),
        (36_280_729, "34.6 MiB"),
        (-3 * GIB, "-3.00 GiB"),
        (3 << 60, "3072 PiB"),
    ],
)
def test_sizes_as_people_read_them(size: float, text: str) -> None:
    assert format_bytes(size) == text


@given(st.integers(-(2**63), 2**63))
def test_what_is_printed_of_a_size_reads_back_to_the_digits_shown(size: int) -> None:
    text = format_bytes(size)
    assert format_bytes(parse_bytes(text)) == text
    # Three digits are at most 0.5 % off.
    assert abs(parse_bytes(text) - size) <= 0.005 * abs(size)
    assert len(text.lstrip("-").split()[0].replace(".", "")) in ((1, 2, 3, 4) if "." not in text else (3,))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64", 64),
        ("64MiB", 64 * MIB),
        (" 1.5 GiB ", 3 * GIB // 2),
        ("1.5gib", 3 * GIB // 2),
        ("2 kB", 2000),
        ("2MB", 2_000_000),
        ("-1 KiB", -1024),
        ("1e3", 1000),
        (".5KiB", 512),
        ("5.", 5),
    ],
)
def test_sizes_people_write(text: str, size: int) -> None:
    assert parse_bytes(text) == size
    assert isinstance(parse_bytes(text), int)


@pytest.mark.parametrize("text", ["", " ", "MiB", "12 parsecs", "1 2", "1.2.3", "nan", "inf", "1MiB2", "٣ MiB", "--1"])
def test_what_is_no_size_is_named(text: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_bytes(text)
    assert str(raised.value) == f"{text!r} is not a size; write a number and a unit, like 64MiB or 1.5 GiB"


def test_a_size_beyond_all_numbers_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"^'1e999 GiB' is too large for a size$"):
        parse_bytes("1e999 GiB")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (5e-7, "500 ns"),
        (0.00095, "950 µs"),
        (0.0009996, "1.00 ms"),
        (0.0125, "12.5 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (3720, "1 h 2 min"),
        (-2.5, "-2.50 s"),
    ],
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@given(st.floats(1e-8, 1e9))
def test_what_is_printed_of_a_duration_reads_back_to_the_digits_shown(seconds: float) -> None:
    text = format_seconds(seconds)
    assert format_seconds(parse_seconds(text)) == text
    assert parse_seconds(f"-{text}") == -parse_seconds(text)
    shown_to = 30.0 if "h" in text else 0.5 if "min" in text else 0.0051 * seconds
    assert abs(parse_seconds(text) - seconds) <= shown_to * 1.000001


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300", 300.0), (" 90s ", 90.0), ("250 ms", 0.25), ("5min", 300.0), ("1 h 30 min", 5400.0), ("1h30min", 5400.0)],
)
def test_durations_people_write(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "-", "5 10", "1.2.3", "1 5 min", "1h 30", "5 parsecs", "nan", "5S", "1,5s"])
def test_what_is_no_duration_is_named(text: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_seconds(text)
    assert str(raised.value) == f"{text!r} is not a duration; write a number and a unit, like 90s, 250ms or 5min"


def test_an_endless_duration_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"^'1e999 s' is too large for a duration$"):
        parse_seconds("1e999 s")


@pytest.mark.parametrize(("ratio", "text"), [(11.96, "12.0×"), (2.983, "2.98×"), (0.96, "0.96×"), (1234.5, "1234×")])
def test_ratios_as_people_read_them(ratio: float, text: str) -> None:
    assert format_ratio(ratio) == text
