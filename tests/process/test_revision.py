"""Another revision in a worktree, with real repositories: what is in it, whose code runs, and that nothing stays."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from memlab.errors import RecipeError, UsageError
from memlab.model.description import RecipeReference
from memlab.model.trial import TrialSpec
from memlab.runner.executor import ProcessExecutor
from memlab.workflow.revision import Checkout, checked_out

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]

RECIPE = '''"""Tells."""
from memlab import Recipe
recipe = Recipe()

@recipe.baseline
def tells(paths):
    import os, memlab, pixels
    folders = os.environ["PYTHONPATH"].split(os.pathsep)
    return (pixels.AGE, os.path.dirname(memlab.__file__), [os.path.basename(folder) for folder in folders[:3]])
'''


class Repository:
    """A repository with one commit tagged `old`, and newer files on top of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def commit(self, files: dict[str, str], tag: str | None = None) -> None:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "more")
        if tag is not None:
            self.git("tag", tag)

    def worktrees(self) -> list[str]:
        lines = self.git("worktree", "list", "--porcelain").splitlines()
        return [line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")]


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """git with nobody's configuration."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.org")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    own = Repository(tmp_path / "project with spaces")
    monkeypatch.chdir(own.folder)
    return own


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def reference(path: Path) -> RecipeReference:
    return RecipeReference(path.stem, path=str(path))


def told(checkout: Checkout, recipe: RecipeReference) -> str:
    """What the variant `tells` returned in a trial of this revision."""
    with ProcessExecutor(checkout.paths) as executor:
        spec = TrialSpec(task="measure", recipe=recipe, folder="", variant="tells")
        outcome, reply = executor.measure(spec, timeout_seconds=60, timeline=False, reset=False)
    assert reply is not None, outcome
    assert reply.output is not None, reply
    assert reply.output.text is not None
    return reply.output.text


def test_a_checkout_has_the_commit_and_the_users_tree_stays_as_it_is(repository: Repository, scratch: Path) -> None:
    repository.commit({"value.txt": "old", "gone.txt": "still here"}, tag="old")
    (repository.folder / "gone.txt").unlink()
    repository.commit({"value.txt": "new"})
    repository.write({"value.txt": "edited", "untracked.txt": "x"})
    repository.write({"staged.txt": "x"})
    repository.git("add", "staged.txt")
    before = repository.git("status", "--porcelain"), repository.git("rev-parse", "HEAD")
    with checked_out("old", scratch) as checkout:
        top = Path(checkout.top)
        assert sorted(one.name for one in top.iterdir()) == [".git", "gone.txt", "value.txt"]
        assert (top / "value.txt").read_text() == "old"
        assert checkout.commit == repository.git("rev-parse", "old")
        assert checkout.paths == (str(top),)
        assert scratch in top.parents
    assert list(scratch.iterdir()) == []
    assert repository.worktrees() == [str(repository.folder)]
    assert not (repository.folder / ".git" / "worktrees").exists()
    assert (repository.git("status", "--porcelain"), repository.git("rev-parse", "HEAD")) == before
    assert (repository.folder / "value.txt").read_text() == "edited"


@pytest.mark.parametrize("name", ["HEAD", "@", "main", "tagged", "HEAD~1", "short", ":/more", "a tree of main"])
def test_whatever_git_takes_for_a_commit(repository: Repository, scratch: Path, name: str) -> None:
    repository.commit({"a.txt": "1"})
    repository.commit({"a.txt": "2"})
    repository.git("tag", "-a", "tagged", "-m", "an annotated tag")
    repository.git("checkout", "-q", "--detach")
    names = {"short": repository.git("rev-parse", "--short", "HEAD"), "a tree of main": "main^{tree}"}
    if name == "a tree of main":
        with pytest.raises(UsageError, match="git knows no commit"), checked_out(names[name], scratch):
            pass
        return
    with checked_out(names.get(name, name), scratch) as checkout:
        assert Path(checkout.top, "a.txt").read_text() == ("1" if name == "HEAD~1" else "2")


def test_trials_take_the_projects_packages_from_there(
    repository: Repository, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a subfolder with a `src`: the folder's own packages are found too, and the user's PYTHONPATH comes after."""
    files = {"sub/pyproject.toml": "", "sub/src/pixels.py": "AGE = 'old'", "sub/benchmarks/mine.py": RECIPE}
    repository.commit(files, tag="old")
    repository.commit({"sub/src/pixels.py": "AGE = 'new'"})
    project = repository.folder / "sub"
    own = os.pathsep.join(["/of/mine", *filter(None, [os.environ.get("PYTHONPATH")]), str(project / "src")])
    monkeypatch.setenv("PYTHONPATH", own)
    with checked_out("old", scratch, str(project)) as checkout:
        folder = os.path.join(checkout.top, "sub")
        assert checkout.paths == (os.path.join(folder, "src"), folder)
        recipe = checkout.recipe(reference(project / "benchmarks" / "mine.py"))
        assert recipe == RecipeReference("mine", path=os.path.join(folder, "benchmarks", "mine.py"))
        text = told(checkout, recipe)
        assert "'old'" in text
        assert "['src', 'sub', 'mine']" in text
        now = Checkout("", "", "", "", ())
        assert "'new'" in told(now, reference(project / "benchmarks" / "mine.py"))


def test_memlab_measures_by_its_own_code(repository: Repository, scratch: Path) -> None:
    """The project may be memlab itself: its recipes come from the revision, its measuring doesn't."""
    files = {"memlab/__init__.py": "raise SystemExit('the other memlab')", "src/pixels.py": "AGE = 'old'"}
    repository.commit(files | {"mine.py": RECIPE}, tag="old")
    with checked_out("old", scratch) as checkout:
        assert checkout.paths == (os.path.join(checkout.top, "src"),)
        recipe = checkout.recipe(reference(repository.folder / "mine.py"))
        assert recipe is not None
        text = told(checkout, recipe)
        assert "'old'" in text
        assert checkout.top not in text


def test_a_recipes_place_at_the_revision(repository: Repository, scratch: Path, tmp_path: Path) -> None:
    repository.commit({"kept.py": RECIPE, "broken.py": "def"}, tag="old")
    repository.write({"new.py": RECIPE, "broken.py": RECIPE})
    repository.write({".venv/lib/python3/site-packages/other/installed.py": RECIPE})
    outside = tmp_path / "outside.py"
    outside.write_text(RECIPE)
    link = tmp_path / "link"
    link.symlink_to(repository.folder)
    with checked_out("old", scratch) as checkout:
        there = os.path.join(checkout.top, "kept.py")
        assert checkout.recipe(reference(repository.folder / "kept.py")) == RecipeReference("kept", path=there)
        assert checkout.recipe(reference(link / "kept.py")) == RecipeReference("kept", path=there)
        assert checkout.recipe(reference(repository.folder / "new.py")) is None
        installed = repository.folder / ".venv/lib/python3/site-packages/other/installed.py"
        for same in (outside, installed):
            assert checkout.recipe(reference(same)) == reference(same)
        with pytest.raises(RecipeError, match=r"broken\.py has a syntax error"):
            checkout.recipe(reference(repository.folder / "broken.py"))


class PackageDir:
    """Finds the package `mapped_recipes` in a folder of another name, as an editable installation does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None) -> object:
        if name != "mapped_recipes":
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(self._folder)]
        return spec


def test_a_named_recipes_place_at_the_revision(
    repository: Repository, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = {"ours_of_memlab/__init__.py": "", "ours_of_memlab/kept.py": RECIPE}
    repository.commit(package | {"recipes/mapped.py": RECIPE}, tag="old")
    repository.write({"ours_of_memlab/new.py": RECIPE, "recipes/fresh.py": RECIPE})
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, PackageDir(repository.folder / "recipes")])
    monkeypatch.syspath_prepend(str(repository.folder))
    installed = tmp_path / "site-packages"
    shutil.copytree(repository.folder / "ours_of_memlab", installed / "ours_of_memlab")
    (installed / "ours_of_memlab" / "copied.py").write_text(RECIPE)
    monkeypatch.syspath_prepend(str(installed))
    importlib.invalidate_caches()

    def named(module: str) -> RecipeReference:
        return RecipeReference(module.rpartition(".")[2], module=module)

    with checked_out("old", scratch) as checkout:
        # Its package is found by the path, so the name leads there; a new module of it must not be taken from now.
        assert checkout.recipe(named("ours_of_memlab.kept")) == named("ours_of_memlab.kept")
        assert checkout.recipe(named("ours_of_memlab.new")) is None
        assert checkout.recipe(named("ours_of_memlab.copied")) is None
        there = os.path.join(checkout.top, "recipes", "mapped.py")
        assert checkout.recipe(named("mapped_recipes.mapped")) == RecipeReference("mapped", path=there)
        assert checkout.recipe(named("mapped_recipes.fresh")) is None
        # Installed from elsewhere.
        assert checkout.recipe(named("msgspec.json")) == named("msgspec.json")


def test_no_hook_runs(repository: Repository, scratch: Path) -> None:
    repository.commit({"a.txt": "1"}, tag="old")
    hook = repository.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntouch "$(git rev-parse --git-common-dir)/hook-ran"\n')
    hook.chmod(0o755)
    repository.git("checkout", "-q", "--detach")
    mark = repository.folder / ".git" / "hook-ran"
    assert mark.exists()  # it would run
    mark.unlink()
    with checked_out("old", scratch):
        pass
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        "--output=pwned",
        "-h",
        "--all",
        "^HEAD",
        "HEAD~1..HEAD",
        "",
        " ",
        "x\0y",
        "HEAD\n",
        "$(touch pwned)",
        "main; touch pwned",
        "HEAD:a.txt",
        "\udcff",
        "\u202emain",
        "x" * 100_000,
        "refs/heads/*",
    ],
)
def test_names_that_mean_no_commit(repository: Repository, scratch: Path, name: str) -> None:
    repository.commit({"a.txt": "1"})
    repository.commit({"a.txt": "2"})
    with pytest.raises(UsageError, match=r"^git knows no commit '") as raised, checked_out(name, scratch):
        pass
    assert len(raised.value.message) < 400
    assert raised.value.message.isprintable()
    assert list(scratch.iterdir()) == []
    assert sorted(one.name for one in repository.folder.iterdir()) == [".git", "a.txt"]


def test_a_branch_that_only_the_remote_has(repository: Repository, scratch: Path, tmp_path: Path) -> None:
    repository.commit({"a.txt": "1"})
    repository.git("branch", "topic")
    repository.git("clone", "-q", ".", str(tmp_path / "clone"))
    with pytest.raises(UsageError) as raised, checked_out("topic", scratch, str(tmp_path / "clone")):
        pass
    assert raised.value.hint == "did you mean origin/topic?"


def test_a_shallow_clone(repository: Repository, scratch: Path, tmp_path: Path) -> None:
    repository.commit({"a.txt": "1"}, tag="old")
    repository.commit({"a.txt": "2"})
    repository.git("clone", "-q", "--depth=1", f"file://{repository.folder}", str(tmp_path / "clone"))
    with (
        pytest.raises(UsageError, match="git knows no commit 'old'") as raised,
        checked_out("old", scratch, str(tmp_path / "clone")),
    ):
        pass
    assert raised.value.hint is not None
    assert "git fetch --unshallow" in raised.value.hint


def test_no_repository(scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="is in no git repository"), checked_out("HEAD", scratch, str(tmp_path)):
        pass


def test_a_repository_without_commits_and_one_without_a_tree(
    repository: Repository, scratch: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"^git knows no commit 'HEAD'"), checked_out("HEAD", scratch):
        pass
    repository.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with (
        pytest.raises(UsageError, match="must be run in a work tree"),
        checked_out("HEAD", scratch, str(tmp_path / "bare.git")),
    ):
        pass


def test_no_git(repository: Repository, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({})
    monkeypatch.setenv("PATH", str(scratch))
    with pytest.raises(UsageError, match=r"^git is not installed"), checked_out("HEAD", scratch):
        pass


def test_a_worktree_that_cannot_be_made(repository: Repository, scratch: Path) -> None:
    repository.commit({"a.txt": "1"})
    (repository.folder / ".git" / "worktrees").write_text("a file in the way")
    with pytest.raises(UsageError, match=r"^HEAD can't be checked out: \S") as raised, checked_out("HEAD", scratch):
        pass
    assert raised.value.exit_code == 2
    assert list(scratch.iterdir()) == []


def test_a_folder_that_was_not_there_yet(repository: Repository, scratch: Path) -> None:
    repository.commit({"a.txt": "1"}, tag="old")
    repository.write({"sub/a.txt": "2"})
    with (
        pytest.raises(UsageError, match=r"^at old there is no folder sub$"),
        checked_out("old", scratch, str(repository.folder / "sub")),
    ):
        pass
    assert list(scratch.iterdir()) == []
    assert repository.worktrees() == [str(repository.folder)]


def test_a_name_that_cannot_be_on_the_path(repository: Repository, scratch: Path) -> None:
    repository.commit({f"a{os.pathsep}b/a.txt": "1"})
    with (
        pytest.raises(UsageError, match="can't be on Python's path"),
        checked_out("HEAD", scratch, str(repository.folder / f"a{os.pathsep}b")),
    ):
        pass
    assert repository.worktrees() == [str(repository.folder)]


def test_a_repository_with_a_submodule(repository: Repository, scratch: Path, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"b.txt": "1"})
    repository.commit({"a.txt": "1"})
    repository.git("submodule", "add", "-q", str(other.folder), "inner")
    repository.commit({})
    repository.git("config", "submodule.recurse", "true")
    repository.write({"inner/b.txt": "edited"})
    with checked_out("HEAD", scratch) as checkout:
        assert list(Path(checkout.top, "inner").iterdir()) == []
    assert repository.worktrees() == [str(repository.folder)]
    assert list(scratch.iterdir()) == []
    assert (repository.folder / "inner" / "b.txt").read_text() == "edited"


def test_called_by_a_hook_of_git(repository: Repository, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git tells its hooks where the repository and the index are; neither is to be used here."""
    repository.commit({"a.txt": "1"})
    index = (repository.folder / ".git" / "index").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(repository.folder / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.folder / ".git" / "index"))
    with checked_out("HEAD", scratch) as checkout:
        assert Path(checkout.top, "a.txt").exists()
    assert (repository.folder / ".git" / "index").read_bytes() == index


