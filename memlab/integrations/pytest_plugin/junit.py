"""A measured test's figures as properties of its report, which pytest's --junitxml writes as `<properties>`."""

from __future__ import annotations

from collections.abc import Iterator

from memlab.integrations.pytest_plugin.judged import Judged


def properties(judged: Judged) -> Iterator[tuple[str, int | str]]:
    """Names and values; sizes are bytes. What isn't known is left out."""
    limits = {limit.expression.partition("=")[0]: limit.limit_bytes for limit in judged.limits}
    found: dict[str, int | str | None] = {
        "memlab_verdict": judged.verdict,
        "memlab_peak_growth_bytes": None if judged.peak is None else judged.peak.median,
        "memlab_peak_limit_bytes": limits.get("peak"),
        "memlab_retained_bytes": None if judged.retained is None else round(judged.retained.median),
        "memlab_retained_limit_bytes": limits.get("retained"),
        "memlab_heap_bytes": judged.heap_bytes,
        "memlab_source": None if judged.peak is None else judged.peak.source,
        "memlab_isolation": judged.isolation,
        "memlab_trials": judged.trials,
    }
    yield from ((name, value) for name, value in found.items() if value is not None)
