"""run.json: a whole run travels through its bytes unchanged."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from made_runs import MIB, described, failed, made_run, measured

from memlab.analysis.report import make_report
from memlab.errors import DocumentError
from memlab.model.description import Source, VariantDescription
from memlab.model.report import encode_report
from memlab.model.run import InputFile, Inputs, Run, SkippedVariant, decode_run, encode_run
from memlab.model.trial import Phase, ProcessFigure, Reading, RecipeFailure, Timeline, TreeFigure


def whole_run() -> Run:
    reading = Reading(3 * MIB, 2 * MIB, MIB, 0)
    outcome = {
        "timeline": Timeline(((0.02, 21 * MIB), (0.04, 30 * MIB)), 0.02),
        "tree": TreeFigure(1, 2, 3, 4, 5, 6, 7, 8),
        "processes": (ProcessFigure(1, "python", 5 * MIB, 0.0, 1.0),),
        "seen_processes": (2, 3),
        "at_start": reading,
        "highest": reading,
        "output_tail": "\x1b[2Jé\n",
        "output_bytes": 7,
    }
    trials = [
        measured("plain", 40 * MIB, kind="timeline", outcome=outcome),
        measured("plain", 40 * MIB, phases=(Phase("decode", 2, 0.5, 30 * MIB, ((0.0, 0.2), (0.3, 0.6))),)),
        failed("stream", failure=RecipeFailure("run", "error", "ValueError", "bad", "Traceback …", None, 3)),
        failed("stream", ending="signalled", exit_code=None, signal=9, out_of_memory=True),
    ]
    inputs = Inputs(
        {"kind": "folder", "count": 1},
        False,
        (InputFile("/pictures/a.jpg", 1000, 64, 48, "RGB"), InputFile("/pictures/b.bin", 10)),
        (("c.txt", "not an image"),),
    )
    return made_run(
        [
            described("plain", "baseline", promises=None),
            VariantDescription("stream", "technique", "", Source("/recipes/made.py", 7, "def stream(): ...\n")),
            described("trap", "pitfall", against="stream", shows=("costs",), because="it does", needs=("h5py",)),
        ],
        trials,
        inputs=inputs,
        complete=False,
        options={"settings": {"count": 3, "format": "png"}, "variants": ("stream",), "images": "/pictures"},
        environment={"settings": {"MALLOC_ARENA_MAX": "2"}, "unset": ("PYTHONMALLOC",), "libraries": {"cv2": "4.10"}},
        skipped=[SkippedVariant("trap", "h5py", "trap is passed over")],
    )


def test_a_run_is_read_back_as_it_was_written() -> None:
    run = whole_run()
    assert decode_run(encode_run(run)) == run


def test_a_run_says_what_it_is_first() -> None:
    assert list(json.loads(encode_run(whole_run())))[:2] == ["format", "version"]
    assert json.loads(encode_run(whole_run()))["format"] == "memlab.run"


def test_a_report_is_computed_anew_from_what_was_read() -> None:
    run = whole_run()
    written = json.loads(encode_report(make_report(decode_run(encode_run(run)))))
    assert written["format"] == "memlab.report"
    assert written == json.loads(encode_report(make_report(run)))


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("trials", 1, "reply", "start", "level_bytes"), "20 MiB", "$.trials[1].reply.start.level_bytes"),
        (("trials", 0, "outcome", "timeline", "points", 1), [0.04], "$.trials[0].outcome.timeline.points[1]"),
        (("environment", "cpus_online"), None, "$.environment.cpus_online"),
        (("recipe", "variants", 0, "role"), "technique", "$.recipe"),
        (("options", "more"), 1, "$.options"),
    ],
)
def test_damage_is_named_by_its_path(path: tuple[Any, ...], value: Any, where: str) -> None:
    whole = json.loads(encode_run(whole_run()))
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(DocumentError) as raised:
        decode_run(json.dumps(whole).encode(), name="run.json")
    assert raised.value.message.startswith("run.json is damaged: ")
    assert f"`{where}`" in raised.value.message


def test_a_recipe_without_its_baseline_is_damage() -> None:
    with pytest.raises(ValueError, match="exactly one baseline"):
        made_run([described("stream")], [])
    with pytest.raises(ValueError, match="exactly one baseline"):
        made_run([described("a", "baseline"), described("b", "baseline")], [])


def test_what_a_run_says_of_its_recipe() -> None:
    recipe = whole_run().recipe
    assert (recipe.name, recipe.baseline.name, recipe.summary) == ("made", "plain", "Made by hand.")
    assert msgspec.structs.replace(recipe, doc="").summary == ""