def test_checkouts_of_a_memlab_that_was_killed_are_forgotten(repository: Repository, scratch: Path) -> None:
    """But not a worktree of the user's, that may only be out of reach."""
    repository.commit({"a.txt": "1"})
    for name in ("memlab-0123456789ab", "mine"):
        repository.git("worktree", "add", "-q", "--detach", str(scratch / name))
        shutil.rmtree(scratch / name)
    with checked_out("HEAD", scratch):
        pass
    assert repository.worktrees() == [str(repository.folder), str(scratch / "mine")]


def test_an_interrupt_while_it_is_measured(repository: Repository, scratch: Path) -> None:
    repository.commit({"a.txt": "1"})

    def measure(checkout: Checkout) -> None:
        Path(checkout.top, "left.pyc").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), checked_out("HEAD", scratch) as checkout:
        measure(checkout)
    assert list(scratch.iterdir()) == []
    assert repository.worktrees() == [str(repository.folder)]


def test_an_interrupt_while_git_checks_out(repository: Repository, scratch: Path) -> None:
    """A filter keeps git waiting until the signal has come; neither may run on."""
    pids = scratch.parent / "filter.pid"
    repository.commit({"a.txt": "1", ".gitattributes": "*.txt filter=slow"})
    repository.git("config", "filter.slow.smudge", f"echo $$ >>'{pids}'; kill -INT {os.getpid()}; exec sleep 600")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), checked_out("HEAD", scratch):
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(scratch.iterdir()) == []
    assert repository.worktrees() == [str(repository.folder)]
    for process in pids.read_text().split():
        wait_for_end(Path("/proc", process))


def wait_for_end(process: Path) -> None:
    """Whoever adopts a process may take a moment to notice that it has ended."""
    for _ in range(500):
        try:
            if ") Z " in (process / "stat").read_text():
                return
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail(f"{process.name} runs on")
