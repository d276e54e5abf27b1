"""`make` on a machine where something is missing: one sentence that names it, and no half-made environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

WITHOUT_ENSUREPIP = """
for word in "$@"; do
    case $word in *ensurepip*) echo "No module named 'ensurepip'" >&2; exit 1;; esac
done
exec "$REAL_PYTHON" "$@"
"""
# As Debian's venv ends: after it has made most of the folder.
VENV_STOPS_HALFWAY = """
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p .venv/bin && ln -s "$REAL_PYTHON" .venv/bin/python
    echo "The virtual environment was not created successfully because ensurepip is not available."
    exit 1
fi
exec "$REAL_PYTHON" "$@"
"""
# Makes an environment whose pip can install nothing.
PIP_FAILS = """
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p .venv/bin && printf '#!/bin/sh\\nexit 1\\n' >.venv/bin/python && chmod +x .venv/bin/python
    exit 0
fi
exec "$REAL_PYTHON" "$@"
"""
TOO_OLD = "echo 3.10"
NOTHING = "exit 127"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make needs of a clone, in a folder with spaces."""
    folder = tmp_path / "a clone of mine"
    (folder / "memlab").mkdir(parents=True)
    (folder / "recipes").mkdir()
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(clone: Path, *words: str, python: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make, with a Python that is a shell script."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment["REAL_PYTHON"] = sys.executable
    if python is not None:
        fake = clone / "python of mine"
        fake.write_text(f"#!/bin/sh\n{python}\n")
        fake.chmod(0o755)
        words = (*words, f"PYTHON={fake}")
    return subprocess.run(
        ["make", *words], cwd=clone, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (WITHOUT_ENSUREPIP, f"the package python{VERSION}-venv is missing; .* sudo apt install python{VERSION}-venv"),
        (VENV_STOPS_HALFWAY, f"the package python{VERSION}-venv is missing; .* sudo apt install python{VERSION}-venv"),
        (PIP_FAILS, "the libraries could not be installed"),
        (TOO_OLD, "is Python 3.10, too old; name a Python from 3.11 on"),
        (NOTHING, "can't be run; name a Python from 3.11 on"),
    ],
)
def test_what_is_missing_is_named_and_nothing_half_made_stays(clone: Path, python: str, sentence: str) -> None:
    done = make(clone, "demo", python=python)
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.startswith("memlab:")]
    assert len(said) == 1, done.stderr
    assert re.search(sentence, said[0]), done.stderr
    assert not (clone / ".venv").exists()


def test_an_environment_of_ones_own_is_not_removed(clone: Path) -> None:
    own = clone / ".venv"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").write_text(
        f'#!/bin/sh\ncase "$*" in *install*) exit 1;; *) exec "{sys.executable}" "$@";; esac\n'
    )
    (own / "bin" / "python").chmod(0o755)
    done = make(clone, "venv", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert "the libraries could not be installed" in done.stderr
    assert (own / "bin" / "python").exists()


@pytest.mark.slow
def test_an_environment_left_incomplete_is_made_anew(clone: Path) -> None:
    """A kill between venv and pip leaves no stamp; the next make must not take it for its own good work."""
    own = clone / ".venv"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to(sys.executable)
    (own / "made-by-make").touch()
    (own / "leftover").touch()
    done = make(clone, "venv", python=PIP_FAILS)
    assert "Setting up .venv" in done.stderr
    assert not own.exists()


def test_help_names_every_target(clone: Path) -> None:
    done = make(clone)
    assert done.returncode == 0
    for target in ("demo", "test", "test-all", "lint", "check", "accept", "bench", "gallery", "help"):
        assert re.search(rf"^make {target} +\S", done.stdout, re.MULTILINE)
