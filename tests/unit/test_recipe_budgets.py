"""Budgets that a recipe states: kept as texts, and looked at when it is described."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from memlab import Recipe
from memlab.model.description import RecipeDescription
from memlab.recipe import RecipeDefinitionError
from memlab.recipe.budgets import check_budgets


def plain(_paths: list[str]) -> int:
    return 1


def stream_all(_paths: list[str]) -> int:
    return 1


def recipe(*budgets: str) -> Recipe:
    made = Recipe(budgets=budgets)
    made.baseline(plain)
    made.technique(stream_all)
    return made


def test_budgets_are_kept_as_written() -> None:
    assert Recipe().budgets == ()
    assert Recipe(budgets=["stream < 64MiB"]).budgets == ("stream < 64MiB",)


@pytest.mark.parametrize("budgets", ["stream<64MiB", {"stream<64MiB"}, 5, (5,), ("\udc80<1MiB",)])
def test_what_is_no_list_of_budgets(budgets: Any) -> None:
    with pytest.raises(
        RecipeDefinitionError, match=r"^budgets=.* is not a list of budgets, like budgets=\('stream<64MiB',\)$"
    ):
        Recipe(budgets=budgets)


def test_budgets_that_can_be_meant() -> None:
    texts = ("stream-all<64MiB", "my-recipe/stream_all[a b]<0.1×plain", "plain is linear in count")
    check_budgets(recipe(*texts), "my_recipe")


UNITS = "KiB, MiB, GiB, kB, MB, GB or B, or × and a variant"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "plain<64",
            f"the budget 'plain<64': expected a unit after 64 ({UNITS}), and it ends there",
        ),
        ("stream<1MiB", "the budget 'stream<1MiB' names 'stream', and the recipe has no such variant"),
        ("plain<2×stream", "the budget 'plain<2×stream' names 'stream', and the recipe has no such variant"),
        ("other/plain<1MiB", "the budget 'other/plain<1MiB' is one of other, another recipe"),
    ],
)
def test_budgets_that_can_not(text: str, sentence: str) -> None:
    with pytest.raises(RecipeDefinitionError) as raised:
        check_budgets(recipe("plain<1GiB", text), "mine")
    assert str(raised.value) == sentence


SOURCE = """
from memlab import Recipe

recipe = Recipe(budgets=[{budget!r}])

@recipe.baseline
def plain(paths):
    return 1
"""


def described(path: Path, budget: str) -> dict[str, Any]:
    """What a process of its own says of a recipe with this budget."""
    path.write_text(SOURCE.format(budget=budget), encoding="utf-8")
    script = (
        "import json, sys\n"
        "from memlab.child.describe import describe\n"
        f"reference = {{'name': {path.stem!r}, 'module': None, 'path': {str(path)!r}}}\n"
        "print(json.dumps(describe({'recipe': reference})))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60)
    reply: dict[str, Any] = msgspec.json.decode(done.stdout)
    return reply


def test_a_recipe_is_described_with_its_budgets(tmp_path: Path) -> None:
    reply = described(tmp_path / "frugal.py", "plain<0.5×plain")
    assert msgspec.convert(reply["description"], RecipeDescription).budgets == ("plain<0.5×plain",)


def test_a_budget_that_can_not_be_meant_is_the_describing_process_s_answer(tmp_path: Path) -> None:
    reply = described(tmp_path / "frugal.py", "strem<1MiB")
    assert (reply["status"], reply["failure"]["type"]) == ("failed", "RecipeDefinitionError")
    assert reply["failure"]["message"] == "the budget 'strem<1MiB' names 'strem', and the recipe has no such variant"


def test_a_measured_process_does_not_read_budgets() -> None:
    script = (
        "import sys\nfrom memlab import Recipe\nimport memlab.child.__main__, memlab.child.load\n"
        "Recipe(budgets=['not even one'])\n"
        "print([name for name in sys.modules if name.startswith(('memlab.limits', 'memlab.recipe.budgets'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60, text=True)
    assert done.stdout.strip() == "[]"
