"""Measure every recipe for reports/gallery/: `make gallery`. Takes some minutes on an idle machine.

Of each recipe: the raw run, the page and one chart that are made of it; an index page above them; and in README the
tables that stand below a line `<!-- gallery: RECIPE -->`. tests/test_gallery.py holds all of it to the committed runs.
Where a file lies on this machine is taken out of the runs: paths are told from the project's folder, the cache, and the
folder of the libraries.

`python tests/benchmarks/gallery.py --pages` makes everything anew from the committed runs, and measures nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

import memlab_recipes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from platformdirs import user_cache_dir

from memlab.analysis.report import make_report
from memlab.model.report import Report
from memlab.model.run import decode_run, encode_run
from memlab.render.terminal import render_report

ROOT = Path(__file__).resolve().parent.parent.parent
GALLERY = ROOT / "reports" / "gallery"
README = ROOT / "README.md"
MOST_BYTES = 5 << 20
TABLE_WIDTH = 100
_TABLE = re.compile(r"(<!-- gallery: (\w+) -->\n\n```text\n)(.*?)(\n```\n)", re.DOTALL)


def main() -> int:
    """Measure the recipes that are named, or all of them; returns the exit code."""
    words = sys.argv[1:]
    recipes = [word for word in words if word != "--pages"] or recipe_names()
    if "--pages" not in words:
        _measure(recipes)
    for recipe in recipes:
        _draw(recipe)
    (GALLERY / "index.html").write_text(index())
    README.write_text(with_tables(README.read_text()))
    size = sum(file.stat().st_size for file in GALLERY.rglob("*") if file.is_file())
    print(f"reports/gallery: {len(recipes)} recipes, {size >> 10} KiB in all")
    return 0 if size < MOST_BYTES else 1


def recipe_names() -> list[str]:
    """This project's recipes."""
    return sorted(file.stem for file in (ROOT / "recipes").glob("*.py") if file.stem != "__init__")


def load_report(recipe: str) -> Report:
    """The report that the committed run gives."""
    file = GALLERY / recipe / "run.json"
    return make_report(decode_run(file.read_bytes(), str(file)), str(file.relative_to(ROOT)))


def chart(report: Report) -> str:
    """The chart that shows what the recipe is about."""
    return "peaks" if report.headline == "growth" else "retained"


def table(recipe: str) -> str:
    """The sentence and the table as they stand in README: what the terminal shows before the timelines."""
    text = render_report(load_report(recipe), width=TABLE_WIDTH, colour=False, unicode=True)
    end = text.index("\nsame?: ")
    return text[: text.index("\n", end + 1)]


def with_tables(text: str) -> str:
    """README with the tables of the committed runs."""
    return _TABLE.sub(lambda found: f"{found[1]}{table(found[2])}{found[4]}", text)


def index() -> str:
    """The index page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    reports = [load_report(file.parent.name) for file in sorted(GALLERY.glob("*/run.json"))]
    return environment.get_template("gallery.html").render(reports=reports, chart=chart)


def _measure(recipes: Iterable[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for recipe in recipes:
            command = [sys.executable, "-m", "memlab", "compare", recipe, "--reports", scratch]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            (run_file,) = Path(scratch, recipe).glob("*/run.json")
            folder = GALLERY / recipe
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            run = decode_run(_without_places(run_file.read_text()).encode())
            (folder / "run.json").write_bytes(encode_run(run))


def _draw(recipe: str) -> None:
    here, name = f"reports/gallery/{recipe}", chart(load_report(recipe))
    for old in (GALLERY / recipe).glob("*.png"):
        old.unlink()
    words = ["-o", f"{here}/report.html", "-o", f"{here}/{name}.png", "--chart", name, "--force"]
    subprocess.run([sys.executable, "-m", "memlab", "report", f"{here}/run.json", *words], check=True, cwd=ROOT)


def _without_places(document: str) -> str:
    """A run without the folders of this machine, and with the command as anybody would type it."""
    for folder, name in _places():
        document = document.replace(json.dumps(folder)[1:-1], name)
    run = json.loads(document)
    run["command"] = ["memlab", "compare", run["recipe"]["reference"]["name"]]
    return json.dumps(run)


def _places() -> Iterable[tuple[str, str]]:
    recipes = os.path.dirname(os.path.abspath(memlab_recipes.__path__[0] + "/x"))
    yield recipes + "/", "recipes/"
    yield str(ROOT) + "/", ""
    yield user_cache_dir("memlab"), "~/.cache/memlab"
    yield sysconfig.get_path("purelib") + "/", "site-packages/"
    yield sysconfig.get_path("stdlib") + "/", "python/"
    yield tempfile.gettempdir(), "/tmp"


if __name__ == "__main__":
    sys.exit(main())
