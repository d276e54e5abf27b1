"""A report's facts in words: comparisons, process trees, what was measured with what on what."""

from __future__ import annotations

from memlab.model.report import AgreementReport, Comparison, Ratio, Report, TreeReport, VariantReport
from memlab.printable import printable
from memlab.render.signs import Signs
from memlab.units import format_bytes, format_ratio

NAME_LIMIT = 60
_VERBS = {"growth": "needs", "retained": "retains", "kept": "makes the allocator keep"}
METERS = {
    "kernel": "the kernel's high-water mark",
    "kernel_whole_life": "the kernel's high-water mark over the whole life of each process (here it can't be reset)",
    "sampled": "samples taken from outside; what rises and falls between two of them is missed",
}


def shown_name(name: str, signs: Signs) -> str:
    """A variant's name, safe to print."""
    return signs.text(printable(name, NAME_LIMIT, ellipsis=signs.ellipsis))


def compared(comparison: Comparison, signs: Signs) -> str | None:
    """One variant against its reference: `needs 12.0× less than load_all (11.8–12.2×)`.

    None where the ratio is withheld because an output differs, which is what `differing` says.
    """
    reference = shown_name(comparison.baseline, signs)
    ratio = comparison.ratio
    verb = _VERBS.get(comparison.figure, comparison.figure)
    if ratio is None or (ratio.value is None and ratio.at_least is None):
        differs = comparison.agreement is not None and not comparison.agreement.same
        if differs:
            return None
        # A reference that can't be told from nothing gives no ratio; that this one needs more is sure all the same.
        return f"{verb} more than {reference}" if comparison.verdict == "costs" else f"not compared with {reference}"
    if ratio.value is None:
        return signs.text(f"{verb} at least {format_ratio(ratio.at_least or 0)} less than {reference}")
    if comparison.verdict == "no_difference":
        return f"{verb} as much as {reference}{_interval(ratio, False, signs)}"
    more = ratio.value < 1
    factor = signs.text(format_ratio(1 / ratio.value if more and ratio.value > 0 else ratio.value))
    doubt = "" if comparison.verdict != "inconclusive" else "; inconclusive"
    direction = "more" if more else "less"
    return f"{verb} {factor} {direction} than {reference}{_interval(ratio, more, signs)}{doubt}"


def differing(comparison: Comparison, baseline: str, signs: Signs) -> str | None:
    """What is to be said of an output that isn't the baseline's."""
    agreement = comparison.agreement
    if agreement is None or agreement.same:
        return None
    how = "as declared" if agreement.declared else "and nothing declares that"
    decibels = "" if agreement.psnr_db is None else f" ({agreement.psnr_db:.1f} dB{_asked(agreement)})"
    return f"its output differs from that of {shown_name(baseline, signs)}{decibels}, {how}"


def _asked(agreement: AgreementReport) -> str:
    return "" if agreement.at_least_db is None else f" where {agreement.at_least_db:g} are asked for"


def pitfall(comparison: Comparison) -> str | None:
    """Whether a pitfall shows what it is said to show."""
    if comparison.confirmed is None:
        return None
    return "pitfall confirmed" if comparison.confirmed else "pitfall not confirmed"


def tree(tree: TreeReport) -> str:
    """A tree's bounds: `with its 3 processes at least 90.0 MiB, at most 130 MiB; 2 too short to measure`."""
    who = "its process" if tree.processes == 1 else f"its {tree.processes} processes"
    lower, upper = format_bytes(tree.lower_bytes), format_bytes(tree.upper_bytes)
    text = f"with {who} at least {lower}, at most {upper}" if tree.processes else "started other processes"
    for count, what in ((tree.unmeasured, "too short to measure"), (tree.unreadable, "not allowed to be read")):
        if count:
            text += f"; {count} {what}"
    return text


def meter(report: Report) -> str:
    """What the growth was measured with, how exact it is, and how many trials there were."""
    measured = [variant for variant in report.variants if variant.peak_growth_bytes is not None]
    if not measured:
        return "nothing could be measured"
    sources: dict[str, list[str]] = {}
    resolution = unseen = 0
    for variant in measured:
        growth = variant.peak_growth_bytes
        assert growth is not None
        sources.setdefault(growth.source, []).append(variant.name)
        resolution = max(resolution, growth.resolution_bytes)
        unseen = max(unseen, growth.unseen_growth_bytes)
    if len(sources) == 1:
        words = METERS.get(next(iter(sources)), next(iter(sources)))
    else:
        words = "; ".join(
            f"{METERS.get(source, source)} ({', '.join(printable(name, NAME_LIMIT) for name in names)})"
            for source, names in sources.items()
        )
    text = f"measured with {words}"
    if "sampled" not in sources:
        text += f", exact within {format_bytes(resolution)}"
    if any(variant.tree is not None for variant in measured):
        text += "; several processes together are an estimate between the bounds shown"
    if unseen:
        text += f"; up to {format_bytes(unseen)} more could have gone unseen"
    others = [f"one with {meter}" for meter in report.meters if meter != "os"]
    return f"{text}; {' and '.join(filter(None, [', '.join([_trials(measured), *others[:-1]]), *others[-1:]]))}"


def inputs(report: Report) -> str:
    """What the variants were given, and on what they ran."""
    environment = report.environment
    size = sum(file.size_bytes for file in report.inputs.files)
    python = f"Python {printable(environment.python_version, 40)}, {printable(environment.platform, 80)}"
    if not report.inputs.files:
        return f"no input files; {python}"
    description = report.inputs.description or {}
    count = len(report.inputs.files)
    what = "file" if count == 1 else "files"
    if description.get("kind") == "photos":
        picture = "photograph" if count == 1 else "photographs"
        what = f"generated {picture} of {description.get('width')}×{description.get('height')}"
    return f"{count} {what}, {format_bytes(size)} on disk; {python}"


def trial_failures(variant: VariantReport) -> str | None:
    """How many of a variant's trials don't count."""
    if not variant.failed:
        return None
    total = variant.trials + variant.failed
    return f"{variant.failed} of {total} {'trial' if total == 1 else 'trials'} failed"


def _interval(ratio: Ratio, inverse: bool, signs: Signs) -> str:
    low, high = ratio.low, ratio.high
    if low is None or high is None:
        return ""
    if inverse:
        if low <= 0 or high <= 0:
            return ""
        low, high = 1 / high, 1 / low
    first, last = format_ratio(low), format_ratio(high)
    if first == last:
        return ""
    return signs.text(f" ({first[:-1]}–{last})")


def _trials(variants: list[VariantReport]) -> str:
    counts = sorted({variant.trials for variant in variants})
    most = counts[-1]
    noun = "trial" if most == 1 else "trials"
    return f"{most} {noun} each" if len(counts) == 1 else f"{counts[0]} to {most} {noun} each"
