"""`memlab check` and `memlab accept`: words and pyproject.toml become options, exit codes are those of the results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

import memlab.workflow.accept as accept_workflow
import memlab.workflow.check as check_workflow
from memlab.cli import main
from memlab.errors import RecipeError
from memlab.kernel.resolution import cpus_allowed
from memlab.model.check import CheckReport
from memlab.model.report import Finding
from memlab.runner.progress import ProgressSink
from memlab.workflow.accept import Acceptance, NotAccepted
from memlab.workflow.check import CheckRequest
from memlab.workflow.project import MeasuringOptions, Project, accept_command, find_project

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks

Capture = pytest.CaptureFixture[str]
ACCEPT = accept_workflow.accept
RECIPE = '"""Mine."""\nfrom memlab import Recipe\nrecipe = Recipe()\n'


@dataclass
class Asked:
    """What the workflow was asked for, and what it is to answer."""

    folder: Path
    checks: list[CheckRequest] = field(default_factory=list)
    acceptances: list[tuple[Project, MeasuringOptions, str]] = field(default_factory=list)
    exit_code: int = 0
    failures: tuple[NotAccepted, ...] = ()

    def write(self, text: str) -> None:
        (self.folder / "pyproject.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """Both commands without a measurement, in a folder with one recipe."""
    made = Asked(tmp_path)
    (tmp_path / "mine.py").write_text(RECIPE, encoding="utf-8")

    def check(request: CheckRequest, progress: Callable[[], ProgressSink]) -> CheckReport:  # noqa: ARG001
        made.checks.append(request)
        return msgspec.structs.replace(fake_checks.fine(), exit_code=made.exit_code)

    def accept(
        project: Project,
        options: MeasuringOptions,
        baseline: str,
        progress: Callable[[], ProgressSink],  # noqa: ARG001
    ) -> Acceptance:
        made.acceptances.append((project, options, baseline))
        return Acceptance(baseline, ("mine: accepted for the first time, 1 variant",), 1, 1, made.failures, True)

    monkeypatch.setattr(check_workflow, "check", check)
    monkeypatch.setattr(accept_workflow, "accept", accept)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def test_the_defaults(asked: Asked) -> None:
    assert main(["check", "mine.py"]) == 0
    (request,) = asked.checks
    assert request.measuring == MeasuringOptions(
        trials=3,
        most_trials=9,
        timeout_seconds=300.0,
        command=("memlab", "check", "mine.py"),
        meters=("os", "memray"),
        jobs=min(4, cpus_allowed()),
        settings={},
        quick=False,
        sweep=True,
        reports="reports",
    )
    assert [recipe.called for recipe in request.project.recipes] == ["mine.py"]
    assert (request.project.root, request.project.whole) == (str(asked.folder), False)
    assert (request.baseline, request.named, request.baseline_option) == ("memlab-baseline.json", False, None)
    assert str(request.fail_on) == "growth>5% and >2MiB"
    assert (request.budgets, request.strict_improvement, request.against) == ((), False, None)


def test_what_pyproject_says_holds_unless_words_say_otherwise(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.write(
        '[tool.memlab]\nrecipes = ["mine.py"]\nbaseline = "kept/figures.json"\nfail-on = "heap>1%"\ntrials = 5\n'
        'max-trials = 7\ntimeout = "1min"\njobs = 2\nmeters = ["tracemalloc"]\nstrict-improvement = true\n'
    )
    below = asked.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert main(["check"]) == main(["accept"]) == 0
    (request,) = asked.checks
    own = request.measuring
    assert (own.trials, own.most_trials, own.timeout_seconds, own.jobs) == (5, 7, 60.0, 2)
    assert own.meters == ("os", "tracemalloc")
    assert (request.project.root, request.project.whole) == (str(asked.folder), True)
    assert [recipe.called for recipe in request.project.recipes] == ["../mine.py"]
    assert (request.baseline, request.named) == (str(asked.folder / "kept/figures.json"), True)
    assert (str(request.fail_on), request.strict_improvement) == ("heap>1%", True)
    assert asked.acceptances[0][2] == request.baseline

    words = ["--trials", "2", "--max-trials", "4", "--meters", "os", "--fail-on", "growth>1MiB", "--baseline", "b.json"]
    assert main(["check", *words, "--timeout", "7s", "--jobs", "1", "--set", "count=4", "--no-sweep"]) == 0
    request = asked.checks[1]
    own = request.measuring
    assert (own.trials, own.most_trials, own.timeout_seconds, own.jobs, own.sweep) == (2, 4, 7.0, 1, False)
    assert (own.meters, own.settings) == (("os",), {"count": 4})
    assert (request.baseline, request.baseline_option, str(request.fail_on)) == ("b.json", "b.json", "growth>1MiB")
    assert request.accept("mine.py") == "memlab accept mine.py --baseline b.json --set count=4"
    assert main(["check", "--trials", "12"]) == 0
    assert (asked.checks[2].measuring.trials, asked.checks[2].measuring.most_trials) == (12, 12)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_exit_code_is_the_check_s(asked: Asked, code: int) -> None:
    asked.exit_code = code
    assert main(["check", "mine.py"]) == code


def test_json_is_the_whole_output(asked: Asked, capsys: Capture) -> None:
    assert main(["check", "mine.py", "--json"]) == 0
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.check"
    assert said == ""
    assert len(asked.checks) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json", "--format", "github"], "--json prints one document"),
        (["--against", "main", "--baseline", "b.json"], "--baseline has no use"),
        (["--trials", "4", "--max-trials", "3"], "--max-trials 3 is less than the 4 trials"),
        (["--fail-on", "growth>"], "--fail-on"),
        (["--budget", "stream<"], "--budget"),
        (["--junit", "-"], "--junit takes a file"),
        (["--junit", "a.txt", "--markdown", "./a.txt"], "named twice"),
        (["nowhere.py"], "nowhere.py"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: Asked, words: list[str], said: str, capsys: Capture) -> None:
    assert main(["check", "mine.py", *words]) == 2
    assert said in capsys.readouterr().err
    assert asked.checks == []


@pytest.mark.parametrize("file", ["b.json", "pyproject.toml"])
@pytest.mark.parametrize("option", ["--junit", "--markdown", "--benchmark-json"])
def test_no_report_replaces_what_the_check_reads(asked: Asked, option: str, file: str, capsys: Capture) -> None:
    asked.write('[tool.memlab]\nbaseline = "b.json"\n')
    (asked.folder / "b.json").write_text("accepted", encoding="utf-8")
    before = (asked.folder / file).read_bytes()
    assert main(["check", "mine.py", option, f"./{file}", "--force"]) == 2
    assert f"{option} would replace ./{file}" in capsys.readouterr().err
    assert (asked.folder / file).read_bytes() == before
    assert asked.checks == []


def test_accept_says_where_a_recipe_that_is_gone_is_to_be_taken_out(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The check's advice is to accept; where pyproject.toml still names the recipe, that comes first."""
    monkeypatch.setattr(accept_workflow, "accept", ACCEPT)
    asked.write('[tool.memlab]\nrecipes = ["gone.py"]\n')
    assert main(["accept"]) == 2
    said = capsys.readouterr().err
    assert "gone.py doesn't exist" in said
    assert f"take it out of recipes in {asked.folder / 'pyproject.toml'}" in said


