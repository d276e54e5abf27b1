"""The settings of a recipe's inputs: the user's before those of a short run; the user's own pictures as they are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from made_runs import described, made_run
from PIL import Image

from memlab.errors import UsageError
from memlab.inputs import MadeInputs
from memlab.model.description import RecipeDescription
from memlab.workflow.inputs import make_inputs

BARE = made_run([described("plain", "baseline")], []).recipe
RECIPE = msgspec.structs.replace(
    BARE,
    inputs={"kind": "photos", "count": 3, "width": 64, "height": 48},
    quick={"count": 1, "width": 32},
)


def make(
    folder: Path,
    *,
    recipe: RecipeDescription = RECIPE,
    settings: dict[str, object] | None = None,
    images: Path | None = None,
    quick: bool = True,
) -> MadeInputs:
    shown = None if images is None else str(images)
    return make_inputs(recipe, settings or {}, shown, folder, lambda *_: None, quick=quick)


def sizes(made: MadeInputs) -> list[tuple[int | None, int | None]]:
    return [(file.width, file.height) for file in made.files]


def test_a_quick_run_takes_the_recipe_s_small_inputs(tmp_path: Path) -> None:
    made = make(tmp_path)
    assert sizes(made) == [(32, 48)]
    assert not made.default
    assert sizes(make(tmp_path, quick=False)) == [(64, 48)] * 3
    assert make(tmp_path, quick=False).default


def test_what_the_user_sets_goes_before(tmp_path: Path) -> None:
    assert sizes(make(tmp_path, settings={"count": 2, "height": 40})) == [(32, 40)] * 2
    # Also where the user sets what the recipe says by itself: the run is a quick one.
    assert not make(tmp_path, settings={"count": 3, "width": 64}).default


def test_a_recipe_without_small_inputs_or_without_any(tmp_path: Path) -> None:
    assert not make(tmp_path, recipe=msgspec.structs.replace(RECIPE, quick={})).default
    assert not make(tmp_path, recipe=BARE).default
    assert make(tmp_path, recipe=BARE, quick=False).default


def test_the_user_s_own_pictures_stay_as_they_are(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(3):
        Image.new("RGB", (20 + number, 10)).save(pictures / f"{number}.png")
    assert sizes(make(tmp_path, images=pictures)) == [(20, 10), (21, 10), (22, 10)]
    assert sizes(make(tmp_path, images=pictures, settings={"count": 2})) == [(20, 10), (21, 10)]


def test_a_setting_that_can_not_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--set: 'size' can't be set"):
        make(tmp_path, settings={"size": 3})
