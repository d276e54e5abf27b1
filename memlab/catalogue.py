"""The recipes there are: found, listed from their source, and asked for by the names users type.

Recipes come through entry points of the group `memlab.recipes`, ours as anybody's; each names a package, flat,
one module a recipe, or a single module. Nothing of a recipe is imported here: a recipe runs only in processes of
its own, and this module makes the spec of the process that describes one and reads its reply.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memlab.errors import RecipeError, UsageError
from memlab.libraries import explain_import_error, install_sentence, missing
from memlab.printable import printable
from memlab.recipe_search import RecipeEntryPoint, entry_points, find_module
from memlab.recipe_source import MissingSourceError, RecipeSource, SourceError, read_source

if TYPE_CHECKING:
    from memlab.model.description import RecipeDescription, RecipeReference
    from memlab.model.trial import RecipeFailure, TrialSpec

_OF_THE_MEASURED_PROCESS = ("PIL", "memlab", "memlab_recipes", "memray", "numpy", "psutil")
"""Besides the standard library: what the measured process itself may import after the recipe's folder has come
first on `sys.path`."""
_SEE_LIST = "memlab list shows the recipes there are; a file is given by its path, like ./mine.py"


@dataclass(frozen=True)
class CatalogueEntry:
    """One recipe, or one place where a recipe was expected.

    Attributes:
        name: what users call it: the module's stem.
        summary: the first line of its docstring.
        file: where it is; empty where nothing was found.
        origin: the name of the entry point it came through.
        needs: modules the whole recipe can't do without.
        variants: (name, role), in the order of the source.
        problem: why it can't be used, in a sentence's words; None where it can.
        module: its dotted name.
    """

    name: str
    summary: str
    file: str
    origin: str
    needs: tuple[str, ...] = ()
    variants: tuple[tuple[str, str], ...] = ()
    problem: str | None = None
    module: str = ""


def find_all() -> list[CatalogueEntry]:
    """All recipes, sorted by name; what can't be read has a `problem` instead of stopping the rest."""
    entries: dict[tuple[str, str], CatalogueEntry] = {}
    for entry_point in entry_points():
        for entry in _entries(entry_point):
            entries.setdefault((entry.file, entry.name), entry)
    return sorted(entries.values(), key=lambda entry: (entry.name, entry.origin, entry.file))


def resolve(name: str) -> RecipeReference:
    """The recipe that a user means.

    Args:
        name: a name from `memlab list` (`-` and `_` are equal), `origin:name` where two packages offer the same
            name, or the path of a file: whatever ends in `.py` or contains a path separator.

    Raises:
        UsageError: there is no such recipe or file, or the name is ambiguous.
        RecipeError: the file can't be a recipe: not Python source, or its name can't be imported.
    """
    if _is_path(name):
        return _resolve_path(name)
    from memlab.model.description import RecipeReference

    entry = _resolve_name(name)
    return RecipeReference(name=entry.name, module=entry.module)


def file_of(reference: RecipeReference) -> str | None:
    """The path of a recipe's source; None where it is no longer there."""
    if reference.path is not None or reference.module is None:
        return reference.path
    spec = find_module(reference.module)
    return spec.origin if spec is not None else None


def needs_from_source(reference: RecipeReference) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """What the recipe and each of its variants need, as far as it is written as literals.

    Returns:
        the modules the whole recipe needs; for each variant the modules it needs besides.

    Raises:
        RecipeError: the file can't be read or is no valid Python.
    """
    source = _source_of(reference)
    return source.needs, source.variant_needs


def describe_spec(reference: RecipeReference, folder: str) -> TrialSpec:
    """The spec of a process that describes the recipe and leaves its reply in `folder`."""
    from memlab.model.trial import TrialSpec

    return TrialSpec(task="describe", recipe=reference, folder=folder)


