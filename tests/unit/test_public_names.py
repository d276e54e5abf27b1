"""What `memlab` gives to whoever imports it, and what that costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import memlab


def test_every_name_is_what_its_home_has() -> None:
    for name, home in memlab._HOMES.items():
        assert getattr(memlab, name) is getattr(importlib.import_module(home), name)


def test_what_is_exported_can_be_imported_and_is_listed() -> None:
    assert set(memlab.__all__) == {*memlab._HOMES, "__version__"}
    for name in memlab.__all__:
        assert getattr(memlab, name) is not None
    assert set(memlab.__all__) <= set(dir(memlab))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'memlab' has no attribute 'recipie'$"):
        _ = memlab.recipie
    with pytest.raises(ImportError):
        exec("from memlab import recipie", {})


def test_the_words_of_a_recipe_s_author() -> None:
    code = (
        "from memlab import MemlabError, Recipe, exact, files, phase, photos, __version__\n"
        "import memlab.recipe, sys\n"
        "heavy = {'click', 'rich', 'msgspec', 'numpy', 'matplotlib', 'PIL', 'psutil'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "[]\n"


def test_errors_say_their_exit_codes() -> None:
    from memlab import errors

    codes = {
        one.__name__: one.exit_code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.MemlabError)
    }
    assert codes == {
        "MemlabError": 2,
        "UsageError": 2,
        "DocumentError": 2,
        "RecipeError": 2,
        "MeasurementError": 3,
        "Interrupted": 130,
        "Terminated": 143,
    }
    error = errors.UsageError("no", hint="do", detail="more")
    assert (str(error), error.message, error.hint, error.detail) == ("no", "no", "do", "more")