def test_a_report_that_cannot_be_written_any_more(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The folder goes while memlab measures: that is said, and doesn't hide what was found."""
    folder = asked.folder / "out"

    def check(request: CheckRequest, progress: Callable[[], ProgressSink]) -> CheckReport:  # noqa: ARG001
        folder.rmdir()
        return msgspec.structs.replace(fake_checks.fine(), exit_code=asked.exit_code)

    monkeypatch.setattr(check_workflow, "check", check)
    for asked.exit_code, code in ((0, 2), (1, 1), (3, 2)):
        folder.mkdir()
        assert main(["check", "mine.py", "--junit", "out/junit.xml"]) == code
        assert "out/junit.xml could not be written" in capsys.readouterr().err


def test_a_summary_that_cannot_be_written_fails_nothing(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(asked.folder))
    assert main(["check", "mine.py", "--format", "github"]) == 0
    assert "warning: the job's summary can't be written: Is a directory" in capsys.readouterr().err


def test_what_was_not_accepted_is_said(asked: Asked, capsys: Capture) -> None:
    assert main(["accept", "mine.py"]) == 0
    assert capsys.readouterr().out.endswith("memlab-baseline.json: 1 variant of 1 recipe accepted\n")
    finding = Finding("trial_failed", "error", "stream", "stream raised KeyError", "look", {"traceback": "line 7"})
    asked.failures = (NotAccepted("mine", findings=(finding,)),)
    assert main(["accept", "mine.py"]) == 3
    said = capsys.readouterr().err
    assert said == "memlab: mine is not accepted: stream raised KeyError\n  look\n\n  line 7\n"
    asked.failures = (NotAccepted("mine", RecipeError("it is no recipe")), *asked.failures)
    assert main(["accept", "mine.py"]) == 2
    assert "memlab: mine is not accepted: it is no recipe\n" in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "[tool.memlab]\n"])