def read_description(reply: Mapping[str, Any], reference: RecipeReference) -> RecipeDescription:
    """The description out of the reply of such a process.

    Raises:
        RecipeError: the recipe can't be described; the sentence says why, the recipe's own traceback is below.
    """
    import msgspec

    from memlab.model.description import RecipeDescription
    from memlab.model.trial import RecipeFailure

    name = printable(reference.name, 80)
    try:
        if reply.get("status") == "described":
            return msgspec.convert(reply.get("description"), RecipeDescription)
        failure = msgspec.convert(reply.get("failure"), RecipeFailure)
    except msgspec.ValidationError as error:
        raise RecipeError(f"the description of {name} can't be read: {error}") from None
    raise _failed(name, failure)


def _failed(name: str, failure: RecipeFailure) -> RecipeError:
    trace = failure.traceback.rstrip() or None
    text = printable(failure.message, 400)
    if failure.kind == "exit":
        code = text if text not in ("", "None") else "0"
        return RecipeError(f"{name} called sys.exit({code}) when it was imported", detail=trace)
    if failure.kind == "memory":
        return RecipeError(f"{name} ran out of memory when it was imported", detail=trace)
    explained = explain_import_error(failure.missing_module, failure.message)
    if explained is not None:
        return RecipeError(f"{name} can't be imported: {explained}", detail=trace)
    module = failure.missing_module
    if module is not None and missing((module,)):
        return RecipeError(f"{name} can't be imported: {install_sentence(printable(module, 80))}", detail=trace)
    if failure.type == "RecipeDefinitionError":
        return RecipeError(f"{name} is not a usable recipe: {text}")
    doing = "imported" if failure.stage == "import" else "described"
    kind = printable(failure.type, 80)
    return RecipeError(f"{name} can't be {doing}: {kind}{': ' if text else ''}{text}", detail=trace)


def _is_path(name: str) -> bool:
    separators = {os.sep, os.altsep or os.sep, "/"}
    return name.endswith(".py") or any(separator in name for separator in separators)


def _resolve_path(name: str) -> RecipeReference:
    from memlab.model.description import RecipeReference

    shown = printable(name, 120)
    if not name.endswith(".py"):
        what = "is a folder" if os.path.isdir(name) else "doesn't end in .py"
        raise UsageError(f"{shown} {what}, and a recipe is a file that ends in .py", hint=_SEE_LIST)
    try:
        path = os.path.abspath(name)
    except OSError as error:
        raise UsageError(f"the folder memlab was started in can't be found: {error.strerror}") from None
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise RecipeError(
            f"the path {shown} is not valid UTF-8", hint="rename the file, or move it to another folder"
        ) from None
    stem = os.path.basename(path)[: -len(".py")]
    reference = RecipeReference(name=stem, path=path)
    try:
        source = read_source(path)
    except MissingSourceError as error:
        raise UsageError(f"{shown} {error}", hint=_hint_for_missing_file(stem)) from None
    except SourceError as error:
        raise RecipeError(f"{shown} {error}", detail=error.detail) from None
    _check_stem(stem, shown, source)
    return reference


def _check_stem(stem: str, shown: str, source: RecipeSource) -> None:
    if not stem.isidentifier() or stem in ("__init__", "__main__"):
        raise RecipeError(
            f"{shown} can't be imported: {printable(stem, 80)!r} is not a module's name",
            hint=f"rename it to letters, digits and _, like {_as_identifier(stem)}.py",
        )
    hidden = None
    if stem in sys.stdlib_module_names:
        hidden = f"Python's own module {stem}"
    elif stem in _OF_THE_MEASURED_PROCESS:
        hidden = f"the module {stem}, which memlab needs"
    elif stem in source.imports:
        hidden = f"the module {stem} that it imports"
    if hidden is not None:
        raise RecipeError(
            f"{shown} would hide {hidden}, because a recipe is imported by its file's name",
            hint=f"rename it, for example to {stem}_recipe.py",
        )


def _as_identifier(stem: str) -> str:
    kept = "".join(character if character.isascii() and character.isalnum() else "_" for character in stem[:40])
    kept = kept.strip("_")
    return kept if kept.isidentifier() else f"recipe_{kept}".rstrip("_")


def _hint_for_missing_file(stem: str) -> str:
    close = _close_names(stem, find_all())
    return f"did you mean the recipe {close[0]}, without a path?" if close else _SEE_LIST


