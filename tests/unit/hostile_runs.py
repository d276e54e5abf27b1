"""Runs with a hostile text in every place where somebody else's text can stand."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from made_runs import KIB, MIB, described, failed, held_against, made_run, measured, metered

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.model.description import RecipeReference, Source
from memlab.model.output import Picture
from memlab.model.run import InputFile, Inputs, MissingMeter, Run, SkippedVariant
from memlab.model.shown import Shown
from memlab.model.trial import LineFigure, OutputDescription, Phase, RecipeFailure, Timeline, Trial

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks

from memlab.model.check import CheckReport

PLAIN = "harmless"
NAMES = {
    "script": "</script><script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "attribute": "' onmouseover='alert(1)' style='background:url(https://a.example/x)",
    "svg": "]]></style></svg><foreignObject><iframe src=javascript:alert(1)>",
    "comment": "--><!-- <!--> <![CDATA[ ]]> <?xml ?>",
    "template": "{{ 7*7 }} {% raw %} ${x} $x^{2}_3$ \\frac{a %s %(x)s {0}",
    "entity": "&lt;b&gt; &amp;amp; &#x41; %3Cscript%3E",
    "terminal": "\x1b[31mred\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f",
    "right_to_left": "\u202eexe.gnp\u2066\u200f\u200b\ufeff",
    "long": "x" * 10_000,
    "nul": "before\0after",
    "newline": "one\ntwo\r\nthree\rfour\u2028five\x85six\x0b",
    "bar": "a|b\\|c\\",
    "backtick": "a`b``c```",
    "link": "[a](https://a.example) ![b](https://a.example/b) www.a.example <https://a.example> _a_ **b** # c",
    "mention": "@user",
    "issue": "#1",
    "formula": "=cmd|'/c calc'!A1",
    "plus": "+1+cmd()",
    "minus": "-2-cmd()",
    "at": " @SUM(1)",
    "tab": "\t=1+1",
    "command": "::error file=a,line=1::b%0A::warning::c ##[error]d",
    "surrogate": "a\udc80b\ud800c",
    "unassigned": "a\ufffeb\U000e0001c\x01",
    "wide": "写真📷é" * 20,
}
"""Texts that mean something to one of the formats, by what they try."""

PICTURE = Picture(
    1, 1, bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0"
                        "0000030101000c9a3d0d0000000049454e44ae426082")
)  # fmt: skip


def hostile_run(text: str, *, growth: float = 20) -> Run:
    """A run in which the text is the name of the recipe, of each variant (with a number), and of everything else.

    Args:
        growth: MiB of the technique.
    """
    names = [f"{text}{number}" for number in range(5)]
    roles = ("baseline", "technique", "technique", "pitfall", "technique")
    variants = [
        described(
            name,
            role,
            because=text if role == "pitfall" else None,
            shows=("wrong_output",) if role == "pitfall" else (),
            needs=(text,) if place == 4 else (),
        )
        for place, (name, role) in enumerate(zip(names, roles, strict=True))
    ]
    source = Source(f"/recipes/{text}.py", 7, f"def load():\n    return {text}\n")
    variants = [msgspec.structs.replace(one, source=source, doc=f"{text}\n\n{text}") for one in variants]
    trials = [*_trials(names[0], text, 100), *_trials(names[1], text, growth)]
    failure = RecipeFailure("run", "error", text, text, f"Traceback\n  {text}\n{text}: {text}", text)
    trials += [failed(names[2], failure=failure), failed(names[2], output_tail=f"{text}\n{text}", message=text)]
    trials += [measured(names[3], 90 * MIB, result=text) for _ in range(3)]
    base = made_run(
        variants,
        trials,
        environment={
            "settings": {text: text, "MALLOC_ARENA_MAX": text},
            "platform": text,
            "kernel": text,
            "libc": text,
            "allocator": text,
            "python_version": text,
            "python_implementation": text,
            "unset": (text,),
            "libraries": {text: text},
        },
        options={"meters": ("os", "tracemalloc", "memray"), "images": text, "settings": {text: text}},
        inputs=Inputs(
            {"kind": "files", "patterns": [text]}, False, (InputFile(f"/{text}", 1, 2, 3, text),), ((text, text),)
        ),
        skipped=[SkippedVariant(names[4], text, f"{names[4]} is passed over: {text}")],
        agreements=[held_against("[1.0]", text, note=text, difference=PICTURE)],
        missing_meters=[MissingMeter("memory_profiler", text)],
        headline="growth",
    )
    recipe = msgspec.structs.replace(
        base.recipe,
        reference=RecipeReference(text, path=f"/recipes/{text}.py"),
        doc=f"{text}\n\n{text}",
        file=f"/recipes/{text}.py",
        budgets=(text,),
    )
    pictures = {"digest of [1.0]": PICTURE, f"digest of {text}": PICTURE}
    return msgspec.structs.replace(base, recipe=recipe, command=("memlab", "compare", text), pictures=pictures)


def hostile_shown(text: str) -> Shown:
    """What a page shows of such a run, saved below a folder of that name."""
    run = hostile_run(text)
    return Shown(make_report(run, f"reports/{text}/run.json"), run, trial_rows(run))


def hostile_check(text: str) -> CheckReport:
    """A check of such a recipe."""
    name = f"{text}1"
    regressed = fake_checks.regressed(
        name,
        message=f"{name} needs more `{text}`",
        hint=text,
        file=f"{fake_checks.ROOT}/{text}",
        grown_lines=(msgspec.structs.replace(fake_checks.LINE, file=text, function=text, text=text),),
        growth_classes={text: ("constant", "linear")},
    )
    variants = [regressed, fake_checks.variant(text), fake_checks.plain(f"{text}2", "skipped", text)]
    finding = msgspec.structs.replace(fake_checks.one_regression().recipes[1].findings[0], message=text, variant=name)
    budgets = [fake_checks.budget(text, "over_budget", name, message=text, origin=text)]
    checked = fake_checks.recipe(text, variants, budgets, message=text, inputs=text, findings=(finding,))
    return fake_checks.report([checked], sentence=text, conditions=(text,), baseline=text, command=("memlab", text))


def _trials(name: str, text: str, growth: float) -> list[Trial]:
    """A timeline, three headline trials, and one of each other meter."""
    output = OutputDescription("digest of [1.0]", text, (1,), text)
    phases = (Phase(text, 1, 0.5, 30 * MIB, ((0.1, 0.6),)), Phase(f"{text}b", 1, 0.2, 25 * MIB, ((0.7, 0.9),)))
    points = tuple((0.02 * place, round(growth * MIB)) for place in range(1, 50))
    timeline = {"timeline": Timeline(points, 0.02)}
    lines = [
        LineFigure(f"/recipes/{text}.py", 7, text, text, round(growth * MIB), f"{text}:1 {text}"),
        LineFigure(f"/{text}/{text}", 0, text, "", 300 * KIB),
    ]
    every = [measured(name, growth * MIB, kind="timeline", outcome=timeline, phases=phases, output=output)]
    every += [
        measured(name, growth * share * MIB, phases=phases, output=output, libraries={text: text}, allocator=text)
        for share in (0.999, 1, 1.001)
    ]
    every += [metered(name, meter, growth * MIB, lines=lines, output=output) for meter in ("tracemalloc", "memray")]
    return every