def test_without_recipes_it_says_what_to_write(asked: Asked, text: str | None, capsys: Capture) -> None:
    if text is not None:
        asked.write(text)
    assert main(["check"]) == 2
    assert '[tool.memlab] recipes = ["generators"]' in capsys.readouterr().err


def test_two_recipes_of_one_name_are_refused(asked: Asked, capsys: Capture) -> None:
    other = asked.folder / "other"
    other.mkdir()
    (other / "mine.py").write_text(RECIPE, encoding="utf-8")
    assert main(["check", "mine.py", "other/mine.py"]) == 2
    assert "mine.py and other/mine.py are two recipes called mine" in capsys.readouterr().err
    # One recipe by two names is one recipe.
    assert main(["check", "mine.py", "./mine.py"]) == 0
    assert len(asked.checks[0].project.recipes) == 1


def test_a_recipe_of_the_project_that_is_gone_is_kept_for_its_verdict(asked: Asked) -> None:
    from memlab.configuration import find_configuration

    asked.write('[tool.memlab]\nrecipes = ["mine.py", "old/gone.py", "no-such-recipe"]\n')
    mine, gone, unknown = find_project((), find_configuration()).recipes
    assert (mine.name, mine.error) == ("mine", None)
    assert (gone.name, gone.called, gone.reference) == ("gone", "old/gone.py", None)
    assert (unknown.name, unknown.reference) == ("no_such_recipe", None)
    assert gone.error is not None
    assert unknown.error is not None


def test_settings_of_a_recipe_that_is_none_of_the_project_s(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    asked.write('[tool.memlab]\nrecipes = ["mine.py"]\n[tool.memlab.set.mime]\ncount = 3\n')
    assert main(["check"]) == 2
    assert "sets the inputs of 'mime', which is no recipe of the project" in capsys.readouterr().err
    # Of those that are named, the others' settings are not looked at.
    assert main(["check", "mine.py"]) == 0


def test_the_command_that_accepts_can_be_pasted() -> None:
    options = MeasuringOptions(3, 9, 300.0, (), settings={"progressive": True, "count": 4}, quick=True)
    assert accept_command(None, options, None) == "memlab accept --quick --set progressive=true --set count=4"
    plain = MeasuringOptions(3, 9, 300.0, ())
    assert accept_command("my recipes/mine.py", plain, "a b.json") == (
        "memlab accept 'my recipes/mine.py' --baseline 'a b.json'"
    )
