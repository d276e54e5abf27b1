"""Findings on results: what changes from trial to trial, and what isn't the baseline's, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from memlab.analysis.agreement import AgreementRule, OutputDifference
from memlab.analysis.measured import MeasuredVariant
from memlab.analysis.wording import listed, number
from memlab.model.output import OutputComparison
from memlab.model.report import Finding
from memlab.model.trial import OutputDescription

_COMPARE_ANOTHER = "make both do the same work, or say what is to be compared with @recipe.output"
_ALLOW_MORE = "make both do the same work, or ask psnr for less; a pitfall that is meant to be wrong shows wrong_output"
_STRUCTURES = {
    "kind": "they are of different kinds",
    "shape": "their shapes differ",
    "length": "their lengths differ",
    "keys": "their keys differ",
}
_ARRAY = "ndarray of "


def output_findings(
    measured: Mapping[str, MeasuredVariant], baseline: MeasuredVariant, rule: AgreementRule
) -> Iterator[Finding]:
    """What the outputs say that no recipe declares."""
    same_each_time = not _varies(baseline, baseline, rule)
    for variant in measured.values():
        if "wrong_output" in variant.description.shows:
            continue
        if _varies(variant, baseline, rule):
            yield _output_varies(variant)
        elif same_each_time and (wrong := rule.disagreements(variant, baseline)):
            yield _outputs_differ(variant, baseline, wrong[0], rule)


def _varies(variant: MeasuredVariant, baseline: MeasuredVariant, rule: AgreementRule) -> bool:
    """Whether its trials gave different results, and it isn't so that each agrees, or that each is wrong."""
    if len(variant.outputs) < 2:
        return False
    if rule.kind == "exact":
        return True
    wrong = rule.disagreements(variant, baseline)
    return bool(wrong) and (variant is baseline or len(wrong) < len(variant.outputs))


def _output_varies(variant: MeasuredVariant) -> Finding:
    name, texts = variant.name, [output.text for output in variant.outputs]
    meters = [variant.output_meters.get(output.digest, ()) for output in variant.outputs]
    shown = [f"{text}{_only_under(names)}" for text, names in zip(texts[:2], meters, strict=False)]
    what = f" ({shown[0]} and {shown[1]})" if shown[0] != shown[1] else f" (both look like {shown[0]})"
    return Finding(
        "output_varies",
        "error",
        name,
        f"{name} gave {len(texts)} different results in its trials{what}; what changes from trial to trial can't be "
        "compared",
        "seed what is random, or say what is to be compared with @recipe.output",
        {"texts": texts[:10], "meters": [list(names) for names in meters[:10]]},
    )


def _only_under(meters: tuple[str, ...]) -> str:
    """Of a result that only a meter's trial gave: that meter may be what changes it."""
    return "" if not meters or "os" in meters else f" under {listed(meters)}"


def _outputs_differ(
    variant: MeasuredVariant, baseline: MeasuredVariant, difference: OutputDifference, rule: AgreementRule
) -> Finding:
    name, other = variant.name, baseline.name
    found, expected, comparison = difference.found, difference.expected, difference.comparison
    evidence: dict[str, Any] = {
        "kind": found.kind,
        "text": found.text,
        "expected_kind": expected.kind,
        "expected_text": expected.text,
    }
    if rule.unknown(variant, baseline):
        return Finding(
            "outputs_differ",
            "error",
            name,
            f"the result of {name} has other bytes than that of {other}, and how far they are apart could not be found "
            "out; its memory is not compared",
            "what is held against another has to be kept for a while: up to 1 GiB of arrays, images, numbers and lists "
            "of them, where temporary files have room for it",
            evidence,
        )
    details = _both(found, expected)
    if comparison is not None:
        details = ", ".join(_details(found, expected, comparison, rule))
        evidence |= {
            "differs_in": comparison.differs_in,
            "largest_difference": comparison.largest_difference,
            "psnr_db": comparison.psnr_db,
            "differing": comparison.differing,
            "values": comparison.values,
        }
    return Finding(
        "outputs_differ",
        "error",
        name,
        f"{name} gives another result than {other}: {details}; its memory is not compared",
        _ALLOW_MORE if rule.kind == "psnr" else _COMPARE_ANOTHER,
        evidence,
    )


def _details(
    found: OutputDescription, expected: OutputDescription, comparison: OutputComparison, rule: AgreementRule
) -> Iterator[str]:
    if comparison.differs_in is None:
        yield f"{_both(found, expected)}, the same values in other bytes (-0.0 for 0.0)"
        return
    if comparison.differs_in != "values":
        yield _both(found, expected)
        yield comparison.note or _STRUCTURES.get(comparison.differs_in, f"they differ in {comparison.differs_in}")
        return
    yield _both(found, expected)
    if comparison.largest_difference is not None:
        yield f"largest difference {number(comparison.largest_difference)}"
    asked = "" if rule.at_least_db is None else f" where {rule.at_least_db:g} are asked for"
    if comparison.psnr_db is not None:
        yield f"{comparison.psnr_db:.1f} dB{asked}"
    if comparison.note is not None:
        yield comparison.note
    elif comparison.psnr_db is None and rule.at_least_db is not None:
        yield f"no signal-to-noise ratio{asked.replace('are', 'dB are')}"


def _both(found: OutputDescription, expected: OutputDescription) -> str:
    own, other = _look(found), _look(expected)
    if own != other:
        return f"{own} instead of {other}"
    return f"both {own}" if found.kind.startswith(_ARRAY) or found.shape is None else f"both look like {own}"


def _look(output: OutputDescription) -> str:
    if output.kind.startswith(_ARRAY) and output.shape is not None:
        return f"{output.shape} {output.kind.removeprefix(_ARRAY)}"
    return output.text
