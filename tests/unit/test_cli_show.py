"""`memlab show`, with a description that was made before."""

from __future__ import annotations

import json

import pytest

import memlab.workflow.describe
from memlab.cli import main
from memlab.errors import RecipeError
from memlab.model.description import RecipeDescription, RecipeReference, Source, VariantDescription

Capture = pytest.CaptureFixture[str]
LONG = "x = '" + "y" * 300 + "'"
RECIPE = RecipeDescription(
    reference=RecipeReference(name="mine", path="/r/mine.py"),
    doc="Mine.",
    file="/r/mine.py",
    headline="growth",
    agree={"kind": "exact"},
    needs=(),
    inputs=None,
    sweep={},
    quick={},
    variants=(
        VariantDescription("plain", "baseline", "Plainly.", Source("/r/mine.py", 7, LONG)),
        VariantDescription("better", "technique", "Better.", Source("/r/mine.py", 9, "x = 'y'")),
    ),
)


def describe(name: str) -> RecipeDescription:
    if name != "mine":
        raise RecipeError("not mine", detail="Traceback")
    return RECIPE


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memlab.workflow.describe, "describe", describe)
    monkeypatch.delenv("COLUMNS", raising=False)


def test_a_recipe_is_shown_and_its_source_is_whole_in_a_pipe(capsys: Capture) -> None:
    assert main(["show", "mine"]) == 0
    output, said = capsys.readouterr()
    assert said == ""
    assert output.startswith("mine\nMine.\n")
    assert f"  7  {LONG}\n" in output
    assert "\n  9  x = 'y'\n" in output


@pytest.mark.parametrize(("columns", "beside"), [(120, True), (80, False)])
def test_columns_count_in_a_pipe_too(
    columns: int, beside: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["show", "mine"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("baseline: plain" in line and "technique: better" in line for line in lines) == beside
    assert max(map(len, lines)) == columns


def test_json(capsys: Capture) -> None:
    assert main(["show", "mine", "--json"]) == 0
    output, said = capsys.readouterr()
    assert (json.loads(output)["format"], said) == ("memlab.description", "")


def test_a_recipe_that_cannot_be_described(capsys: Capture) -> None:
    assert main(["show", "theirs"]) == 2
    assert capsys.readouterr() == ("", "memlab: not mine\n\n  Traceback\n")
