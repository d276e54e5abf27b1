"""Versioned documents: the envelope first, then migration, then a strict decoding.

Every file memlab saves says `{"format": "memlab.run", "version": 1, ...}`. Reading looks at these two keys
before anything else, so that a file of a newer memlab is named as such instead of failing on a key it doesn't
know, and lifts older ones step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from memlab.errors import DocumentError
from memlab.printable import encodable

Document = TypeVar("Document", bound=msgspec.Struct)
Migration = Callable[[dict[str, Any]], dict[str, Any]]


class _Envelope(msgspec.Struct):
    format: str
    version: int


def encode(document: msgspec.Struct, *, format: str, version: int) -> bytes:
    """Write a document as indented JSON with its envelope, ending in a newline."""
    return json_bytes({"format": format, "version": version} | msgspec.to_builtins(document))


def json_bytes(whole: dict[str, Any]) -> bytes:
    """A document with its envelope as indented JSON, ending in a newline.

    What no JSON can hold, as the bytes of a path that isn't UTF-8, is written as escapes: `\\udcff`.
    """
    try:
        content = msgspec.json.encode(whole)
    except UnicodeEncodeError:
        content = msgspec.json.encode(_encodable(whole))
    return msgspec.json.format(content, indent=1) + b"\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(one) for key, one in value.items()}
    return [_encodable(one) for one in value] if isinstance(value, list | tuple) else value


def decode(
    content: bytes,
    kind: type[Document],
    *,
    format: str,
    version: int,
    migrations: Mapping[int, Migration] | None = None,
    name: str = "the file",
) -> Document:
    """Read a document.

    Args:
        content: the file's bytes.
        kind: the Struct to decode to.
        format, version: what the envelope must say; an older version is lifted by `migrations`.
        migrations: from a version to the step that makes the next one of it; a step is given the content without
            its envelope, before anything else of it was checked.
        name: how the errors call the file.

    Raises:
        DocumentError: not JSON, another format, a newer version, or a value out of place; the sentence
            names the JSON path.
    """
    if not content.strip():
        raise DocumentError(f"{name} is empty")
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
        whole: dict[str, Any] = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(f"{name} is damaged or not one of memlab's: {error}") from None
    check_envelope(envelope.format, envelope.version, format=format, newest=version, name=name)
    del whole["format"], whole["version"]
    for step in range(envelope.version, version):
        migrate = (migrations or {}).get(step)
        if migrate is None:
            raise DocumentError(f"{name} is of version {step} of {format}, which this memlab no longer reads")
        try:
            whole = migrate(whole)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A migration sees what nothing has checked yet.
            what = f"{type(error).__name__}: {error}"
            raise DocumentError(f"{name} is damaged: it can't be lifted from version {step} ({what})") from None
    try:
        return msgspec.convert(whole, kind)
    except msgspec.ValidationError as error:
        raise DocumentError(f"{name} is damaged: {error}") from None


def check_envelope(found_format: str, found_version: int, *, format: str, newest: int, name: str) -> None:
    """Hold what a file says it is against what was to be read.

    Args:
        newest: the newest version of the format that can be read.

    Raises:
        DocumentError: another format, a newer version, or none at all.
    """
    if found_format != format:
        raise DocumentError(f"{name} is a {found_format!r} document, not a {format!r} one")
    if found_version > newest:
        raise DocumentError(
            f"{name} was written by a newer memlab (version {found_version} of {format}, this one reads {newest})",
            hint="install the newer memlab to read it",
        )
    if found_version < 1:
        raise DocumentError(f"{name} says version {found_version} of {format}, which never was")
