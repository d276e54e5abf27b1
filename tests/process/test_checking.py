"""`memlab check` and `memlab accept` with real processes, on a project in which one thing at a time goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import Ended, Place, RunMemlab, StartMemlab

from memlab.storage import load_baseline
from memlab.units import MIB

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")]
PROJECT = Path(__file__).parent.parent / "projects" / "albums"
BASELINE = "memlab-baseline.json"
ALBUM, CROPS = "album.py", "crops.py"


@dataclass
class Project:
    """A copy of the project, and memlab run in it."""

    folder: Path
    memlab: RunMemlab

    @property
    def baseline(self) -> Path:
        return self.folder / BASELINE

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def check(self, *words: str | Path, code: int) -> dict[str, Any]:
        """The check's document."""
        ended = self.memlab("check", "--json", *words)
        assert ended.code == code, ended.err + ended.out
        found: dict[str, Any] = json.loads(ended.out)
        assert (found["format"], found["exit_code"]) == ("memlab.check", code)
        return found

    def refused(self, *words: str | Path, code: int = 2) -> str:
        """What memlab says as it refuses."""
        ended = self.memlab(*words)
        assert (ended.code, ended.out) == (code, "")
        assert "Traceback" not in ended.err
        return ended.err


def verdicts(check: dict[str, Any]) -> dict[str, str]:
    return {one["variant"]: one["verdict"] for recipe in check["recipes"] for one in recipe["variants"]}


def variant(check: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for recipe in check["recipes"] for one in recipe["variants"] if one["variant"] == name]
    return dict(found)


@pytest.fixture
def bare(place: Place, memlab: RunMemlab) -> Project:
    """The project, of which nothing was accepted yet."""
    shutil.copytree(PROJECT, place.work, dirs_exist_ok=True)
    return Project(place.work, memlab)


@pytest.fixture(scope="module")
def accepted_once() -> dict[str, bytes]:
    """The baseline file, measured once for all tests of this module."""
    return {}


@pytest.fixture
def project(bare: Project, accepted_once: dict[str, bytes]) -> Project:
    """The project with a baseline."""
    if not accepted_once:
        ended = bare.memlab("accept")
        assert ended.code == 0, ended.err
        accepted_once[BASELINE] = bare.baseline.read_bytes()
        shutil.rmtree(bare.folder / "reports")
    bare.baseline.write_bytes(accepted_once[BASELINE])
    return bare


def test_accepting_says_what_changed_and_writes_no_more_than_that(bare: Project) -> None:
    first = bare.memlab("accept")
    assert first.code == 0
    assert first.out.splitlines() == [
        "album: accepted for the first time, 2 variants",
        "crops: accepted for the first time, 2 variants",
        f"{BASELINE}: 4 variants of 2 recipes accepted",
    ]
    content = bare.baseline.read_bytes()
    baseline = load_baseline(bare.baseline)
    assert baseline is not None
    (section,) = baseline.sections
    album = section.recipes["album"].variants
    assert album["stream"].growth_classes == {"count": "constant"}
    assert album["load_all"].growth_classes == {"count": "linear"}
    assert 16 * MIB <= (album["load_all"].heap_bytes or 0) < 17 * MIB
    assert abs(section.recipes["crops"].variants["pages"].retained_bytes - 12 * MIB) < MIB

    again = bare.memlab("accept", ALBUM)
    assert (again.code, again.out) == (0, f"{BASELINE} stays as it is\n")
    assert bare.baseline.read_bytes() == content

    bare.change(ALBUM, "for page in developed(paths)", "for page in list(developed(paths))")
    changed = bare.memlab("accept", ALBUM)
    assert changed.code == 0
    assert changed.out.startswith("album stream: ")
    assert "heap 16.0 MiB instead of 4.00 MiB" in changed.out
    assert "linear in count instead of constant" in changed.out
    after = load_baseline(bare.baseline)
    assert after is not None
    assert after.sections[0].recipes["crops"] == section.recipes["crops"]


def test_what_did_not_change_passes(project: Project) -> None:
    before = project.baseline.read_bytes()
    check = project.check(code=0)
    assert set(verdicts(check).values()) == {"ok"}
    assert [one["verdict"] for recipe in check["recipes"] for one in recipe["budgets"]] == ["ok"]
    assert check["baseline"] == BASELINE
    assert check["conditions"] == check["findings"] == []
    # Saved as compare saves it, with the raw figures of the second size beside.
    (run,) = (project.folder / "reports" / "album").iterdir()
    assert {"run.json", "report.json", "sweep-count-2.json"} <= {file.name for file in run.iterdir()}
    assert project.baseline.read_bytes() == before


