"""Who may import whom, held by a walk over the source: the table below is the house's order."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import memlab

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "memlab"
RECIPES = ROOT / "recipes"

LOWEST = {"errors", "units", "printable", "libraries", "limits"}
DOCUMENTS = LOWEST | {"kernel", "recipe", "model"}
NEIGHBOURS = {"inputs", "catalogue", "plan", "runner", "analysis", "storage", "doctor", "render", "configuration"}

# What each part may import of memlab, besides itself. A new part needs a row: decide where it stands.
# `child` and `supervisor` are in no row, because they are run and never imported.
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": {"errors", "integrations", "recipe"},
    "__main__": {"cli"},
    "errors": set(),
    "units": set(),
    "printable": set(),
    "libraries": set(),
    "limits": {"errors", "units", "printable"},
    "kernel": LOWEST,
    "recipe": LOWEST | {"kernel"},
    "model": LOWEST | {"kernel", "recipe"},
    "recipe_search": set(),
    "recipe_source": set(),
    "inputs": DOCUMENTS,
    "catalogue": DOCUMENTS | {"recipe_search", "recipe_source"},
    "configuration": LOWEST,
    "plan": DOCUMENTS,
    "runner": DOCUMENTS,
    "analysis": DOCUMENTS,
    "storage": DOCUMENTS,
    "doctor": DOCUMENTS,
    "render": {"model", "units", "printable"},
    "workflow": DOCUMENTS | NEIGHBOURS | {"recipe_search"},
    "cli": DOCUMENTS | NEIGHBOURS | {"workflow"},
    "integrations": DOCUMENTS | NEIGHBOURS | {"workflow"},
    "child": {"kernel", "recipe"},
    "supervisor": {"kernel"},
}

# What each part may import from outside the standard library. Parts without a row need none of it.
MAY_USE: dict[str, set[str]] = {
    "model": {"msgspec"},
    "inputs": {"PIL", "numpy", "platformdirs"},
    "catalogue": {"msgspec"},
    "plan": {"msgspec"},
    "runner": {"msgspec", "psutil"},
    "analysis": {"msgspec"},
    "storage": {"msgspec"},
    "doctor": {"PIL", "cv2", "msgspec", "numpy", "psutil"},
    "render": {"PIL", "jinja2", "matplotlib", "msgspec", "rich"},
    "workflow": {"cloudpickle", "msgspec"},
    "integrations": {"msgspec", "psutil", "pytest", "_pytest"},
    "cli": {"click", "rich"},
    "child": {"PIL", "memory_profiler", "memray", "numpy", "psutil"},
    "supervisor": {"psutil"},
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "core", "misc"}
MOST_LINES = 400


@dataclass(frozen=True)
class Import:
    """One import statement: where it stands, and the dotted name of what it asks for."""

    part: str
    file: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.target}"


def parts() -> set[str]:
    """The modules and packages right below memlab."""
    files = {path.stem for path in PACKAGE.glob("*.py")}
    return files | {path.parent.name for path in PACKAGE.glob("*/*.py")}


def modules() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *RECIPES.rglob("*.py")])


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(file: Path, part: str) -> Iterator[Import]:
    """All imports of a file, wherever they stand: at the top, in functions, for the type checker, by name."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = list(file.relative_to(ROOT).parent.parts)
                above = package[: len(package) - node.level + 1]
                module = ".".join([*above, module] if module else above)
            # Of `from memlab import x`, x may be a part, or one of the names that memlab takes from elsewhere.
            homes = memlab._HOMES
            targets = (
                [homes.get(alias.name, f"memlab.{alias.name}") for alias in node.names]
                if module == "memlab"
                else [module]
            )
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                targets = [node.args[0].value]
        for target in targets:
            yield Import(part, file, getattr(node, "lineno", 0), target)


def all_imports() -> list[Import]:
    return [found for file in PACKAGE.rglob("*.py") for found in imports_of(file, part_of(file))]


def test_every_part_has_its_place_in_the_table() -> None:
    assert parts() == set(MAY_IMPORT), "MAY_IMPORT and the folders of memlab/ differ"


def test_parts_import_only_what_lies_below_them() -> None:
    wrong = []
    for found in all_imports():
        package, _, rest = found.target.partition(".")
        wanted = rest.partition(".")[0]
        if package != "memlab" or wanted in ("", "__version__", found.part):
            continue
        if wanted not in MAY_IMPORT.get(found.part, set()):
            wrong.append(str(found))
    assert wrong == []


def test_parts_use_only_the_libraries_of_their_row() -> None:
    wrong = []
    for found in all_imports():
        package = found.target.partition(".")[0]
        if package == "memlab" or package in sys.stdlib_module_names:
            continue
        if package not in MAY_USE.get(found.part, set()):
            wrong.append(str(found))
    assert wrong == []


def test_recipes_are_written_as_anybody_would_write_them() -> None:
    """Nothing but the public names of memlab, and no recipe leans on another."""
    wrong = []
    for file in RECIPES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = ["." * node.level + (node.module or "")]
                if node.module == "memlab":
                    names = [f"memlab.{alias.name}" for alias in node.names if alias.name not in memlab.__all__]
            else:
                continue
            wrong += [f"{file.name}: {name}" for name in names if name.startswith((".", "memlab.", "memlab_recipes"))]
    assert wrong == []


def test_module_names_say_what_is_inside() -> None:
    names = {path.relative_to(ROOT): path.stem for path in modules()}
    names |= {path.parent.relative_to(ROOT): path.parent.name for path in modules()}
    assert [str(path) for path, name in names.items() if name.strip("_").lower() in FORBIDDEN_NAMES] == []


def test_test_modules_have_names_of_their_own() -> None:
    """pytest imports them by their bare names: of two that are called alike, it refuses the second."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_modules_can_be_held_in_the_head() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert sum(lines > 300 for lines in lengths.values()) <= len(lengths) / 10, "most modules are under 300 lines"


def test_modules_say_what_they_are_for() -> None:
    silent = []
    for path in modules():
        tree = ast.parse(path.read_bytes())
        # An empty __init__.py has nothing to say; one with something in it has.
        if tree.body and not (ast.get_docstring(tree) or "").strip():
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []
    assert (PACKAGE / "model" / "__init__.py").read_bytes() == b""


HEAVY = (
    "PIL",
    "click",
    "cloudpickle",
    "cv2",
    "h5py",
    "jinja2",
    "matplotlib",
    "memory_profiler",
    "memray",
    "msgspec",
    "numpy",
    "platformdirs",
    "psutil",
    "rich",
)


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import memlab", HEAVY),
        ("import memlab.recipe", HEAVY),
        ("from memlab import *", HEAVY),
        ("import memlab.child.__main__", HEAVY),
        ("import memlab.supervisor.__main__", HEAVY),
        ("import memlab.cli", tuple(name for name in HEAVY if name != "click")),
    ],
)
def test_starting_loads_nothing_heavy(statement: str, absent: tuple[str, ...], tmp_path: Path) -> None:
    script = f"import sys\n{statement}\nprint(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [], f"{statement} loads what it should load late"
