"""Recipes are found, listed and resolved without running any of their code."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from memlab import catalogue
from memlab.catalogue import CatalogueEntry, find_all, needs_from_source, read_description, resolve
from memlab.errors import RecipeError, UsageError
from memlab.model.description import RecipeReference
from memlab.recipe.recipe import ROLES
from memlab.recipe_search import entry_points, find_module
from memlab.recipe_source import ROLES as SOURCE_ROLES
from memlab.recipe_source import SourceError, parse_source, read_source

RECIPE = '''"""Summary of {name}.

More.
"""
import os
from memlab import Recipe, photos

raise SystemExit("recipe code ran")

recipe = Recipe(inputs=photos(2, 64, 48), needs=("cv2", "h5py"))

@recipe.baseline
def plain(paths): ...

@recipe.technique(needs=["tifffile"])
def better(paths): ...

@recipe.pitfall(against="better", shows="costs")
def worse(paths): ...
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, the only one there is."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder)])
    monkeypatch.chdir(tmp_path)
    return folder


def install(site: Path, distribution: str, entry_point: str) -> None:
    """What an installer writes beside a package."""
    folder = site / f"{distribution}-1.0.dist-info"
    folder.mkdir()
    text = f"[console_scripts]\nx = y:z\n\n[memlab.recipes]\n{entry_point}\n\n[other]\na = b\n"
    (folder / "entry_points.txt").write_text(text)


def package(site: Path, name: str, **modules: str) -> Path:
    """A package whose import would end the tests."""
    folder = site.joinpath(*name.split("."))
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('package code ran')")
    for module, content in modules.items():
        (folder / f"{module}.py").write_text(content)
    return folder


# --- finding


def test_memlabs_own_recipes_are_found_here() -> None:
    entries = {entry.name: entry for entry in find_all()}
    assert entries["generators"].module == "memlab_recipes.generators"
    assert entries["generators"].origin == "memlab"
    assert entries["generators"].problem is None
    assert "memlab_recipes.generators" not in sys.modules


def test_a_package_is_listed_by_its_source(site: Path) -> None:
    folder = package(
        site, "theirs", albums=RECIPE.format(name="albums"), _private=RECIPE, helper="x = 1", zebra="recipe = 3"
    )
    (folder / "notes.txt").write_text("recipe = Recipe()")
    (folder / "2nd-try.py").write_text(RECIPE)
    install(site, "theirs", "their_name = theirs")
    assert find_all() == [
        CatalogueEntry(
            name="albums",
            summary="Summary of albums.",
            file=str(folder / "albums.py"),
            origin="their_name",
            needs=("cv2", "h5py"),
            variants=(("plain", "baseline"), ("better", "technique"), ("worse", "pitfall")),
            problem=None,
            module="theirs.albums",
        )
    ]


def test_a_single_module_and_a_nested_package(site: Path) -> None:
    (site / "single.py").write_text(RECIPE.format(name="single"))
    package(site, "outer.inner", deep=RECIPE.format(name="deep"))
    (site / "outer" / "__init__.py").write_text("raise SystemExit('parent ran')")
    install(site, "one", "single = single")
    install(site, "two", "deep = outer.inner")
    assert [(entry.name, entry.module) for entry in find_all()] == [("deep", "outer.inner.deep"), ("single", "single")]
    assert needs_from_source(resolve("deep")) == (
        ("cv2", "h5py"),
        {"plain": (), "better": ("tifffile",), "worse": ()},
    )


def test_problems_are_named_and_stop_nothing(site: Path) -> None:
    folder = package(site, "theirs", good=RECIPE.format(name="good"), broken="def f(:\n")
    (folder / "binary.py").write_bytes(b"x = 1\0\x7fELF")
    (folder / "latin.py").write_bytes(b"x = '\xe9'\n")
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    install(site, "theirs", "theirs = theirs")
    install(site, "gone", "gone = no_such_package.deeper")
    install(site, "strange", "strange = ../../etc:x [y]")
    problems = {entry.name: entry.problem for entry in find_all()}
    assert problems.pop("good") is None
    assert problems.pop("broken", "").startswith("has a syntax error in line 1: ")
    assert problems.pop("binary") == "is a binary file, not Python source"
    assert "utf-8" in problems.pop("latin", "")
    assert problems.pop("pipe") == "is not a regular file"
    assert problems.pop("folder") == "is a folder, not a file"
    assert problems.pop("no_such_package.deeper", "").endswith("there is no such module")
    assert problems.pop("../../etc", "").endswith("there is no such module")
    assert problems == {}


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_problem(site: Path) -> None:
    folder = package(site, "theirs", locked=RECIPE)
    (folder / "locked.py").chmod(0)
    install(site, "theirs", "theirs = theirs")
    assert find_all()[0].problem == "can't be read: Permission denied"


def test_listing_warns_of_nothing(site: Path) -> None:
    package(site, "theirs", escapes=RECIPE.format(name="escapes") + '\nx = "\\d"\ny = 1 is 1\n')
    install(site, "theirs", "theirs = theirs")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_all()[0].problem is None


def test_entry_points_are_read_as_installers_write_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    install(first, "My_Package", "mine = a.b : recipes [extra]\n# other = x\nbroken line")
    install(second, "my_package", "shadowed = c")
    install(second, "empty", "")
    (second / "no_file-1.dist-info").mkdir()
    (second / "damaged-1.dist-info").mkdir()
    (second / "damaged-1.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[memlab.recipes\n]=\n")
    found = entry_points([str(first), str(second), str(tmp_path / "absent"), str(first)])
    assert [(entry.name, entry.module) for entry in found] == [("mine", "a.b")]


def test_entry_points_agree_with_importlib_metadata() -> None:
    from importlib import metadata

    known = {(entry.name, entry.module) for entry in metadata.entry_points(group="memlab.recipes")}
    assert {(entry.name, entry.module) for entry in entry_points()} == known


def test_modules_are_located_without_their_parents(site: Path) -> None:
    package(site, "outer.inner", deep="")
    (site / "outer" / "__init__.py").write_text("raise SystemExit('parent ran')")
    spec = find_module("outer.inner.deep")
    assert spec is not None
    assert spec.origin == str(site / "outer" / "inner" / "deep.py")
    assert find_module("outer.inner.missing") is None
    assert find_module("outer.inner.deep.deeper") is None
    assert find_module("not a name") is None


# --- reading source


def test_the_roles_are_the_recipes() -> None:
    assert SOURCE_ROLES == ROLES


@pytest.mark.parametrize(
    "line",
    [
        "from memlab import Recipe\nrecipe = Recipe()",
        "from memlab import Recipe as R\nrecipe = R()",
        "from memlab.recipe import Recipe as Rezept\nrecipe: Rezept = Rezept()",
        "import memlab\nrecipe = memlab.Recipe()",
        "import memlab as m\nother = recipe = m.Recipe()",
    ],
)
def test_recipes_are_recognized_however_the_class_is_imported(line: str) -> None:
    assert parse_source(line.encode(), "x.py").is_recipe


@pytest.mark.parametrize("line", ["recipe = 3", "recipe = make()", "def f():\n recipe = Recipe()", "x = Recipe()", ""])
def test_other_modules_are_not(line: str) -> None:
    assert not parse_source(line.encode(), "x.py").is_recipe


def test_the_declared_encoding_and_a_byte_order_mark_count() -> None:
    text = '"""Grüße."""\nrecipe = Recipe()\n'
    assert parse_source(b"# -*- coding: latin-1 -*-\n" + text.encode("latin-1"), "x.py").doc == "Grüße."
    assert parse_source(text.encode("utf-8-sig"), "x.py").doc == "Grüße."


def test_needs_that_are_no_literals_are_not_known() -> None:
    source = parse_source(b"recipe = Recipe(needs=NEEDS)\n@recipe.baseline(needs=f())\ndef a(): ...\n", "x.py")
    assert source.needs == ()
    assert source.variant_needs == {"a": ()}


def test_a_file_too_large_or_too_deep_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.py"
    with large.open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(SourceError, match="larger than 4 MiB"):
        read_source(str(large))
    with pytest.raises(SourceError):
        parse_source(b"(" * 100_000, "x.py")


def test_a_syntax_error_shows_the_line() -> None:
    with pytest.raises(SourceError, match="has a syntax error in line 2: ") as caught:
        parse_source(b"x = 1\n    y = (\n", "x.py")
    assert caught.value.detail is not None
    assert "y = (" in caught.value.detail


# --- resolving names


def test_hyphens_and_underscores_are_equal_and_case_counts(site: Path) -> None:
    package(site, "theirs", two_words=RECIPE)
    install(site, "theirs", "theirs = theirs")
    expected = RecipeReference(name="two_words", module="theirs.two_words")
    assert resolve("two-words") == resolve("two_words") == expected
    with pytest.raises(UsageError, match="no recipe called Two-Words"):
        resolve("Two-Words")


def test_a_folder_beside_does_not_matter(site: Path, tmp_path: Path) -> None:
    package(site, "theirs", generators=RECIPE)
    install(site, "theirs", "theirs = theirs")
    (tmp_path / "generators").mkdir()
    assert resolve("generators").module == "theirs.generators"
    with pytest.raises(UsageError, match="is a folder"):
        resolve("./generators")


def test_an_unknown_name_is_answered_with_close_ones(site: Path) -> None:
    package(site, "theirs", generators=RECIPE)
    install(site, "theirs", "theirs = theirs")
    with pytest.raises(UsageError) as caught:
        resolve("generatros")
    assert "did you mean generators?" in str(caught.value.hint)
    with pytest.raises(UsageError) as caught:
        resolve("zzz")
    assert "memlab list" in str(caught.value.hint)
    with pytest.raises(UsageError, match="is empty"):
        resolve("")


@pytest.mark.usefixtures("site")
def test_a_file_named_without_its_path_is_pointed_at(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RECIPE)
    with pytest.raises(UsageError) as caught:
        resolve("mine")
    assert "./mine.py" in str(caught.value.hint)


def test_the_same_name_twice_has_to_be_said_exactly(site: Path) -> None:
    package(site, "one", same_name=RECIPE)
    package(site, "two", same_name=RECIPE)
    install(site, "one", "first = one")
    install(site, "two", "second = two")
    with pytest.raises(UsageError, match="several recipes called same_name") as caught:
        resolve("same-name")
    assert "first:same_name or second:same_name" in str(caught.value.hint)
    assert resolve("second:same-name").module == "two.same_name"
    with pytest.raises(UsageError, match="no recipe called third:same_name"):
        resolve("third:same_name")


def test_two_of_one_origin_are_told_apart_by_their_files(site: Path) -> None:
    package(site, "one", same_name=RECIPE)
    package(site, "two", same_name=RECIPE)
    install(site, "one", "memlab = one")
    install(site, "two", "memlab = two")
    with pytest.raises(UsageError, match=r"one/same_name\.py and .*two/same_name\.py"):
        resolve("same_name")


def test_a_recipe_with_a_problem_says_it(site: Path) -> None:
    package(site, "theirs", broken="def f(:\n")
    install(site, "theirs", "theirs = theirs")
    with pytest.raises(RecipeError, match=r"broken\.py has a syntax error in line 1"):
        resolve("broken")


@pytest.mark.parametrize("name", ["\x1b[31mred\nred", "\u202e" + "x" * 10_000, "../" * 5000, "a\0b", "\ud800.py"])
@pytest.mark.usefixtures("site")
def test_hostile_names_are_answered_in_one_clean_sentence(name: str) -> None:
    with pytest.raises((UsageError, RecipeError)) as caught:
        resolve(name)
    said = f"{caught.value.message}{caught.value.hint}"
    assert said.isprintable()
    assert len(said) < 500


# --- resolving paths


@pytest.mark.usefixtures("site")
def test_a_file_is_taken_by_its_absolute_path(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RECIPE)
    expected = RecipeReference(name="mine", path=str(tmp_path / "mine.py"))
    assert resolve("mine.py") == resolve("./mine.py") == resolve(str(tmp_path / "mine.py")) == expected
    assert needs_from_source(expected)[0] == ("cv2", "h5py")


@pytest.mark.usefixtures("site")
def test_a_link_keeps_the_name_it_is_given_by(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RECIPE)
    (tmp_path / "alias.py").symlink_to("mine.py")
    assert resolve("./alias.py").name == "alias"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("./absent.py", "absent.py doesn't exist", "memlab list"),
        ("./generatorz.py", "doesn't exist", "did you mean the recipe generators"),
        ("./notes.txt", "doesn't end in .py", ""),
        ("./folder.py", "is a folder, not a file", ""),
        ("./pipe.py", "is not a regular file", ""),
        ("./loop.py", "can't be read", ""),
        ("./binary.py", "is a binary file", ""),
        ("./my-recipe.py", "'my-recipe' is not a module's name", "my_recipe.py"),
        ("./1st.py", "'1st' is not a module's name", "recipe_1st.py"),
        ("./a b\x1b.py", "a b\\x1b", "a_b.py"),
        ("./__init__.py", "is not a module's name", ""),
        ("./json.py", "would hide Python's own module json", "json_recipe.py"),
        ("./memlab.py", "would hide the module memlab", "memlab_recipe.py"),
        ("./numpy.py", "would hide the module numpy", "numpy_recipe.py"),
        ("./tifffile.py", "would hide the module tifffile that it imports", "tifffile_recipe.py"),
        ("./mine.py/", "doesn't end in .py", ""),
    ],
)
def test_paths_that_cannot_be_recipes(site: Path, tmp_path: Path, name: str, message: str, hint: str) -> None:
    package(site, "theirs", generators=RECIPE)
    install(site, "theirs", "theirs = theirs")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "binary.py").write_bytes(b"\0")
    (tmp_path / "tifffile.py").write_text("from tifffile.thing import x\n" + RECIPE)
    names = ("notes.txt", "my-recipe.py", "1st.py", "a b\x1b.py", "__init__.py", "json.py", "memlab.py", "numpy.py")
    for plain in (*names, "mine.py"):
        (tmp_path / plain).write_text(RECIPE)
    with pytest.raises((UsageError, RecipeError)) as caught:
        resolve(name)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.usefixtures("site")
def test_a_file_with_a_syntax_error_is_named_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from memlab import Recipe\nrecipe = Recipe(\n")
    with pytest.raises(RecipeError, match=r"mine\.py has a syntax error in line 2") as caught:
        resolve("./mine.py")
    assert "recipe = Recipe(" in str(caught.value.detail)


@pytest.mark.usefixtures("site")
def test_a_path_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/mine.py", "w") as file:
        file.write(RECIPE)
    with pytest.raises(RecipeError, match="not valid UTF-8"):
        resolve(os.fsdecode(folder + b"/mine.py"))


@pytest.mark.usefixtures("site")
def test_a_working_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="folder memlab was started in"):
        resolve("./mine.py")


def test_needs_of_a_recipe_that_went_away() -> None:
    with pytest.raises(RecipeError, match="no longer where it was"):
        needs_from_source(RecipeReference(name="gone", module="no_such_package.gone"))


# --- the describing process's reply

REFERENCE = RecipeReference(name="mine", path="/x/mine.py")
DESCRIPTION: dict[str, Any] = {
    "reference": {"name": "mine", "module": None, "path": "/x/mine.py"},
    "doc": "Mine.\n\nMore.",
    "file": "/x/mine.py",
    "headline": "growth",
    "agree": {"kind": "exact"},
    "needs": [],
    "inputs": None,
    "sweep": {"count": [8, 16]},
    "quick": {},
    "variants": [
        {
            "name": "plain",
            "role": "baseline",
            "doc": "",
            "source": {"file": "/x/mine.py", "line": 3, "text": "def plain(): ..."},
            "against": None,
            "shows": [],
            "because": None,
            "promises": [12.0, 0.6],
            "needs": [],
        }
    ],
}


def failure(**values: object) -> dict[str, Any]:
    said = {"stage": "import", "kind": "error", "type": "ValueError", "message": "no", "traceback": "Traceback: no"}
    return {"status": "failed", "failure": said | {"missing_module": None, "reached_bytes": None} | values}


def test_a_description_is_read() -> None:
    description = read_description({"status": "described", "description": DESCRIPTION}, REFERENCE)
    assert description.summary == "Mine."
    assert description.baseline.promises == (12.0, 0.6)
    assert description.sweep == {"count": (8, 16)}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (failure(), "mine can't be imported: ValueError: no"),
        (failure(message=""), "mine can't be imported: ValueError"),
        (failure(stage="describe", type="TypeError"), "mine can't be described: TypeError: no"),
        (
            failure(stage="describe", type="RecipeDefinitionError", message="the recipe has no baseline"),
            "mine is not a usable recipe: the recipe has no baseline",
        ),
        (failure(kind="exit", type="SystemExit", message="3"), "mine called sys.exit(3) when it was imported"),
        (failure(kind="exit", type="SystemExit", message=""), "mine called sys.exit(0) when it was imported"),
        (failure(kind="memory", type="MemoryError"), "mine ran out of memory when it was imported"),
        (
            failure(type="ModuleNotFoundError", message="No module named 'nowhere'", missing_module="nowhere"),
            "mine can't be imported: nowhere is missing; install it with: pip install nowhere",
        ),
        (
            failure(type="ModuleNotFoundError", message="No module named 'os.nowhere'", missing_module="os.nowhere"),
            "mine can't be imported: ModuleNotFoundError: No module named 'os.nowhere'",
        ),
        ({"status": "failed"}, "the description of mine can't be read: "),
        ({}, "the description of mine can't be read: "),
        ({"status": "described", "description": {"doc": 3}}, "the description of mine can't be read: "),
    ],
)
def test_failures_are_one_sentence(reply: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read_description(reply, REFERENCE)
    assert caught.value.message.startswith(message)
    if not message.endswith(": "):
        assert caught.value.message == message
    failure_type = reply.get("failure", {}).get("type")
    if failure_type == "RecipeDefinitionError":
        assert caught.value.detail is None  # the sentence is memlab's own: a traceback would lead into memlab
    elif "traceback" in reply.get("failure", {}):
        assert caught.value.detail == "Traceback: no"


def test_a_missing_system_library_comes_with_its_cure() -> None:
    message = "libGL.so.1: cannot open shared object file: No such file or directory"
    with pytest.raises(RecipeError, match="apt-get install libgl1"):
        read_description(failure(type="ImportError", message=message), REFERENCE)


def test_the_spec_asks_for_a_description() -> None:
    spec = catalogue.describe_spec(REFERENCE, "/folder")
    assert (spec.task, spec.recipe, spec.folder, spec.variant) == ("describe", REFERENCE, "/folder", None)
