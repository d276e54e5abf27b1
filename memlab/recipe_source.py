"""What a recipe's source says, read by `ast`: no recipe code runs.

Enough to list recipes and to name a missing library before anything starts; all else comes from the process
that describes the recipe. What isn't written as a literal is not known here.
"""

from __future__ import annotations

import ast
import os
import stat
import warnings
from dataclasses import dataclass

ROLES = ("baseline", "technique", "pitfall")
"""As in `memlab.recipe.recipe`, which listing recipes needn't load; a test holds them equal."""
_MOST_BYTES = 4 << 20


class SourceError(Exception):
    """A file can't be read as Python source; the sentence completes "<file> …".

    Attributes:
        detail: the offending line with a mark below it, where there is one.
    """

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.detail = detail


class MissingSourceError(SourceError):
    """There is no such file."""


@dataclass(frozen=True)
class RecipeSource:
    """What was found in one file.

    Attributes:
        is_recipe: it has `recipe = Recipe(...)` at its top level.
        doc: the module's docstring.
        needs: modules the whole recipe can't do without.
        variants: (name, role), in the order of the source.
        variant_needs: modules that single variants can't do without, by the variant's name.
        imports: top-level names of the modules it imports anywhere.
    """

    is_recipe: bool
    doc: str
    needs: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]
    variant_needs: dict[str, tuple[str, ...]]
    imports: frozenset[str]


def read_source(path: str) -> RecipeSource:
    """Read and parse one file.

    Raises:
        MissingSourceError: there is none.
        SourceError: no regular file (a pipe is never waited for), unreadable, too large, binary, or no
            valid Python.
    """
    return parse_source(_read(path), path)


def parse_source(content: bytes, path: str) -> RecipeSource:
    """Parse the bytes of a file, in the encoding they declare.

    Raises:
        SourceError: binary, or no valid Python.
    """
    if b"\0" in content:
        raise SourceError("is a binary file, not Python source")
    try:
        with warnings.catch_warnings():
            # An invalid escape in somebody's docstring is not ours to report while listing.
            warnings.simplefilter("ignore")
            tree = ast.parse(content, path)
    except SyntaxError as error:
        raise _not_python(error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"can't be parsed as Python: {error or type(error).__name__}") from None
    return _examine(tree)


def _read(path: str) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise MissingSourceError("doesn't exist") from None
    except OSError as error:
        raise SourceError(f"can't be read: {error.strerror or error}") from None
    except ValueError as error:
        raise SourceError(f"can't be a file's name: {error}") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise SourceError("is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise SourceError("is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"can't be read: {error.strerror or error}") from None
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise SourceError(f"is larger than {_MOST_BYTES >> 20} MiB, too large for a recipe")
    return content


def _not_python(error: SyntaxError) -> SourceError:
    if error.lineno is None:
        return SourceError(f"is not Python: {error.msg}")
    detail = None
    if error.text:
        line = error.text.rstrip("\n")
        indent = len(line) - len(line.lstrip())
        detail = f"{error.lineno:>5}  {line.lstrip()}"
        if error.offset is not None and error.offset > 0:
            detail += "\n" + " " * (7 + max(0, error.offset - 1 - indent)) + "^"
    return SourceError(f"has a syntax error in line {error.lineno}: {error.msg}", detail)


def _examine(tree: ast.Module) -> RecipeSource:
    names = _names_of_recipe_class(tree)
    call: ast.Call | None = None
    variants: list[tuple[str, str]] = []
    variant_needs: dict[str, tuple[str, ...]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            call = _recipe_call(statement, names) or call
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in statement.decorator_list:
                role = _role(decorator)
                if role is not None:
                    variants.append((statement.name, role))
                    variant_needs[statement.name] = _needs(decorator)
    return RecipeSource(
        is_recipe=call is not None,
        doc=ast.get_docstring(tree) or "",
        needs=() if call is None else _needs(call),
        variants=tuple(variants),
        variant_needs=variant_needs,
        imports=_imports(tree),
    )


def _names_of_recipe_class(tree: ast.Module) -> set[str]:
    return {"Recipe"} | {
        alias.asname or alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == "memlab"
        for alias in statement.names
        if alias.name == "Recipe"
    }


def _recipe_call(statement: ast.Assign | ast.AnnAssign, names: set[str]) -> ast.Call | None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not any(isinstance(target, ast.Name) and target.id == "recipe" for target in targets):
        return None
    value = statement.value
    if not isinstance(value, ast.Call):
        return None
    function = value.func
    named = isinstance(function, ast.Name) and function.id in names
    reached = isinstance(function, ast.Attribute) and function.attr == "Recipe"
    return value if named or reached else None


def _role(decorator: ast.expr) -> str | None:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == "recipe"
        and target.attr in ROLES
    ):
        return target.attr
    return None


def _needs(call: ast.expr) -> tuple[str, ...]:
    if not isinstance(call, ast.Call):
        return ()
    for keyword in call.keywords:
        if keyword.arg == "needs":
            try:
                value = ast.literal_eval(keyword.value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return ()
            if isinstance(value, tuple | list):
                return tuple(module for module in value if isinstance(module, str))
    return ()


def _imports(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found)
