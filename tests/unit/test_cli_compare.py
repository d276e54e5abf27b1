"""`memlab compare`: its words become options, its result is printed, its exit code is the result's."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import memlab.workflow.compare as workflow
from memlab.cli import main
from memlab.cli.parameters import parse_settings
from memlab.errors import Interrupted, MeasurementError
from memlab.runner.progress import ProgressSink
from memlab.workflow.compare import CompareOptions, CompareResult

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_reports

Capture = pytest.CaptureFixture[str]


@dataclass
class Asked:
    """What the workflow was asked for, and what it is to answer."""

    options: list[CompareOptions] = field(default_factory=list)
    exit_code: int = 0
    error: BaseException | None = None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked()

    def compare(options: CompareOptions, progress: ProgressSink) -> CompareResult:
        made.options.append(options)
        progress.stage("measuring")
        progress.trial_started("stream", "headline", 1, 2)
        if made.error is not None:
            raise made.error
        outputs = (("stream, trial 1 (timeline)", "printed\x1b[31m\n"),)
        return CompareResult(fake_reports.eight_variants(), made.exit_code, "reports/x/run.json", outputs)

    monkeypatch.setattr(workflow, "compare", compare)
    monkeypatch.delenv("COLUMNS", raising=False)
    return made


def test_the_defaults(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators"]) == 0
    assert asked.options == [
        CompareOptions(
            recipe="generators",
            variants=(),
            trials=3,
            timeout_seconds=300.0,
            settings={},
            images=None,
            source="kernel",
            reports="reports",
            show_output=False,
            command=("memlab", "compare", "generators"),
        )
    ]
    output, said = capsys.readouterr()
    assert output.startswith("stream needs 12.0× less memory than load_all: 12.4 MiB instead of 148 MiB\n")
    assert said == "memlab: measuring\nmemlab: trial 1 of 2: stream\n"
    assert "printed" not in output


def test_every_option(asked: Asked, capsys: Capture) -> None:
    words = ["compare", "./mine.py", "--variant", "a", "--variant", "b", "--variant", "a", "--trials", "7"]
    words += ["--timeout", "1 h 30 min", "--set", "count=32", "--set", "format=png", "--images", "some where"]
    words += ["--source", "psutil", "--reports", "elsewhere", "--show-output", "--json"]
    assert main(words) == 0
    assert asked.options == [
        CompareOptions(
            recipe="./mine.py",
            variants=("a", "b"),
            trials=7,
            timeout_seconds=5400.0,
            settings={"count": 32, "format": "png"},
            images="some where",
            source="psutil",
            reports="elsewhere",
            show_output=True,
            command=("memlab", *words),
        )
    ]
    output, said = capsys.readouterr()
    assert json.loads(output)["format"] == "memlab.report"
    assert "printed\\x1b[31m" in said
    assert "memlab: " not in said


def test_outputs_follow_the_report(asked: Asked, capsys: Capture) -> None:
    assert main(["compare", "generators", "--show-output"]) == 0
    assert asked.options[0].show_output
    assert capsys.readouterr().out.endswith("run.json\n\noutput of stream, trial 1 (timeline)\n  printed\\x1b[31m\n")


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_results_exit_code_is_memlabs(asked: Asked, capsys: Capture, code: int) -> None:
    asked.exit_code = code
    assert main(["compare", "generators", "--json"]) == code
    json.loads(capsys.readouterr().out)


def test_an_interrupt_says_where_the_rest_is(asked: Asked, capsys: Capture) -> None:
    asked.error = Interrupted("interrupted: 3 of 32 trials were measured, saved in reports/x/run.json")
    assert main(["compare", "generators", "--json"]) == 130
    output, said = capsys.readouterr()
    assert (output, said) == ("", f"memlab: {asked.error}\n")


def test_a_lost_measurement(asked: Asked, capsys: Capture) -> None:
    asked.error = MeasurementError("the supervisor was lost", detail="why")
    assert main(["compare", "generators", "--json"]) == 3
    assert capsys.readouterr() == ("", "memlab: the supervisor was lost\n\n  why\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--trials", "0"],
        ["--trials", "1001"],
        ["--trials", "three"],
        ["--timeout", "0"],
        ["--timeout", "-5"],
        ["--timeout", "31days"],
        ["--timeout", "1e9"],
        ["--timeout", "1e999"],
        ["--timeout", ""],
        ["--timeout", "nan"],
        ["--set", "count"],
        ["--set", "=3"],
        ["--set", "a b=3"],
        ["--set", "count=1", "--set", "count=2"],
        ["--source", "guess"],
        ["--reports"],
        ["another"],
    ],
)
def test_words_that_cannot_be_meant(asked: Asked, capsys: Capture, words: list[str]) -> None:
    assert main(["compare", "generators", *words]) == 2
    output, said = capsys.readouterr()
    assert output == ""
    assert said.startswith("memlab: ")
    # click doesn't say which command an option without its value belongs to.
    command = "memlab" if words == ["--reports"] else "memlab compare"
    assert said.endswith(f"\n  {command} --help says what can be asked for\n")
    assert said.count("\n") == 2
    assert asked.options == []


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a=3", 3),
        ("a=-3", -3),
        ("a=0.5", 0.5),
        ("a=1e3", 1000.0),
        ("a=true", True),
        ("a=False", False),
        ("a=png", "png"),
        ("a=", ""),
        ("a=b=c", "b=c"),
        ("a=1_000", "1_000"),
        ("a=nan", "nan"),
        ("a=" + "9" * 5000, "9" * 5000),
    ],
)
def test_settings_are_numbers_truths_or_texts(word: str, value: object) -> None:
    settings = parse_settings((word,))
    assert settings == {"a": value}
    assert type(settings["a"]) is type(value)
