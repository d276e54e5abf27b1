"""How a test is found again in a process of its own."""

from __future__ import annotations

import os
from typing import Any

import pytest


def key_of(item: pytest.Item) -> tuple[str, ...]:
    """What tells a test from all others: its file, how that was collected, and the names down to the test.

    Not its id, which plugins change (pytest-xdist's groups) and which the command line can't always say again.
    """
    file, nodes = _from_file_on(item)
    names = (text for node in nodes for text in (type(node).__name__, node.name))
    return (str(item.path), type(file).__name__, *names)


def id_of(item: pytest.Item) -> str:
    """The test's id as it was collected."""
    file, nodes = _from_file_on(item)
    return item.nodeid if file is None else "::".join((file.nodeid, *(node.name for node in nodes)))


def collected_from(item: pytest.Item) -> str:
    """What to collect in order to find the test: its file, or a folder around it.

    A path with `[` or `::` can't be given to pytest, which reads a test's name from there on.
    """
    path = str(item.path)
    while "[" in path or "::" in path:
        path = os.path.dirname(path)
    return path


def _from_file_on(item: pytest.Item) -> tuple[pytest.File | None, list[Any]]:
    """The file that a test was collected from, and the nodes below it down to the test."""
    nodes: list[Any] = []
    node: Any = item
    while node is not None and not isinstance(node, pytest.File):
        nodes.insert(0, node)
        node = node.parent
    return node, nodes
