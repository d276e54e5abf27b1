"""Another revision as what a check holds figures against: measured on this machine, trial by trial beside one's own.

Whatever drifts during the run falls on both alike, and both are under the same conditions. So only the resolution of
this machine widens the tolerance, and nothing needs to have been accepted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace

import msgspec

from memlab.analysis.accepted import accepted_recipe
from memlab.analysis.check import CheckedRecipe, NoBaseline
from memlab.analysis.check_sentence import recipe_message, worst
from memlab.analysis.growth_class import Sweep
from memlab.errors import Interrupted, MemlabError, Terminated
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import VariantCheck
from memlab.model.environment import Environment
from memlab.model.report import Finding
from memlab.model.run import Run
from memlab.printable import printable
from memlab.runner.executor import ProcessExecutor
from memlab.runner.progress import ProgressSink, Silent
from memlab.workflow.describe import describe_with, require_libraries
from memlab.workflow.measuring import CompareOptions, Measurement
from memlab.workflow.project import ProjectRecipe
from memlab.workflow.revision import Checkout, checked_out
from memlab.workflow.standard import Accepted, RecipeStandard
from memlab.workflow.sweep import measure_sweeps

_ACCEPTING = re.compile("`memlab accept[^`]*`")


@contextmanager
def revision_standard(revision: str, executor: ProcessExecutor, root: str) -> Iterator[RevisionStandard]:
    """A revision of the project, as a standard, for as long as its checkout is there.

    Args:
        revision: whatever git takes for a commit.
        executor: in whose scratch folder the checkout is put.
        root: the project's folder.

    Raises:
        UsageError: it can't be had.
    """
    with checked_out(revision, executor.scratch, root) as checkout:
        inside = os.path.relpath(os.path.realpath(root), checkout.repository)
        yield RevisionStandard(checkout, os.path.normpath(os.path.join(checkout.top, inside)))


class RevisionStandard:
    """A revision that is measured beside the project as it is now.

    Args:
        root: the project's folder in the checkout.
    """

    def __init__(self, checkout: Checkout, root: str) -> None:
        self._checkout, self._root = checkout, root

    @contextmanager
    def _of_recipe(
        self, recipe: ProjectRecipe, options: CompareOptions, progress: ProgressSink
    ) -> Iterator[RecipeStandard]:
        with ExitStack() as opened:
            yield self._open(recipe, options, progress, opened)

    def of_recipe(
        self,
        recipe: ProjectRecipe,
        options: CompareOptions,
        progress: ProgressSink,
        *,
        budgets: bool,  # noqa: ARG002
    ) -> AbstractContextManager[RecipeStandard]:
        """See `memlab.workflow.standard.Standard.of_recipe`."""
        return self._of_recipe(recipe, options, progress)

    def nothing_in(self, environment: Environment) -> NoBaseline | None:  # noqa: ARG002
        """See `memlab.workflow.standard.Standard.nothing_in`: everything is measured here."""
        return None

    def all_accepted(self, environment: Environment) -> Mapping[str, AcceptedRecipe]:  # noqa: ARG002
        """None: what the project's recipes were at that revision isn't asked."""
        return {}

    def findings(self) -> Iterator[Finding]:
        """None: a revision that can't be had stops the check."""
        return iter(())

    def _open(
        self, recipe: ProjectRecipe, options: CompareOptions, progress: ProgressSink, opened: ExitStack
    ) -> RecipeStandard:
        """The recipe at that revision, or why it can't be measured."""
        shown = printable(self._checkout.revision, 80)
        assert recipe.reference is not None
        progress.stage(f"reading the recipe {recipe.name} at {shown}")
        try:
            reference = self._checkout.recipe(recipe.reference)
            if reference is None:
                return _Unmeasured(shown, NoBaseline(f"{recipe.name} is new: {shown} doesn't have it", fine=True))
            skipped = require_libraries(reference)
            executor = opened.enter_context(ProcessExecutor(self._checkout.paths))
            description = describe_with(executor, reference)
            # Its progress is that of the recipe it alternates with.
            measurement = Measurement(executor, description, skipped, options, Silent())
        except (Interrupted, Terminated):
            raise
        except MemlabError as error:
            message = f"{recipe.name} can't be measured at {shown}: {error.message}"
            return _Unmeasured(shown, NoBaseline(message, error.hint))
        return _RecipeRevision(shown, opened.enter_context(measurement), self._root)


class _Unmeasured:
    """A recipe that has no figures at that revision."""

    def __init__(self, revision: str, why: NoBaseline) -> None:
        self._revision, self._why = revision, why

    def trials(self) -> Iterable[object]:
        return ()

    def add(self, trials: Mapping[str, int]) -> None:
        pass

    def accepted(self, run: Run, *, sweep: bool) -> Accepted:  # noqa: ARG002
        return self._why

    def judged(self, checked: CheckedRecipe) -> CheckedRecipe:
        return _in_words_of(self._revision, checked)


class _RecipeRevision:
    def __init__(self, revision: str, measurement: Measurement, root: str) -> None:
        self._revision, self._measurement, self._root = revision, measurement, root
        self._sweeps: dict[str, dict[str, Sweep]] | None = None

    def trials(self) -> Iterable[object]:
        return self._measurement.trials()

    def add(self, trials: Mapping[str, int]) -> None:
        self._measurement.add({name: count for name, count in trials.items() if name in self._measurement.variants})

    def accepted(self, run: Run, *, sweep: bool) -> Accepted:  # noqa: ARG002
        measurement = self._measurement
        report = measurement.result().report
        if self._sweeps is None:
            self._sweeps = measure_sweeps(measurement, report) if sweep else {}
        return accepted_recipe(measurement.run, report, self._root, sweeps=self._sweeps)

    def judged(self, checked: CheckedRecipe) -> CheckedRecipe:
        then = {one.name for one in self._measurement.run.recipe.variants}
        new = [one.variant for one in checked.check.variants if one.variant not in then]
        return _in_words_of(self._revision, checked, new)


def _in_words_of(revision: str, checked: CheckedRecipe, new: Collection[str] = ()) -> CheckedRecipe:
    """The check without advice to accept what nobody has to, and without failing what is only new.

    Args:
        new: the variants that the recipe didn't have at that revision.
    """
    check = checked.check
    variants = tuple(_variant_in_words_of(revision, one, new) for one in check.variants)
    message, verdict = recipe_message(variants, check.budgets), check.verdict
    if verdict == "missing_from_baseline":
        verdict = worst([*(one.verdict for one in variants), *(one.verdict for one in check.budgets)])
    if verdict == "failed":
        message = check.message
    return replace(checked, check=msgspec.structs.replace(check, variants=variants, verdict=verdict, message=message))


def _variant_in_words_of(revision: str, check: VariantCheck, new: Collection[str]) -> VariantCheck:
    hint = None if check.hint is None or _ACCEPTING.search(check.hint) else check.hint
    message, verdict = check.message.replace(" in the baseline", f" at {revision}"), check.verdict
    if verdict == "missing_from_baseline" and check.variant in new:
        verdict = "ok"
        message = check.message.replace("is not in the baseline", f"is new: {revision} doesn't have it")
    return msgspec.structs.replace(check, hint=hint, message=message, verdict=verdict)
