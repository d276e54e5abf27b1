"""Hold a measured test against its limits and the baseline, by the rules of `memlab check`; and decide its trials.

A test takes one trial, or as many as its marker says. More are made only where they may settle something: where the
figure is nearer to a limit than it can be off by, where it is above what was accepted, and when it is accepted. Of a
test that fails by its memory one more trial tells which lines held it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from memlab.analysis.accepted import wants_trials
from memlab.analysis.budgets import Measured, StatedBudget, evaluate
from memlab.analysis.check import CheckedRecipe, CheckOptions, check_recipe
from memlab.analysis.check_sentence import worst
from memlab.analysis.figures import succeeded
from memlab.analysis.more_trials import MOST_TRIALS, trials_to_add
from memlab.analysis.observed import FEWEST_TRIALS, Observed
from memlab.analysis.regression import CONFIRMING_TRIALS
from memlab.analysis.report import make_report
from memlab.integrations.pytest_plugin.baseline import ACCEPT, AcceptedTests
from memlab.integrations.pytest_plugin.failure import failure_text
from memlab.integrations.pytest_plugin.judged import FAILS, Judged, Limit
from memlab.limits import DEFAULT_FAIL_ON, Budget, Size, normal_name
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import BudgetCheck
from memlab.model.report import Finding, PeakGrowth, Report, Spread
from memlab.model.run import Run
from memlab.plan import HEADLINE, HEADLINE_METER, METER, PlannedTrial
from memlab.units import format_bytes

_FIGURES = {"peak": "growth", "retained": "retained"}
_WORTH = ("reusable_memory", "file_backed")
"""Notes that say what a test's figure is worth; other notes are about comparisons."""


class Judge:
    """Judges the tests of a session.

    Args:
        accepted: what was accepted of them.
        root: the root folder, absolute: files in it are named from there.
        meters: the meters there are, of those that tell lines: memray, tracemalloc.
    """

    def __init__(self, accepted: AcceptedTests, root: str, meters: Sequence[str] = ("memray", "tracemalloc")) -> None:
        self._accepted, self._root, self._meters = accepted, root, tuple(meters)

    def next_trials(self, run: Run, limits: Sequence[Limit], trials: int = 1) -> tuple[PlannedTrial, ...]:
        """The trials that a test still needs; none when it can be judged.

        Carry them out, add them to the run, and ask again. Of a test that hasn't run so far, it is one trial alone:
        whether it passes at all has to be known first.

        Args:
            run: what was measured of the test so far.
            trials: how many headline trials were asked for.
        """
        made = [trial for trial in run.trials if trial.kind == HEADLINE]
        if not made:
            return self._plan(run, 1)
        if not all(map(succeeded, made)):
            return ()
        wanted = max(trials, FEWEST_TRIALS) if self._accepted.update else trials
        if len(made) < wanted:
            return self._plan(run, wanted - len(made))
        if self._accepted.update and self._can(run, "memray"):
            return self._plan(run, meters=("memray",))
        report = make_report(run)
        if more := self._settling(run, report, limits, len(made), trials):
            return more
        judged = self.judge(run, limits)
        return self._plan(run, meters=[meter for meter in _telling(judged) if self._can(run, meter)])

    def judge(self, run: Run, limits: Sequence[Limit]) -> Judged:
        """Judge a test by the trials that were made.

        Args:
            run: with at least one headline trial; where one failed, that is the verdict.
        """
        report = make_report(run)
        check, one = self._check(run, report, limits).check, report.variants[0]
        name = run.recipe.baseline.name
        of_test = next(variant for variant in check.variants if variant.variant == name)
        verdict = check.verdict
        if verdict == "failed" and one.trials and not limits and not self._is_accepted(run):
            # Nothing was asked of its figures; the remarks say what they are worth.
            verdict = "ok"
        judged = Judged(
            recipe=run.recipe.name,
            variant=name,
            verdict=verdict,
            isolation="process",
            trials=one.trials,
            peak=one.peak_growth_bytes,
            retained=one.retained_bytes,
            tree=one.tree,
            heap_bytes=one.heap_peak_bytes,
            limits=check.budgets,
            check=of_test,
            lines=one.top_lines,
            remarks=(*_unsettled(check.budgets), *_that_matters(_worth(report), check.budgets)),
            acceptable=None if verdict in FAILS else self._accepted.acceptable(run, report, self._root),
        )
        return self._with_words(judged)

    def judge_inline(
        self,
        recipe: str,
        variant: str,
        peak: PeakGrowth,
        retained_bytes: int | None,
        limits: Sequence[Limit],
        worth: Sequence[Finding] = (),
    ) -> Judged:
        """Judge a test that was measured in the pytest process, by its limits alone.

        What else that process holds, and has freed, bears on its figures, so they are no baseline's.

        Args:
            peak: of its only trial.
            retained_bytes: None where unknown.
            worth: what its figures are worth.
        """
        values = {"growth": (peak.median,)} | ({} if retained_bytes is None else {"retained": (retained_bytes,)})
        observed = Observed(values, peak.resolution_bytes, peak.unseen_growth_bytes, from_mark=peak.source == "kernel")
        checks = tuple(one.check for one in evaluate(_stated(variant, limits), recipe, Measured({variant: observed})))
        retained = None if retained_bytes is None else Spread(retained_bytes, retained_bytes, retained_bytes)
        judged = Judged(
            recipe=recipe,
            variant=variant,
            verdict=worst(check.verdict for check in checks),
            isolation="inline",
            trials=1,
            peak=peak,
            retained=retained,
            limits=checks,
            remarks=(*_unsettled(checks), *_that_matters(worth, checks)),
        )
        return self._with_words(judged)

    def _check(self, run: Run, report: Report, limits: Sequence[Limit], *, trials_left: bool = False) -> CheckedRecipe:
        """Hold a test against everything there is."""
        name = run.recipe.baseline.name
        return check_recipe(
            run,
            report,
            self._accepted.of(run, limits=bool(limits)),
            CheckOptions(DEFAULT_FAIL_ON, self._root, ACCEPT, tuple(_stated(name, limits))),
            trials_left=trials_left,
        )

    def _settling(
        self, run: Run, report: Report, limits: Sequence[Limit], made: int, trials: int
    ) -> tuple[PlannedTrial, ...]:
        """The trials that may settle what is open."""
        name = run.recipe.baseline.name
        checked = self._check(run, report, limits, trials_left=True)
        wants, most = checked.wants_trials, max(trials, FEWEST_TRIALS)
        if self._accepted.update:
            wants, most = (*wants, *wants_trials(run, report)), MOST_TRIALS
        elif any(one.verdict == "inconclusive" for one in checked.check.variants):
            most = max(trials, CONFIRMING_TRIALS)
        more = trials_to_add(wants, {name: made}, most).get(name, 0)
        return self._plan(run, more, ["memray"] if more and "memray" in self._meters else ())

    def _is_accepted(self, run: Run) -> bool:
        accepted = self._accepted.of(run, limits=False)
        return isinstance(accepted, AcceptedRecipe) and bool(accepted.variants)

    def _with_words(self, judged: Judged) -> Judged:
        """With what a user reads of its failure, if it fails."""
        return msgspec.structs.replace(judged, failure=failure_text(judged, self._root)) if judged.fails else judged

    def _can(self, run: Run, meter: str) -> bool:
        """Whether a meter is there that has not been tried on the test."""
        return meter in self._meters and all(trial.meter != meter for trial in run.trials)

    def _plan(self, run: Run, headline: int = 0, meters: Sequence[str] = ()) -> tuple[PlannedTrial, ...]:
        kinds = [(HEADLINE, HEADLINE_METER)] * headline + [(METER, meter) for meter in meters]
        name = run.recipe.baseline.name
        return tuple(PlannedTrial(number, name, *kind) for number, kind in enumerate(kinds, len(run.trials)))


