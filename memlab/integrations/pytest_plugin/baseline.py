"""The accepted figures of a project's tests: the same document as `memlab accept` writes.

A test file, named from the root folder, stands where a recipe does, and the rest of a test's id where a variant does.
The tests of a file share one set of library versions and conditions. So accepting some of them takes out those that
were accepted with other versions, which are no baseline any more; and it leaves the conditions as they were until
all are accepted anew, which allows growth more, not less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from memlab.analysis.accepted import accepted_changes, accepted_recipe, accepted_so_far, not_acceptable
from memlab.analysis.baseline_sections import find_section, merge
from memlab.analysis.check import NoBaseline
from memlab.analysis.identity import identity_of, library_differences
from memlab.integrations.pytest_plugin.judged import Acceptable
from memlab.model.baseline import AcceptedRecipe, Baseline, BaselineSection
from memlab.model.report import Report
from memlab.model.run import Run
from memlab.runner.host import describe_host
from memlab.storage import load_baseline, save_baseline
from memlab.workflow.standard import Accepted, BaselineStandard

ACCEPT = "pytest --memlab-update"
Tests = Mapping[str, Collection[str]]
"""The keys of tests: by test file the rests of their ids."""


class AcceptedTests:
    """What was accepted of a project's tests.

    Args:
        file: the baseline file's absolute path; shown: as the user named it.
        named: somebody said which file, so that it has to be there.
        update: tests are accepted in this session, so none is held against what was accepted before.

    Raises:
        DocumentError: the file is damaged, foreign or newer, or can't be read.
    """

    def __init__(self, file: Path, shown: str, *, named: bool, update: bool) -> None:
        self.update = update
        self._baseline = load_baseline(file)
        self._standard = BaselineStandard(self._baseline, shown, ACCEPT, named=named)

    def of(self, run: Run, *, limits: bool) -> Accepted:
        """What a test is held against: the accepted figures of its file, without those of other tests.

        Args:
            run: the test's.
            limits: the test has some, so that it needs no baseline.
        """
        if self.update:
            return NoBaseline("it is being accepted", fine=True)
        accepted = self._standard.accepted(run, budgets=limits)
        return _only(accepted, run) if isinstance(accepted, AcceptedRecipe) else accepted

    def acceptable(self, run: Run, report: Report, root: str) -> Acceptable | None:
        """What of a measured test can be accepted; None where a figure is invalid.

        Args:
            root: the root folder, absolute: files in it are named from there.
        """
        if not_acceptable(report):
            return None
        before = accepted_so_far(run, self._baseline)
        accepted = accepted_recipe(run, report, root, before=None if before is None else _only(before, run))
        return Acceptable(identity_of(run.environment), run.recipe.name, accepted) if accepted.variants else None


@dataclass(frozen=True)
class Update:
    """What came of accepting tests: a sentence for each change; how many tests; whether the file's content changed."""

    changes: tuple[str, ...]
    tests: int
    written: bool


def accept(file: Path, measured: Iterable[Acceptable], gone: Tests) -> Update:
    """Write what measured tests need now into the baseline file; other tests in it stay as they are.

    Args:
        measured: the tests that passed.
        gone: tests that are no longer there, which are taken out.

    Raises:
        DocumentError, UsageError: the file can't be read, or written; it is as it was.
    """
    before = load_baseline(file)
    after, changes = _without(before, gone)
    found = list(measured)
    for tests in _by_file(found):
        name, identity = tests[0].recipe, tests[0].identity
        section = None if after is None else find_section(after, identity)
        old = None if section is None else section.recipes.get(name)
        new = _together(old, [one.accepted for one in tests])
        changes += accepted_changes(name, old, new)
        after = merge(after, identity, {name: new})
    written = after is not None and after != before
    if written:
        assert after is not None
        save_baseline(file, after)
    return Update(tuple(changes), len(found), written)


