"""One variant's verdict: its failures first, then its output, then its figures and how they grow.

A variant that failed has no figures that count. One that gives another result than was accepted may have done other
work, so its memory is shown and not judged. Of the rest the worst counts, by the order of `memlab.model.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memlab.analysis.budgets import points_in_words
from memlab.analysis.figure_words import as_accepted_words, change_words, may_words
from memlab.analysis.grown_lines import grown_lines
from memlab.analysis.growth_class import Sweep, is_worse
from memlab.analysis.observed import Observed
from memlab.analysis.regression import Judgement, judge
from memlab.analysis.tolerance import Rules, enumeration
from memlab.model.baseline import GROWTH_CLASSES, AcceptedVariant
from memlab.model.check import GrownLine, VariantCheck
from memlab.model.description import VariantDescription
from memlab.model.report import Finding, VariantReport


@dataclass(frozen=True, slots=True)
class CheckedVariant:
    """A variant's check, and whether more trials may settle it."""

    check: VariantCheck
    wants_trials: bool = False


_BY_ANOTHER_CPU = (
    "; its result is not the accepted one, which a CPU with other vector instructions can be why of: not judged"
)


@dataclass(frozen=True, slots=True)
class MeasuredForCheck:
    """One variant with what was measured of it.

    Attributes:
        exact: outputs have to be the same bytes; else the recipe's rule lets them differ, and a change is none.
        sweeps: by setting, its figures at several sizes.
        failure: why it has no figures that count.
    """

    description: VariantDescription
    report: VariantReport
    observed: Observed
    exact: bool
    sweeps: Mapping[str, Sweep] = field(default_factory=dict)
    failure: Finding | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What messages need: the project's folder, how the recipe is accepted, and whether to be strict."""

    root: str
    accept: str
    strict_improvement: bool = False


def check_variant(
    measured: MeasuredForCheck, accepted: AcceptedVariant, rules: Rules, wording: Wording
) -> CheckedVariant:
    """Hold one variant against what was accepted of it."""
    if measured.failure is not None:
        return CheckedVariant(plain_check(measured, "failed", measured.failure.message, measured.failure.hint))
    name = measured.description.name
    judgement = judge(measured.observed, accepted, rules)
    changed = output_changed(measured, accepted)
    if changed and not rules.other_instructions:
        message = f"{name} gives another result than was accepted{_looks(measured)}; its memory is not judged"
        hint = f"if that is meant, `{wording.accept}` accepts it"
        return CheckedVariant(plain_check(measured, "output_changed", message, hint, figures=judgement.figures))
    classes = {
        setting: (accepted.growth_classes.get(setting), found)
        for setting, sweep in measured.sweeps.items()
        if (found := sweep.growth_class(accepted.growth_classes.get(setting))) is not None
    }
    worse = [one for one, (then, now) in classes.items() if then is not None and is_worse(now, then)]
    better = [one for one, (then, now) in classes.items() if then is not None and is_worse(then, now)]
    verdict = judgement.verdict
    if worse:
        verdict = "growth_class_changed"
    elif verdict == "ok" and better:
        verdict = "improved"
    if verdict == "improved" and wording.strict_improvement:
        verdict = "improved_unaccepted"
    lines: tuple[GrownLine, ...] = ()
    if verdict in ("regressed", "growth_class_changed"):
        lines = grown_lines(measured.report.top_lines, accepted.lines, wording.root)
    check = plain_check(
        measured,
        verdict,
        _message(name, judgement, [*worse, *([] if worse else better)], classes, measured.sweeps)
        + (_BY_ANOTHER_CPU if changed else ""),
        _hint(verdict, judgement, wording),
        figures=judgement.figures,
        grown_lines=lines,
        growth_classes=classes,
    )
    return CheckedVariant(check, judgement.wants_trials and not worse)


def plain_check(
    measured: MeasuredForCheck, verdict: str, message: str, hint: str | None = None, **more: object
) -> VariantCheck:
    """A variant's check by verdict and message alone; `more` are fields of `VariantCheck`."""
    description = measured.description
    source = description.source
    return VariantCheck(
        variant=description.name,
        role=description.role,
        verdict=verdict,
        message=message,
        hint=hint,
        file=None if source is None else source.file,
        line=None if source is None else source.line,
        trials=measured.observed.trials,
        seconds=None if measured.report.seconds is None else measured.report.seconds.median,
        **more,  # type: ignore[arg-type]
    )


def output_changed(measured: MeasuredForCheck, accepted: AcceptedVariant) -> bool:
    """Whether its output is another than was accepted, where the recipe's rule is that it stays the same."""
    output = measured.report.output
    return measured.exact and accepted.output is not None and output is not None and output.digest != accepted.output


def _looks(measured: MeasuredForCheck) -> str:
    output = measured.report.output
    return f" (now {output.text})" if output is not None and output.text else ""


def _message(
    name: str,
    judgement: Judgement,
    settings: list[str],
    classes: Mapping[str, tuple[str | None, str]],
    sweeps: Mapping[str, Sweep],
) -> str:
    figures = {figure.figure: figure for figure in judgement.figures}
    parts = []
    if settings:
        grows = [
            f"{classes[one][1]} in {one} and was {classes[one][0]} ({points_in_words(sweeps[one])})" for one in settings
        ]
        parts.append(f"is {enumeration(grows)}")
    if judgement.verdict in ("regressed", "improved"):
        parts.append(enumeration([change_words(figures[cause]) for cause in judgement.causes if cause in figures]))
    if judgement.verdict == "inconclusive" and not settings:
        parts.append(enumeration([may_words(figures[cause]) for cause in judgement.causes if cause in figures]))
    if not parts:
        parts.append(as_accepted_words(judgement.figures))
    sentence = f"{name} {' and '.join(parts)}"
    return f"{sentence}; {judgement.why}" if judgement.why else sentence


def _hint(verdict: str, judgement: Judgement, wording: Wording) -> str | None:
    if verdict in ("regressed", "growth_class_changed"):
        return f"if that is meant, `{wording.accept}` accepts it"
    if verdict in ("improved", "improved_unaccepted"):
        return f"`{wording.accept}` makes it the figure to hold"
    if verdict == "inconclusive" and judgement.causes and not judgement.wants_trials:
        return (
            "a higher --max-trials may settle it; --against REVISION measures both on this machine, and "
            f"`{wording.accept}` accepts what is measured here"
        )
    return None


def classes_of(sweeps: Mapping[str, Sweep], accepted: Mapping[str, str]) -> dict[str, str]:
    """The growth class by setting, near a limit the one that was accepted so far."""
    found = {setting: sweep.growth_class(accepted.get(setting)) for setting, sweep in sorted(sweeps.items())}
    return {setting: one for setting, one in found.items() if one in GROWTH_CLASSES}
