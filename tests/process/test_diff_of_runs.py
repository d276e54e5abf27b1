"""`memlab diff` of runs that were really measured: the acceptance of a change that nobody meant to be one."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from harness import Place, RunMemlab

pytest.importorskip("cv2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
]
RECIPE = Path(__file__).parents[2] / "recipes" / "generators.py"
PLAIN = "    return [brightness(image) for image in blur_each(read_each(paths))]\n"
CHANGED = "    images = list(blur_each(read_each(paths)))\n    return [brightness(image) for image in images]\n"
MIB = 1 << 20


@pytest.fixture
def runs(memlab: RunMemlab, place: Place) -> list[Path]:
    """generators, measured twice, and again after a list() was put into `stream`."""
    own = place.work / "generators.py"
    shutil.copy(RECIPE, own)
    for number in range(3):
        if number == 2:
            text = own.read_text()
            assert text.count(PLAIN) == 1
            own.write_text(text.replace(PLAIN, CHANGED))
        ended = memlab(
            "compare", own, "--quick", "--trials", "2", "--meters", "os,memray",
            "--variant", "load_all", "--variant", "stream", "--reports", place.work / str(number),
        )  # fmt: skip
        assert ended.code == 0, ended.err
    return [next((place.work / str(number)).glob("generators/*/run.json")) for number in range(3)]


def test_a_list_in_stream_is_found_and_nothing_else(runs: list[Path], memlab: RunMemlab) -> None:
    first, second, changed = runs
    same = memlab("diff", first, second, "--exit-code")
    assert same.out.startswith("no difference: 2 variants need as much as before, and the results are the same\n")
    assert (same.code, same.err) == (0, "")

    found = memlab("diff", first, changed, "--exit-code")
    assert found.code == 1
    assert found.out.startswith("1 of 2 variants needs more: stream needs 2.")
    assert "      + images = list(blur_each(read_each(paths)))\n" in found.out

    diff = json.loads(memlab("diff", second, changed, "--json").out)
    assert diff["environment"] == []
    baseline, stream = diff["variants"]
    assert (baseline["variant"], baseline["verdict"]) == ("load_all", "no_difference")
    assert (stream["variant"], stream["verdict"], stream["output"]) == ("stream", "more", "same")
    # Ten pictures of 3.09 MiB instead of four: seven blurred ones wait in the list.
    growth, heap, _ = stream["figures"]
    for figure in (growth, heap):
        assert figure["moved"] == "up"
        assert figure["factor"] == pytest.approx(2.5, abs=0.3)
        assert figure["new_bytes"] - figure["old_bytes"] == pytest.approx(18.5 * MIB, abs=2 * MIB)
    (line,) = stream["lines"]
    assert (line["file"], line["function"]) == ("generators.py", "blur")
    assert line["text"] == "return cv2.blur(image, (5, 5))"
    assert line["new_bytes"] - line["old_bytes"] == pytest.approx(18.5 * MIB, abs=2 * MIB)


def test_the_way_back_is_less(runs: list[Path], memlab: RunMemlab) -> None:
    diff = json.loads(memlab("diff", runs[2], runs[0], "--json").out)
    assert [one["verdict"] for one in diff["variants"]] == ["no_difference", "less"]
    assert diff["sentence"].startswith("1 of 2 variants needs less: stream needs 2.")
