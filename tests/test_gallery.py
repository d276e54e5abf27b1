"""The committed gallery and README's figures are those of the committed runs."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from memlab.units import format_bytes

ROOT = Path(__file__).resolve().parent.parent
RECIPES = sorted(file.stem for file in (ROOT / "recipes").glob("*.py") if file.stem != "__init__")
PLACES = re.compile(r"/(?:root|home|Users|work|tmp/\w)[\w/.-]*")


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    """The program behind `make gallery`."""
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "tests" / "benchmarks" / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gallery"] = module
    spec.loader.exec_module(module)
    return module


def test_every_recipe_is_there_and_nothing_else(gallery: ModuleType) -> None:
    files = {path.relative_to(gallery.GALLERY).as_posix() for path in gallery.GALLERY.rglob("*") if path.is_file()}
    pictures = {name: gallery.chart(gallery.load_report(name)) for name in RECIPES}
    expected = {f"{name}/{file}" for name in RECIPES for file in ("run.json", "report.html", f"{pictures[name]}.png")}
    assert files == expected | {"index.html"}
    assert sum((gallery.GALLERY / file).stat().st_size for file in files) < gallery.MOST_BYTES


def test_readme_s_tables_are_those_of_the_runs(gallery: ModuleType) -> None:
    text = gallery.README.read_text()
    assert text.count("<!-- gallery: ") == 2
    assert gallery.with_tables(text) == text


def test_the_index_is_that_of_the_runs(gallery: ModuleType) -> None:
    assert (gallery.GALLERY / "index.html").read_text() == gallery.index()


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_page_shows_its_run(gallery: ModuleType, recipe: str) -> None:
    report = gallery.load_report(recipe)
    page = html.unescape((gallery.GALLERY / recipe / "report.html").read_text())
    assert len(page.encode()) < 300 << 10
    assert report.sentence in page
    for variant in report.variants:
        assert variant.name in page
        assert format_bytes(variant.peak_growth_bytes.median) in page
    assert report.complete
    assert not [finding for finding in report.findings if finding.severity == "error"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_keeps_its_machine_s_folders_to_itself(gallery: ModuleType, recipe: str) -> None:
    for file in ("run.json", "report.html"):
        assert PLACES.findall((gallery.GALLERY / recipe / file).read_text()) == []