def test_a_list_around_the_generator(project: Project) -> None:
    project.change(ALBUM, "for page in developed(paths)", "for page in list(developed(paths))")
    check = project.check(ALBUM, code=1)
    assert verdicts(check) == {"load_all": "ok", "stream": "growth_class_changed"}
    stream = variant(check, "stream")
    assert stream["growth_classes"] == {"count": ["constant", "linear"]}
    assert (stream["file"], stream["hint"]) == (
        str(project.folder / ALBUM),
        "if that is meant, `memlab accept album.py` accepts it",
    )
    assert [line["text"] for line in stream["grown_lines"]] == ["return np.full((1024, 1024, 4), number, np.uint8)"]
    # What the project says of it is held as well.
    (budget,) = check["recipes"][0]["budgets"]
    assert (budget["verdict"], budget["origin"]) == ("over_budget", "pyproject.toml")
    assert check["recipes"][0]["verdict"] == "growth_class_changed"


def test_a_forgotten_del(project: Project) -> None:
    project.change(ALBUM, "        del page\n    return found", "    return found")
    check = project.check(ALBUM, "--no-sweep", code=1)
    assert verdicts(check) == {"load_all": "ok", "stream": "regressed"}
    moved = {one["figure"]: one["moved"] for one in variant(check, "stream")["figures"]}
    assert moved["growth"] == moved["heap"] == "up"
    growth = variant(check, "stream")["figures"][0]
    assert abs(growth["measured_bytes"] - growth["accepted_bytes"] - 4 * MIB) < MIB


def test_a_view_that_keeps_its_base(project: Project) -> None:
    project.change(CROPS, "[:8, :8].copy()", "[:8, :8]")
    check = project.check(CROPS, code=1)
    assert verdicts(check) == {"pages": "ok", "crops": "regressed"}
    retained = next(one for one in variant(check, "crops")["figures"] if one["figure"] == "retained")
    assert abs(retained["measured_bytes"] - retained["accepted_bytes"] - 12 * MIB) < MIB


def test_another_result(project: Project) -> None:
    project.change(CROPS, "[:8, :8].copy()", "[8:16, :8].copy() + 1")
    check = project.check(CROPS, code=1)
    assert verdicts(check) == {"pages": "ok", "crops": "output_changed"}


def test_a_renamed_variant_is_missing_twice(project: Project) -> None:
    project.change(CROPS, "def crops(", "def copied_crops(")
    check = project.check(CROPS, code=1)
    assert verdicts(check) == {
        "pages": "ok",
        "copied_crops": "missing_from_baseline",
        "crops": "missing_from_project",
    }
    assert "was it renamed from crops?" in variant(check, "copied_crops")["message"]
    assert "was it renamed to copied_crops?" in variant(check, "crops")["message"]


@pytest.mark.parametrize("still_named", [True, False])
def test_a_deleted_recipe(project: Project, still_named: bool) -> None:
    (project.folder / ALBUM).unlink()
    if not still_named:
        project.change("pyproject.toml", '"album.py", ', "")
        project.change("pyproject.toml", 'album = ["stream<0.9×load_all"]', "")
    check = project.check(code=1)
    assert {one["recipe"]: one["verdict"] for one in check["recipes"]} == {
        "album": "missing_from_project",
        "crops": "ok",
    }
    # Of some recipes only, nothing is known of the others.
    assert [one["recipe"] for one in project.check(CROPS, code=0)["recipes"]] == ["crops"]
    if still_named:
        assert "album.py" in project.refused("accept")
    else:
        assert "album: no longer in the project" in project.memlab("accept").out
        baseline = load_baseline(project.baseline)
        assert baseline is not None
        assert set(baseline.sections[0].recipes) == {"crops"}


def test_a_recipe_that_was_never_accepted(project: Project) -> None:
    shutil.copy(project.folder / CROPS, project.folder / "more_crops.py")
    check = project.check("more_crops.py", code=3)
    assert set(verdicts(check).values()) == {"missing_from_baseline"}


def test_without_a_baseline_nothing_is_measured(bare: Project) -> None:
    check = bare.check(CROPS, code=3)
    assert set(verdicts(check).values()) == {"no_baseline"}
    (finding,) = check["findings"]
    assert (finding["message"], finding["hint"]) == (
        f"there is no baseline file {BASELINE}",
        "`memlab accept` makes one",
    )
    assert not (bare.folder / "reports").exists()