def gone_tests(file: Path, there: Tests) -> dict[str, tuple[str, ...]]:
    """The accepted tests that are no longer there, of those accepted under this Python and on this platform.

    On others there may be other tests.

    Args:
        there: the measured tests of each file that was collected whole; none of a file that has been deleted.

    Raises:
        DocumentError: the file can't be read.
    """
    baseline = load_baseline(file)
    gone: dict[str, dict[str, None]] = {}
    for section in _of_here(baseline):
        for name, recipe in section.recipes.items():
            if name in there and (lost := [test for test in recipe.variants if test not in there[name]]):
                gone.setdefault(name, {}).update(dict.fromkeys(lost))
    return {name: tuple(tests) for name, tests in gone.items()}


def accepted_files(file: Path) -> tuple[str, ...]:
    """The test files that the baseline has figures of, of this Python and platform.

    Raises:
        DocumentError: the file can't be read.
    """
    found = dict.fromkeys(name for section in _of_here(load_baseline(file)) for name in section.recipes)
    # A recipe's name has none: somebody may keep them in the same file.
    return tuple(name for name in found if Path(name).suffix)


def _of_here(baseline: Baseline | None) -> tuple[BaselineSection, ...]:
    here = identity_of(describe_host())
    sections = () if baseline is None else baseline.sections
    return tuple(one for one in sections if (one.python, one.platform) == (here.python, here.platform))


def _only(accepted: AcceptedRecipe, run: Run) -> AcceptedRecipe:
    """Without other tests: their figures are no matter of this one, and they are not gone because it alone is here."""
    name = run.recipe.baseline.name
    return msgspec.structs.replace(
        accepted, variants={name: accepted.variants[name]} if name in accepted.variants else {}
    )


def _by_file(measured: Collection[Acceptable]) -> list[list[Acceptable]]:
    """The tests of each file, and of each environment that they were measured in."""
    groups: dict[tuple[str, bytes], list[Acceptable]] = {}
    for one in measured:
        # Libraries are each file's own.
        identity = msgspec.structs.replace(one.identity, libraries={})
        groups.setdefault((one.recipe, msgspec.json.encode(identity, order="sorted")), []).append(one)
    return list(groups.values())


def _together(old: AcceptedRecipe | None, new: Sequence[AcceptedRecipe]) -> AcceptedRecipe:
    """One file's tests: those just measured, and others as they were accepted before, where they still count."""
    libraries = {module: version for one in new for module, version in one.libraries.items()}
    measured = {name: accepted for one in new for name, accepted in one.variants.items()}
    whole = msgspec.structs.replace(new[-1], libraries=libraries, variants=measured)
    if old is None:
        return whole
    both = {module: version for module, version in old.libraries.items() if module in libraries}
    if library_differences(both, {module: libraries[module] for module in both}):
        return whole
    others = {name: accepted for name, accepted in old.variants.items() if name not in measured}
    if not others:
        return whole
    return msgspec.structs.replace(
        whole,
        libraries=old.libraries | libraries,
        variants=others | measured,
        conditions=old.conditions,
    )


def _without(baseline: Baseline | None, gone: Tests) -> tuple[Baseline | None, list[str]]:
    """The file without tests that are gone, and a sentence for each."""
    if baseline is None or not gone:
        return baseline, []
    sections: list[BaselineSection] = []
    found: set[str] = set()
    here = _of_here(baseline)
    for section in baseline.sections:
        recipes = dict(section.recipes)
        for name in gone.keys() & recipes.keys() if section in here else ():
            kept = {test: one for test, one in recipes[name].variants.items() if test not in gone[name]}
            found.update(f"{name} {test}: no longer there" for test in recipes[name].variants.keys() - kept.keys())
            if kept:
                recipes[name] = msgspec.structs.replace(recipes[name], variants=kept)
            else:
                del recipes[name]
        if recipes:
            sections.append(msgspec.structs.replace(section, recipes=recipes))
    return Baseline(tuple(sections)), sorted(found)
