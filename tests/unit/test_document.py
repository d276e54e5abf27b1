"""Saved files: what was written is read back, and whatever else is found gets a sentence."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from memlab.errors import DocumentError
from memlab.model.document import Migration, decode, encode


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int


class Album(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    pictures: tuple[Inner, ...] = ()


ALBUM = Album("Übermut", (Inner(1), Inner(2**40)))


def read(content: bytes, version: int = 1, migrations: dict[int, Migration] | None = None) -> Album:
    return decode(content, Album, format="test.album", version=version, migrations=migrations, name="album.json")


def refused(content: bytes, version: int = 1, migrations: dict[int, Migration] | None = None) -> DocumentError:
    with pytest.raises(DocumentError) as raised:
        read(content, version, migrations)
    assert raised.value.exit_code == 2
    return raised.value


def content(**more: Any) -> bytes:
    return json.dumps({"format": "test.album", "version": 1, "name": "a"} | more).encode()


def test_a_path_that_is_not_utf8_is_written_with_escapes() -> None:
    album = Album("b\udcff.json", (Inner(1),))
    assert read(encode(album, format="test.album", version=1)) == Album("b\\udcff.json", (Inner(1),))


def test_what_was_written_is_read_back() -> None:
    written = encode(ALBUM, format="test.album", version=1)
    assert read(written) == ALBUM
    assert written.endswith(b"}\n")
    assert written.splitlines()[1:3] == [b' "format": "test.album",', b' "version": 1,']
    assert written.decode() == json.dumps(json.loads(written), indent=1, ensure_ascii=False) + "\n"


def test_every_truncation_is_refused() -> None:
    written = encode(ALBUM, format="test.album", version=1).rstrip()
    for length in range(len(written)):
        message = refused(written[:length]).message
        assert message.startswith("album.json is ")
        assert "\n" not in message


@pytest.mark.parametrize("nothing", [b"", b" \n\t"])
def test_an_empty_file(nothing: bytes) -> None:
    assert refused(nothing).message == "album.json is empty"


@pytest.mark.parametrize(
    "foreign",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe{}",
        b"null",
        b"[]",
        b"{}",
        b'{"format": "test.album"}',
        b'{"format": 1, "version": 1}',
        b'{"format": "test.album", "version": true}',
        b'{"format": "test.album", "version": 1e999}',
        b'{"format": "test.album", "version": 1, "name": "\xff"}',
        b'{"format": "test.album", "version": 1, "name": "\\ud800"}',
        b"[" * 100_000,
        b'{"format": "test.album", "version": 1, "name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_none_of_ours(foreign: bytes) -> None:
    assert refused(foreign).message.startswith("album.json is damaged or not one of memlab's: ")


def test_another_document_of_ours() -> None:
    assert (
        refused(content(format="test.report")).message
        == "album.json is a 'test.report' document, not a 'test.album' one"
    )


def test_a_newer_file_is_named_as_such_before_anything_else_of_it_is_looked_at() -> None:
    error = refused(content(version=2, name=["of", "another", "kind"], added=True))
    assert error.message == "album.json was written by a newer memlab (version 2 of test.album, this one reads 1)"
    assert error.hint == "install the newer memlab to read it"


def test_a_version_that_never_was() -> None:
    assert refused(content(version=0)).message == "album.json says version 0 of test.album, which never was"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"name": 3}, "Expected `str`, got `int` - at `$.name`"),
        ({"pictures": [{"size": 1}, {"size": "large"}]}, "Expected `int`, got `str` - at `$.pictures[1].size`"),
        ({"pictures": [{}]}, "Object missing required field `size` - at `$.pictures[0]`"),
        ({"colour": "red"}, "Object contains unknown field `colour`"),
    ],
)
def test_a_value_out_of_place_is_named_by_its_path(more: dict[str, Any], what: str) -> None:
    assert refused(content(**more)).message == f"album.json is damaged: {what}"


MIGRATIONS: dict[int, Migration] = {
    1: lambda old: {"title": old["titel"]},
    2: lambda old: {"name": old["title"].strip()},
}


def test_an_older_file_is_lifted_step_by_step() -> None:
    old = b'{"format": "test.album", "version": 1, "titel": " a "}'
    assert read(old, 3, MIGRATIONS) == Album("a")
    assert read(b'{"format": "test.album", "version": 2, "title": "b"}', 3, MIGRATIONS) == Album("b")
    assert read(content(version=3), 3, MIGRATIONS) == Album("a")


def test_a_migration_sees_no_envelope() -> None:
    seen: list[dict[str, Any]] = []

    def step(old: dict[str, Any]) -> dict[str, Any]:
        seen.append(old)
        return old

    read(content(), 2, {1: step})
    assert seen == [{"name": "a"}]


def test_an_older_file_that_is_damaged() -> None:
    missing = refused(b'{"format": "test.album", "version": 1}', 3, MIGRATIONS)
    assert missing.message == "album.json is damaged: it can't be lifted from version 1 (KeyError: 'titel')"
    wrong = refused(b'{"format": "test.album", "version": 1, "titel": 3}', 3, MIGRATIONS)
    assert wrong.message.startswith("album.json is damaged: it can't be lifted from version 2 (AttributeError: ")


def test_an_older_file_that_nobody_lifts_any_more() -> None:
    error = refused(content(), 3, {2: MIGRATIONS[2]})
    assert error.message == "album.json is of version 1 of test.album, which this memlab no longer reads"
