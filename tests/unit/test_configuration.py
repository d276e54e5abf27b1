"""`[tool.memlab]`: found on the way up, read strictly, and refused with the key and the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.configuration import Configuration, find_configuration
from memlab.errors import UsageError
from memlab.limits import DEFAULT_FAIL_ON, parse_budget, parse_fail_on

WHOLE = """
[project]
name = "pictures"

[tool.memlab]
recipes = ["generators", "block-cache", "./benchmarks/mine.py", "other.py"]
baseline = "checks/memory.json"
fail-on = "growth>10%"
trials = 5
max-trials = 11
timeout = "1 min 30 s"
jobs = 2
meters = ["memory-profiler", "memray"]
strict-improvement = true

[tool.memlab.budgets]
generators = ["stream<64MiB", "generators/stream<0.1×load_all"]
block-cache = ["top-k is constant"]

[tool.memlab.set.generators]
count = 8
quality = 0.5
format = "png"
progressive = false
"""


def project(folder: Path, content: str | bytes) -> str:
    """Write a project's file, and give the text it is shown as."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def read(folder: Path, content: str) -> Configuration:
    project(folder, content)
    return find_configuration(str(folder))


def refused(folder: Path, content: str | bytes) -> UsageError:
    """What is said of a file, which is called FILE in it."""
    file = project(folder, content)
    with pytest.raises(UsageError) as raised:
        find_configuration(str(folder))
    raised.value.message = raised.value.message.replace(file, "FILE")
    return raised.value


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found == Configuration(
        file=str(tmp_path / "pyproject.toml"),
        baseline=str(tmp_path / "checks" / "memory.json"),
        recipes=("generators", "block-cache", str(tmp_path / "benchmarks" / "mine.py"), str(tmp_path / "other.py")),
        fail_on=parse_fail_on("growth>10%"),
        trials=5,
        max_trials=11,
        timeout_seconds=90.0,
        jobs=2,
        meters=("os", "memray", "memory_profiler"),
        strict_improvement=True,
        budgets=(
            parse_budget("generators/stream<64MiB"),
            parse_budget("generators/stream<0.1×load_all"),
            parse_budget("block_cache/top_k is constant"),
        ),
        settings={"generators": {"count": 8, "quality": 0.5, "format": "png", "progressive": False}},
    )
    assert [budget.text for budget in found.budgets][:2] == ["stream<64MiB", "generators/stream<0.1×load_all"]
    assert found.settings_of("generators")["count"] == 8
    assert found.settings_of("block-cache") == {}


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    found = read(tmp_path, "[tool.memlab]\n")
    assert found == Configuration(str(tmp_path / "pyproject.toml"), str(tmp_path / "memlab-baseline.json"))
    assert (found.fail_on, found.trials, found.meters) == (DEFAULT_FAIL_ON, None, None)


