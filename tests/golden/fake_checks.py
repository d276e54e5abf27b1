"""Checks with exact numbers, as renderers meet them: made by hand, nothing is measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from memlab.model.check import (
    VERDICTS,
    BudgetCheck,
    CheckReport,
    FigureCheck,
    GrownLine,
    RecipeCheck,
    VariantCheck,
)
from memlab.model.environment import Environment
from memlab.model.report import Finding

KIB, MIB = 1 << 10, 1 << 20
ROOT = "/project"

HOSTILE = (
    "<script>alert(1)</script>",
    "]]><!--",
    "a|b\\|c\\",
    "`back``ticks`",
    "line\nbreak\r\nand\ttab",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202eright to left\u2066",
    "surrogate\udc80\ud800",
    "\x00\x0b\ufffe\U000e0001",
    "@octocat and @org/team #1 org/repo#2",
    "::error file=x::injected",
    "##[error]injected",
    "%0A::warning::x,y:z",
    "[link](https://example.org) ![image](x.png) www.example.org <a@b.example>",
    "*bold* __init__ ~~struck~~ $x^2$ # heading",
    "</details></table><img src=x onerror=alert(1)>",
    "\"quotes' & ampersands &amp;",
    "very long " * 500,
    "漢字" * 100,
)
"""Names and texts that mean something to one of the formats."""

ENVIRONMENT = Environment(
    memlab_version="0.2.0",
    python_version="3.12.1",
    python_implementation="CPython",
    platform="Linux-6.1-x86_64",
    kernel="6.1",
    libc="glibc 2.36",
    machine="x86_64",
    cpus_allowed=2,
    cpus_online=2,
    memory_bytes=8 << 30,
    swap_bytes=0,
    cgroup_limit_bytes=None,
    transparent_hugepages="madvise",
    resolution_bytes=248 * KIB,
    install="installed",
)
LINE = GrownLine(
    file="recipes/generators.py",
    line=103,
    function="stream",
    text="images = list(map(read, paths))",
    accepted_bytes=12 * MIB,
    measured_bytes=72 * MIB,
)


def figure(
    name: str, accepted: int, measured: int | None = None, *, moved: str = "no", tolerance: int = 2 * MIB
) -> FigureCheck:
    """A figure whose trials lie 100 KiB below and above the median; memray's is one number."""
    median = accepted if measured is None else measured
    spread = 0 if name == "heap" else 100 * KIB
    return FigureCheck(
        figure=name,
        accepted_bytes=accepted,
        measured_bytes=median,
        low_bytes=median - spread,
        high_bytes=median + spread,
        tolerance_bytes=tolerance,
        tolerance_reason="the rule growth>5% and >2MiB",
        moved=moved,
    )


def figures(accepted: int, measured: int | None = None, *, moved: str = "no") -> tuple[FigureCheck, ...]:
    """Growth and heap that moved by as much, and a retained figure that didn't."""
    heap = figure("heap", accepted - 96 * KIB, None if measured is None else measured - 96 * KIB, moved=moved)
    return (figure("growth", accepted, measured, moved=moved), heap, figure("retained", 8 * KIB))


def variant(name: str, verdict: str = "ok", *, role: str = "technique", **more: Any) -> VariantCheck:
    """A variant as the analysis makes it."""
    fields: dict[str, Any] = {
        "message": f"{name} needs 12.5 MiB, as accepted",
        "file": f"{ROOT}/recipes/generators.py",
        "line": 98,
        "figures": figures(12 * MIB + 512 * KIB),
        "trials": 3,
        "seconds": 0.25,
    }
    return VariantCheck(variant=name, role=role, verdict=verdict, **(fields | more))


def regressed(name: str = "stream", **more: Any) -> VariantCheck:
    """A generator that became a list."""
    accepted, measured = 12 * MIB + 512 * KIB, 80 * MIB + 410 * KIB
    fields: dict[str, Any] = {
        "message": f"{name} needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB); its heap peak says the "
        "same: 67.9 MiB more",
        "hint": "if that is meant, `memlab accept generators` accepts it",
        "figures": figures(accepted, measured, moved="up"),
        "grown_lines": (LINE,),
        "growth_classes": {"count": ("constant", "constant")},
    }
    return variant(name, "regressed", **(fields | more))


