"""What a stream can show."""

from __future__ import annotations

import io
import os
import pty

import pytest

from memlab.cli.streams import display, prepare_streams, write_bytes, write_error, write_text


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_a_pipe_is_plain() -> None:
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as stream:
        seen = display(stream)
    assert (seen.terminal, seen.colour, seen.moves, seen.width, seen.unicode) == (False, False, False, 100, True)


@pytest.mark.parametrize(
    ("encoding", "unicode"),
    [("utf-8", True), ("UTF8", True), ("utf_8", True), ("utf-16", True), ("ascii", False), ("latin-1", False)],
)
def test_unicode_goes_by_the_encoding(encoding: str, unicode: bool) -> None:
    with io.TextIOWrapper(io.BytesIO(), encoding=encoding) as stream:
        assert display(stream).unicode == unicode


@pytest.mark.parametrize(
    ("environment", "colour", "moves"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, False, True),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({"CI": "true"}, False, False),
        ({"CI": "false"}, True, True),
    ],
)
def test_a_terminal_is_coloured_unless_the_environment_objects(
    environment: dict[str, str], colour: bool, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, follower = pty.openpty()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with open(follower, "w", encoding="utf-8") as stream:
        seen = display(stream)
    os.close(leader)
    assert (seen.terminal, seen.colour, seen.moves, seen.width) == (True, colour, moves, 80)


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("0", 100), ("-3", 100), ("wide", 100), ("9" * 5000, 100)])
def test_columns_are_taken_where_they_make_sense(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert display(io.StringIO()).width == width


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("", None), ("wide", None)])
def test_lines_for_other_programs_are_laid_out_only_where_a_width_is_set(
    columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert display(io.StringIO()).layout_width == width


def test_lines_for_a_terminal_are_laid_out_for_its_width() -> None:
    leader, follower = pty.openpty()
    with open(follower, "w", encoding="utf-8") as stream:
        assert display(stream).layout_width == 80
    os.close(leader)


def test_no_stream_at_all() -> None:
    seen = display(None)
    assert (seen.terminal, seen.unicode) == (False, False)


def test_what_the_encoding_lacks_is_written_as_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        prepare_streams()
        write_text("é\ud800\n")
        assert raw.getvalue() == b"\\xe9\\ud800\n"


def test_bytes_go_through_text_streams_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    write_bytes("é".encode())
    assert stream.getvalue() == "é"


def test_writing_errors_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)
    write_error("x")
    monkeypatch.setattr("sys.stderr", None)
    write_error("x")