def test_hyphens_and_underscores_are_equal(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        [tool.memlab]
        fail_on = "heap>1MiB"
        max_trials = 4
        strict_improvement = true
        budgets.block_cache = ["a-b<1MiB"]
        set.block-cache.count = 3
        """,
    )
    assert (str(found.fail_on), found.max_trials, found.strict_improvement) == ("heap>1MiB", 4, True)
    assert [str(budget) for budget in found.budgets] == ["block_cache/a_b<1MiB"]
    assert found.settings_of("block-cache") == found.settings_of("block_cache") == {"count": 3}


def test_the_first_file_on_the_way_up_that_says_anything_of_memlab(tmp_path: Path) -> None:
    above = project(tmp_path, "[tool.memlab]\ntrials = 4\n")
    project(tmp_path / "package", '[project]\nname = "inner"\n[tool.other]\n')
    deep = tmp_path / "package" / "source" / "deep"
    deep.mkdir(parents=True)
    (deep / "pyproject.toml").mkdir()
    found = find_configuration(str(deep))
    assert (found.file, found.trials) == (above, 4)
    assert found.baseline == str(tmp_path / "memlab-baseline.json")
    nearer = project(tmp_path / "package", "[tool.memlab]\n")
    found = find_configuration(str(deep))
    assert (found.file, found.trials) == (nearer, None)


def test_no_file_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder whose parents are this test's own business can't be had; tmp_path's parents have no such file.
    monkeypatch.chdir(tmp_path)
    assert find_configuration() == Configuration(None, str(tmp_path / "memlab-baseline.json"))


def test_a_working_folder_that_went_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="the folder memlab was started in can't be found"):
        find_configuration()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.memlab\n", "FILE is not valid TOML: "),
        ("[tool.memlab]\ntrials = 3\ntrials = 4\n", "FILE is not valid TOML: "),
        (b"\xef\xbb\xbf[tool.memlab]\n", "FILE is not valid TOML: it begins with a byte order mark"),
        (b"[tool.memlab]\n# \xff\n", "FILE is not valid TOML: it is not UTF-8 in line 2"),
        ("a = " + "[" * 100_000, "FILE is not valid TOML: "),
        ("[tool.memlab]\ntrials = " + "1" * 5000, "FILE is not valid TOML: "),
        ("[tool]\nmemlab = 3\n", "tool.memlab in FILE is a whole number, not a table"),
        ("[[tool.memlab]]\n", "tool.memlab in FILE is a list, not a table"),
    ],
)
def test_a_file_that_can_not_be_read(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refused(tmp_path, content).message.startswith(message)


def test_damaged_toml_is_named_with_its_line(tmp_path: Path) -> None:
    assert "line 3" in refused(tmp_path, "[tool.memlab]\ntrials = 3\njobs = = 2\n").message


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    file = project(tmp_path, "[tool.memlab]\n")
    os.chmod(file, 0)
    with pytest.raises(UsageError, match="can't be read: Permission denied"):
        find_configuration(str(tmp_path))


THERE_ARE = (
    "there are recipes, baseline, fail-on, trials, max-trials, timeout, jobs, meters, strict-improvement, budgets, set"
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trial = 3", f"tool.memlab.trial in FILE is unknown; {THERE_ARE}"),
        ('"a b" = 3', f'tool.memlab."a b" in FILE is unknown; {THERE_ARE}'),
        (
            "fail-on = 'growth>5%'\nfail_on = 'growth>5%'",
            "tool.memlab.fail_on in FILE is there twice, with - and with _",
        ),
        ("recipes = 'generators'", "tool.memlab.recipes in FILE is a text, not a list of texts"),
        ("recipes = ['a', 3]", "tool.memlab.recipes[1] in FILE is a whole number, not a text"),
        ("recipes = ['']", "tool.memlab.recipes[0] in FILE is empty"),
        ('recipes = ["a\\u0000.py"]', "tool.memlab.recipes[0] in FILE holds a null character"),
        ("baseline = false", "tool.memlab.baseline in FILE is true or false, not a text"),
        ("fail-on = 5", "tool.memlab.fail-on in FILE is a whole number, not a text"),
        (
            "fail_on = 'speed>5%'",
            "tool.memlab.fail_on in FILE: expected a figure (growth, heap, retained or kept), and",
        ),
        ("trials = '3'", "tool.memlab.trials in FILE is a text, not a whole number"),
        ("trials = 3.0", "tool.memlab.trials in FILE is a decimal number, not a whole number"),
        ("trials = true", "tool.memlab.trials in FILE is true or false, not a whole number"),
        ("trials = 0", "tool.memlab.trials in FILE is 0, not between 1 and 1000"),
        ("max-trials = 1001", "tool.memlab.max-trials in FILE is 1001, not between 1 and 1000"),
        ("trials = 5\nmax_trials = 4", "tool.memlab.max_trials in FILE is 4, less than trials, which is 5"),
        ("jobs = 65", "tool.memlab.jobs in FILE is 65, not between 1 and 64"),
        ("timeout = 'long'", 'tool.memlab.timeout in FILE is \'long\', not a duration like "90s" or "5min"'),
        ("timeout = []", 'tool.memlab.timeout in FILE is a list, not a duration like "90s" or "5min"'),
        ("timeout = 0", "tool.memlab.timeout in FILE is 0, not between 0 and 30 days"),
        ("timeout = -5.0", "tool.memlab.timeout in FILE is -5.0, not between 0 and 30 days"),
        ("timeout = nan", "tool.memlab.timeout in FILE is nan, not between 0 and 30 days"),
        ("timeout = 'inf'", "tool.memlab.timeout in FILE is 'inf', not a duration"),
        ("timeout = '31 h 1e9min'", "tool.memlab.timeout in FILE is 31 h 1e9min, not between 0 and 30 days"),
        ("meters = 'os'", "tool.memlab.meters in FILE is a text, not a list of texts"),
        (
            "meters = ['massif']",
            "tool.memlab.meters in FILE: there is no meter called 'massif'; there are os, tracemalloc, memray, memory",
        ),
        ("strict-improvement = 1", "tool.memlab.strict-improvement in FILE is a whole number, not true or false"),
        ("budgets = ['stream<1MiB']", "tool.memlab.budgets in FILE is a list, not a table with a key for each recipe"),
        ("budgets.generators = 'stream<1MiB'", "tool.memlab.budgets.generators in FILE is a text, not a list of texts"),
        (
            "budgets.'./mine.py' = []",
            "tool.memlab.budgets.\"./mine.py\" in FILE: './mine.py' is not the name of a recipe",
        ),
        ("budgets.a-b = []\nbudgets.a_b = []", "tool.memlab.budgets.a_b in FILE is there twice, with - and with _"),
        ("budgets.a = ['b/c<1MiB']", "tool.memlab.budgets.a in FILE: 'b/c<1MiB' is a budget of b"),
        ("budgets.a = ['c<1']", "tool.memlab.budgets.a in FILE: expected a unit after 1 "),
        ("set = 3", "tool.memlab.set in FILE is a whole number, not a table with a key for each recipe"),
        ("set.a = 3", "tool.memlab.set.a in FILE is a whole number, not a table of settings, like count = 8"),
        ("set.a.count = [1]", "tool.memlab.set.a.count in FILE is a list, not a number, a text, true or false"),
        (
            "set.a.count = 2030-01-02",
            "tool.memlab.set.a.count in FILE is a date or time, not a number, a text, true or",
        ),
        ("set.a.count = inf", "tool.memlab.set.a.count in FILE is not a finite number, not a number, a text, true or"),
    ],
)
def test_what_can_not_be_meant(tmp_path: Path, line: str, message: str) -> None:
    said = refused(tmp_path, f"[tool.memlab]\n{line}\n").message
    assert said.startswith(message)
    assert "\n" not in said


def test_a_close_key_is_suggested(tmp_path: Path) -> None:
    assert refused(tmp_path, "[tool.memlab]\nbudget = {}\n").hint == "did you mean budgets?"
    assert refused(tmp_path, "[tool.memlab]\nfailon = 1\n").hint == "did you mean fail-on?"
    assert refused(tmp_path, "[tool.memlab]\ncolour = 1\n").hint is None


def test_the_place_of_a_mistake_in_a_budget_is_shown(tmp_path: Path) -> None:
    assert refused(tmp_path, "[tool.memlab]\nbudgets.a = ['stream<1Mob']\n").detail == "stream<1Mob\n        ^"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202e", "x" * 5000, '"', "\\"])
def test_hostile_keys_are_shown_printable(tmp_path: Path, hostile: str) -> None:
    key = hostile.replace("\\", "\\\\").replace('"', '\\"').replace("\x1b", "\\u001b")
    said = refused(tmp_path, f'[tool.memlab]\n"{key}" = 1\n').message
    assert said.isprintable()
    assert len(said) < 500


toml_values = st.recursive(
    st.sampled_from(
        ["1", "-3", "1.5", "nan", "true", '"a"', "'growth>5%'", "2030-01-02", "[]", "{}", "'5min'", "['os']"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda some: f"[{', '.join(some)}]")
        | st.dictionaries(st.sampled_from(["a", "a-b", "count"]), inner, max_size=2).map(
            lambda some: "{" + ", ".join(f"{key} = {value}" for key, value in some.items()) + "}"
        )
    ),
    max_leaves=5,
)
keys = st.sampled_from(
    ["recipes", "baseline", "fail-on", "trials", "max-trials", "timeout", "jobs", "meters", "budgets", "set", "x"]
)


@given(st.dictionaries(keys, toml_values, max_size=3))
def test_any_table_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, table: dict[str, str]) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    project(folder, "[tool.memlab]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()))
    try:
        find_configuration(str(folder))
    except UsageError as error:
        said = error.message
    else:
        return
    assert "tool.memlab" in said
    assert str(folder) in said
