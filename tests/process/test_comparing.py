"""`compare` with real processes: several meters and jobs, outputs held against each other, quick runs, many recipes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from harness import SCRIPTS, Compared, Place, RunMemlab, RunScript, needs_root

from memlab import libraries
from memlab.errors import Interrupted
from memlab.model.report import decode_report
from memlab.model.trial import Outcome
from memlab.plan import METERS
from memlab.runner.executor import ProcessExecutor
from memlab.storage import load_run

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
RAMPS = "near_and_far"
DIFFERENT = ("near", "far", "smaller")


@pytest.fixture
def ramps(run_once: RunScript) -> Compared:
    return run_once(RAMPS, meters=METERS, jobs=2)


def test_every_meter_measures_each_variant_once_more(ramps: Compared) -> None:
    assert ramps.exit_code == 0
    assert ramps.run.complete
    assert ramps.run.options.meters == METERS
    assert [trial.number for trial in ramps.run.trials] == list(range(ramps.run.planned)) == list(range(6 * 5))
    for variant in ("exactly", "near"):
        trials = ramps.trials(variant)
        assert [(one.kind, one.meter) for one in trials] == [
            ("timeline", "os"),
            ("headline", "os"),
            ("meter", "tracemalloc"),
            ("meter", "memray"),
            ("meter", "memory_profiler"),
        ]
        assert all(one.reply is not None and one.reply.meter == one.meter for one in trials)
        figures = [one.reply.figures for one in trials if one.reply is not None]
        assert figures[:2] == [None, None]
        assert all(figure is not None and figure.peak_bytes is not None for figure in figures[2:])
    # An array of 19 KB and little else; samples 0.1 s apart may see nothing of it.
    assert 19_200 <= (ramps.variant("exactly").traced_peak_bytes or 0) < 200_000
    assert (ramps.variant("exactly").heap_peak_bytes or 0) >= 19_200


def test_trials_that_count_for_times_ran_alone(ramps: Compared) -> None:
    for trial in ramps.run.trials:
        assert trial.undisturbed or trial.meter in ("tracemalloc", "memray")
    beside = [trial for trial in ramps.run.trials if not trial.undisturbed]
    assert len(beside) >= 10


def test_outputs_that_differ_are_held_against_the_baseline_s(ramps: Compared) -> None:
    digests = {}
    for trial in ramps.run.trials:
        assert trial.reply is not None
        assert trial.reply.output is not None
        digests.setdefault(trial.variant, trial.reply.output.digest)
    found = {one.found: one for one in ramps.run.agreements}
    assert {one.expected for one in ramps.run.agreements} == {digests["exactly"]}
    assert set(found) == {digests[name] for name in DIFFERENT}
    assert found[digests["near"]].psnr_db == pytest.approx(48.13, abs=0.01)
    assert found[digests["far"]].psnr_db == pytest.approx(34.15, abs=0.01)
    assert found[digests["smaller"]].differs_in == "shape"
    assert set(ramps.run.pictures) == {digests[name] for name in ("exactly", *DIFFERENT)}
    assert (ramps.run.pictures[digests["exactly"]].width, ramps.run.pictures[digests["exactly"]].height) == (160, 120)


def test_what_agrees_is_compared_and_what_does_not_is_not(ramps: Compared) -> None:
    same = {one.variant: one.agreement for one in ramps.result.report.comparisons}
    assert {name: one.same for name, one in same.items() if one is not None} == {
        "the_same": True,
        "near": True,
        "far": False,
        "smaller": False,
        "starts_processes": True,
    }
    near = same["near"]
    assert near is not None
    assert near.psnr_db == pytest.approx(48.13, abs=0.01)


def test_nothing_is_kept_of_the_outputs(ramps: Compared, place: Place) -> None:
    assert ramps.run.agreements
    assert list(place.temporary.iterdir()) == []


def test_the_report_lies_beside_the_run(ramps: Compared) -> None:
    content = Path(ramps.result.run_file).with_name("report.json").read_bytes()
    assert decode_report(content) == ramps.result.report
    assert ramps.result.report.run_file == ramps.result.run_file


def test_a_comparison_that_fails_leaves_the_digests_standing(
    run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProcessExecutor, "agree", lambda *_, **__: (Outcome("timed_out", 30.0, "started"), None))
    ran = run_script(RAMPS, "the_same", "far")
    finding = ran.finding("outputs_not_compared")
    assert finding.severity == "warning"
    assert finding.message == (
        "how 1 output differs from the baseline's could not be looked at: comparing them had not ended after 30.0 s"
    )
    assert ran.exit_code == 0
    assert ran.run.complete
    assert ran.run.agreements == ()
    assert ran.comparison("the_same").agreement is not None


def test_an_interrupt_while_outputs_are_compared_keeps_the_trials(
    run_script: RunScript, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProcessExecutor, "agree", interrupt)
    with pytest.raises(Interrupted, match=r"^interrupted: 4 of 4 trials were measured, saved in "):
        run_script(RAMPS, "far")
    (file,) = place.reports.rglob("run.json")
    assert not load_run(file).complete
    assert len(load_run(file).trials) == 4


@needs_root
@pytest.mark.parametrize("size", ["300k", "100m"])
def test_a_small_temporary_disk_does_not_lose_the_run(memlab: RunMemlab, place: Place, size: str) -> None:
    """On the first nothing is kept; on the second what goes into half of what is left."""
    large = place.folder / "large.py"
    large.write_text(
        "import numpy\nfrom memlab import Recipe\nrecipe = Recipe()\n\n"
        "@recipe.baseline\ndef first(_): return numpy.zeros(24 << 20, numpy.uint8)\n\n"
        "@recipe.technique\ndef second(_): return numpy.zeros(24 << 20, numpy.uint8)\n\n"
        "@recipe.pitfall(shows='wrong_output', because='ones')\n"
        "def ones(_): return numpy.ones(24 << 20, numpy.uint8)\n\n"
        "@recipe.pitfall(shows='wrong_output', because='twos')\n"
        "def twos(_): return numpy.full(24 << 20, 2, numpy.uint8)\n"
    )
    mount = f'mount -t tmpfs -o size={size} tmpfs "{place.temporary}" && exec "$@"'
    ended = memlab(
        "compare", large, "--trials", "1", "--json", "--reports", place.reports,
        before=["unshare", "--mount", "sh", "-c", mount, "sh"],
    )  # fmt: skip
    assert ended.code == 0, ended.err
    run = load_run(json.loads(ended.out)["run_file"])
    assert run.complete
    assert len(run.trials) == 8
    assert bool(run.agreements) == (size == "100m")


def test_a_quick_run(run_script: RunScript) -> None:
    ran = run_script(RAMPS, trials=2, quick=True)
    assert ran.run.options.quick
    assert not ran.run.inputs.default
    assert len(ran.run.inputs.files) == 1
    timelines = [one.name for one in ran.result.report.variants if one.timeline is not None]
    assert timelines == ["exactly", "the_same"]
    assert all(one.trials == 2 for one in ran.result.report.variants)
    # Whether a variant starts processes is then known from its first headline trial, which is made once more.
    assert [one.outcome.tree is not None for one in ran.trials("starts_processes")] == [True, True]


def test_what_the_user_sets_goes_before_the_quick_settings(run_script: RunScript) -> None:
    ran = run_script(RAMPS, "the_same", quick=True, settings={"count": 2})
    assert len(ran.run.inputs.files) == 2


def test_a_meter_that_is_not_installed_is_named_and_left_out(
    run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = libraries.missing
    monkeypatch.setattr(libraries, "missing", lambda names: ("memray",) if "memray" in names else missing(names))
    ran = run_script(RAMPS, "the_same", meters=("os", "memray", "tracemalloc"))
    assert ran.exit_code == 0
    (absent,) = ran.run.missing_meters
    assert (absent.meter, absent.message) == (
        "memray",
        "memray is missing; install it with: pip install memray",
    )
    assert ran.run.options.meters == ran.result.report.meters == ("os", "tracemalloc")
    assert "meter_missing" in ran.codes()
    assert {trial.meter for trial in ran.run.trials} == {"os", "tracemalloc"}


def test_several_recipes_and_one_that_cannot_be_imported(memlab: RunMemlab, place: Place) -> None:
    other = place.folder / "other_photos.py"
    shutil.copy(SCRIPTS / "two_photos.py", other)
    words = [SCRIPTS / "two_photos.py", SCRIPTS / "raises_at_import.py", other, SCRIPTS / "two_photos.py"]
    ended = memlab("compare", *words, "--trials", "1", "-o", "all.json", "--reports", place.reports)
    assert ended.code == 2, ended.err
    assert "Traceback" not in ended.out
    assert "2 of 3 recipes compared in " in ended.out
    assert ended.out.index("── two_photos ──") < ended.out.index("── other_photos ──")
    document = json.loads((place.work / "all.json").read_text())
    assert [report["recipe"] for report in document["reports"]] == ["two_photos", "other_photos"]
    (failed,) = document["failed"]
    assert "raises_at_import can't be imported" in failed["message"]
    for report in document["reports"]:
        folder = Path(report["run_file"]).parent
        names = {"run.json", "report.json"}
        names |= {f"{chart}.{format}" for chart in ("peaks", "timeline", "retained") for format in ("svg", "png")}
        assert {path.name for path in folder.iterdir()} == names
        assert (folder / "peaks.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (folder / "timeline.svg").read_bytes()


def test_a_chart_and_a_report_as_files(memlab: RunMemlab, place: Place) -> None:
    words = ("compare", SCRIPTS / "two_photos.py", "--trials", "1", "--json", "--reports", place.reports)
    ended = memlab(
        *words, "-o", "peaks.svg", "-o", "time.png", "--chart", "peaks", "--chart", "timeline", "-o", "r.json"
    )
    assert ended.code == 0, ended.err
    assert (place.work / "r.json").read_text() == ended.out
    folder = Path(json.loads(ended.out)["run_file"]).parent
    assert (place.work / "peaks.svg").read_bytes() == (folder / "peaks.svg").read_bytes()
    assert (place.work / "time.png").read_bytes() == (folder / "timeline.png").read_bytes()
    assert memlab(*words, "-o", "r.json").code == 2
    assert len(list(place.reports.rglob("run.json"))) == 1


def test_a_matplotlib_that_is_broken_costs_the_charts_alone(memlab: RunMemlab, place: Place) -> None:
    broken = place.folder / "broken"
    broken.mkdir()
    (broken / "matplotlib.py").write_text("raise ImportError('libfreetype.so.6: cannot open shared object file')")
    path = os.pathsep.join([str(broken), *filter(None, [os.environ.get("PYTHONPATH")])])
    words = ("compare", SCRIPTS / "two_photos.py", "--trials", "1", "--reports", place.reports)
    ended = memlab(*words, env={"PYTHONPATH": path})
    assert ended.code == 0, ended.err
    assert "memlab: warning: the chart peaks could not be drawn: ImportError: libfreetype" in ended.err
    ended = memlab(*words, "-o", "p.svg", env={"PYTHONPATH": path})
    assert ended.code == 2
    assert not (place.work / "p.svg").exists()
