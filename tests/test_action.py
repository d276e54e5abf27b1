"""action.yml, run as GitHub's runner runs it: its scripts in bash, with what a workflow gives in the environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL, CHECK = STEPS
YAML_BLOCKS = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
WORKFLOWS = [block for block in YAML_BLOCKS if re.search(r"uses: \S+/memlab@", block)]
EXPRESSION = re.compile(r"\$\{\{\s*inputs\.([a-z-]+)\s*\}\}")
BASH = shutil.which("bash") or ""

RECORDER = """#!{python}
import os, sys
from pathlib import Path
Path({record!r}).write_bytes(b"".join(os.fsencode(word) + b"\\0" for word in sys.argv[1:]))
for word in ("--junit", "--markdown", "--benchmark-json") if os.environ.get("MADE") else ():
    Path(sys.argv[sys.argv.index(word) + 1]).write_text("made")
sys.exit(int(os.environ.get("EXIT", "0")))
"""
HOSTILE = (
    "a b  c",
    "'single' \"double\"",
    "$(touch owned) `touch owned` ${HOME}",
    "; touch owned & | > owned",
    "* ? [a-z]",
    "\\ \\n %s",
    "-n",
    "größe 漢字",
    "~/x",
    "!!",
)


@dataclass
class Done:
    """What a step did."""

    code: int
    words: list[str] | None
    outputs: dict[str, str]
    folder: Path
    said: str


class Runner:
    """Runs a step of the action in a folder of its own, with `memlab` and `python` that write down their arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "temp", "work"):
            (folder / name).mkdir()
        for name in ("memlab", "python"):
            tool = folder / "bin" / name
            tool.write_text(RECORDER.format(python=sys.executable, record=str(folder / "words")))
            tool.chmod(0o755)

    def run(self, step: dict[str, Any], inputs: dict[str, str] | None = None, **more: str) -> Done:
        given = {name: one["default"] for name, one in ACTION["inputs"].items()} | (inputs or {})
        script = self.folder / "script.sh"
        script.write_text(step["run"])
        output = self.folder / "output"
        output.write_text("")
        environment = {name: self.filled(value, given) for name, value in step["env"].items()}
        environment |= {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_ACTION_PATH": "/actions/owner/memlab/v1",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder / "work",
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        words = self.folder / "words"
        assert list((self.folder / "work").iterdir()) == [], "something of what was given was run"
        return Done(
            code=done.returncode,
            words=[os.fsdecode(word) for word in words.read_bytes().split(b"\0")[:-1]] if words.exists() else None,
            outputs=dict(line.split("=", 1) for line in output.read_text().splitlines()),
            folder=self.folder,
            said=done.stderr,
        )

    @staticmethod
    def filled(value: str, given: dict[str, str]) -> str:
        return EXPRESSION.sub(lambda match: given[match[1]], value)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    if not BASH:
        pytest.skip("there is no bash")
    return Runner(tmp_path)


def options(done: Done) -> list[str]:
    """The arguments of memlab without those that name the files it is to make."""
    assert done.words is not None, done.said
    start, rest = done.words[:9], done.words[9:]
    assert start[:3] == ["check", "--format", "github"]
    assert [start[place] for place in (3, 5, 7)] == ["--junit", "--markdown", "--benchmark-json"]
    assert {Path(start[place]).parent.parent for place in (4, 6, 8)} == {done.folder / "temp"}
    return rest


def test_it_is_a_composite_action() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert ACTION["name"] == "memlab check"
    for part in ("inputs", "outputs"):
        for name, one in ACTION[part].items():
            assert re.fullmatch(r"[a-z][a-z-]*", name)
            assert one["description"].endswith(".")
    assert all(isinstance(one["default"], str) for one in ACTION["inputs"].values())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step["name"]))
def test_a_script_holds_nothing_that_a_workflow_gives(step: dict[str, Any]) -> None:
    assert step["shell"] == "bash"
    assert "${{" not in step["run"]
    assert all(EXPRESSION.fullmatch(value) for value in step["env"].values())
    assert set(re.findall(r"\$\{?(INPUT_[A-Z_]+)", step["run"])) == set(step["env"])