def plain(name: str, verdict: str, message: str, **more: Any) -> VariantCheck:
    """A variant without figures."""
    return variant(name, verdict, **({"message": message, "figures": (), "trials": 0} | more))


def recipe(
    name: str, variants: Iterable[VariantCheck], budgets: Iterable[BudgetCheck] = (), **more: Any
) -> RecipeCheck:
    """A recipe, with the worst verdict of what is in it."""
    variants, budgets = tuple(variants), tuple(budgets)
    order = list(VERDICTS)
    worst = min((one.verdict for one in (*variants, *budgets)), key=order.index, default="ok")
    fields: dict[str, Any] = {
        "verdict": worst,
        "message": f"{name} in one sentence",
        "inputs": "48 generated photographs of 1200×900, jpeg",
        "run_file": f"reports/{name}/2030-01-02T030405Z/run.json",
        "seconds": 4.2,
    }
    return RecipeCheck(recipe=name, variants=variants, budgets=budgets, **(fields | more))


def budget(expression: str, verdict: str = "ok", variant: str = "stream", **more: Any) -> BudgetCheck:
    """A budget of 64 MiB."""
    fields: dict[str, Any] = {
        "origin": "pyproject.toml",
        "limit_bytes": 64 * MIB,
        "measured_bytes": 12 * MIB if verdict == "ok" else 80 * MIB,
        "message": f"{variant} needs 12.0 MiB, within its budget of 64.0 MiB"
        if verdict == "ok"
        else f"{variant} needs 80.0 MiB, over its budget of 64.0 MiB",
    }
    return BudgetCheck(expression=expression, variant=variant, verdict=verdict, **(fields | more))


def report(recipes: Iterable[RecipeCheck], **more: Any) -> CheckReport:
    """A check of these recipes."""
    recipes = tuple(recipes)
    order = list(VERDICTS)
    verdict = min((one.verdict for one in recipes), key=order.index, default="ok")
    codes = {VERDICTS[one.verdict] for one in recipes}
    fields: dict[str, Any] = {
        "memlab_version": "0.2.0",
        "created": "2030-01-02T03:04:05Z",
        "command": ("memlab", "check"),
        "sentence": "14 variants of 2 recipes are as accepted",
        "verdict": verdict,
        "exit_code": next((code for code in (1, 2, 3) if code in codes), 0),
        "baseline": "memlab-baseline.json",
        "against": None,
        "fail_on": "growth>5% and >2MiB",
        "environment": ENVIRONMENT,
        "conditions": (),
    }
    return CheckReport(recipes=recipes, **(fields | more))


def fine() -> CheckReport:
    """Nothing has moved."""
    variants = [
        variant("load_all", role="baseline", figures=figures(148 * MIB)),
        variant("stream"),
        variant("stream_with_del", figures=figures(6 * MIB, 6 * MIB + 40 * KIB)),
        variant("stream_into_list", role="pitfall", figures=figures(80 * MIB, 80 * MIB - 200 * KIB)),
    ]
    return report([recipe("generators", variants, [budget("stream<64MiB")]), recipe("views", [variant("copy")])])


def one_regression() -> CheckReport:
    """The issue's own example."""
    generators = recipe(
        "generators",
        [
            variant("load_all", role="baseline", figures=figures(148 * MIB)),
            regressed(),
            variant(
                "stream_with_del",
                "improved",
                message="stream_with_del needs 3.20 MiB less than accepted (3.07 MiB instead of 6.27 MiB)",
                hint="`memlab accept generators` makes it the figure to hold",
                figures=(figure("growth", 6 * MIB + 276 * KIB, 3 * MIB + 70 * KIB, moved="down"),),
            ),
        ],
        [
            budget("stream<64MiB", "over_budget", origin="command line"),
            budget("stream_with_del < 0.1×load_all", variant="stream_with_del"),
        ],
        findings=(Finding("reused", "warning", "stream", "free memory of 3.00 MiB was reused; growth may be short"),),
    )
    return report(
        [recipe("views", [variant("copy")]), generators],
        sentence="1 of 4 variants regressed and 1 of 2 budgets is exceeded: generators' stream needs 67.9 MiB more "
        "than accepted (80.4 MiB instead of 12.5 MiB), because recipes/generators.py:103 `images = "
        "list(map(read, paths))` holds 60.0 MiB more",
        conditions=("kernel 6.1 instead of 5.10", "2 CPUs instead of 4"),
    )


