"""The report document, version 1: frozen. What it holds and how is compared with a file, byte for byte.

`MEMLAB_UPDATE_GOLDEN=1 pytest tests/unit/test_report_document.py` writes the files anew. A key that was added, renamed
or moved raises the version, with a migration; the file of the older version stays and is still read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_runs import (
    KIB,
    LEVEL,
    MIB,
    described,
    failed,
    held_against,
    line,
    made_run,
    measured,
    metered,
    psnr_rule,
)

from memlab.analysis.report import make_report
from memlab.errors import DocumentError
from memlab.model.report import FailedRecipe, Report, decode_report, encode_report, encode_reports
from memlab.model.run import InputFile, Inputs, MissingMeter, Run, SkippedVariant
from memlab.model.trial import Phase, Reading, RecipeFailure, Timeline, TreeFigure, Trial

GOLDEN = Path(__file__).parent.parent / "golden"
BASE = described("load_all", "baseline")


def trials_of(
    variant: str, growth: int, *, result: str = "[1.0]", outcome: dict[str, Any] | None = None
) -> list[Trial]:
    phases = (Phase("decode", 2, 0.5, LEVEL + growth // 2, ((0.0, 0.2), (0.3, 0.6))),)
    points = ((0.02, LEVEL + growth // 4), (0.6, LEVEL + growth), (1.0, LEVEL))
    known: dict[str, Any] = {
        "at_start": Reading(LEVEL, LEVEL, 0, 0),
        "highest": Reading(LEVEL + growth, LEVEL + growth - 3 * MIB, 2 * MIB, MIB),
        "cgroup_start_bytes": 0,
        "cgroup_peak_bytes": growth + 5 * MIB,
        "unseen_growth_bytes": 40 * KIB,
    }
    known |= outcome or {}
    first = known | {"timeline": Timeline(points, 0.02)}
    more: dict[str, Any] = {"kept": 6 * MIB, "retained": 16 * KIB, "result": result, "phases": phases}
    return [
        measured(variant, growth, kind="timeline", outcome=first, **more),
        *(
            measured(variant, growth + 1024 * number, seconds=1.0 + number / 8, outcome=known, **more)
            for number in range(3)
        ),
    ]


def meters_of(variant: str, growth: int, result: str = "[1.0]") -> list[Trial]:
    lines = [line(growth // 2, "image = Image.open(path)", "PIL/Image.py:3100 new"), line(MIB, "kept.append(image)")]
    return [
        metered(variant, "tracemalloc", 100 * KIB, lines=[line(80 * KIB, "kept.append(image)")], result=result),
        metered(variant, "memray", growth - MIB, lines=lines, result=result),
        metered(variant, "memory_profiler", growth // 2, lines=lines[:1], samples=9, result=result),
    ]


def whole_run() -> Run:
    """Everything that a report can hold, in exact numbers."""
    tree = TreeFigure(LEVEL, LEVEL, LEVEL + 30 * MIB, LEVEL + 40 * MIB, LEVEL + 45 * MIB, 2, 1, 0)
    variants = [
        BASE,
        described("stream", promises=(12.0, 0.6)),
        described("pool"),
        described("tiny"),
        described("wrong", "pitfall", shows=("wrong_output",), because="8 bits are too few"),
        described("fails"),
        described("hdf5", needs=("h5py",)),
    ]
    trials = [
        *trials_of("load_all", 148 * MIB),
        *trials_of("stream", 12 * MIB, result="[1.1]"),
        *trials_of("pool", 10 * MIB, outcome={"tree": tree}),
        *trials_of("tiny", MIB),
        *trials_of("wrong", 40 * MIB, result="[2.0]"),
        failed("fails", failure=RecipeFailure("run", "error", "ValueError", "bad", "Traceback …")),
        *meters_of("load_all", 148 * MIB),
        *meters_of("stream", 12 * MIB, "[1.1]"),
    ]
    files = (InputFile("/photos/0000.jpg", 210_000, 1200, 900, "RGB"), InputFile("/photos/0001.bin", 10))
    return made_run(
        variants,
        trials,
        agree=psnr_rule(80),
        agreements=[
            held_against("[1.0]", "[1.1]", psnr_db=107.25, largest_difference=0.1, differing=1, values=1),
            held_against("[1.0]", "[2.0]", psnr_db=49.5, largest_difference=1.0, differing=1, values=1),
        ],
        inputs=Inputs({"kind": "photos", "count": 2}, True, files, (("c.txt", "not an image"),)),
        complete=False,
        planned=40,
        options={"meters": ("os", "tracemalloc", "memory_profiler", "memray")},
        environment={
            "settings": {"MALLOC_ARENA_MAX": "2"},
            "unset": ("MALLOC_PERTURB_",),
            "libraries": {"PIL": "11.0", "numpy": "2.1"},
            "allocator": "glibc",
        },
        skipped=[SkippedVariant("hdf5", "h5py", 'h5py (HDF5) is missing; install it with: pip install "memlab[hdf5]"')],
        missing_meters=[MissingMeter("memory_profiler", "memory_profiler is missing")],
    )


def whole_report() -> Report:
    return make_report(whole_run(), "reports/made/2030-01-02T030405Z/run.json")


def small_report() -> Report:
    return make_report(made_run([BASE], [measured("load_all", 148 * MIB)]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report-v1.json", encode_report(whole_report())),
        ("reports-v1.json", encode_reports([small_report()], [FailedRecipe("views", "views can't be described: …")])),
    ],
)
def test_the_document_is_frozen(name: str, content: bytes) -> None:
    if os.environ.get("MEMLAB_UPDATE_GOLDEN") == "1":
        (GOLDEN / name).write_bytes(content)
    assert content == (GOLDEN / name).read_bytes()


def test_what_was_written_is_read_back() -> None:
    for report in (whole_report(), small_report()):
        assert decode_report(encode_report(report)) == report


def test_the_frozen_document_is_read() -> None:
    assert decode_report((GOLDEN / "report-v1.json").read_bytes()) == whole_report()


def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((GOLDEN / "report-v1.json").read_bytes())
    return content


def structs(kind: Any) -> Iterator[Any]:
    """The Structs that a type holds, each with what it holds itself."""
    if isinstance(kind, msgspec.inspect.StructType):
        yield kind
        for field in kind.fields:
            yield from structs(field.type)
    for name in ("item_type", "value_type"):
        if hasattr(kind, name):
            yield from structs(getattr(kind, name))
    for name in ("types", "item_types"):
        for inner in getattr(kind, name, ()):
            yield from structs(inner)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def test_every_part_of_a_report_stands_in_the_frozen_document() -> None:
    present = {frozenset(one) - {"format", "version"} for one in objects(document())}
    parts = list(structs(msgspec.inspect.type_info(Report)))
    assert {kind.cls.__name__ for kind in parts} >= {"Report", "VariantReport", "TreeReport", "TopLine", "Finding"}
    absent = [kind.cls.__name__ for kind in parts if frozenset(one.encode_name for one in kind.fields) not in present]
    assert absent == []


REPORT_KEYS = """
memlab_version created command recipe headline baseline environment inputs skipped variants comparisons findings
"""
VARIANT_KEYS = """
name role trials failed peak_growth_bytes cgroup_peak_bytes tree retained_bytes kept_by_allocator_bytes
end_states_bytes split_at_peak traced_peak_bytes heap_peak_bytes memory_profiler_peak_bytes seconds phases top_lines
"""
PEAK_KEYS = "median low high source resolution_bytes unseen_growth_bytes at_least"
TREE_KEYS = "lower_bytes estimate_bytes upper_bytes processes unmeasured"
COMPARISON_KEYS = "variant baseline figure ratio verdict time_ratio agreement"


def test_the_document_has_the_form_that_was_promised() -> None:
    """Programs read these keys; others may stand beside them."""
    report = document()
    variants = {variant["name"]: variant for variant in report["variants"]}
    comparisons = {comparison["variant"]: comparison for comparison in report["comparisons"]}
    stream, pool = variants["stream"], variants["pool"]
    for held, keys in (
        (report, REPORT_KEYS),
        (report["skipped"][0], "variant needs"),
        (stream, VARIANT_KEYS),
        (stream["peak_growth_bytes"], PEAK_KEYS),
        (pool["tree"], TREE_KEYS),
        (stream["retained_bytes"], "median low high"),
        (stream["kept_by_allocator_bytes"], "median low high"),
        (stream["end_states_bytes"], "ended collected caches_cleared trimmed released"),
        (stream["split_at_peak"], "anonymous_bytes file_bytes shared_bytes source"),
        (stream["seconds"], "median low high"),
        (stream["phases"][0], "name peak_growth_bytes"),
        (stream["top_lines"][0], "file line text bytes meter"),
        (comparisons["stream"], COMPARISON_KEYS),
        (comparisons["stream"]["ratio"], "value low high at_least"),
        (comparisons["stream"]["time_ratio"], "value low high"),
        (comparisons["stream"]["agreement"], "kind same declared psnr_db"),
        (report["findings"][0], "code severity variant message hint evidence"),
    ):
        assert set(keys.split()) <= set(held), keys
    assert (report["format"], report["version"]) == ("memlab.report", 1)
    assert stream["tree"] is None
    assert (stream["peak_growth_bytes"]["source"], stream["split_at_peak"]["source"]) == ("kernel", "sampled")
    assert comparisons["stream"]["agreement"]["psnr_db"] == 107.25
    assert comparisons["stream"]["agreement"]["same"] is True
    assert comparisons["wrong"]["ratio"] is None
    assert comparisons["tiny"]["ratio"]["at_least"] is not None
    assert [top["meter"] for top in stream["top_lines"]] == ["memray", "memray", "tracemalloc", "memory_profiler"]
    assert stream["memory_profiler_peak_bytes"] == 6 * MIB


def test_several_reports_stand_in_one_document() -> None:
    several = json.loads((GOLDEN / "reports-v1.json").read_bytes())
    assert set(several) == {"format", "version", "reports", "failed"}
    assert (several["format"], several["version"]) == ("memlab.reports", 1)
    assert several["failed"] == [{"recipe": "views", "message": "views can't be described: …"}]
    # Each of them is a report document by itself.
    (report,) = several["reports"]
    assert decode_report(json.dumps(report).encode()) == small_report()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((), {"surprise": 1}, r"the report is damaged: .*`surprise`.*"),
        (("variants", 0), {"surprise": 1}, r"the report is damaged: .*`surprise`.* at `\$\.variants\[0\]`"),
        (
            ("variants", 0, "peak_growth_bytes"),
            {"median": "much"},
            r"the report is damaged: .*`int`.* at `\$\.variants\[0\]\.peak_growth_bytes\.median`",
        ),
        (
            (),
            {"version": 2},
            r"the report was written by a newer memlab \(version 2 of memlab\.report, this one reads 1\)",
        ),
        ((), {"format": "memlab.run"}, r"the report is a 'memlab\.run' document, not a 'memlab\.report' one"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(
    place: tuple[str | int, ...], value: dict[str, Any], message: str
) -> None:
    content = document()
    held: Any = content
    for key in place:
        held = held[key]
    held |= value
    with pytest.raises(DocumentError) as raised:
        decode_report(json.dumps(content).encode())
    assert re.fullmatch(message, raised.value.message), raised.value.message


def test_a_key_that_is_missing_is_refused() -> None:
    content = document()
    del content["variants"][0]["role"]
    with pytest.raises(DocumentError, match=r"missing required field `role` - at `\$\.variants\[0\]`"):
        decode_report(json.dumps(content).encode())