def _stated(test: str, limits: Sequence[Limit]) -> Iterator[StatedBudget]:
    """The limits as budgets. A limit may be reached: it is what the test is allowed to need."""
    for limit in limits:
        text = f"{limit.figure}={format_bytes(limit.size_bytes)}"
        budget = Budget(None, normal_name(test), _FIGURES[limit.figure], None, Size(limit.size_bytes), True, text)
        yield StatedBudget(budget, limit.origin)


def _unsettled(limits: Sequence[BudgetCheck]) -> Iterator[Finding]:
    """What no trial could settle passes, and is said."""
    for limit in limits:
        if limit.verdict == "inconclusive":
            evidence = {"limit_bytes": limit.limit_bytes, "measured_bytes": limit.measured_bytes}
            yield Finding("inconclusive", "warning", limit.variant, limit.message, evidence=evidence)


def _worth(report: Report) -> Iterator[Finding]:
    for finding in report.findings:
        if finding.severity != "note" or finding.code in _WORTH:
            yield finding


def _that_matters(worth: Iterable[Finding], limits: Sequence[BudgetCheck]) -> Iterator[Finding]:
    """Without memory that was free before: pytest itself leaves some MiB, which rarely decide anything."""
    for finding in worth:
        if finding.code != "reusable_memory" or _may_hide(finding.evidence["reusable_bytes"], limits):
            yield finding


def _may_hide(reusable_bytes: int, limits: Sequence[BudgetCheck]) -> bool:
    """Whether a limit would be broken if all that was free had been taken in addition."""
    return any(
        limit.expression.startswith("peak=") and (limit.measured_bytes or 0) + reusable_bytes > (limit.limit_bytes or 0)
        for limit in limits
        if limit.verdict == "ok"
    )


def _telling(judged: Judged) -> Iterator[str]:
    """The meters that tell where the memory was by which a test fails."""
    broken = {limit.expression.partition("=")[0] for limit in judged.limits if limit.verdict == "over_budget"}
    if judged.check is not None and judged.check.verdict == "regressed":
        broken |= {
            "retained" if figure.figure == "retained" else "peak"
            for figure in judged.check.figures
            if figure.moved == "up"
        }
    yield from (meter for meter, figure in (("memray", "peak"), ("tracemalloc", "retained")) if figure in broken)