def test_the_baseline_of_another_python(project: Project) -> None:
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    text = project.baseline.read_text(encoding="utf-8")
    project.baseline.write_text(text.replace(f'"CPython {minor}"', '"CPython 3.9"'), encoding="utf-8")
    check = project.check(CROPS, code=3)
    assert set(verdicts(check).values()) == {"no_baseline"}
    (finding,) = check["findings"]
    assert f"here is Python {minor} instead of 3.9" in finding["message"]
    assert "`memlab accept`" in finding["hint"]
    # The figures of here stand beside those of the other one, which stay.
    assert project.memlab("accept", CROPS).code == 0
    baseline = load_baseline(project.baseline)
    assert baseline is not None
    assert [section.python for section in baseline.sections] == [f"CPython {minor}", "CPython 3.9"]
    assert set(baseline.sections[1].recipes) == {"album", "crops"}
    assert verdicts(project.check(CROPS, code=0)) == {"pages": "ok", "crops": "ok"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"sections": [', '"sections": ', "memlab-baseline.json"),
        ('"version": 1', '"version": 2', "newer"),
        ('  "version"', '<<<<<<< HEAD\n  "version"', "merge conflict"),
    ],
)
@pytest.mark.parametrize("command", ["check", "accept"])
def test_a_damaged_or_newer_baseline_is_refused(project: Project, command: str, old: str, new: str, said: str) -> None:
    project.change(BASELINE, old, new)
    before = project.baseline.read_bytes()
    assert said in project.refused(command)
    assert project.baseline.read_bytes() == before
    assert not (project.folder / "reports").exists()


def test_what_fails_is_not_accepted_and_all_else_is(project: Project) -> None:
    before = load_baseline(project.baseline)
    assert before is not None
    project.change(CROPS, "    return [develop(number)[:8, :8].copy()", "    return [develop(number)[:8, :8].nothing()")
    check = project.check(CROPS, code=3)
    assert verdicts(check) == {"pages": "ok", "crops": "failed"}
    project.change(CROPS, "return [develop(number)[:8, :8] for", "return [develop(number)[:9, :8] for")
    ended = project.memlab("accept", CROPS)
    assert ended.code == 3
    assert "crops is not accepted: " in ended.err
    assert "raised AttributeError" in ended.err
    assert ended.out == f"crops pages: another result\n{BASELINE}: 1 variant of 1 recipe accepted\n"
    after = load_baseline(project.baseline)
    assert after is not None
    then, now = (one.sections[0].recipes["crops"].variants for one in (before, after))
    assert now["crops"] == then["crops"]
    assert now["pages"].output != then["pages"].output


def test_a_recipe_that_cannot_be_imported_stops_no_other(project: Project) -> None:
    project.change(ALBUM, "import numpy as np", "import numpy as np\nraise ValueError(7)")
    check = project.check(code=2)
    assert {one["recipe"]: one["verdict"] for one in check["recipes"]} == {"album": "failed", "crops": "ok"}
    assert "ValueError: 7" in check["recipes"][0]["message"]


def test_less_than_accepted_passes_unless_that_is_strict(project: Project) -> None:
    project.change(CROPS, "develop(number)[:8, :8] for", "develop(number)[:8, :8].copy() for")
    assert verdicts(project.check(CROPS, code=0))["pages"] == "improved"
    assert verdicts(project.check(CROPS, "--strict-improvement", code=1))["pages"] == "improved_unaccepted"


def test_budgets_need_no_baseline(bare: Project) -> None:
    words = ("--budget", "crops.retained<1MiB", "--budget", "pages.heap<13MiB", "--budget", "crops<0.9×pages")
    check = bare.check(CROPS, *words, code=0)
    assert [one["verdict"] for one in check["recipes"][0]["budgets"]] == ["ok"] * 3
    (finding,) = check["findings"]
    assert (finding["severity"], "only budgets are checked" in finding["message"]) == ("warning", True)
    check = bare.check(CROPS, "--budget", "pages.retained<10MiB", code=1)
    (budget,) = check["recipes"][0]["budgets"]
    assert budget["verdict"] == "over_budget"
    assert abs(budget["measured_bytes"] - 12 * MIB) < MIB
    # A file that was named has to be there.
    bare.check(CROPS, "--baseline", "other.json", "--budget", "crops.retained<1MiB", code=3)
    assert "none of the recipes" in bare.refused("check", CROPS, "--budget", "crosp<1MiB")


