"""Another revision of the project, beside the one that is worked on: a git worktree, for as long as it is measured.

Only the project comes from there: its recipes, and its own packages by folders that go first on the path. memlab, the
interpreter and the libraries are those of now. So what has to be built before it can be imported can't be measured
like this, nor what only an uncommitted file or a submodule holds: a worktree has what the commit has, and the folders
of submodules are empty in it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from memlab import catalogue
from memlab.errors import UsageError
from memlab.model.description import RecipeReference
from memlab.printable import printable
from memlab.runner.link import signals_held
from memlab.workflow.git import GitError, git

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OURS = re.compile(r"memlab-[0-9a-f]{12}")
_INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Checkout:
    """A revision of the project in a folder of its own.

    Attributes:
        revision: what the user calls it.
        commit: which commit that is, in full.
        repository: the top folder of the working tree the user works in, without symbolic links.
        top: the top folder of this checkout.
        paths: the folders that go first on the path of its trials.
    """

    revision: str
    commit: str
    repository: str
    top: str
    paths: tuple[str, ...]

    def recipe(self, reference: RecipeReference) -> RecipeReference | None:
        """The same recipe at this revision; None where it has none of this name in this place.

        A recipe that doesn't come from the repository, such as one that was installed, is the same at each revision:
        it runs with this one's packages.

        Args:
            reference: a recipe of now.

        Raises:
            RecipeError: its file can't be a recipe at this revision.
        """
        if reference.module is not None:
            if self._has(reference.module):
                return reference
            if self._has(reference.module.partition(".")[0]):
                return None
        # A name that leads nowhere here may be of a package that is called otherwise than its folder, by setuptools'
        # package-dir: its file is looked up.
        file = catalogue.file_of(reference)
        inside = None if file is None else _relative(file, self.repository)
        if inside is None or _INSTALLED & set(Path(inside).parts):
            return reference
        there = os.path.join(self.top, inside)
        return catalogue.resolve(there) if os.path.isfile(there) else None

    def _has(self, module: str) -> bool:
        """Whether a trial of this revision imports that module, or package, from here. A folder without `__init__.py`
        doesn't count: parts of such a package come from elsewhere too."""
        path: Sequence[str] | None = [*self.paths, *sys.path]
        spec: ModuleSpec | None = None
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            spec = None if path is None else PathFinder.find_spec(".".join(parts[:end]), path)
            if spec is None:
                return False
            path = spec.submodule_search_locations
        return spec is not None and spec.origin is not None and _is_below(spec.origin, self.top)


@contextmanager
def checked_out(revision: str, scratch: str | Path, project: str | None = None) -> Iterator[Checkout]:
    """Check a revision out, of the repository that holds the project's folder; afterwards nothing of it is left.

    Args:
        revision: whatever git takes for a commit.
        scratch: a folder of memlab's own, outside of the repository.
        project: the project's folder; the working folder unless said.

    Raises:
        UsageError: there is no git, repository, or revision, the worktree can't be made, or the project's folder isn't
            in it.
    """
    folder = os.path.realpath(os.curdir if project is None else project)
    repository = _repository(folder)
    commit = _commit(revision, repository)
    top = os.path.join(os.path.realpath(scratch), f"memlab-{commit[:12]}")
    if os.pathsep in top:
        raise UsageError(
            f"the folder for temporary files can't be on Python's path, because of the {os.pathsep!r} in its name",
            hint="set TMPDIR to another folder",
        )
    _forget_lost(repository)
    try:
        try:
            git(repository, "worktree", "add", "--quiet", "--detach", top, commit)
        except GitError as error:
            shown = printable(revision, 80)
            raise UsageError(
                f"{shown} can't be checked out: {error}",
                hint="it needs room in the folder for temporary files (TMPDIR), and a .git that can be written to",
            ) from None
        inside = os.path.relpath(folder, repository)
        yield Checkout(revision, commit, repository, top, _paths(os.path.normpath(os.path.join(top, inside)), revision))
    finally:
        with signals_held(again=False):
            _remove(repository, top)


def _repository(folder: str) -> str:
    try:
        return os.path.realpath(git(folder, "rev-parse", "--show-toplevel"))
    except GitError as error:
        said = str(error)
    shown = printable(folder)
    if "dubious ownership" in said:
        raise UsageError(
            f"git doesn't trust the repository of {shown}, because it belongs to somebody else",
            hint=f"if you do: git config --global --add safe.directory {shown}",
        )
    if "not a git repository" in said:
        raise UsageError(f"{shown} is in no git repository, so there is no other revision of it")
    raise UsageError(f"no revision can be had of {shown}: {said}")


def _commit(revision: str, repository: str) -> str:
    """The commit that a revision is.

    Raises:
        UsageError: there is none, or it is several.
    """
    found = _verified(revision, repository)
    if found is not None:
        return found
    hint = "git log --oneline --all shows the commits there are"
    remote = f"origin/{revision}"
    with suppress(GitError):
        if _verified(f"refs/remotes/{remote}", repository):
            hint = f"did you mean {printable(remote, 80)}?"
        elif git(repository, "rev-parse", "--is-shallow-repository") == "true":
            hint = "this clone has no whole history: git fetch --unshallow, or in a workflow `fetch-depth: 0`, gets it"
    raise UsageError(f"git knows no commit {printable(revision, 80)!r} in {printable(repository)}", hint=hint)


def _verified(revision: str, repository: str) -> str | None:
    found = revision
    # In two steps: to `:/text`, a commit by its message, nothing can be appended.
    for suffix in ("", "^{commit}"):
        try:
            found = git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", found + suffix)
        except GitError:
            return None
        # `^main` is verified as well, and says: what main doesn't reach.
        if _HASH.fullmatch(found) is None:
            return None
    return found


def _paths(project: str, revision: str) -> tuple[str, ...]:
    """`src` first, where there is one, since with it the project's folder holds no packages.

    A folder that holds memlab itself is left out: its checkout must not measure instead of this memlab.
    """
    if not os.path.isdir(project):
        raise UsageError(f"at {printable(revision, 80)} there is no folder {printable(os.path.basename(project))}")
    if os.pathsep in project:
        raise UsageError(
            f"{printable(project)} can't be on Python's path, because of the {os.pathsep!r} in its name",
            hint="rename the folder",
        )
    folders = (os.path.join(project, "src"), project)
    return tuple(
        folder
        for folder in folders
        if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "memlab", "__init__.py"))
    )


def _remove(repository: str, top: str) -> None:
    # Twice --force: git locks a worktree while it makes it, and may have been stopped there.
    with suppress(GitError, UsageError):
        git(repository, "worktree", "remove", "--force", "--force", top)


def _forget_lost(repository: str) -> None:
    """Have git forget the checkouts of a memlab that was killed. `git worktree prune` would also forget those of the
    user's that are only out of reach, as on a drive that is not mounted."""
    with suppress(GitError):
        for line in git(repository, "worktree", "list", "--porcelain").splitlines():
            kind, _, folder = line.partition(" ")
            if kind == "worktree" and _OURS.fullmatch(os.path.basename(folder)) and not os.path.exists(folder):
                _remove(repository, folder)


def _relative(file: str, folder: str) -> str | None:
    """The path of a file from a folder it lies in; a link counts where it stands, not where it leads."""
    parent, name = os.path.split(os.path.abspath(file))
    real = os.path.join(os.path.realpath(parent), name)
    return os.path.relpath(real, folder) if _is_below(real, folder) else None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))
