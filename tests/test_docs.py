"""README is held to the code: its commands parse, its recipe runs, its targets, options and links exist."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import memlab.cli
from memlab import errors
from memlab.configuration import find_configuration
from memlab.storage import load_baseline

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PAGES = ["README.md", "CHANGELOG.md", "reports/README.md"]


def blocks(language: str, text: str = README) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def shell_lines() -> list[str]:
    """Each line of README's shell blocks as it is typed, without its comment."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.join(words) for line in lines if (words := shlex.split(line, comments=True))]


MEMLAB_LINES = list(dict.fromkeys(line for line in shell_lines() if line.startswith("memlab ")))
(MINE,) = [block for block in blocks("python") if "@recipe.baseline" in block]


@pytest.fixture(scope="module")
def commands() -> dict[str, click.Command]:
    """The commands that `memlab` really has."""
    below = [info.name for info in pkgutil.walk_packages(memlab.cli.__path__, "memlab.cli.")]
    for name in ["memlab.cli", *below]:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, click.Group):
                context = click.Context(value)
                found = {name: value.get_command(context, name) for name in value.list_commands(context)}
                if "compare" in found:
                    return {name: command for name, command in found.items() if command is not None}
    raise AssertionError("no click group with the command compare is found in memlab.cli")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that README's commands name, as working folder and home."""
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "Pictures").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_shows_the_commands() -> None:
    assert {line.split()[1] for line in MEMLAB_LINES} >= {"list", "show", "compare", "doctor"}


@pytest.mark.parametrize("line", MEMLAB_LINES)
@pytest.mark.usefixtures("home")
def test_readme_commands_parse(line: str, commands: dict[str, click.Command]) -> None:
    _, name, *words = [os.path.expanduser(word) for word in shlex.split(line)]
    assert name in commands, f"there is no command {name}"
    try:
        commands[name].make_context(name, words).close()
    except click.ClickException as error:
        pytest.fail(f"{line}: {error.format_message()}")


@pytest.mark.parametrize("line", MEMLAB_LINES)
def test_readme_names_recipes_that_exist(line: str) -> None:
    _, name, *words = shlex.split(line)
    if name in ("show", "compare") and words[0] != "--all":
        assert words[0] == "./mine.py" or (ROOT / "recipes" / f"{words[0].replace('-', '_')}.py").is_file()


def test_what_readme_writes_into_pyproject_is_understood(tmp_path: Path) -> None:
    (toml,) = [block for block in blocks("toml") if "[tool.memlab]" in block]
    (tmp_path / "pyproject.toml").write_text(toml)
    assert find_configuration(str(tmp_path)).recipes


def test_this_projects_own_check_is_of_all_its_recipes() -> None:
    configuration = find_configuration(str(ROOT))
    recipes = {file.stem for file in (ROOT / "recipes").glob("*.py")} - {"__init__"}
    assert set(configuration.recipes) == recipes
    baseline = load_baseline(configuration.baseline)
    assert baseline is not None
    assert [set(section.recipes) for section in baseline.sections] == [recipes]


def pytest_options() -> list[str]:
    """The options that memlab's plugin gives to pytest."""
    from memlab.integrations import pytest_plugin

    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    return [name for option in parser.getgroup("memlab").options for name in option.names()]


@pytest.mark.parametrize("page", PAGES)
def test_options_exist(page: str, commands: dict[str, click.Command]) -> None:
    known = {"--help"} | {option for command in commands.values() for each in command.params for option in each.opts}
    known |= {"--memlab-off", "--memlab-update"} & set(pytest_options())
    spans = re.findall(r"`([^`]+)`", without_blocks((ROOT / page).read_text()))
    named = {option for span in spans for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", span)}
    assert named <= known


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    code = re.findall(r"`([^`]+)`", without_blocks(text)) + [
        line for block in blocks("sh", text) for line in block.splitlines()
    ]
    named = {target for span in code for target in re.findall(r"^make ([a-z][a-z-]*)", span)}
    targets = set(re.findall(r"^([a-z][a-z-]*):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets
    assert page != "README.md" or {"demo", "test", "lint", "bench", "help"} <= named


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text())
    missing = [
        target for target in targets if "://" not in target and not (ROOT / page).parent.joinpath(target).exists()
    ]
    assert missing == []


def test_exit_codes_are_those_of_the_errors() -> None:
    rows = re.findall(r"^\| ([0-9, ]+) \|", README, re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(",")}
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.MemlabError)
    ]
    assert told == {0, 1} | {kind.exit_code for kind in kinds}


def test_the_recipe_is_short() -> None:
    assert len(MINE.splitlines()) < 20
    assert ast.get_docstring(ast.parse(MINE))


def test_the_recipe_works(home: Path) -> None:
    script = "import sys; from memlab.cli import main; sys.exit(main())"
    words = ["compare", "./mine.py", "--json", "--trials", "1"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=home, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (comparison,) = json.loads(done.stdout)["comparisons"]
    assert comparison["agreement"]["same"]
    assert comparison["ratio"]["value"] > 2
    assert list((home / "reports" / "mine").glob("*/run.json"))
