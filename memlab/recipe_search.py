"""Where recipes are: the entry points of what is installed, and the files of modules, without importing any.

`importlib.metadata` answers the first as well, for 30 ms of imports, and fails for all when the entry points of
one package are damaged; `importlib.util.find_spec` answers the second, but imports the parents of a dotted name,
which are code of a recipe's author. Standard library only.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec

GROUP = "memlab.recipes"


@dataclass(frozen=True)
class RecipeEntryPoint:
    """One line of a distribution's entry points: a name, and the dotted name of a package or module."""

    name: str
    module: str


def entry_points(path: Iterable[str] | None = None) -> list[RecipeEntryPoint]:
    """The entry points of the group `memlab.recipes`, as installers write them beside what they install.

    Args:
        path: the folders to look in; `sys.path` unless given. Of a distribution that is in several of them the
            first counts, as it does for importing. Zip files are not looked into.
    """
    found: dict[tuple[str, str], RecipeEntryPoint] = {}
    seen: set[str] = set()
    for folder in dict.fromkeys(sys.path if path is None else path):
        for distribution, file in _files(folder or os.curdir):
            if distribution not in seen:
                seen.add(distribution)
                for entry_point in _parse(_content(file)):
                    # An editable install is found twice where its checkout is on the path as well.
                    found.setdefault((entry_point.name, entry_point.module), entry_point)
    return list(found.values())


def find_module(module: str) -> ModuleSpec | None:
    """Where a module is, without importing it or its parents; None where it isn't.

    Raises:
        Exception: whatever a finder of somebody's raises.
    """
    path: Iterable[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        finders = (finder for finder in sys.meta_path if hasattr(finder, "find_spec"))
        found = (finder.find_spec(name, None if path is None else list(path)) for finder in finders)
        spec = next((candidate for candidate in found if candidate is not None), None)
        if spec is None:
            return None
        if end < len(parts):
            path = spec.submodule_search_locations
            if path is None:
                return None
    return spec


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """Each distribution's name, and the file that may hold its entry points."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        stem, extension = os.path.splitext(name)
        if extension.lower() in (".dist-info", ".egg-info"):
            distribution = re.sub(r"[-_.]+", "-", stem.partition("-")[0]).lower()
            yield distribution, os.path.join(folder, name, "entry_points.txt")


def _content(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            return opened.read()
    except OSError:
        return ""


def _parse(content: str) -> Iterator[RecipeEntryPoint]:
    section = ""
    for line in content.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == GROUP and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield RecipeEntryPoint(name.strip(), value.partition(":")[0].partition("[")[0].strip())