def test_reports_for_ci_systems(project: Project) -> None:
    project.change(CROPS, "[:8, :8].copy()", "[:8, :8]")
    words = ("check", CROPS, "--junit", "junit.xml", "--markdown", "memlab.md", "--benchmark-json", "bench.json")
    summary = project.folder / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    environment = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(project.folder)}
    ended = project.memlab(*words, "--format", "github", env=environment)
    assert ended.code == 1, ended.err
    (annotation,) = [line for line in ended.out.splitlines() if line.startswith("::")]
    assert annotation.startswith("::error file=crops.py,line=23,title=memlab%3A crops/crops%3A regressed::")
    said = summary.read_text(encoding="utf-8")
    assert said.startswith("before\n")
    assert "regressed" in said
    assert 'type="regressed"' in (project.folder / "junit.xml").read_text(encoding="utf-8")
    assert "regressed" in (project.folder / "memlab.md").read_text(encoding="utf-8")
    assert json.loads((project.folder / "bench.json").read_bytes())
    # Nothing is measured only to find that a report can't be written.
    before = len(list((project.folder / "reports" / "crops").iterdir()))
    assert "--force replaces it" in project.refused(*words)
    assert "there is no folder nowhere" in project.refused("check", CROPS, "--junit", "nowhere/junit.xml")
    assert len(list((project.folder / "reports" / "crops").iterdir())) == before


def test_ctrl_c_leaves_the_baseline_as_it_was(project: Project, start_memlab: StartMemlab) -> None:
    project.change(CROPS, "def develop(number: int)", "import time\n\n\ndef develop(number: int)")
    project.change(
        CROPS,
        "    return [develop(number)[:8, :8].copy()",
        "    time.sleep(30)\n    return [develop(number)[:8, :8].copy()",
    )
    before = project.baseline.read_bytes()
    process = start_memlab("accept", CROPS)
    end = time.monotonic() + 60
    runs = project.folder / "reports" / "crops"
    while not list(runs.glob("*/run.json")) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"saved in" in err
    assert project.baseline.read_bytes() == before


def git(folder: Path, *words: str) -> str:
    own = {"GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "e", "GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e"}
    done = subprocess.run(
        ["git", "-C", folder, *words], env=os.environ | own, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(bare: Project) -> Project:
    """The project as a git repository with one commit."""
    git(bare.folder, "init", "--quiet")
    git(bare.folder, "add", ".")
    git(bare.folder, "commit", "--quiet", "--message", "first")
    return bare


def test_against_another_revision(repository: Project) -> None:
    repository.change(ALBUM, "for page in developed(paths)", "for page in list(developed(paths))")
    check = repository.check(ALBUM, "--against", "HEAD", code=1)
    assert verdicts(check) == {"load_all": "ok", "stream": "growth_class_changed"}
    assert (check["against"], check["baseline"], check["conditions"]) == ("HEAD", None, [])
    assert variant(check, "stream")["hint"] is None
    # Both runs are saved; nothing is left of the checkout.
    assert len(list((repository.folder / "reports" / "album").iterdir())) == 2
    assert len(git(repository.folder, "worktree", "list").splitlines()) == 1


def test_nothing_is_left_of_a_checkout_when_memlab_is_stopped(repository: Project, start_memlab: StartMemlab) -> None:
    process = start_memlab("check", CROPS, "--against", "HEAD")
    end = time.monotonic() + 60
    while not list(repository.folder.glob("reports/crops/*/run.json")) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(git(repository.folder, "worktree", "list").splitlines()) == 2
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, b"interrupted: " in err) == (130, True)
    assert len(git(repository.folder, "worktree", "list").splitlines()) == 1


def test_against_a_revision_that_lacks_what_is_new(repository: Project) -> None:
    shutil.copy(repository.folder / CROPS, repository.folder / "more_crops.py")
    repository.change(
        CROPS,
        "@recipe.technique\n",
        "@recipe.technique\ndef more(paths: list[str]) -> Any:\n    return crops(paths)\n\n\n@recipe.technique\n",
    )
    check = repository.check(CROPS, "more_crops.py", "--against", "HEAD", code=0)
    assert set(verdicts(check).values()) == {"ok"}
    assert variant(check, "more")["message"] == "more is new: HEAD doesn't have it"
    assert check["recipes"][1]["variants"][0]["message"] == "more_crops is new: HEAD doesn't have it"
    assert "git knows no commit" in repository.refused("check", CROPS, "--against", "nowhere")


def test_without_recipes_it_says_what_to_write(place: Place, memlab: RunMemlab) -> None:
    for command in ("check", "accept"):
        ended: Ended = memlab(command)
        assert ended.code == 2
        assert "[tool.memlab] recipes =" in ended.err
    assert not (place.work / "reports").exists()
