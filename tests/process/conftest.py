"""What the process tests need: a place of their own, and memlab run in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from harness import (
    MARK,
    SCRIPTS,
    Compared,
    Ended,
    Place,
    RunMemlab,
    RunScript,
    StartMemlab,
    compare_options,
    orphaned_groups,
)
from pytest_project import PytestProject

from memlab.runner.progress import Silent
from memlab.storage import load_run
from memlab.workflow.compare import compare


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place of the test's own; afterwards nothing may be left of what was started there."""
    own = Place(tmp_path, uuid.uuid4().hex)
    own.work.mkdir()
    own.temporary.mkdir()
    groups = set(orphaned_groups())
    monkeypatch.setenv(MARK, own.mark)
    monkeypatch.setenv("TMPDIR", str(own.temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(own.work)
    yield own
    left = [one for one in own.leftovers() if one.removeprefix("control group: ") not in groups]
    own.end_everything()
    assert not left


@pytest.fixture
def run_script(place: Place) -> RunScript:
    """Compare the variants of a recipe in tests/scripts, in this process."""

    def run(script: str | Path, *variants: str, **options: Any) -> Compared:
        path = script if isinstance(script, Path) else SCRIPTS / f"{script}.py"
        result = compare(compare_options(path, variants, place.reports, **options), Silent())
        return Compared(result, load_run(result.run_file))

    return run


@pytest.fixture(scope="module")
def ran_before() -> dict[object, Compared]:
    """What `run_once` has run for the tests of a module."""
    return {}


@pytest.fixture
def run_once(run_script: RunScript, ran_before: dict[object, Compared]) -> RunScript:
    """Compare all variants of a recipe that has many of them, once for all tests of a module that look at one each."""

    def run(script: str, **options: Any) -> Compared:
        key = (script, *sorted(options.items()))
        if key not in ran_before:
            ran_before[key] = run_script(script, **options)
        return ran_before[key]

    return run


@pytest.fixture
def start_memlab(place: Place) -> Iterator[StartMemlab]:
    """Start the command `memlab` as a process of its own, in the test's place; with the system's figures alone, unless
    other meters are asked for."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str | Path, before: Sequence[str] = (), **options: Any) -> subprocess.Popen[bytes]:
        if words[0] == "compare" and "--meters" not in words:
            words = (*words, "--meters", "os")
        options = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": place.work,
        } | options
        environment = {**os.environ, "COLUMNS": "200"} | options.pop("env", {})
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "memlab", *map(str, words)], env=environment, **options
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def memlab(start_memlab: StartMemlab) -> RunMemlab:
    """Run the command `memlab` to its end."""

    def run(*words: str | Path, **options: Any) -> Ended:
        process = start_memlab(*words, **options)
        out, err = process.communicate(timeout=120)
        return Ended(process.returncode, (out or b"").decode(errors="replace"), (err or b"").decode(errors="replace"))

    return run


@pytest.fixture
def suite(place: Place) -> PytestProject:
    """A folder for a project with tests, and pytest run in it."""
    return PytestProject(place)