def test_every_input_is_used_and_every_output_is_made() -> None:
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.{CHECK['id']}.outputs.{name} }}}}"
        assert f'echo "{name}=$' in CHECK["run"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step["name"]))
@pytest.mark.usefixtures("runner")
def test_a_script_is_sound(step: dict[str, Any]) -> None:
    done = subprocess.run([BASH, "-n"], input=step["run"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_inputs_the_project_is_checked(runner: Runner) -> None:
    done = runner.run(CHECK)
    assert (done.code, options(done)) == (0, ["--"])
    assert done.outputs == {"exit-code": "0"}


def test_every_input_becomes_an_option(runner: Runner) -> None:
    inputs = {
        "recipes": "generators\n  ./mine.py\n\n",
        "baseline": "ci/baseline.json",
        "fail-on": "growth>5% and >2MiB",
        "budget": "stream<64MiB\nstream is constant\r\n",
        "args": "--trials 5\n--strict-improvement\n--set   count=8\n",
    }
    assert options(runner.run(CHECK, inputs)) == [
        "--baseline=ci/baseline.json",
        "--fail-on=growth>5% and >2MiB",
        "--budget=stream<64MiB",
        "--budget=stream is constant",
        "--trials",
        "5",
        "--strict-improvement",
        "--set",
        "count=8",
        "--",
        "generators",
        "./mine.py",
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_inputs_are_words_and_nothing_else(hostile: str, runner: Runner) -> None:
    lines = f"{hostile}\n{hostile}\n"
    inputs = {"recipes": lines, "baseline": hostile, "fail-on": hostile, "budget": lines, "args": f"x{hostile}\n"}
    assert options(runner.run(CHECK, inputs)) == [
        f"--baseline={hostile}",
        f"--fail-on={hostile}",
        f"--budget={hostile}",
        f"--budget={hostile}",
        f"x{hostile}",
        "--",
        hostile,
        hostile,
    ]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 130])
def test_the_exit_code_is_memlabs(code: int, runner: Runner) -> None:
    done = runner.run(CHECK, EXIT=str(code), MADE="yes")
    assert done.code == code
    assert done.outputs.pop("exit-code") == str(code)
    assert {name: Path(path).read_text() for name, path in done.outputs.items()} == {
        "junit": "made",
        "markdown": "made",
        "benchmark": "made",
    }


def test_two_checks_of_a_job_keep_their_files(runner: Runner) -> None:
    first, second = (runner.run(CHECK, MADE="yes").outputs["junit"] for _ in range(2))
    assert first != second


def test_memlab_is_the_actions_own_revision(runner: Runner) -> None:
    done = runner.run(INSTALL)
    assert done.words == ["-m", "pip", "install", "--disable-pip-version-check", "/actions/owner/memlab/v1"]
    done = runner.run(
        INSTALL, {"install": "memlab[opencv-headless]\n-r  requirements.txt\nmemlab-other\nmemlab==1.2\n"}
    )
    assert done.words is not None
    assert done.words[4:] == [
        "/actions/owner/memlab/v1[opencv-headless]",
        "-r",
        "requirements.txt",
        "memlab-other",
        "memlab==1.2",
    ]


@pytest.mark.parametrize("hostile", [one for one in HOSTILE if not one.startswith("-")])
def test_hostile_requirements_are_words_and_nothing_else(hostile: str, runner: Runner) -> None:
    done = runner.run(INSTALL, {"install": hostile})
    assert done.words is not None
    assert done.words[4:] == [hostile]


def test_nothing_need_be_installed(runner: Runner) -> None:
    assert INSTALL["if"] == "inputs.install != ''"
    assert runner.run(INSTALL, {"install": "\n  \n"}).words is None


def test_readme_shows_a_workflow() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_readmes_workflows_use_what_the_action_has(workflow: str) -> None:
    document = yaml.safe_load(workflow)
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    used = [step for step in steps if re.search(r"/memlab@v\d+$", step.get("uses", ""))]
    assert used
    for step in used:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])
        named = re.findall(rf"steps\.{step.get('id')}\.outputs\.([a-z-]+)", workflow)
        assert set(named) <= set(ACTION["outputs"])
