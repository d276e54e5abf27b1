"""What the author of a recipe says: kept as said, or refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from memlab.recipe import Agreement, Files, Photos, Recipe, RecipeDefinitionError, exact, files, photos
from memlab.recipe.inputs import from_dict

PHOTOS = photos(count=8, width=64, height=48)


def plain(paths: list[str]) -> int:
    return len(paths)


def better(paths: list[str]) -> int:
    return len(paths)


def with_both() -> Recipe:
    recipe = Recipe(inputs=PHOTOS)
    recipe.baseline(plain)
    recipe.technique(better)
    return recipe


def test_decorators_return_the_function_itself() -> None:
    recipe = Recipe()

    def trap(paths: list[str]) -> int:
        return len(paths)

    def other(paths: list[str]) -> int:
        return len(paths)

    assert recipe.baseline(plain) is plain
    assert recipe.technique(promises=(12.0, 0.6), needs=("h5py",))(better) is better
    assert recipe.pitfall(trap) is trap
    assert recipe.pitfall(against="better", shows="costs", because="it is")(other) is other
    for declare in (recipe.prepare, recipe.warm_up, recipe.output):
        assert declare(plain) is plain
    recipe.check()
    assert [(one.name, one.role) for one in recipe.variants.values()] == [
        ("plain", "baseline"),
        ("better", "technique"),
        ("trap", "pitfall"),
        ("other", "pitfall"),
    ]
    assert recipe.variants["better"].promises == (12.0, 0.6)
    assert recipe.variants["better"].needs == ("h5py",)
    assert recipe.variants["trap"].shows == ("no_saving",)
    assert recipe.variants["other"].shows == ("costs",)
    assert recipe.variants["other"].against == "better"
    assert recipe.variants["plain"].function is plain


def test_what_a_recipe_says_is_kept() -> None:
    recipe = Recipe(
        inputs=PHOTOS, sweep={"count": [8, 16]}, quick={"count": 2}, needs=["cv2", "a.b"], headline="retained"
    )
    assert recipe.sweep == {"count": (8, 16)}
    assert recipe.quick == {"count": 2}
    assert recipe.needs == ("cv2", "a.b")
    assert recipe.headline == "retained"
    assert recipe.agree is exact
    assert exact.to_dict() == {"kind": "exact"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"inputs": "*.jpg"}, "inputs='*.jpg' is not photos(...) or files(...)"),
        ({"headline": "speed"}, "headline='speed' is unknown; there are growth, retained, kept"),
        ({"agree": "exact"}, "agree='exact' is not a rule of agreement, like memlab.exact"),
        ({"needs": "cv2"}, "Recipe: needs='cv2' is not a list of modules, like needs=('cv2',)"),
        ({"needs": ("c v",)}, "Recipe: needs='c v' is not the name of a module"),
        ({"needs": (3,)}, "Recipe: needs=3 is not the name of a module"),
        ({"needs": {"cv2"}}, "Recipe: needs={'cv2'} is not a list of modules, like needs=('cv2',)"),
        ({"sweep": {"count": (8, 16)}}, "sweep= sets inputs, and this recipe has none"),
        ({"quick": {"count": 8}}, "quick= sets inputs, and this recipe has none"),
        ({"inputs": PHOTOS, "sweep": {"count": 8}}, "sweep={'count': 8} needs at least two sizes"),
        ({"inputs": PHOTOS, "sweep": {"count": (8,)}}, "sweep={'count': (8,)} needs at least two sizes"),
        ({"inputs": PHOTOS, "sweep": {"count": "12"}}, "sweep={'count': '12'} needs at least two sizes"),
        (
            {"inputs": PHOTOS, "sweep": {"count": (8, 1.5)}},
            "sweep={'count': (8, 1.5)} are not whole numbers above 0",
        ),
        ({"inputs": PHOTOS, "sweep": {"count": (0, 8)}}, "sweep={'count': (0, 8)} are not whole numbers above 0"),
        ({"inputs": PHOTOS, "sweep": {"count": (1, True)}}, "sweep={'count': (1, True)} are not whole numbers above 0"),
        (
            {"inputs": PHOTOS, "sweep": {"size": (8, 16)}},
            "sweep=: 'size' can't be set; there are count, width, height, format, progressive, quality, seed",
        ),
        ({"inputs": PHOTOS, "sweep": {"count": (8, 10**6)}}, "sweep=: count=1000000 is not between 1 and 100000"),
        (
            {"inputs": PHOTOS, "sweep": [("count", (8, 16))]},
            "sweep=[('count', (8, 16))] does not map names to values, like sweep={\"count\": (8, 16, 32)}",
        ),
        ({"inputs": PHOTOS, "quick": {"count": 0}}, "quick=: count=0 is not between 1 and 100000"),
        ({"inputs": PHOTOS, "quick": 8}, 'quick=8 does not map names to values, like quick={"count": 8}'),
    ],
)
def test_what_a_recipe_can_not_mean(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecipeDefinitionError) as raised:
        Recipe(**arguments)
    assert str(raised.value) == sentence


def test_only_the_first_size_of_a_sweep_need_not_fit_the_others() -> None:
    # Each size is set by itself: 32768 wide goes with this height, and not with a large one.
    Recipe(inputs=photos(1, 64, 8), sweep={"width": (64, 32768), "height": (8, 32768)})


@pytest.mark.parametrize(
    ("declare", "sentence"),
    [
        (lambda r: r.technique(5), "@recipe.technique stands before something that is not a function"),
        (lambda r: r.pitfall()(plain.__code__), "@recipe.pitfall stands before something that is not a function"),
        (lambda r: r.technique(plain), "there are two variants called 'plain'"),
        (lambda r: r.baseline(str.upper), "there are two baselines, 'plain' and 'upper'"),
        (lambda r: r.technique(needs="h5py")(len), "len: needs='h5py' is not a list of modules, like needs=('cv2',)"),
        (
            lambda r: r.pitfall(shows="nothing")(len),
            "len: shows='nothing' is unknown; there are no_saving, costs, retains, wrong_output",
        ),
        (
            lambda r: r.pitfall(shows=())(len),
            "len: a pitfall shows at least one of no_saving, costs, retains, wrong_output",
        ),
        (
            lambda r: r.pitfall(shows=None)(len),
            "len: a pitfall shows at least one of no_saving, costs, retains, wrong_output",
        ),
        (lambda r: r.pitfall(against=plain)(len), "len: against= is a text, not of type function"),
        (lambda r: r.pitfall(because=3)(len), "len: because= is a text, not of type int"),
        *(
            (
                lambda r, promise=promise: r.technique(promises=promise)(len),
                f"len: promises={promise!r} is not an expected ratio and its tolerance, like (12.0, 0.6)",
            )
            for promise in (12.0, (12.0,), (12.0, -1), (0, 1), ("a", 1), (True, 1), (float("nan"), 1), "ab")
        ),
        (lambda r: r.prepare(3), "@recipe.prepare stands before something that is not a function"),
        (lambda r: r.prepare(plain), "there are two functions marked @recipe.prepare"),
        (lambda r: r.warm_up(plain), "there are two functions marked @recipe.warm_up"),
        (lambda r: r.output(plain), "there are two functions marked @recipe.output"),
    ],
)
def test_what_a_variant_can_not_mean(declare: Callable[[Any], object], sentence: str) -> None:
    recipe = with_both()
    for once in (recipe.prepare, recipe.warm_up, recipe.output):
        once(better)
    with pytest.raises(RecipeDefinitionError) as raised:
        declare(recipe)
    assert str(raised.value) == sentence
    assert list(recipe.variants) == ["plain", "better"]


def test_a_recipe_needs_a_baseline() -> None:
    recipe = Recipe()
    recipe.technique(better)
    with pytest.raises(RecipeDefinitionError) as raised:
        recipe.check()
    assert str(raised.value) == "the recipe has no baseline; mark one function with @recipe.baseline"


def test_a_pitfall_is_held_against_a_variant_that_is_there_and_another() -> None:
    recipe = with_both()
    recipe.pitfall(against="streem")(len)
    with pytest.raises(RecipeDefinitionError) as raised:
        recipe.check()
    assert str(raised.value) == "len is held against 'streem', and the recipe has no such variant"
    recipe = with_both()
    recipe.pitfall(against="len")(len)
    with pytest.raises(RecipeDefinitionError) as raised:
        recipe.check()
    assert str(raised.value) == "len is held against itself"


def test_a_pitfall_may_be_held_against_what_is_declared_after_it() -> None:
    recipe = Recipe()
    recipe.pitfall(against="plain")(len)
    recipe.baseline(plain)
    recipe.check()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"count": 0}, "count=0 is not between 1 and 100000"),
        ({"count": 2.0}, "count=2.0 is not a whole number"),
        ({"count": True}, "count=True is not a whole number"),
        ({"width": 7}, "width=7 is not between 8 and 32768"),
        ({"height": 32769}, "height=32769 is not between 8 and 32768"),
        ({"width": 32768, "height": 8193}, "32768×8193 is more than 268435456 pixels a picture"),
        ({"quality": 101}, "quality=101 is not between 1 and 100"),
        ({"seed": -1}, "seed=-1 is not between 0 and 2147483647"),
        ({"format": "gif"}, "format='gif' is unknown; there are jpeg, png, tiff, webp, bmp"),
        ({"format": ["jpeg"]}, "format=['jpeg'] is unknown; there are jpeg, png, tiff, webp, bmp"),
        ({"progressive": 1}, "progressive=1 is neither True nor False"),
        ({"progressive": True, "format": "png"}, "progressive=True goes with format='jpeg', not 'png'"),
    ],
)
def test_photographs_that_can_not_be(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        photos(**({"count": 1, "width": 64, "height": 48} | arguments))
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: files(), "files() needs at least one pattern, like files('*.jpg')"),
        (lambda: files(""), "'' is not a pattern for files"),
        (lambda: files("a\0b"), "'a\\x00b' is not a pattern for files"),
        (lambda: files(b"*.jpg"), "b'*.jpg' is not a pattern for files"),  # type: ignore[arg-type]
        (lambda: files("*.jpg", count=0), "count=0 is not between 1 and 100000"),
    ],
)
def test_files_that_can_not_be(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        make()
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    "description",
    [PHOTOS, photos(1, 8, 8, format="webp", quality=1, seed=3), photos(1, 9, 9, progressive=True), files("a", "b*")],
)
def test_a_description_travels_as_json(description: Photos | Files) -> None:
    assert from_dict(json.loads(json.dumps(description.to_dict()))) == description


def test_settings_make_another_description() -> None:
    assert PHOTOS.with_settings({"count": 3, "format": "png"}) == photos(3, 64, 48, format="png")
    assert files("*.png").with_settings({"count": 3}) == files("*.png", count=3)
    with pytest.raises(ValueError, match=r"^'patterns' can't be set; there are count$"):
        files("*.png").with_settings({"patterns": ("*",)})
    with pytest.raises(ValueError, match=r"^width=4 is not between 8 and 32768$"):
        PHOTOS.with_settings({"width": 4})


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ({"kind": "video"}, "there is no kind of inputs called 'video'"),
        ({}, "there is no kind of inputs called None"),
        ({"kind": "files", "patterns": "*.jpg"}, "patterns of files() is a list"),
        ({"kind": "photos", "count": 0, "width": 8, "height": 8}, "count=0 is not between 1 and 100000"),
    ],
)
def test_descriptions_that_can_not_be_read(description: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        from_dict(description)
    assert str(raised.value) == sentence


def test_a_description_with_a_field_too_many_or_too_few_is_refused() -> None:
    for description in ({"kind": "photos"}, PHOTOS.to_dict() | {"depth": 16}):
        with pytest.raises(ValueError, match=r"^photos\(\): .*argument"):
            from_dict(description)


def test_an_agreement_is_a_value() -> None:
    assert Agreement("exact") == exact
