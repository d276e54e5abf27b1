"""The main job on real images: `memlab compare generators --json`, held against arithmetic."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memlab.kernel.resolution import resolution_bytes

pytest.importorskip("cv2")

IMAGE_BYTES = 1200 * 900 * 3
ALIVE = {"stream": 4, "stream_with_del": 2, "reuse_buffer": 1}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("generators")
    done = subprocess.run(
        [sys.executable, "-m", "memlab", "compare", "generators", "--json", "--trials", "2"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    found["run_file"] = str(folder / found["run_file"])  # it is named as the user would name it from there
    return found


def growth(report: dict[str, Any], variant: str) -> int:
    return next(int(one["peak_growth_bytes"]["median"]) for one in report["variants"] if one["name"] == variant)


def comparison(report: dict[str, Any], variant: str) -> dict[str, Any]:
    return next(one for one in report["comparisons"] if one["variant"] == variant)


def test_load_all_needs_what_the_pictures_take(report: dict[str, Any]) -> None:
    assert growth(report, "load_all") == pytest.approx(48 * IMAGE_BYTES, rel=0.05)


@pytest.mark.parametrize("variant", ALIVE)
def test_generators_hold_as_many_images_as_they_keep_alive(report: dict[str, Any], variant: str) -> None:
    expected = ALIVE[variant] * IMAGE_BYTES
    assert growth(report, variant) == pytest.approx(expected, abs=max(0.15 * expected, resolution_bytes()))
    assert comparison(report, variant)["verdict"] == "saves"


def test_every_output_is_the_same_unless_declared(report: dict[str, Any]) -> None:
    for one in report["comparisons"]:
        agreement = one["agreement"]
        assert agreement["same"] != agreement["declared"], one["variant"]
        assert (one["ratio"] is None) == (not agreement["same"]), one["variant"]


def test_every_pitfall_is_confirmed(report: dict[str, Any]) -> None:
    pitfalls = [one["name"] for one in report["variants"] if one["role"] == "pitfall"]
    assert len(pitfalls) == 4
    assert all(comparison(report, name)["confirmed"] is True for name in pitfalls)


def test_the_sentence_says_what_the_figures_say(report: dict[str, Any]) -> None:
    assert report["sentence"].startswith("stream needs 1")
    assert "less memory than load_all" in report["sentence"]


def test_the_run_holds_sources_digests_and_shapes(report: dict[str, Any]) -> None:
    run = json.loads(Path(report["run_file"]).read_text(encoding="utf-8"))
    assert run["format"] == "memlab.run"
    for variant in run["recipe"]["variants"]:
        assert f"def {variant['name']}(" in variant["source"]["text"]
        lines = Path(variant["source"]["file"]).read_text(encoding="utf-8").splitlines()
        assert lines[variant["source"]["line"] - 1].startswith("@recipe.")
    outputs = [trial["reply"]["output"] for trial in run["trials"]]
    assert all(output["shape"] == [24] and len(output["digest"]) == 32 for output in outputs)
