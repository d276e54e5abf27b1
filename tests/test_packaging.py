"""What is built is whole: wheel, source distribution and editable install find the recipes.

Built without a network, by the backend itself, from a copy; installed into environments that see this one's
libraries and nothing of the checkout.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "reports"
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout; its output, or a failed test that shows what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(project: Path, what: str, folder: Path) -> Path:
    """Have the backend build a `wheel` or an `sdist` of a project's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f"import sys; from setuptools import build_meta; build_meta.build_{what}(sys.argv[1])"
    run(sys.executable, "-c", script, folder, cwd=project)
    (built,) = folder.iterdir()
    return built


def environment(folder: Path) -> Path:
    """An empty environment that sees the libraries installed here, but not the memlab that is."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()))
    return folder


def install(into: Path, *words: str | Path) -> None:
    python = into / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        *words,
        cwd=into,
    )


def names_in(archive: Path) -> set[str]:
    """The files of a wheel, or of a source distribution without its outer folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as sdist:
        return {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as a clone has it."""
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("clone") / "memlab", ignore=LEFT_OUT))


@pytest.fixture(scope="module")
def sdist(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(project, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as users get it: built from the source distribution, so that nothing may be missing there."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        # Python 3.11.0 to 3.11.3 have no filters yet, and later versions warn without one.
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (unpacked,) = folder.iterdir()
    return build(unpacked, "wheel", tmp_path_factory.mktemp("wheel"))


def test_every_package_is_listed() -> None:
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "memlab").rglob("*.py")}
    expected = {".".join(folder.parts) for folder in folders} | {"memlab_recipes"}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == expected


def test_every_library_memlab_imports_is_declared() -> None:
    declared = {re.split(r"[<>=!~ ;\[]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    always = "click cloudpickle jinja2 matplotlib memory-profiler memray msgspec numpy pillow platformdirs psutil rich"
    assert declared == set(always.split())
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(extras) == {"opencv", "opencv-headless", "hdf5", "test", "dev"}
    assert not any("opencv" in line for extra in ("test", "dev") for line in extras[extra]), "the user's own choice"


def test_the_wheel_is_whole(wheel: Path) -> None:
    names = names_in(wheel)
    files = (path for path in (ROOT / "memlab").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    here = {str(path.relative_to(ROOT)) for path in files}
    here |= {f"memlab_recipes/{path.name}" for path in (ROOT / "recipes").glob("*.py")}
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == here
    assert {"memlab/py.typed", "memlab/render/html/page.js", "memlab/render/html/templates/page.css"} <= here
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (archive.read(name).decode() for name in metadata if name.endswith("entry_points.txt"))
    declared = configparser.ConfigParser()
    declared.read_string(entry_points)
    assert dict(declared["console_scripts"]) == {"memlab": "memlab.cli:main"}
    assert dict(declared["memlab.recipes"]) == {"memlab": "memlab_recipes"}
    assert dict(declared["pytest11"]) == {"memlab": "memlab.integrations.pytest_plugin"}


def test_the_source_distribution_is_whole(sdist: Path) -> None:
    names = names_in(sdist)
    assert {
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "memlab/py.typed",
        "recipes/generators.py",
    } <= names
    assert not any(name.startswith(("tests/", ".")) or "__pycache__" in name for name in names)


@pytest.mark.parametrize("way", ["wheel", "sdist", "editable"])
def test_an_installation_finds_the_recipes_and_pytest_the_plugin(
    way: str, project: Path, sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    folder = environment(tmp_path / "environment")
    if way == "wheel":
        install(folder, wheel)
    elif way == "sdist":
        install(folder, "--no-build-isolation", sdist)
    else:
        install(folder, "--no-build-isolation", "--editable", project)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ask = "import memlab, memlab_recipes.__init__ as r; print(memlab.__file__); print(r.__file__)"
    home = project if way == "editable" else folder
    for line in run(folder / "bin" / "python", "-c", ask, cwd=elsewhere).splitlines():
        assert Path(line).is_relative_to(home), line
    assert "generators" in run(folder / "bin" / "memlab", "list", cwd=elsewhere)
    assert "@pytest.mark.memlab(peak" in run(folder / "bin" / "python", "-m", "pytest", "--markers", cwd=elsewhere)
