"""The check of one recipe, from runs made by hand: each verdict, with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from made_figures import CONDITIONS, MIB
from made_runs import RESOLUTION, described, failed, made_run, measured, three

from memlab.analysis.accepted import accepted_recipe
from memlab.analysis.budgets import StatedBudget
from memlab.analysis.check import CheckedRecipe, CheckOptions, NoBaseline, check_recipe
from memlab.analysis.growth_class import Sweep
from memlab.analysis.report import make_report
from memlab.limits import DEFAULT_FAIL_ON, parse_budget
from memlab.model.baseline import AcceptedRecipe
from memlab.model.check import VariantCheck
from memlab.model.description import RecipeDescription, Source, VariantDescription
from memlab.model.report import Finding, Report, TopLine
from memlab.model.run import Run, SkippedVariant
from memlab.model.trial import MeterFigures, RecipeFailure, Reply, Trial

ROOT = "/recipes"
ACCEPT = "`memlab accept made` accepts what is measured here"
MEANT = "if that is meant, `memlab accept made` accepts it"


def variant(name: str, role: str = "technique", **more: Any) -> VariantDescription:
    description = described(name, role, **more)
    return msgspec.structs.replace(description, source=Source("/recipes/made.py", 40, "def ..."))


VARIANTS = (variant("load_all", "baseline"), variant("stream"))


def by_memray(name: str, mib: float, result: str = "[1.0]") -> Trial:
    trial = measured(name, mib * MIB, result=result)
    reply = msgspec.structs.replace(
        trial.reply or Reply("", ""), meter="memray", figures=MeterFigures(round(mib * MIB))
    )
    return msgspec.structs.replace(trial, kind="meter", meter="memray", reply=reply)


def trials_of(name: str, mib: float, **more: Any) -> list[Trial]:
    return [*three(name, mib * MIB, **more), by_memray(name, mib, more.get("result", "[1.0]"))]


def run_of(
    *trials: Sequence[Trial], variants: Sequence[VariantDescription] = VARIANTS, agree: str = "exact", **more: Any
) -> Run:
    run = made_run(variants, [trial for some in trials for trial in some], **more)
    recipe: RecipeDescription = msgspec.structs.replace(run.recipe, agree={"kind": agree})
    return msgspec.structs.replace(run, recipe=recipe)


LOAD_ALL, STREAM = trials_of("load_all", 148), trials_of("stream", 12.5)
BEFORE = run_of(LOAD_ALL, STREAM)


def accept(run: Run, **more: Any) -> AcceptedRecipe:
    return accepted_recipe(run, make_report(run), ROOT, **more)


def check(
    run: Run, accepted: AcceptedRecipe | NoBaseline | None = None, report: Report | None = None, **more: Any
) -> CheckedRecipe:
    options = CheckOptions(
        DEFAULT_FAIL_ON,
        ROOT,
        "memlab accept made",
        tuple(StatedBudget(parse_budget(text), "command line") for text in more.pop("budgets", ())),
        more.pop("strict", False),
    )
    return check_recipe(run, report or make_report(run), accepted, options, **more)


def of(checked: CheckedRecipe, name: str) -> VariantCheck:
    return next(one for one in checked.check.variants if one.variant == name)


def verdicts(checked: CheckedRecipe) -> dict[str, str]:
    return {one.variant: one.verdict for one in checked.check.variants}


def test_what_was_accepted_is_ok() -> None:
    checked = check(BEFORE, accept(BEFORE), seconds=4.5)
    assert verdicts(checked) == {"load_all": "ok", "stream": "ok"}
    found = checked.check
    assert (found.recipe, found.verdict, found.message) == ("made", "ok", "2 variants are as accepted")
    assert (found.inputs, found.seconds) == ("no inputs", 4.5)
    assert (checked.wants_trials, checked.conditions) == ((), ())
    one = of(checked, "stream")
    assert (one.message, one.hint) == ("stream needs 12.5 MiB, as accepted", None)
    assert (one.role, one.file, one.line, one.trials) == ("technique", "/recipes/made.py", 40, 3)
    assert [figure.figure for figure in one.figures] == ["growth", "heap", "retained"]


def test_a_little_more_is_as_accepted_and_said() -> None:
    checked = check(run_of(LOAD_ALL, trials_of("stream", 13.5)), accept(BEFORE))
    assert of(checked, "stream").message == "stream needs 13.5 MiB, as accepted (12.5 MiB)"


def test_regressed_with_the_line_that_holds_more() -> None:
    run = run_of(LOAD_ALL, trials_of("stream", 80.4))
    before, now = make_report(BEFORE), make_report(run)
    held = TopLine("/recipes/made.py", 97, "read", "return cv2.imread(path)", 12 * MIB, "memray")
    listed = TopLine("/recipes/made.py", 103, "stream", "images = list(images)", 60 * MIB, "memray")
    accepted = accepted_recipe(BEFORE, with_lines(before, "stream", held), ROOT)
    checked = check(run, accepted, with_lines(now, "stream", listed, held))
    one = of(checked, "stream")
    assert one.verdict == "regressed"
    assert one.message == (
        "stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB); its heap peak says the same: "
        "67.9 MiB more"
    )
    assert one.hint == MEANT
    assert [(line.file, line.line, line.accepted_bytes) for line in one.grown_lines] == [("made.py", 103, 0)]
    assert checked.check.message == (
        "1 of 2 variants regressed: stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB), because "
        "made.py:103 `images = list(images)` holds 60.0 MiB and was not among the largest"
    )


def with_lines(report: Report, name: str, *lines: TopLine) -> Report:
    return msgspec.structs.replace(
        report,
        variants=tuple(
            msgspec.structs.replace(one, top_lines=lines) if one.name == name else one for one in report.variants
        ),
    )


def test_two_figures_that_regressed_are_both_said() -> None:
    run = run_of(LOAD_ALL, trials_of("stream", 80.4, retained=60 * MIB))
    one = of(check(run, accept(BEFORE)), "stream")
    assert one.message.startswith(
        "stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB) and retains 60.0 MiB more than "
        "accepted (60.0 MiB instead of 0 B); its heap"
    )


def test_growth_alone_waits_for_more_trials() -> None:
    run = run_of(LOAD_ALL, [*three("stream", 80.4 * MIB), by_memray("stream", 12.5)])
    checked = check(run, accept(BEFORE), trials_left=True)
    one = of(checked, "stream")
    assert (one.verdict, checked.wants_trials) == ("inconclusive", ("stream",))
    assert one.message == (
        "stream may need more than accepted (80.4 MiB instead of 12.5 MiB); more trials have to confirm it"
    )
    assert one.hint is None
    assert verdicts(check(run, accept(BEFORE), trials_left=False))["stream"] == "regressed"


def test_inconclusive_says_what_may_settle_it() -> None:
    stream = [measured("stream", size * MIB) for size in (12.5, 12.5, 30)]
    one = of(check(run_of(LOAD_ALL, stream), accept(BEFORE)), "stream")
    assert (one.verdict, one.message) == (
        "inconclusive",
        (
            "stream may need more than accepted (12.5 MiB instead of 12.5 MiB); 1 of 3 trials is above 14.5 MiB, they "
            "lie between 12.5 MiB and 30.0 MiB"
        ),
    )
    assert one.hint == (
        "a higher --max-trials may settle it; --against REVISION measures both on this machine, and `memlab accept "
        "made` accepts what is measured here"
    )


def test_improved_and_strict() -> None:
    run = run_of(LOAD_ALL, trials_of("stream", 6.25))
    one = of(check(run, accept(BEFORE)), "stream")
    assert (one.verdict, one.message, one.hint) == (
        "improved",
        (
            "stream needs 6.25 MiB less than accepted (6.25 MiB instead of 12.5 MiB) and asks for 6.25 MiB less heap "
            "than accepted (6.25 MiB instead of 12.5 MiB)"
        ),
        "`memlab accept made` makes it the figure to hold",
    )
    assert check(run, accept(BEFORE)).check.message == "1 of 2 variants is as accepted and 1 needs less"
    strict = check(run, accept(BEFORE), strict=True)
    assert (of(strict, "stream").verdict, strict.check.verdict) == ("improved_unaccepted", "improved_unaccepted")
    assert strict.check.message.startswith("1 of 2 variants improved and is not accepted: stream needs 6.25 MiB less")


def test_a_changed_output_is_its_own_verdict_and_its_memory_is_not_judged() -> None:
    run = run_of(LOAD_ALL, trials_of("stream", 80.4, result="[2.0]"))
    checked = check(run, accept(BEFORE))
    assert verdicts(checked) == {"load_all": "ok", "stream": "output_changed"}
    one = of(checked, "stream")
    assert one.message == "stream gives another result than was accepted (now [2.0]); its memory is not judged"
    assert (one.hint, one.figures[0].moved) == (MEANT, "up")
    assert checked.check.verdict == "output_changed"


def test_another_cpu_may_give_another_result() -> None:
    """Floats computed by other vector instructions differ in their last digits: said, and not failed."""
    accepted = accept(BEFORE)
    elsewhere = msgspec.structs.replace(accepted.conditions, instruction_sets="avx2 fma")
    accepted = msgspec.structs.replace(accepted, conditions=elsewhere)
    checked = check(run_of(LOAD_ALL, trials_of("stream", 12.5, result="[2.0]")), accepted)
    assert verdicts(checked) == {"load_all": "ok", "stream": "ok"}
    assert of(checked, "stream").message.endswith("a CPU with other vector instructions can be why of: not judged")
    assert "not judged" not in of(checked, "load_all").message
    more = check(run_of(LOAD_ALL, trials_of("stream", 80.4, result="[2.0]")), accepted)
    assert verdicts(more) == {"load_all": "ok", "stream": "regressed"}


def test_where_the_baseline_s_output_changed_the_others_are_judged() -> None:
    run = run_of(trials_of("load_all", 148, result="[2.0]"), STREAM)
    assert verdicts(check(run, accept(BEFORE))) == {"load_all": "output_changed", "stream": "ok"}


def test_outputs_that_differ_in_the_run_alone_fail_it() -> None:
    differing = run_of(LOAD_ALL, trials_of("stream", 12.5, result="[2.0]"))
    one = of(check(differing, accept(differing)), "stream")
    assert one.verdict == "failed"
    assert one.message.startswith("stream gives another result than load_all: [2.0] instead of [1.0]")
    new = of(check(differing, accept(run_of(LOAD_ALL))), "stream")
    assert new.verdict == "failed"


def test_an_output_that_varies_fails() -> None:
    stream = [measured("stream", 12.5 * MIB, result=result) for result in ("[1.0]", "[1.5]", "[2.0]")]
    one = of(check(run_of(LOAD_ALL, stream), accept(BEFORE)), "stream")
    assert one.verdict == "failed"
    assert "3 different results" in one.message


def test_by_psnr_and_where_it_is_wrong_anyway_an_output_may_change() -> None:
    wrong = (VARIANTS[0], variant("stream", "pitfall", shows=("wrong_output",)))
    now = trials_of("stream", 12.5, result="[2.0]")
    before = run_of(LOAD_ALL, trials_of("stream", 12.5, result="[3.0]"), variants=wrong)
    assert verdicts(check(run_of(LOAD_ALL, now, variants=wrong), accept(before)))["stream"] == "ok"
    assert accept(before).variants["stream"].output is None
    loose = accept(run_of(LOAD_ALL, STREAM, agree="psnr"))
    assert loose.variants["stream"].output is None
    assert loose.variants["load_all"].output is None
    assert accept(BEFORE).variants["stream"].output == "digest of [1.0]"
    both = run_of(trials_of("load_all", 148, result="[2.0]"), trials_of("stream", 12.5, result="[2.0]"), agree="psnr")
    assert verdicts(check(both, accept(BEFORE))) == {"load_all": "ok", "stream": "ok"}, "the rule has changed"


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (
            [failed("stream", failure=RecipeFailure("run", "error", "ValueError", "no picture"))],
            "stream raised ValueError: no picture",
        ),
        (
            [*three("stream", 12.5 * MIB, outcome={"swap_bytes": 3 * MIB})],
            (
                "up to 3.00 MiB of stream was swapped out: its peak is at least what was measured and at most 3.00 MiB "
                "more"
            ),
        ),
        (
            [*three("stream", 12.5 * MIB), failed("stream", ending="timed_out", exit_code=None)],
            "stream had not ended after 500 ms and was stopped",
        ),
        ([measured("stream", 12.5 * MIB, kind="timeline")], "stream has no trial that counts"),
    ],
)
def test_what_could_not_be_measured_failed(stream: list[Trial], message: str) -> None:
    checked = check(run_of(LOAD_ALL, stream), accept(BEFORE))
    assert (of(checked, "stream").verdict, of(checked, "stream").message) == ("failed", message)
    assert (of(checked, "load_all").verdict, checked.check.verdict) == ("ok", "failed")
    assert verdicts(check(run_of(LOAD_ALL, stream), NoBaseline("there is no baseline file")))["stream"] == "failed"


def test_a_renamed_variant_is_missing_twice() -> None:
    renamed = (VARIANTS[0], variant("stream_images"))
    checked = check(run_of(LOAD_ALL, trials_of("stream_images", 12.5), variants=renamed), accept(BEFORE))
    assert verdicts(checked) == {
        "load_all": "ok",
        "stream_images": "missing_from_baseline",
        "stream": "missing_from_project",
    }
    new, gone = of(checked, "stream_images"), of(checked, "stream")
    assert (new.message, new.hint) == ("stream_images is not in the baseline; was it renamed from stream?", ACCEPT)
    assert gone.message == "stream is in the baseline and no longer in the recipe; was it renamed to stream_images?"
    assert gone.hint == "if that is meant, `memlab accept made` takes it out of the baseline"
    assert (gone.file, gone.line, gone.role) == (None, None, "technique")
    assert checked.check.verdict == "missing_from_project"
    assert checked.check.message == (
        "1 of 3 variants is gone from the project and 1 is missing from the baseline: stream is in the baseline and no "
        "longer in the recipe"
        "; was it renamed to stream_images?"
    )


def test_a_new_variant_and_a_deleted_one_that_have_nothing_in_common() -> None:
    other = (VARIANTS[0], variant("memory_map"))
    checked = check(run_of(LOAD_ALL, trials_of("memory_map", 60), variants=other), accept(BEFORE))
    assert of(checked, "memory_map").message == "memory_map is not in the baseline"
    assert of(checked, "stream").message == "stream is in the baseline and no longer in the recipe"


def test_variants_that_were_not_asked_for_are_not_missing() -> None:
    checked = check(run_of(LOAD_ALL), accept(BEFORE))
    assert verdicts(checked) == {"load_all": "ok"}


def test_a_skipped_variant_is_said_and_fails_nothing() -> None:
    skipped = (SkippedVariant("stream", "h5py", "stream needs h5py, which is not installed"),)
    checked = check(run_of(LOAD_ALL, skipped=skipped), accept(BEFORE), budgets=["stream<1MiB"])
    assert verdicts(checked) == {"load_all": "ok", "stream": "skipped"}
    assert (of(checked, "stream").message, of(checked, "stream").line) == (
        "stream needs h5py, which is not installed",
        40,
    )
    assert (checked.check.verdict, checked.check.budgets[0].verdict) == ("skipped", "skipped")
    assert checked.check.message == "1 variant is as accepted; 1 variant is skipped"


def test_no_baseline() -> None:
    none = NoBaseline(
        "memlab-baseline.json has figures of Python 3.12 only", "`memlab accept` adds those of this Python"
    )
    checked = check(BEFORE, none)
    assert verdicts(checked) == {"load_all": "no_baseline", "stream": "no_baseline"}
    assert (of(checked, "stream").message, of(checked, "stream").hint) == (none.message, none.hint)
    assert checked.check.message == f"2 of 2 variants have no baseline: {none.message}"
    only_budgets = check(BEFORE, NoBaseline("nothing is accepted", fine=True), budgets=["stream<64MiB"])
    assert (only_budgets.check.verdict, only_budgets.check.message) == ("ok", "1 budget is kept")
    assert check(BEFORE, NoBaseline("", fine=True)).check.message == "nothing was compared"


def test_a_recipe_that_was_never_accepted_is_missing_from_the_baseline() -> None:
    checked = check(BEFORE, None)
    assert verdicts(checked) == {"load_all": "missing_from_baseline", "stream": "missing_from_baseline"}
    assert (of(checked, "stream").message, of(checked, "stream").hint) == ("made is not in the baseline", ACCEPT)


def with_libraries(**versions: str) -> Run:
    loaded = trials_of("stream", 12.5, libraries=versions)
    by_another_meter = msgspec.structs.replace(
        loaded[-1],
        reply=msgspec.structs.replace(loaded[-1].reply or Reply("", ""), libraries={"memray": versions["numpy"]}),
    )
    return run_of(LOAD_ALL, [*loaded[:-1], by_another_meter])


def test_figures_of_another_library_are_no_baseline() -> None:
    accepted = accept(with_libraries(numpy="2.1", cv2="4.10"))
    assert accepted.libraries == {"cv2": "4.10", "numpy": "2.1"}
    checked = check(with_libraries(numpy="2.2", cv2="4.11"), accepted)
    assert verdicts(checked) == {"load_all": "no_baseline", "stream": "no_baseline"}
    assert of(checked, "stream").message == (
        "what was accepted of made is of other libraries: here is cv2 4.11 instead of 4.10 and numpy 2.2 instead of 2.1"
    )
    assert of(checked, "stream").hint == ACCEPT
    # A library besides is a change of the code, and so is one that is no longer loaded: the figures judge it.
    assert verdicts(check(with_libraries(numpy="2.1", scipy="1.14"), accepted))["stream"] == "ok"


def test_figures_of_other_inputs_are_no_baseline() -> None:
    accepted = msgspec.structs.replace(accept(BEFORE), inputs="24 photos of 1200×900, jpeg, quality 90")
    one = of(check(BEFORE, accepted), "stream")
    assert (one.verdict, one.message) == (
        "missing_from_baseline",
        "what was accepted of made is of other inputs: 24 photos of 1200×900, jpeg, quality 90, and here are no inputs",
    )


def test_other_conditions_are_said_and_widen_what_is_allowed() -> None:
    accepted = msgspec.structs.replace(accept(BEFORE), conditions=msgspec.structs.replace(CONDITIONS, kernel="5.10"))
    checked = check(run_of(LOAD_ALL, trials_of("stream", 12.5)), accepted)
    assert checked.conditions == ("kernel 6.1 instead of 5.10",)
    assert of(checked, "stream").figures[0].tolerance_bytes == 4 * MIB


CONSTANT = Sweep(((8, 12 * MIB), (32, 12 * MIB)), MIB)
LINEAR = Sweep(((8, 25 * MIB), (32, 99 * MIB)), MIB)


def test_a_generator_that_became_a_list_grows_with_its_inputs() -> None:
    accepted = accept(BEFORE, sweeps={"stream": {"count": CONSTANT}})
    assert accepted.variants["stream"].growth_classes == {"count": "constant"}
    assert verdicts(check(BEFORE, accepted, sweeps={"stream": {"count": CONSTANT}}))["stream"] == "ok"
    checked = check(run_of(LOAD_ALL, trials_of("stream", 80.4)), accepted, sweeps={"stream": {"count": LINEAR}})
    one = of(checked, "stream")
    assert (one.verdict, one.growth_classes) == ("growth_class_changed", {"count": ("constant", "linear")})
    assert one.message.startswith(
        "stream is linear in count and was constant (25.0 MiB at 8, 99.0 MiB at 32) and needs 67.9 MiB more than "
    )
    alone = of(check(BEFORE, accepted, sweeps={"stream": {"count": LINEAR}}), "stream")
    assert (alone.verdict, alone.message, alone.hint) == (
        "growth_class_changed",
        "stream is linear in count and was constant (25.0 MiB at 8, 99.0 MiB at 32)",
        MEANT,
    )


def test_a_list_that_became_a_generator_improved_and_an_unknown_class_is_only_shown() -> None:
    accepted = accept(BEFORE, sweeps={"stream": {"count": LINEAR}})
    one = of(check(BEFORE, accepted, sweeps={"stream": {"count": CONSTANT}}), "stream")
    assert (one.verdict, one.growth_classes) == ("improved", {"count": ("linear", "constant")})
    first = of(check(BEFORE, accept(BEFORE), sweeps={"stream": {"count": LINEAR}}), "stream")
    assert (first.verdict, first.growth_classes) == ("ok", {"count": (None, "linear")})
    assert first.message == "stream needs 12.5 MiB, as accepted"


def test_budgets_are_held_beside_the_baseline() -> None:
    checked = check(BEFORE, accept(BEFORE), budgets=["stream<10MiB", "stream<64MiB"])
    assert [one.verdict for one in checked.check.budgets] == ["over_budget", "ok"]
    assert (checked.check.verdict, checked.check.message) == (
        "over_budget",
        "1 of 2 budgets is exceeded: stream needs 12.5 MiB, over its budget of 10.0 MiB",
    )
    scattered = [measured("stream", size * MIB) for size in (11.9, 12.5, 13.1)]
    close = check(run_of(LOAD_ALL, scattered), accept(BEFORE), budgets=["stream<12.8MiB"], trials_left=True)
    assert (close.check.budgets[0].verdict, close.wants_trials) == ("inconclusive", ("stream",))
    assert check(run_of(LOAD_ALL, scattered), accept(BEFORE), budgets=["stream<12.8MiB"]).wants_trials == ()


def test_a_budget_counts_though_the_outputs_differ() -> None:
    differing = run_of(LOAD_ALL, trials_of("stream", 12.5, result="[2.0]"))
    assert check(differing, accept(BEFORE), budgets=["stream<10MiB"]).check.budgets[0].verdict == "over_budget"
    broken = run_of(LOAD_ALL, [failed("stream")])
    assert check(broken, accept(BEFORE), budgets=["stream<10MiB"]).check.budgets[0].verdict == "failed"


def test_findings_that_bear_on_a_verdict_go_along() -> None:
    run = run_of(LOAD_ALL, three("stream", 12.5 * MIB, outcome={"left_behind": 2}))
    assert [one.code for one in check(run, accept(BEFORE)).check.findings] == ["left_behind"]


def test_what_makes_the_whole_run_invalid_fails_the_recipe() -> None:
    unsaved = Finding("not_saved", "error", None, "the run could not be saved in reports: no space")
    report = msgspec.structs.replace(make_report(BEFORE), findings=(unsaved,))
    checked = check(BEFORE, accept(BEFORE), report)
    assert (checked.check.verdict, checked.check.message) == ("failed", unsaved.message)
    assert verdicts(checked) == {"load_all": "ok", "stream": "ok"}


def test_a_machine_without_marks_is_another_meter() -> None:
    sampled = run_of(three("load_all", 148 * MIB, source="sampled"), three("stream", 12.5 * MIB, source="sampled"))
    assert accept(sampled).conditions.resolution_bytes == 0
    assert accept(BEFORE).conditions.resolution_bytes == RESOLUTION
    checked = check(sampled, accept(BEFORE))
    assert checked.conditions == ("peaks that were sampled instead of peaks read from the kernel's mark",)
    assert verdicts(checked) == {"load_all": "ok", "stream": "ok"}