def every_verdict() -> CheckReport:
    """Each verdict there is, of variants, budgets, recipes and the whole."""
    accept = "if that is meant, `memlab accept generators` accepts it"
    with_figures = {"growth_class_changed", "improved", "improved_unaccepted", "inconclusive", "output_changed"}
    variants = [
        variant(f"is_{verdict}", verdict, message=f"is_{verdict} has its message", hint=accept)
        if verdict in with_figures or verdict == "ok"
        else regressed("is_regressed")
        if verdict == "regressed"
        else plain(f"is_{verdict}", verdict, f"is_{verdict} has its message", file=None, line=None)
        for verdict in VERDICTS
    ]
    verdicts = ("ok", "over_budget", "inconclusive", "failed", "skipped")
    budgets = [budget(f"stream<{place}MiB", verdict) for place, verdict in enumerate(verdicts, 1)]
    gone = recipe(
        "album",
        [plain(name, "missing_from_project", f"{name} is gone with its recipe album") for name in ("one", "two")],
        message="album is in the baseline and no longer in the project; was it renamed to albums?",
        run_file=None,
    )
    broken = recipe(
        "broken",
        [],
        verdict="failed",
        message="broken: the recipe can't be imported",
        findings=(
            Finding("recipe_failed", "error", None, "the recipe can't be imported", None, {"traceback": "a\n  b\nc"}),
        ),
    )
    foreign = recipe("views", [plain(name, "no_baseline", "what was accepted is of others") for name in "abc"])
    finding = Finding("no_baseline", "error", None, "the baseline is of CPython 3.11 only", "`memlab accept`")
    return report([recipe("generators", variants, budgets), gone, broken, foreign], findings=(finding,), exit_code=1)


def hostile() -> CheckReport:
    """Texts of every kind in every place."""
    recipes = []
    for place, text in enumerate(HOSTILE):
        line = GrownLine(file=text, line=1, function=text, text=text, accepted_bytes=0, measured_bytes=MIB)
        one = figure("growth", MIB, 9 * MIB, moved="up")
        classes = {text: ("constant", "linear")}
        variants = [
            regressed(
                f"{text}{place}",
                message=f"{text} needs more `{text}`",
                hint=text,
                file=f"{ROOT}/{text}",
                grown_lines=(line,),
                figures=(
                    FigureCheck(
                        **{**{name: getattr(one, name) for name in one.__struct_fields__}, "tolerance_reason": text}
                    ),
                ),
                growth_classes=classes,
            ),
            variant(f"ok {text}{place}"),
            plain(f"skipped {text}{place}", "skipped", text),
        ]
        finding = Finding(text, "error", text, f"finding {text}", text, {"traceback": text})
        recipes.append(
            recipe(
                f"{place}{text}",
                variants,
                [budget(f"{text}{place}", "over_budget", text, message=text, origin=text), budget(f"ok {text}{place}")],
                message=text,
                inputs=text,
                run_file=text,
                findings=(finding,),
            )
        )
    texts = " ".join(HOSTILE)
    return report(
        recipes,
        sentence=texts,
        baseline=HOSTILE[0],
        fail_on=HOSTILE[3],
        conditions=HOSTILE,
        memlab_version=HOSTILE[2],
        findings=tuple(Finding(text, "error", None, text, text) for text in HOSTILE),
    )


def huge(recipes: int = 60, variants: int = 20) -> CheckReport:
    """More than fits anywhere."""
    return report(
        [
            recipe(
                f"recipe_{number}",
                [
                    regressed(f"variant_{number}_{place}") if place % 2 else variant(f"variant_{number}_{place}")
                    for place in range(variants)
                ],
                [budget(f"variant_{number}_{place}<{place}MiB", "over_budget") for place in range(variants)],
            )
            for number in range(recipes)
        ],
        sentence="a great deal regressed",
    )


ALL = {
    "fine": fine,
    "one_regression": one_regression,
    "every_verdict": every_verdict,
    "hostile": hostile,
    "huge": huge,
    "nothing": lambda: report([], sentence="nothing was compared"),
}