def _resolve_name(name: str) -> CatalogueEntry:
    wanted = name.replace("-", "_")
    origin, colon, rest = name.rpartition(":")
    entries = find_all()
    found = [entry for entry in entries if entry.name == wanted]
    if colon and not found:
        found = [entry for entry in entries if entry.origin == origin and entry.name == rest.replace("-", "_")]
    usable = [entry for entry in found if entry.problem is None]
    if len(usable) == 1:
        return usable[0]
    if len(usable) > 1:
        raise _ambiguous(usable)
    if found:
        raise RecipeError(f"{found[0].file or found[0].name} {found[0].problem}")
    shown = printable(name, 80)
    if not name.strip():
        raise UsageError("a recipe's name is empty", hint=_SEE_LIST)
    if os.path.isfile(f"{wanted}.py"):
        raise UsageError(f"there is no recipe called {shown}", hint=f"for the file here, say ./{wanted}.py")
    close = _close_names(wanted, entries)
    hint = f"did you mean {' or '.join(close)}? {_SEE_LIST}" if close else _SEE_LIST
    raise UsageError(f"there is no recipe called {shown}", hint=hint)


def _ambiguous(entries: list[CatalogueEntry]) -> UsageError:
    name = entries[0].name
    origins = list(dict.fromkeys(printable(entry.origin, 80) for entry in entries))
    if len(origins) == len(entries):
        ways = " or ".join(f"{origin}:{name}" for origin in origins)
        return UsageError(f"there are several recipes called {name}", hint=f"say which one: {ways}")
    files = " and ".join(printable(entry.file) for entry in entries)
    return UsageError(f"there are several recipes called {name}: {files}", hint="give the path of the one you mean")


def _close_names(wanted: str, entries: Iterable[CatalogueEntry]) -> list[str]:
    import difflib

    names = {entry.name for entry in entries if entry.problem is None}
    return difflib.get_close_matches(wanted[:200], sorted(names), n=3, cutoff=0.6)


def _source_of(reference: RecipeReference) -> RecipeSource:
    file = file_of(reference)
    if file is None:
        raise RecipeError(f"the recipe {printable(reference.name, 80)} is no longer where it was")
    try:
        return read_source(file)
    except SourceError as error:
        raise RecipeError(f"{printable(file)} {error}", detail=error.detail) from None


def _entries(entry_point: RecipeEntryPoint) -> Iterator[CatalogueEntry]:
    origin, module = entry_point.name, entry_point.module

    def lost(why: str) -> CatalogueEntry:
        problem = f"is named by the entry point {printable(origin, 80)}, and {why}"
        return CatalogueEntry(printable(module, 80), "", "", origin, problem=problem, module=module)

    try:
        spec = find_module(module)
    except Exception as error:
        yield lost(f"looking for it failed: {type(error).__name__}: {printable(str(error))}")
        return
    if spec is None:
        yield lost("there is no such module")
    elif spec.submodule_search_locations is not None:
        for folder in dict.fromkeys(spec.submodule_search_locations):
            try:
                with os.scandir(folder) as files:
                    names = sorted(file.name for file in files)
            except OSError as error:
                yield lost(f"its folder can't be read: {error.strerror}")
                continue
            for name in names:
                stem, extension = os.path.splitext(name)
                if extension == ".py" and stem.isidentifier() and not stem.startswith("_"):
                    yield from _entry(os.path.join(folder, name), f"{module}.{stem}", origin)
    elif spec.origin is not None and spec.origin.endswith(".py"):
        yield from _entry(spec.origin, module, origin)
    else:
        yield lost("that is not a file of Python source")


def _entry(file: str, module: str, origin: str) -> Iterator[CatalogueEntry]:
    name = module.rpartition(".")[2]
    try:
        source = read_source(file)
    except SourceError as error:
        yield CatalogueEntry(name, "", file, origin, problem=str(error), module=module)
        return
    if source.is_recipe:
        summary = source.doc.strip().partition("\n")[0].strip()
        yield CatalogueEntry(name, summary, file, origin, source.needs, source.variants, module=module)
